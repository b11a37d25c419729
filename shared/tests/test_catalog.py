"""What is told of models, and in which pages."""

from typing import Any

import pytest

from fairlead.shared.catalog import PAGE, Figures, Model, Page, listing, merged, page_of
from fairlead.shared.config.schema import Prices
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.pricing import Tariff

IDS = ["a", "b,c", "d/e", "f", "g"]


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", Page(PAGE)),
        ("limit=20", Page(20)),
        ("limit=99999", Page(PAGE)),
        ("limit=2&after_id=one%2Cgpt", Page(2, "one,gpt")),
        ("before_id=org%2Fbig&other=1", Page(PAGE, None, "org/big")),
    ],
)
def test_a_query_asks_for_a_part_of_the_list(query: str, page: Page) -> None:
    assert page_of(query) == page


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("limit=1.5", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("after_id=a&before_id=b", "before_id"),
    ],
)
def test_what_is_no_page_is_refused(query: str, param: str) -> None:
    with pytest.raises(FailureError) as refused:
        page_of(query)
    assert (refused.value.failure.kind, refused.value.failure.param) == (Kind.BAD_REQUEST, param)


@pytest.mark.parametrize(
    ("page", "shown", "more"),
    [
        (Page(), IDS, False),
        (Page(2), ["a", "b,c"], True),
        (Page(2, "b,c"), ["d/e", "f"], True),
        (Page(2, "f"), ["g"], False),
        (Page(2, "g"), [], False),
        (Page(2, None, "f"), ["b,c", "d/e"], True),
        (Page(9, None, "f"), ["a", "b,c", "d/e"], False),
        (Page(2, None, "a"), [], False),
    ],
)
def test_a_page_is_what_comes_after_a_model_or_just_before_one(page: Page, shown: list[str], more: bool) -> None:
    told = listing(IDS, IDS, page)
    assert told == {
        "object": "list",
        "data": shown,
        "has_more": more,
        "first_id": shown[0] if shown else None,
        "last_id": shown[-1] if shown else None,
    }


@pytest.mark.parametrize(("page", "param"), [(Page(2, "x"), "after_id"), (Page(2, None, "x"), "before_id")])
def test_a_page_that_begins_at_no_model_is_refused(page: Page, param: str) -> None:
    with pytest.raises(FailureError, match="no model x") as refused:
        listing(IDS, IDS, page)
    assert refused.value.failure.param == param


def test_of_each_figure_the_first_that_is_known_counts() -> None:
    first = Figures(tariff=Tariff(Prices(input=1.0)), capabilities={"tools": False})
    second = Figures(9, 5, Tariff(Prices(input=2.0, output=3.0)), {"tools": True, "thinking": True}, deprecated=True)
    assert merged(first, second) == Figures(
        9, 5, Tariff(Prices(input=1.0)), {"tools": False, "thinking": True}, deprecated=True
    )
    assert merged() == Figures()


@pytest.mark.parametrize(
    ("created", "told"), [(0, "1970-01-01T00:00:00Z"), (-5, "1970-01-01T00:00:00Z"), (10**15, "9999-12-31T23:59:59Z")]
)
def test_an_age_is_always_a_moment(created: int, told: str) -> None:
    assert Model("m", "M", "p", "openai", created).told()["created_at"] == told


def test_what_is_not_known_is_null_and_what_is_free_is_zero() -> None:
    def prices(figures: Figures) -> list[Any]:
        told = Model("m", "M", "p", "openai", 0, figures).told()
        return [told["input_price"], told["output_price"], told["context_window"]]

    assert prices(Figures()) == [None, None, None]
    assert prices(Figures(tariff=Tariff(Prices(input=0.0)))) == [0.0, None, None]

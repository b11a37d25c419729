"""The normalizer's list of models, as it is read."""

import json

import msgspec
import pytest

from fairlead.router.catalog import Catalog, Entry, read_page

LIST = json.dumps(
    {
        "object": "list",
        "has_more": False,
        "data": [
            {"id": "Bare-Id", "type": "model", "dialect": "anthropic", "provider": "Anthropic", "context_window": 9},
            {"id": "OpenRouter,x/y", "dialect": "openai", "provider": "OpenRouter"},
            {"id": "unsaid"},
        ],
    }
).encode()
CATALOG = Catalog.of(read_page(LIST).data)


@pytest.mark.parametrize(
    ("address", "dialect"),
    [
        ("Bare-Id", "anthropic"),
        ("bare-id", "anthropic"),
        ("anthropic,bare-id", "anthropic"),
        ("openrouter,X/Y", "openai"),
        ("unsaid", None),
        ("never heard of", None),
    ],
)
def test_a_models_dialect_is_found_by_any_of_its_addresses(address: str, dialect: str | None) -> None:
    assert CATALOG.dialect(address) == dialect


def test_a_model_without_a_dialect_is_known_all_the_same() -> None:
    assert CATALOG.find("UNSAID") is not None
    assert CATALOG.find("unheard") is None


def test_a_level_after_a_models_name_leaves_it_the_model_it_is() -> None:
    catalog = Catalog.of(
        [Entry("claude", "anthropic", "one"), Entry("p,phi", "openai", "p"), Entry("p,phi:low", "x", "p")]
    )
    assert [catalog.dialect(name) for name in ("claude(high)", "one,Claude:MAX", "p,phi(off)")] == [
        "anthropic",
        "anthropic",
        "openai",
    ]
    assert catalog.dialect("p,phi:low") == "x"
    assert catalog.find("nobody(high)") is None


def test_of_two_models_with_one_address_the_first_counts() -> None:
    assert Catalog.of([Entry("a", "openai"), Entry("A", "anthropic")]).dialect("a") == "openai"


def test_a_page_tells_where_the_next_begins() -> None:
    assert not read_page(LIST).has_more
    page = read_page(b'{"data": [], "has_more": true, "last_id": "z"}')
    assert (page.has_more, page.last_id) == (True, "z")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": [{}]}', b'{"data": 1}'])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_page(body)


def test_a_page_keeps_all_that_is_told_of_a_model() -> None:
    told = read_page(LIST).listed
    assert [(one.id, one.provider) for one in told] == [
        ("Bare-Id", "Anthropic"),
        ("OpenRouter,x/y", "OpenRouter"),
        ("unsaid", ""),
    ]
    assert json.loads(told[0].told)["context_window"] == 9

"""What the overview says of sums, and that it says so where there are none."""

from typing import Any

from fairlead.router.ui.overview import HOURS, MODELS, SERIES, Sums, chart, overview
from fairlead.router.ui.unread import Unread
from fairlead.router.usage.sums import HOUR, MEASURES

NOW = 1_767_571_200.0 + 10 * HOUR + 1_800


def row(**told: Any) -> dict[str, Any]:
    return {**dict.fromkeys(MEASURES, 0), "provider": "p", "model": "m", "billing": "metered", **told}


def test_totals_are_the_sums_of_all_models() -> None:
    one = row(requests=8, failed=2, input=100, cache_read=300, output=50, reasoning=20, priced=8, cost=1.0, compared=8,
              compared_cost=1.0, default_cost=4.0)  # fmt: skip
    other = row(model="n", billing="subscription", requests=2, output=50, priced=2, covered=0.5)
    made = overview(Sums([one, other], []), NOW)
    assert made.totals is not None
    assert (made.totals.requests, made.totals.failed, made.totals.tokens) == (10, 2, 500)
    assert [(kind.tokens, kind.share) for kind in made.totals.kinds] == [(100, 0.2), (300, 0.6), (0, 0.0), (100, 0.2)]
    assert (made.totals.cost, made.totals.covered) == (1.0, 0.5)
    assert (made.totals.saved, made.totals.saved_share, made.totals.at_default) == (3.0, 0.75, 4.0)
    assert [(one.model, one.billing) for one in made.models] == [("m", None), ("n", "subscription")]


def test_what_has_no_price_costs_nobody_knows_what() -> None:
    made = overview(Sums([row(requests=1, output=5, unpriced=1)], []), NOW)
    assert made.totals is not None
    assert (made.totals.cost, made.totals.saved) == (None, None)


def test_usage_that_cannot_be_read_is_said_to_be_so() -> None:
    made = overview(Unread("the database is locked"), NOW)
    assert (made.totals, made.problem, made.models) == (None, "the database is locked", ())


def test_the_chart_has_every_hour_and_puts_the_models_of_fewest_requests_together() -> None:
    hour = int(NOW // HOUR) * HOUR
    rows = [row(hour=hour, model=f"m{number}", requests=100 - number) for number in range(SERIES + 2)]
    rows += [row(hour=hour - HOUR, model="m0", requests=5), row(hour=hour - 30 * HOUR, model="m0", requests=1_000)]
    made = chart(rows, NOW)
    assert (len(made.hours), made.hours[-1]) == (HOURS, hour)
    assert made.series[0].values[-2:] == (5, 100)
    assert [one.name for one in made.series][-2:] == [f"m{SERIES - 1}", "2 others"]
    assert sum(one.total for one in made.series) == 5 + sum(100 - number for number in range(SERIES + 2))


def test_the_many_models_of_few_requests_are_counted() -> None:
    made = overview(Sums([row(model=f"m{number}", requests=number) for number in range(MODELS + 3)], []), NOW)
    assert (len(made.models), made.more, made.models[0].requests) == (MODELS, 3, MODELS + 2)

"""How full a limit is: what the provider said, what was sent since, and what is on its way."""

import pytest

from fairlead.router.health.rates import Load, Rates
from fairlead.shared.rates import What, Window


def sent(rates: Rates, now: float, load: Load) -> None:
    rates.reserve(load)
    rates.settle(now, load, load)


def test_without_limits_nothing_is_used() -> None:
    rates = Rates()
    sent(rates, 0.0, Load(1_000_000, 1_000_000))
    assert rates.used(0.0) == 0.0


def test_configured_limits_are_of_the_last_minute() -> None:
    rates = Rates(rpm=10, tpm=1_000)
    sent(rates, 0.0, Load(300, 100))
    assert rates.used(1.0) == 0.4
    assert rates.used(70.0) == 0.0


def test_what_is_on_its_way_counts_until_it_is_over() -> None:
    rates = Rates(rpm=4)
    rates.reserve(Load(10))
    rates.reserve(Load(10))
    assert (rates.used(0.0), rates.in_flight) == (0.5, 2)
    rates.settle(0.0, Load(10), None)
    rates.settle(0.0, Load(10), None)
    assert (rates.used(0.0), rates.in_flight) == (0.0, 0)


@pytest.mark.parametrize(
    ("what", "expected"), [(What.REQUESTS, 0.51), (What.TOKENS, 0.62), (What.INPUT, 0.6), (What.OUTPUT, 0.52)]
)
def test_a_reported_limit_is_counted_on_from(what: What, expected: float) -> None:
    rates = Rates()
    rates.report(0.0, [Window(what, limit=100, remaining=50, reset=30)])
    sent(rates, 1.0, Load(10, 2))
    assert rates.used(2.0) == pytest.approx(expected)
    assert rates.used(31.0) == 0.0


def test_the_fullest_limit_counts_and_windows_of_one_kind_are_told_apart_by_their_span() -> None:
    rates = Rates()
    rates.report(0.0, [Window(What.REQUESTS, 100, 90, 30, span=60), Window(What.REQUESTS, 100, 20, 900, span=86_400)])
    assert rates.used(1.0) == pytest.approx(0.8)


def test_a_limit_known_in_part_says_nothing() -> None:
    rates = Rates()
    rates.report(0.0, [Window(What.TOKENS, limit=100), Window(What.REQUESTS, remaining=0)])
    assert rates.used(0.0) == 0.0


def test_more_settled_than_was_reserved_is_no_debt() -> None:
    rates = Rates(rpm=2)
    rates.settle(0.0, Load(5), None)
    rates.reserve(Load(5))
    assert rates.in_flight == 1

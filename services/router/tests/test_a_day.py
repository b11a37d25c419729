"""What clients see of a day on which every provider has its troubles, but never all at once."""

import pytest

from fairlead.router.strategy import STRATEGIES
from fairlead.shared.failure import Kind

from .day import DAY, REQUESTS, Day, Provider, Trouble
from .prices import priced

HOUR = 3_600.0


def providers() -> list[Provider]:
    """One throttles, one goes down, one is shaky and slow; the fourth is dear and always there."""
    return [
        Provider("cheap", priced(0.5, 2.0), rpm=12, seconds=1.0),
        Provider("down", priced(1.0, 5.0), troubles=[Trouble(10 * HOUR, 12 * HOUR, Kind.UNREACHABLE)]),
        Provider(
            "shaky",
            priced(2.0, 8.0),
            seconds=4.0,
            troubles=[
                Trouble(9 * HOUR, 11 * HOUR, Kind.UPSTREAM, 0.3),
                Trouble(12 * HOUR, 12.5 * HOUR, Kind.CUT),
                Trouble(14 * HOUR, 15 * HOUR, Kind.OVERLOADED, 0.5),
            ],
        ),
        Provider("dear", priced(5.0, 25.0), seconds=0.8),
    ]


@pytest.fixture(scope="module")
def days() -> dict[str, Day]:
    return {strategy: Day(providers(), strategy).run() for strategy in STRATEGIES}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_clients_see_no_error_while_somebody_is_healthy(days: dict[str, Day], strategy: str) -> None:
    assert days[strategy].errors_with_somebody_healthy <= REQUESTS / 1_000


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_hardly_a_request_meets_a_limit(days: dict[str, Day], strategy: str) -> None:
    assert days[strategy].met_429 <= REQUESTS / 100


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_known_limit_is_used_to_four_fifths_and_no_further(days: dict[str, Day], strategy: str) -> None:
    assert days[strategy].providers["cheap"].fullest <= 0.8 + 1 / 12


def test_the_cheapest_day_is_that_of_the_strategy_for_cost(days: dict[str, Day]) -> None:
    assert days["cost"].dollars == min(day.dollars for day in days.values())
    assert days["cost"].dollars < days["performance"].dollars


def test_a_provider_that_is_down_is_tried_by_single_probes_and_used_again_soon(days: dict[str, Day]) -> None:
    """Two hours at a pause of four minutes at most."""
    day = days["cost"]
    assert 2 * HOUR / 240 <= day.probes["down"] <= 60


def test_a_provider_that_recovers_needs_one_probe() -> None:
    outage = Trouble(0.4 * DAY, 0.5 * DAY, Kind.UNREACHABLE)
    alone = Provider("p", priced(1.0, 1.0), troubles=[outage])
    day = Day([alone, Provider("q", priced(9.0, 9.0))], "cost").run()
    after = [probe for probe in day.probed["p"] if probe >= outage.end]
    assert len(after) == 1


def test_with_nobody_healthy_the_client_is_told() -> None:
    dark = Trouble(0.0, DAY, Kind.UNREACHABLE)
    day = Day([Provider(name, priced(1.0, 1.0), troubles=[dark]) for name in "ab"], "priority").run()
    assert day.outcomes == {Kind.UNREACHABLE: REQUESTS}


def test_the_same_day_is_the_same_day() -> None:
    first, second = (Day(providers(), "intelligent").run() for _ in range(2))
    assert (first.outcomes, first.dollars, first.probes) == (second.outcomes, second.dollars, second.probes)

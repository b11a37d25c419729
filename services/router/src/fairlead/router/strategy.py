"""How the targets of a route are put in order. A strategy is a row in `STRATEGIES`.

Every one of them is a function of what it is given: the same request under the same circumstances gets the same order.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from fairlead.router.candidates import Candidate
from fairlead.router.rendezvous import share_of
from fairlead.shared.config.schema import StrategyWeights
from fairlead.shared.conversation import Usage

UNKNOWN_PRICE = 0.5
"""The score of a price nobody knows: neither cheap nor dear."""


class Contest(Struct, frozen=True):
    """What there is to decide between. `sizes` are what the request comes to at each candidate, in their order.

    `key` is the same for all requests of a session. `switch_at`: the part of a limit above which it counts as used up.
    """

    candidates: tuple[Candidate, ...]
    sizes: tuple[Usage, ...]
    key: str
    weights: StrategyWeights = StrategyWeights()
    switch_at: float = 0.8


Scores: TypeAlias = Sequence[float]
"""One for each candidate; the highest is first, and among equals the one written first."""


def _as_written(contest: Contest) -> Scores:
    return [0.0] * len(contest.candidates)


def _by_share(contest: Contest) -> Scores:
    return [share_of(contest.key, one.name, one.target.weight) for one in contest.candidates]


def _by_cost(contest: Contest) -> Scores:
    """The cheapest first; of an unknown price there is no knowing, so it comes last."""
    return [-amount if amount is not None else float("-inf") for amount in _costs(contest)]


def _by_speed(contest: Contest) -> Scores:
    return _performance(contest)


def _by_availability(contest: Contest) -> Scores:
    """The most reliable first, and of equally reliable ones the one with most room."""
    return [one.standing.reliability - one.standing.used / 1_000 for one in contest.candidates]


def _intelligent(contest: Contest) -> Scores:
    """Avoids limits first, then waiting, then cost, then failures."""
    weight = contest.weights.cost
    return [
        rest + weight * frugality
        for rest, frugality in zip(_but_cost(contest), _frugality(_costs(contest)), strict=True)
    ]


def _but_cost(contest: Contest) -> Scores:
    """What `_intelligent` knows without prices."""
    weights, switch_at = contest.weights, contest.switch_at
    return [
        weights.rate_limit * (1.0 - min(1.0, one.standing.used / switch_at))
        + weights.performance * performance
        + weights.reliability * one.standing.reliability
        for one, performance in zip(contest.candidates, _performance(contest), strict=True)
    ]


def _costs(contest: Contest) -> list[float | None]:
    return [one.tariff.cost(size) for one, size in zip(contest.candidates, contest.sizes, strict=True)]


def _frugality(costs: Sequence[float | None]) -> list[float]:
    """1 for the cheapest, the less the dearer."""
    known = [amount for amount in costs if amount is not None]
    least = min(known, default=0.0)
    return [UNKNOWN_PRICE if amount is None else least / amount if amount > 0 else 1.0 for amount in costs]


def _performance(contest: Contest) -> list[float]:
    """1 for the one that is done first; who was never measured is taken to be as fast, or nobody would measure it."""
    times = [_seconds(one, size) for one, size in zip(contest.candidates, contest.sizes, strict=True)]
    known = [seconds for seconds in times if seconds is not None]
    least = min(known, default=0.0)
    return [1.0 if not seconds else least / seconds for seconds in times]


def _seconds(candidate: Candidate, size: Usage) -> float | None:
    """How long the answer should take: slow first bytes count for half, as they are what people wait for."""
    speed = candidate.standing.speed
    if speed is None:
        return None
    return (speed.p50 + speed.p95) / 2 + (size.output / speed.rate if speed.rate else 0.0)


def _in_one_order(contests: Sequence[Contest]) -> bool:
    """Lines that do not cross at either end of a stretch do not cross on it."""
    return len({tuple(order(_by_cost(contest))) for contest in contests}) == 1


def _apart(contests: Sequence[Contest]) -> bool:
    """Whether the scores of no two can meet, as far as cost can move them."""
    first = contests[0]
    ranges = _ranges([_costs(contest) for contest in contests])
    if ranges is None:
        return False
    rest, weight = _but_cost(first), first.weights.cost
    least = [one + low * weight for one, (low, _) in zip(rest, ranges, strict=True)]
    most = [one + high * weight for one, (_, high) in zip(rest, ranges, strict=True)]
    line = order(least)
    return all(
        least[one] > most[other] + _SMALL or (least[one] == most[other] and _is_fixed(ranges, one, other))
        for one, other in pairwise(line)
    )


_SMALL = 1e-9
"""What sums of scores may be off by."""


def _is_fixed(ranges: Sequence[tuple[float, float]], *places: int) -> bool:
    """Whether cost moves none of them; equal, they stand as they were written."""
    return all(ranges[place][0] == ranges[place][1] for place in places)


def _ranges(costs: Sequence[Sequence[float | None]]) -> list[tuple[float, float]] | None:
    """Between what limits each one's frugality moves when costs go from row to row in straight lines; None: no telling.

    The quotient of two straight lines is greatest and least at the ends of a stretch; the least cost anywhere is not
    more than that of those who are cheapest at an end.
    """
    first = costs[0]
    if any([_sort(cost) for cost in row] != [_sort(cost) for cost in first] for row in costs[1:]):
        return None
    ranges = [(UNKNOWN_PRICE, UNKNOWN_PRICE) if cost is None else (1.0, 1.0) for cost in first]
    rows = [[cost for cost in row if cost] for row in costs]
    low = high = [1.0] * len(rows[0])
    for cheapest in {row.index(min(row)) for row in rows if row}:
        quotients = [[row[cheapest] / cost for cost in row] for row in rows]
        low, high = list(map(min, low, *quotients)), list(map(min, high, map(max, zip(*quotients, strict=True))))
    priced = iter(zip(low, high, strict=True))
    return [next(priced) if cost else fixed for cost, fixed in zip(first, ranges, strict=True)]


def _sort(cost: float | None) -> bool | None:
    """Whether there is something to pay; None: no telling."""
    return cost if cost is None else cost > 0


class Strategy(Struct, frozen=True):
    """`stays`: a session whose prefix a target has in its cache stays there while that is cheaper. `straight`: scores
    are straight lines over the number of tokens. `settled`: whether the order is the same for any number of tokens,
    given contests between which all costs are straight lines; None: it never depends on them."""

    scores: Callable[[Contest], Scores]
    stays: bool = True
    straight: bool = False
    settled: Callable[[Sequence[Contest]], bool] | None = None


PRIORITY, WEIGHTED, CHEAPEST = "priority", "weighted", "cost"
STRATEGIES: Mapping[str, Strategy] = {
    PRIORITY: Strategy(_as_written, stays=False),
    "intelligent": Strategy(_intelligent, settled=_apart),
    CHEAPEST: Strategy(_by_cost, straight=True, settled=_in_one_order),
    "performance": Strategy(_by_speed),
    "availability": Strategy(_by_availability),
    WEIGHTED: Strategy(_by_share),
    "sticky": Strategy(_by_share),
}


def order(scores: Scores) -> list[int]:
    """Positions, the highest score first."""
    return sorted(range(len(scores)), key=scores.__getitem__, reverse=True)

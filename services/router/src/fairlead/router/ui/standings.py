"""How a target does, in a word: the states of its circuit, its pauses and its limits, for people."""

from collections.abc import Iterable

from msgspec import Struct

from fairlead.router.health import Filled, Known, State
from fairlead.shared.rates import What

from .lines import Verdict
from .lines import verdict as named
from .wording import duration, share

UNSTEADY = 0.2
"""The part of failures from which on a target is not well, whatever its circuit makes of it."""

_SPANS = {60.0: "a minute", 3_600.0: "an hour", 86_400.0: "a day"}
_WHATS = {
    What.REQUESTS: "requests",
    What.TOKENS: "tokens",
    What.INPUT: "input tokens",
    What.OUTPUT: "output tokens",
    What.SHARE: "of the subscription",
}


class Limit(Struct, frozen=True):
    """One rate limit. `share`: the part of it that is used; `resets_s`: seconds until it begins anew, None where that
    is not known."""

    what: str
    used: float
    limit: float
    share: float
    resets_s: float | None


class Health(Struct, frozen=True):
    """How a provider or one of its models does: `calls` and `failures` of the last ten minutes, times in seconds,
    `rate` in tokens a second. `keys`: how many may be used now, and how many there are; `check`: what our own last
    check came to, and `checked_s` seconds ago. Both None where there are none."""

    verdict: Verdict
    calls: int
    failures: int
    in_flight: int
    first_byte: float | None
    slow: float | None
    rate: float | None
    limits: tuple[Limit, ...]
    keys: tuple[int, int] | None = None
    check: Verdict | None = None
    checked_s: float = 0.0


def health(known: Known, now: float) -> Health:
    """`now` as the memory's clock has it."""
    speed, check = known.standing.speed, known.check
    return Health(
        verdict=verdict(known, now),
        calls=known.calls,
        failures=known.failures,
        in_flight=known.standing.in_flight,
        first_byte=speed.p50 if speed is not None else None,
        slow=speed.p95 if speed is not None else None,
        rate=speed.rate if speed is not None else None,
        limits=limits(known.limits, now),
        keys=(known.standing.ready, known.standing.keys) if known.standing.keys else None,
        check=named("answered" if check.failure is None else check.failure.value) if check is not None else None,
        checked_s=now - check.at if check is not None else 0.0,
    )


def verdict(known: Known, now: float) -> Verdict:
    """The worst that can be said of it."""
    stands, left = known.standing, known.standing.until - now
    if stands.state is State.OPEN:
        return Verdict(f"circuit open, {duration(max(0.0, left))} more", "bad")
    if stands.state is State.HALF_OPEN:
        return Verdict("circuit half-open, tried next", "warn")
    if left > 0:
        return Verdict(f"pauses, {duration(left)} more", "warn")
    if stands.share < 1:
        return Verdict(f"recovering, gets {share(stands.share)}", "warn")
    if known.failures and known.failures >= UNSTEADY * known.calls:
        return Verdict("failing" if known.failures == known.calls else "unsteady", "warn")
    return Verdict("well", "good") if known.calls else Verdict("not asked lately", "")


def limits(filled: Iterable[Filled], now: float) -> tuple[Limit, ...]:
    """The fullest first."""
    told = [
        Limit(
            what=f"{_WHATS[one.what]} {_span(one.span)}".strip(),
            used=one.used,
            limit=one.limit,
            share=one.used / one.limit,
            resets_s=one.resets - now if one.resets is not None else None,
        )
        for one in filled
    ]
    return tuple(sorted(told, key=lambda one: -one.share))


def _span(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return _SPANS.get(seconds) or f"in {duration(seconds)}"

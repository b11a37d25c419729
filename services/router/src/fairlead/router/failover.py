"""What follows from a failure: another target, or an answer to the client, and then which of the failures to tell."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from fairlead.shared.failure import WORTH_ANOTHER_TARGET, Failure, Kind


class Rule(StrEnum):
    """What a failure of one target means for the others."""

    ELSEWHERE = "elsewhere"
    UNLESS_DONE = "elsewhere, unless the provider may have acted"
    LARGER = "elsewhere, where more fits"
    GIVE_UP = "give up"


RULES: Mapping[Kind, Rule] = {
    Kind.BAD_REQUEST: Rule.GIVE_UP,
    Kind.CONTEXT_OVERFLOW: Rule.LARGER,
    Kind.CONTENT_REFUSED: Rule.GIVE_UP,
    Kind.TOO_LARGE: Rule.GIVE_UP,
    Kind.METHOD: Rule.GIVE_UP,
    # One provider's key, bill, model list or abilities: the next has its own.
    Kind.AUTHENTICATION: Rule.ELSEWHERE,
    Kind.BILLING: Rule.ELSEWHERE,
    Kind.PERMISSION: Rule.ELSEWHERE,
    Kind.NOT_FOUND: Rule.ELSEWHERE,
    Kind.CONFLICT: Rule.ELSEWHERE,
    Kind.UNSUPPORTED: Rule.ELSEWHERE,
    # It was turned away, or never arrived.
    Kind.RATE_LIMIT: Rule.ELSEWHERE,
    Kind.OVERLOADED: Rule.ELSEWHERE,
    Kind.UNREACHABLE: Rule.ELSEWHERE,
    Kind.CONNECT_TIMEOUT: Rule.ELSEWHERE,
    # It arrived, and nobody knows how far it got.
    Kind.UPSTREAM: Rule.UNLESS_DONE,
    Kind.FIRST_BYTE_TIMEOUT: Rule.UNLESS_DONE,
    Kind.IDLE_TIMEOUT: Rule.UNLESS_DONE,
    Kind.CUT: Rule.UNLESS_DONE,
    Kind.MALFORMED: Rule.UNLESS_DONE,
    Kind.INTERNAL: Rule.UNLESS_DONE,
}


class Circumstances(Struct, frozen=True):
    """`acts`: the request lets the provider act by itself, through MCP servers or by running code: what may have been
    done is not done again elsewhere, while an answer in words may well be written twice. `larger`: a target that is
    left takes more tokens than the one that failed."""

    acts: bool = False
    larger: bool = False


CALM = Circumstances()


def another_may_answer(failure: Failure, circumstances: Circumstances = CALM) -> bool:
    """Whether it is worth asking the next target."""
    match RULES[failure.kind]:
        case Rule.ELSEWHERE:
            return True
        case Rule.UNLESS_DONE:
            return not circumstances.acts
        case Rule.LARGER:
            return circumstances.larger
        case Rule.GIVE_UP:
            return False


def spread(delay: float, chance: float) -> float:
    """Seconds to wait, from half of `delay` to all of it: who failed together does not come back together. `chance`
    from 0 to 1."""
    return delay * (1.0 + chance) / 2.0


ABOUT_THE_TARGET = frozenset(kind for kind, rule in RULES.items() if rule in (Rule.ELSEWHERE, Rule.UNLESS_DONE))
"""Failures that say something of the target; what is left is wrong with the request."""

_THROTTLED = frozenset({Kind.RATE_LIMIT, Kind.OVERLOADED})
_UNREACHED = frozenset({Kind.UNREACHABLE, Kind.CONNECT_TIMEOUT})
_BROKEN = WORTH_ANOTHER_TARGET - _THROTTLED - _UNREACHED | {Kind.INTERNAL, Kind.CONFLICT}


UNTOLD = 60.0
"""Seconds after which somebody is taken to be back who does not say when: sooner than whoever says in hours."""


def most_telling(failures: Sequence[Failure]) -> Failure:
    """Of the failures of all targets, in the order they were tried, the one the client can do most with.

    What is wrong with the request comes first, since only the client can mend it; then "come back later", the soonest;
    then what a repeat may cure; last what only the operator can mend. `failures` must not be empty.
    """
    return min(failures, key=_rank)


def _rank(failure: Failure) -> tuple[int, float]:
    wait = UNTOLD if failure.retry_after is None else failure.retry_after
    if failure.kind not in ABOUT_THE_TARGET:
        return 0, 0.0
    if failure.kind in _THROTTLED:
        return 1, wait
    if failure.kind in _BROKEN:
        return 2, 0.0
    return (3, 0.0) if failure.kind in _UNREACHED else (4, 0.0)

"""What follows from a failure: another target, or an answer to the client, and then which of the failures to tell."""

from collections.abc import Sequence

from fairlead.shared.failure import WORTH_ANOTHER_TARGET, Failure, Kind

ABOUT_THE_TARGET = WORTH_ANOTHER_TARGET | {
    Kind.AUTHENTICATION,
    Kind.BILLING,
    Kind.PERMISSION,
    Kind.NOT_FOUND,
    Kind.CONFLICT,
    Kind.UNSUPPORTED,
    Kind.INTERNAL,
}
"""One provider's key, bill, model list or abilities: the next has its own. What is left is wrong with the request."""

_THROTTLED = frozenset({Kind.RATE_LIMIT, Kind.OVERLOADED})
_UNREACHED = frozenset({Kind.UNREACHABLE, Kind.CONNECT_TIMEOUT})
_BROKEN = WORTH_ANOTHER_TARGET - _THROTTLED - _UNREACHED | {Kind.INTERNAL, Kind.CONFLICT}


MAY_HAVE_BEEN_DONE = frozenset(
    {Kind.UPSTREAM, Kind.FIRST_BYTE_TIMEOUT, Kind.IDLE_TIMEOUT, Kind.CUT, Kind.MALFORMED, Kind.INTERNAL}
)
"""Failures after which the provider may have done what it was asked: it got the request, and did not refuse it."""


def another_may_answer(failure: Failure, *, acts: bool = False) -> bool:
    """Whether it is worth asking the next target.

    `acts`: the request lets the provider act by itself, through MCP servers or by running code. What may have been done
    is not done again elsewhere; an answer in words may be written twice.
    """
    return failure.kind in ABOUT_THE_TARGET and not (acts and failure.kind in MAY_HAVE_BEEN_DONE)


def most_telling(failures: Sequence[Failure]) -> Failure:
    """Of the failures of all targets, in the order they were tried, the one the client can do most with.

    What is wrong with the request comes first, since only the client can mend it; then "come back later", the soonest;
    then what a repeat may cure; last what only the operator can mend. `failures` must not be empty.
    """
    return min(failures, key=_rank)


def _rank(failure: Failure) -> tuple[int, float]:
    wait = failure.retry_after if failure.retry_after is not None else float("inf")
    if failure.kind not in ABOUT_THE_TARGET:
        return 0, 0.0
    if failure.kind in _THROTTLED:
        return 1, wait
    if failure.kind in _BROKEN:
        return 2, 0.0
    return (3, 0.0) if failure.kind in _UNREACHED else (4, 0.0)

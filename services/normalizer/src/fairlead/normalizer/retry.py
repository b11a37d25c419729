"""Whether, and how long from now, the same call is worth making once more."""

from msgspec import Struct

from fairlead.shared.failure import Failure, Kind

ATTEMPTS = 3
BASE_SECONDS = 0.5
LONGEST_SECONDS = 5.0
"""A client waits this long without a sign of life; whoever needs longer retries by himself."""

_WORTH_WAITING = frozenset({Kind.RATE_LIMIT, Kind.UNREACHABLE, Kind.CONNECT_TIMEOUT})
"""Failures after which nothing was done with the request: it was turned away, or never arrived."""


class Patience(Struct, frozen=True):
    """`attempts`: calls in all. `deadline`: seconds from the start after which no further call begins, None: never."""

    attempts: int = 1
    deadline: float | None = None


def pause(failure: Failure, patience: Patience, *, attempt: int, elapsed: float, chance: float) -> float | None:
    """Seconds to wait after attempt number `attempt` (from 1), or None to give up.

    Full jitter: `chance`, from 0 to 1, picks a point below the doubling bound. What the provider's `retry-after` says
    is the least to wait; when that is too long, waiting is the client's business.
    """
    if attempt >= patience.attempts or failure.kind not in _WORTH_WAITING or failure.should_retry is False:
        return None
    bound: float = min(BASE_SECONDS * 2 ** (attempt - 1), LONGEST_SECONDS)
    least = failure.retry_after or 0.0
    wait = min(least + bound * chance, LONGEST_SECONDS)
    if least > LONGEST_SECONDS:
        return None
    if patience.deadline is not None and elapsed + wait >= patience.deadline:
        return None
    return wait

"""Which of a provider's keys a call uses: decided on what came of the calls before it, time being an argument.

A session keeps its key, because the provider's cache of its prompt is the key's; a new one gets the key with the fewest
calls under way. A key that is refused, spent or throttled rests, and the others take its place.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import TypeAlias

from msgspec import Struct

from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import OF_A_KEY

SESSIONS = 10_000
"""Sessions whose key is remembered; those beyond are new again, and mostly get the same one."""
LONGEST_REST_S = 3600.0
"""Whatever a provider says: keys are topped up and plans changed."""
_SOONEST_S = 1.0

_RESTS: Mapping[Kind, tuple[float, float]] = {
    Kind.AUTHENTICATION: (60.0, LONGEST_REST_S),
    Kind.BILLING: (300.0, LONGEST_REST_S),
    Kind.RATE_LIMIT: (5.0, 60.0),
}
"""Seconds the first rest takes where the provider does not say, doubled each time in a row, up to the second figure."""

assert _RESTS.keys() == OF_A_KEY, "who is told that a failure is the key's may expect another"


class Rest(Struct, frozen=True):
    """Why and until when a key is left alone; `stated`: the provider has said so. `count`: failures in a row."""

    failure: Failure
    since: float
    until: float
    stated: bool
    count: int


class Exhausted(Struct, frozen=True):
    """Every key rests, and the provider has said how long the first of them has to: so many seconds."""

    seconds: float


Pick: TypeAlias = Secret | Exhausted


class Rotation:
    """What is remembered of one provider's keys. Keys come and go with each question."""

    def __init__(self) -> None:
        self._rests: dict[Secret, Rest] = {}
        self._open: dict[Secret, int] = {}
        self._sessions: OrderedDict[str, Secret] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Rotation open={sum(self._open.values())} resting={len(self._rests)}>"

    def pick(self, keys: Sequence[Secret], affinity: str, now: float) -> Pick:
        """The key for one call of a session. There is at least one key."""
        ready = self.ready(keys, now)
        if not ready:
            return self._soonest(keys, now)
        kept = self._sessions.get(affinity)
        chosen = kept if kept in ready else self.least_used(ready, affinity)
        self._sessions[affinity] = chosen
        self._sessions.move_to_end(affinity)
        if len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)
        return chosen

    def least_used(self, keys: Sequence[Secret], affinity: str) -> Secret:
        """That with the fewest calls under way."""
        return min(keys, key=lambda key: (self._open.get(key, 0), _rank(key, affinity)))

    def ready(self, keys: Iterable[Secret], now: float) -> list[Secret]:
        """Those that do not rest."""
        return [key for key in keys if self.rest(key, now) is None]

    def rest(self, key: Secret, now: float) -> Rest | None:
        """The rest that a key takes now, if it does."""
        rest = self._rests.get(key)
        return rest if rest is not None and now < rest.until else None

    def began(self, key: Secret) -> None:
        """A call goes out with it."""
        self._open[key] = self._open.get(key, 0) + 1

    def ended(self, key: Secret, failure: Failure | None, *, began: float, now: float) -> None:
        """The call that began then is over."""
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]
        last = self._rests.get(key)
        if failure is None:
            # A call from before the failure says nothing about after it.
            if last is not None and began >= last.since:
                del self._rests[key]
        elif failure.kind in _RESTS:
            # Calls that failed together are one failure.
            count = (last.count + (began >= last.since)) if last else 1
            self._rests[key] = _rest(failure, now, count)

    def forget_all_but(self, keys: Iterable[Secret]) -> None:
        """The others are not configured any more."""
        kept = frozenset(keys)
        self._rests = {key: rest for key, rest in self._rests.items() if key in kept}

    def _soonest(self, keys: Sequence[Secret], now: float) -> Pick:
        """A throttled key before one that is refused. The provider's word counts; our own guess stops no call."""
        rests = [(key, rest) for key in keys if (rest := self.rest(key, now)) is not None]
        key, first = min(rests, key=lambda each: (each[1].failure.kind is Kind.AUTHENTICATION, each[1].until))
        return Exhausted(first.until - now) if first.stated and len(keys) > 1 else key


def _rest(failure: Failure, now: float, count: int) -> Rest:
    # A quota that is spent for the day is told as a limit, not worth trying again.
    spent = failure.kind is Kind.RATE_LIMIT and failure.should_retry is False
    least, longest = _RESTS[Kind.BILLING if spent else failure.kind]
    stated = failure.retry_after if failure.kind is not Kind.AUTHENTICATION else None
    if stated is not None:
        return Rest(failure, now, now + min(max(stated, _SOONEST_S), LONGEST_REST_S), True, count)
    return Rest(failure, now, now + min(least * 2.0 ** min(count - 1, 20), longest), False, count)


def _rank(key: Secret, affinity: str) -> bytes:
    """The same for the same session, in every process; otherwise evenly spread (rendezvous hashing)."""
    return blake2b(affinity.encode(), key=blake2b(key.value.encode()).digest(), digest_size=8).digest()

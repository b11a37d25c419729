"""The keys of a provider as one target meets them: what each has done, how much of its limits is used, how many are
ready. Which key a call gets is the normalizer's to choose; a limit is the target's only when it is that of all keys."""

from collections import OrderedDict
from collections.abc import Iterable

from msgspec import Struct

from fairlead.shared.failure import Failure
from fairlead.shared.key_told import OF_A_KEY, KeyTold
from fairlead.shared.rates import Window as Limited

from .rates import Load, Rates
from .windows import Window

MOST = 32
"""Keys remembered of one target; the longest unused is forgotten first, and then taken to have nothing used."""

HISTORY = 600.0
"""Seconds over which calls are counted."""


class KeyKnown(Struct, frozen=True, gc=False):
    """What is known of one key: its label, the part of its limits that is used, and its calls of late."""

    label: str
    used: float
    calls: int
    failures: int


class _Key:
    __slots__ = ("bad", "calls", "rates")

    def __init__(self) -> None:
        self.rates = Rates()
        self.calls, self.bad = Window(HISTORY), Window(HISTORY)


class Keys:
    """Several keys of one target. Times are `now`, in seconds, given by the caller."""

    __slots__ = ("_back", "_keys", "_ready", "_total")

    def __init__(self) -> None:
        self._keys: OrderedDict[str, _Key] = OrderedDict()
        self._total = self._ready = 0
        self._back = float("inf")

    def __repr__(self) -> str:
        return f"<Keys {self._ready} of {self._total}>"

    @property
    def total(self) -> int:
        """How many there are."""
        return self._total

    def ready(self, now: float) -> int:
        """How many may be used: those that were ready at last, and from the moment on at which the first of the others
        is, that one too."""
        return min(self._total, self._ready + 1) if now >= self._back else self._ready

    def hear(self, now: float, told: KeyTold) -> None:
        """What the normalizer says of them with an answer or a refusal."""
        self._total, self._ready = told.keys, min(told.ready, told.keys)
        self._back = float("inf") if told.back is None else now + told.back
        for one in told.failed:
            self._count(now, one.label, failed=True)

    def report(self, now: float, label: str, told: Iterable[Limited]) -> None:
        """What the provider said of a key's limits."""
        self._key(label).rates.report(now, told)

    def ended(self, now: float, label: str, failure: Failure | None, used: Load | None) -> None:
        """A call with it is over."""
        self._count(now, label, failed=failure is not None and failure.kind in OF_A_KEY)
        self._key(label).rates.settle(now, _NOTHING, used)

    def used(self, now: float, reserved: int, reserved_input: int) -> float:
        """The part of its limits that the emptiest key has used; calls on their way are taken to be spread evenly. 0
        while there are keys of which nothing was heard."""
        if len(self._keys) < self._total:
            return 0.0
        return min(
            one.rates.reported(now, reserved / self._total, reserved_input / self._total) for one in self._keys.values()
        )

    def known(self, now: float) -> tuple[KeyKnown, ...]:
        """Each by itself, for people."""
        return tuple(
            [
                KeyKnown(label, one.rates.reported(now), round(one.calls.total(now)), round(one.bad.total(now)))
                for label, one in sorted(self._keys.items())
            ]
        )

    def _count(self, now: float, label: str, *, failed: bool) -> None:
        key = self._key(label)
        key.calls.add(now)
        if failed:
            key.bad.add(now)

    def _key(self, label: str) -> _Key:
        if label not in self._keys:
            self._keys[label] = _Key()
            if len(self._keys) > MOST:
                self._keys.popitem(last=False)
        self._keys.move_to_end(label)
        return self._keys[label]


_NOTHING = Load()


def is_of_the_key(failure: Failure, told: KeyTold | None) -> bool:
    """Whether a failure is that of one key, and another is ready: nobody else need be asked, and nobody is to blame."""
    return told is not None and told.keys > 1 and told.ready > 0 and failure.kind in OF_A_KEY

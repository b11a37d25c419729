"""Keys, from the configuration and from files: one, or several that take turns."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.key_told import OF_A_KEY, Failed, KeyTold
from fairlead.shared.runtime.logging import get_logger

from .base import Ask, Fixed, Lease, Report, Surroundings, masked
from .files import KeyFile, warn_if_open
from .rotation import Exhausted, Rotation

_STATES = {Kind.AUTHENTICATION: "refused"}
_REFUSED = frozenset({Kind.AUTHENTICATION})


class KeyLease(Lease):
    """A call with one of the keys; what comes of it tells how that key stands."""

    def __init__(self, source: "ApiKeys", key: Secret, affinity: str) -> None:
        super().__init__(None)
        self._affinity = affinity
        self._source = source
        self._over = False
        self._failed: tuple[Failed, ...] = ()
        self._take(key)

    @property
    def curable(self) -> frozenset[Kind]:
        return OF_A_KEY if self._source.other_than(self._key, self._affinity) else _REFUSED

    async def renew(self, failure: Failure) -> bool:
        self.settle(failure)
        other = self._source.other_than(self._key, self._affinity)
        if other is None:
            return False
        self._failed = (*self._failed, Failed(self._source.label(self._key), failure.kind))
        self._take(other)
        return True

    def settle(self, failure: Failure | None) -> None:
        if not self._over:
            self._over = True
            self._source.ended(self._key, failure, self._began)

    def told(self) -> KeyTold | None:
        return self._source.told(self._key, self._failed)

    def _take(self, key: Secret) -> None:
        self._key, self._over = key, False
        self._began = self._source.began(key)
        self.credential = self._source.credential(key)


class ApiKeys(Fixed):
    """The keys of one provider. Files are looked at for each call, which costs next to nothing."""

    def __init__(
        self, provider: str, keys: Sequence[Secret], files: Sequence[str], scheme: Scheme, world: Surroundings
    ) -> None:
        if not keys and not files:
            raise ValueError("a provider with keys has at least one, or a file of them")
        self._provider = provider
        self._configured = tuple(keys)
        self._files = tuple(KeyFile(Path(file).expanduser()) for file in files)
        self._scheme = scheme
        self._clock = world.clock
        self._rotation = Rotation()
        self._known: tuple[Secret, ...] = ()
        self._labels: dict[Secret, str] = {}
        self._labelled = 0
        for key in keys:
            self.label(key)

    async def obtain(self, ask: Ask) -> Lease:
        keys = self._keys()
        if not keys:
            raise FailureError(self._missing())
        picked = self._rotation.pick(keys, ask.affinity, self._clock())
        if isinstance(picked, Exhausted):
            raise FailureError(self._exhausted(len(keys), picked.seconds))
        return KeyLease(self, picked, ask.affinity)

    def reports(self) -> tuple[Report, ...]:
        now, keys = self._clock(), self._keys()
        reports = [self._report(key, now, alone=len(keys) == 1) for key in keys]
        empty = [file for file in self._files if not file.look()]
        reports += [Report("api_key", "missing", str(file.path), problem=_unread(file.path)) for file in empty]
        return tuple(reports)

    def unread(self) -> tuple[Report, ...]:
        known = [
            Report("api_key", "ok", "api_key", masked(key.value), label=self.label(key)) for key in self._configured
        ]
        return (*known, *[self._unread(file.path) for file in self._files])

    async def open(self) -> None:
        log = get_logger("normalizer").bind(provider=self._provider)
        for file in self._files:
            if not file.look():
                log.warning("no key in the file", file=str(file.path))
            warn_if_open(file.path, log)

    def credential(self, key: Secret) -> Credential:
        """The key in its header."""
        return Credential(self._scheme, key)

    def other_than(self, key: Secret, affinity: str) -> Secret | None:
        """Another key that could be used now."""
        others = self._rotation.ready([each for each in self._keys() if each != key], self._clock())
        return self._rotation.least_used(others, affinity) if others else None

    def label(self, key: Secret) -> str:
        """What a key is called outside: its place in the order in which keys were met, which says nothing of it."""
        if key not in self._labels:
            self._labelled += 1
            self._labels[key] = str(self._labelled)
        return self._labels[key]

    def told(self, key: Secret, failed: tuple[Failed, ...]) -> KeyTold:
        """That it was this key, and how all of them stand now."""
        now, keys = self._clock(), self._keys()
        rests = [rest for each in keys if (rest := self._rotation.rest(each, now)) is not None]
        back = min((rest.until - now for rest in rests), default=None)
        return KeyTold(self.label(key), len(keys), len(keys) - len(rests), back, failed)

    def began(self, key: Secret) -> float:
        """A call goes out with it; gives the time."""
        self._rotation.began(key)
        return self._clock()

    def ended(self, key: Secret, failure: Failure | None, began: float) -> None:
        """The call that began then is over."""
        self._rotation.ended(key, failure, began=began, now=self._clock())

    def _keys(self) -> tuple[Secret, ...]:
        if not self._files:
            return self._configured
        found = dict.fromkeys((*self._configured, *(key for file in self._files for key in file.look() or ())))
        if self._known != (known := tuple(found)):
            self._known = known
            self._rotation.forget_all_but(known)
            self._labels = {key: label for key, label in self._labels.items() if key in known}
            for key in known:
                self.label(key)
        return known

    def _report(self, key: Secret, now: float, *, alone: bool) -> Report:
        source = next((str(file.path) for file in self._files if key in (file.look() or ())), "api_key")
        rest = self._rotation.rest(key, now)
        label = self.label(key)
        if rest is None or (alone and rest.failure.kind is Kind.RATE_LIMIT):
            return Report("api_key", "ok", source, masked(key.value), label=label)
        state = _STATES.get(rest.failure.kind, "cooling down")
        problem = f"{rest.failure.kind.value}; not used for {ceil(rest.until - now)} s while there are others"
        return Report("api_key", state, source, masked(key.value), problem=problem, label=label)

    def _unread(self, path: Path) -> Report:
        there = path.exists()
        return Report("api_key", "unused" if there else "missing", str(path), problem=None if there else _unread(path))

    def _missing(self) -> Failure:
        told = "; ".join(_unread(file.path) for file in self._files)
        return Failure(
            Kind.AUTHENTICATION,
            f"no key for the provider {self._provider}: {told}",
            should_retry=False,
            code="invalid_api_key",
        )

    def _exhausted(self, count: int, seconds: float) -> Failure:
        wait = ceil(seconds)
        message = (
            f"all {count} keys of the provider {self._provider} are at their limits; the first is back in {wait} s"
        )
        return Failure(Kind.RATE_LIMIT, message, retry_after=float(wait))


def _unread(path: Path) -> str:
    return f"{path} is not there, cannot be read, or holds no key; put one on each line"

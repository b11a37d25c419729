"""Looks at what becomes of requests, and says when something begins to go wrong and when it is well again."""

from collections import deque
from collections.abc import Collection, Iterator
from math import ceil

from msgspec import Struct

from fairlead.router.records import Record
from fairlead.shared.config.schema import AlertsConfig
from fairlead.shared.failure import WORTH_ANOTHER_TARGET, Kind

MOST = 10_000
"""Requests that are looked at at once, the newest."""

SERIOUS = frozenset(
    kind.value for kind in WORTH_ANOTHER_TARGET | {Kind.AUTHENTICATION, Kind.BILLING, Kind.PERMISSION, Kind.INTERNAL}
)
"""Failures that no client brings about by what it asks."""


class Alert(Struct, frozen=True):
    """`name`: budget, cost, error_rate, latency or provider_down. `subject`: of what, if there are several. `raised`
    False says that it is over. `at` in Unix seconds."""

    name: str
    subject: str
    raised: bool
    message: str
    at: float


class _Seen(Struct, frozen=True, gc=False):
    at: float
    failed: bool
    first_byte: float | None


class Watch:
    """A `Sink`. An alert is raised once, and cleared once."""

    def __init__(self, rules: AlertsConfig) -> None:
        self._rules = rules
        self._seen: deque[_Seen] = deque(maxlen=MOST)
        self.active: dict[tuple[str, str], Alert] = {}

    def __repr__(self) -> str:
        return f"<Watch {list(self.active)}>"

    def heed(self, rules: AlertsConfig) -> None:
        """Other rules from now on."""
        self._rules = rules

    def note(self, record: Record) -> None:
        self._seen.append(_Seen(record.at + record.duration, record.failure in SERIOUS, record.first_byte))

    def look(self, now: float, down: Collection[str]) -> list[Alert]:
        """What has changed; `now` in Unix seconds, `down` are the targets whose circuits are open."""
        while self._seen and self._seen[0].at < now - self._rules.window_s:
            self._seen.popleft()
        wrong = dict(self._wrong(down))
        changed = [
            Alert(*key, raised=True, message=message, at=now)
            for key, message in wrong.items()
            if key not in self.active
        ]
        changed += [
            Alert(*key, raised=False, message=f"over: {alert.message}", at=now)
            for key, alert in self.active.items()
            if key not in wrong
        ]
        self.active = {key: self.active.get(key) or Alert(*key, True, message, now) for key, message in wrong.items()}
        return changed

    def _wrong(self, down: Collection[str]) -> Iterator[tuple[tuple[str, str], str]]:
        rules, window = self._rules, f"the last {self._rules.window_s:g} s"
        if rules.provider_down:
            for name in down:
                yield ("provider_down", name), f"{name} is down: it failed over and over, and is left alone for a while"
        if len(self._seen) < rules.min_requests:
            return
        failed = sum(one.failed for one in self._seen) / len(self._seen)
        if rules.error_share is not None and failed >= rules.error_share:
            yield ("error_rate", ""), f"{failed:.0%} of the {len(self._seen)} requests of {window} failed"
        times = sorted(one.first_byte for one in self._seen if one.first_byte is not None)
        slow = times[ceil(0.95 * len(times)) - 1] if times else 0.0
        if rules.first_byte_s is not None and slow > rules.first_byte_s:
            yield ("latency", ""), f"one in twenty requests of {window} waited {slow:.1f} s or longer for a first byte"

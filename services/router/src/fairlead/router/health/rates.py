"""How much of a provider's limits a minute is used: what it said last, what was sent since, and what is on its way."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from .windows import Window

MINUTE = 60.0


class Load(Struct, frozen=True, gc=False):
    """What one request puts on limits; tokens."""

    input: int = 0
    output: int = 0


class Reported(Struct, frozen=True, gc=False):
    """One limit as a provider told it. `what`: "requests", "tokens", "input_tokens" or "output_tokens"; `resets` in
    seconds from then, None where it did not say."""

    what: str
    limit: float
    remaining: float
    resets: float | None = None


class _Known:
    """A reported limit, and what was sent to it since."""

    __slots__ = ("ends", "limit", "remaining", "since")

    def __init__(self, now: float, told: Reported) -> None:
        self.limit = told.limit
        self.remaining = told.remaining
        self.ends = now + (MINUTE if told.resets is None else told.resets)
        self.since = 0.0


class Rates:
    """The limits of one target. `rpm` and `tpm` are configured, None for no limit.

    A request is reserved when it is sent, and settled when it is over; between these its estimate counts.
    """

    __slots__ = ("_known", "_reserved", "_reserved_input", "_rpm", "_sent", "_tpm")

    def __init__(self, rpm: float | None = None, tpm: float | None = None) -> None:
        self._rpm = rpm
        self._tpm = tpm
        self._sent = {what: Window(MINUTE) for what in _AMOUNTS}
        self._reserved = 0
        self._reserved_input = 0
        self._known: dict[str, _Known] = {}

    def __repr__(self) -> str:
        return f"<Rates reserved={self._reserved} known={sorted(self._known)}>"

    @property
    def in_flight(self) -> int:
        """Requests on their way."""
        return self._reserved

    def reserve(self, load: Load) -> None:
        """A request is sent."""
        self._reserved += 1
        self._reserved_input += load.input

    def settle(self, now: float, reserved: Load, used: Load | None) -> None:
        """It is over. `used`: what it came to; None where nothing was done with it."""
        self._reserved = max(0, self._reserved - 1)
        self._reserved_input = max(0, self._reserved_input - reserved.input)
        if used is None:
            return
        for what, window in self._sent.items():
            amount = _AMOUNTS[what](used)
            window.add(now, amount)
            if what in self._known:
                self._known[what].since += amount

    def report(self, now: float, told: Iterable[Reported]) -> None:
        """What the provider said of its limits."""
        for one in told:
            if one.what in _AMOUNTS and one.limit > 0:
                self._known[one.what] = _Known(now, one)

    def used(self, now: float) -> float:
        """The largest part of any limit that is used, reservations included; 0 where none is known, may exceed 1."""
        most = 0.0
        if self._rpm is not None:
            most = (self._sent["requests"].total(now) + self._reserved) / self._rpm
        if self._tpm is not None:
            most = max(most, (self._sent["tokens"].total(now) + self._reserved_input) / self._tpm)
        if self._known:
            most = max(most, self._reported(now))
        return most

    def free_at(self, now: float) -> float:
        """When the fullest reported limit starts anew, or a minute from now."""
        return max((one.ends for one in self._known.values() if one.ends > now), default=now + MINUTE)

    def _reported(self, now: float) -> float:
        most = 0.0
        for what, one in list(self._known.items()):
            if now >= one.ends:
                del self._known[what]
                continue
            on_its_way = self._reserved if what == "requests" else self._reserved_input if what in _IN else 0
            most = max(most, (one.limit - one.remaining + one.since + on_its_way) / one.limit)
        return most


_AMOUNTS: Mapping[str, Callable[[Load], int]] = {
    "requests": lambda _load: 1,
    "tokens": lambda load: load.input + load.output,
    "input_tokens": lambda load: load.input,
    "output_tokens": lambda load: load.output,
}
_IN = frozenset({"tokens", "input_tokens"})

"""How much of a provider's limits a minute is used: what it said last, what was sent since, and what is on its way."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from fairlead.shared.rates import What, Window

from .windows import Window as Sum

MINUTE = 60.0


class Load(Struct, frozen=True, gc=False):
    """What one request puts on limits; tokens."""

    input: int = 0
    output: int = 0


class Filled(Struct, frozen=True, gc=False):
    """One limit as it stands: how much of `limit` is used, for people. `span`: seconds it is for, `resets`: the moment
    it begins anew; None where that is not known, or it fills evenly."""

    what: What
    limit: float
    used: float
    span: float | None = None
    resets: float | None = None


class _Known:
    """A reported limit, and what was sent to it since."""

    __slots__ = ("ends", "limit", "remaining", "since")

    def __init__(self, now: float, limit: float, remaining: float, reset: float | None) -> None:
        self.limit = limit
        self.remaining = remaining
        self.ends = now + (MINUTE if reset is None else reset)
        self.since = 0.0


class Rates:
    """The limits of one target. `rpm` and `tpm` are configured, None for no limit.

    A request is reserved when it is sent, and settled when it is over; between these its estimate counts.
    """

    __slots__ = ("_known", "_requests", "_reserved", "_reserved_input", "_rpm", "_tokens", "_tpm")

    def __init__(self, rpm: float | None = None, tpm: float | None = None) -> None:
        self._rpm = rpm
        self._tpm = tpm
        self._requests, self._tokens = Sum(MINUTE), Sum(MINUTE)
        self._reserved = 0
        self._reserved_input = 0
        self._known: dict[tuple[What, float | None], _Known] = {}

    def __repr__(self) -> str:
        return f"<Rates reserved={self._reserved} known={sorted(self._known)}>"

    def limit(self, rpm: float | None, tpm: float | None) -> None:
        """Other limits from now on."""
        self._rpm, self._tpm = rpm, tpm

    @property
    def in_flight(self) -> int:
        """Requests on their way."""
        return self._reserved

    @property
    def input_in_flight(self) -> int:
        """Tokens of their prompts, as estimated."""
        return self._reserved_input

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
        if self._rpm is not None:
            self._requests.add(now)
        if self._tpm is not None:
            self._tokens.add(now, used.input + used.output)
        for (what, _), known in self._known.items():
            if what in _AMOUNTS:
                known.since += _AMOUNTS[what](used)

    def report(self, now: float, told: Iterable[Window]) -> None:
        """What the provider said of its limits; what it knows only in part says nothing."""
        for one in told:
            if one.limit and one.remaining is not None:
                self._known[one.what, one.span] = _Known(now, one.limit, one.remaining, one.reset)

    def used(self, now: float) -> float:
        """The largest part of any limit that is used, reservations included; 0 where none is known, may exceed 1."""
        most = 0.0
        if self._rpm is not None:
            most = (self._requests.total(now) + self._reserved) / self._rpm
        if self._tpm is not None:
            most = max(most, (self._tokens.total(now) + self._reserved_input) / self._tpm)
        return max(most, self.reported(now, self._reserved, self._reserved_input)) if self._known else most

    def filled(self, now: float) -> tuple[Filled, ...]:
        """Every limit that is known, those of the configuration first."""
        found = []
        if self._rpm is not None:
            found.append(Filled(What.REQUESTS, self._rpm, self._requests.total(now) + self._reserved, MINUTE))
        if self._tpm is not None:
            found.append(Filled(What.TOKENS, self._tpm, self._tokens.total(now) + self._reserved_input, MINUTE))
        for (what, span), one in self._known.items():
            if now < one.ends:
                used = one.limit - one.remaining + one.since + _on_its_way(what, self._reserved, self._reserved_input)
                found.append(Filled(what, one.limit, used, span, one.ends))
        return tuple(found)

    def reported(self, now: float, reserved: float = 0.0, reserved_input: float = 0.0) -> float:
        """The same of the limits that the provider tells, with so much on its way."""
        most = 0.0
        for key, one in list(self._known.items()):
            if now >= one.ends:
                del self._known[key]
                continue
            on_its_way = _on_its_way(key[0], reserved, reserved_input)
            most = max(most, (one.limit - one.remaining + one.since + on_its_way) / one.limit)
        return most


_AMOUNTS: Mapping[What, Callable[[Load], int]] = {
    What.REQUESTS: lambda _load: 1,
    What.TOKENS: lambda load: load.input + load.output,
    What.INPUT: lambda load: load.input,
    What.OUTPUT: lambda load: load.output,
}
_IN = frozenset({What.TOKENS, What.INPUT})


def _on_its_way(what: What, reserved: float, reserved_input: float) -> float:
    """What of a limit is taken by requests that have no answer yet."""
    return reserved if what is What.REQUESTS else reserved_input if what in _IN else 0.0

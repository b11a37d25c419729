"""A circuit breaker: after failures a target is left alone for a while, then one request tries it, then more and more.

Source: https://martinfowler.com/bliki/CircuitBreaker.html
"""

from enum import StrEnum

from fairlead.shared.config.schema import CircuitConfig

from .windows import Window


class State(StrEnum):
    """Closed: everything may pass. Open: nothing. Half-open: one probe, whose outcome decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit:
    """The circuit of one target. Times are `now`, in seconds, given by the caller."""

    __slots__ = (
        "_calls",
        "_closed_at",
        "_failed",
        "_in_a_row",
        "_length",
        "_opened_at",
        "_probe",
        "_probe_until",
        "_probes",
        "_rule",
        "_until",
    )

    def __init__(self, rule: CircuitConfig) -> None:
        self._rule = rule
        self._calls = Window(rule.window_s)
        self._failed = Window(rule.window_s)
        self._in_a_row = 0
        self._length = rule.open_s
        self._until: float | None = None
        self._opened_at = 0.0
        self._probes = 0
        self._probe = 0
        self._probe_until: float | None = None
        self._closed_at: float | None = None

    def __repr__(self) -> str:
        return f"<Circuit until={self._until} in_a_row={self._in_a_row}>"

    def retune(self, rule: CircuitConfig) -> None:
        """Other rules from now on; a window of another length begins anew."""
        if rule.window_s != self._rule.window_s:
            self._calls, self._failed = Window(rule.window_s), Window(rule.window_s)
        if rule.open_s != self._rule.open_s:
            self._length = rule.open_s
        self._rule = rule

    def state(self, now: float) -> State:
        """How it stands."""
        if self._until is None:
            return State.CLOSED
        return State.OPEN if now < self._until else State.HALF_OPEN

    def until(self, now: float) -> float:
        """When it may be tried again; `now` where it may be at once."""
        if self._until is None:
            return now
        return max(now, self._until, self._probe_until or now)

    def share(self, now: float) -> float:
        """Which part of the requests may pass a closed circuit, from 0 to 1."""
        if self._closed_at is None:
            return 1.0
        passed = (now - self._closed_at) / self._rule.ramp_s
        if passed >= 1.0:
            self._closed_at = None
            return 1.0
        return self._rule.ramp_from + (1.0 - self._rule.ramp_from) * passed

    def passes(self, now: float) -> bool:
        """Whether a request may be sent: not while open, and not while somebody else's probe is on its way."""
        if self._until is None:
            return True
        return now >= self._until and (self._probe_until is None or now >= self._probe_until)

    def began(self, now: float, patience: float, *, early: bool = False) -> int:
        """A request is sent: the number of the probe that it is, 0 for none. One that tells nothing within `patience`
        seconds is no longer waited for. `early`: it may be a probe though the circuit is still open; until it has told
        something, no other is let through."""
        if self._until is None or not (self.passes(now) or (early and not self._is_awaited(now))):
            return 0
        self._probes += 1
        self._probe, self._probe_until = self._probes, now + patience
        return self._probe

    def given_up(self, probe: int) -> None:
        """A request ended without saying anything about the target, such as by its client's leaving."""
        if self._is_on_its_way(probe):
            self._probe, self._probe_until = 0, None

    def answered(self, now: float, sent: float | None = None) -> None:
        """The target answers; how that ends is not known yet. `sent`: when it was asked, None for now: an answer to
        what was sent before the circuit opened says nothing of how the target does since."""
        if self._until is not None and sent is not None and sent < self._opened_at:
            return
        self._in_a_row = 0
        if self._until is not None:
            self._until = self._probe_until = None
            self._probe = 0
            self._length = self._rule.open_s
            self._closed_at = now
            self._calls, self._failed = Window(self._rule.window_s), Window(self._rule.window_s)

    def succeeded(self, now: float, sent: float | None = None) -> None:
        """The target has answered to the end; `sent` as above."""
        self.answered(now, sent)
        self._calls.add(now)

    def failed(self, now: float, *, probe: int = 0, at_least: float = 0.0) -> None:
        """The target has not answered as it should. `at_least`: open at once, for so many seconds."""
        self._calls.add(now)
        self._failed.add(now)
        self._in_a_row += 1
        if self._until is not None:
            # A straggler that was sent before the circuit opened says nothing new, and must not let out another probe.
            if self._is_on_its_way(probe) or self.passes(now):
                self._length = min(self._length * 2, self._rule.longest_s)
                self._open(now, at_least)
        elif at_least or self._broken(now):
            self._open(now, at_least)

    def _is_awaited(self, now: float) -> bool:
        return self._probe_until is not None and now < self._probe_until

    def _is_on_its_way(self, probe: int) -> bool:
        return probe != 0 and probe == self._probe

    def _open(self, now: float, at_least: float) -> None:
        self._until, self._opened_at = now + max(self._length, at_least), now
        self._probe_until = self._closed_at = None
        self._probe = 0

    def _broken(self, now: float) -> bool:
        rule = self._rule
        if self._in_a_row >= rule.failures:
            return True
        calls = self._calls.total(now)
        return calls >= rule.min_calls and self._failed.total(now) / calls >= rule.error_share

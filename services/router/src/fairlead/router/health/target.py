"""The health of one target: a provider, or a model at a provider."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from fairlead.shared.config.schema import CircuitConfig, RateLimits
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import OF_A_KEY, KeyTold
from fairlead.shared.rates import Window as Limited

from .circuit import Circuit, State
from .keys import HISTORY, KeyKnown, Keys, is_of_the_key
from .latency import Latency, Speed
from .rates import Filled, Load, Rates
from .windows import Window

PATIENCE = 330.0
"""Seconds after which a probe that has told nothing is given up: a little longer than a first byte may take."""


CHECK_PATIENCE = 20.0
"""Seconds after which a check that has told nothing is given up as a probe: no check takes as long."""


class Blame(StrEnum):
    """What a failure says about where it happened."""

    NOTHING = "nothing"
    TARGET = "target"
    CREDENTIAL = "credential"
    THROTTLED = "throttled"


BLAME: Mapping[Kind, Blame] = {
    Kind.BAD_REQUEST: Blame.NOTHING,
    Kind.CONTEXT_OVERFLOW: Blame.NOTHING,
    Kind.CONTENT_REFUSED: Blame.NOTHING,
    Kind.TOO_LARGE: Blame.NOTHING,
    Kind.METHOD: Blame.NOTHING,
    Kind.CONFLICT: Blame.NOTHING,
    Kind.UNSUPPORTED: Blame.NOTHING,
    Kind.INTERNAL: Blame.NOTHING,
    Kind.AUTHENTICATION: Blame.CREDENTIAL,
    Kind.BILLING: Blame.CREDENTIAL,
    Kind.PERMISSION: Blame.CREDENTIAL,
    Kind.NOT_FOUND: Blame.CREDENTIAL,
    Kind.RATE_LIMIT: Blame.THROTTLED,
    Kind.OVERLOADED: Blame.THROTTLED,
    Kind.UPSTREAM: Blame.TARGET,
    Kind.UNREACHABLE: Blame.TARGET,
    Kind.CONNECT_TIMEOUT: Blame.TARGET,
    Kind.FIRST_BYTE_TIMEOUT: Blame.TARGET,
    Kind.IDLE_TIMEOUT: Blame.TARGET,
    Kind.CUT: Blame.TARGET,
    Kind.MALFORMED: Blame.TARGET,
}

CREDENTIAL_PAUSE = 60.0
"""Seconds a target is left alone that will not have us: keys, bills and model lists are mended by people."""


class Standing(Struct, frozen=True, gc=False):
    """How a target does at one moment: what a decision looks at, and nothing that moves.

    `until`: when it may be asked again, as a moment; in the past or now where it may at once. `share`: the part of the
    requests a target that has just recovered gets. `used`: the part of its limits that is used. `reliability`: the
    share of good answers of late, from 0 to 1. `probing`: it is half-open, and the next request is its probe. `keys`:
    how many its provider has, where there are several, and `ready` how many of them do not rest.
    """

    state: State = State.CLOSED
    until: float = 0.0
    throttled: bool = False
    probing: bool = False
    share: float = 1.0
    used: float = 0.0
    reliability: float = 1.0
    in_flight: int = 0
    speed: Speed | None = None
    keys: int = 0
    ready: int = 0


UNKNOWN = Standing()


class Ticket(Struct, frozen=True, gc=False):
    """A request that was sent: when, what it was estimated to put on limits, and the number of the probe it is, if
    any."""

    at: float
    load: Load
    probe: int


class Lesson(Struct, frozen=True, gc=False):
    """What one attempt came to in the end. `failure` None: an answer. `used` None: nothing was done with the request.

    `first_byte` in seconds, `rate` in tokens a second, where they were seen. `gone`: the client left before anything
    was known. `key`: the label of the key it was made with, as far as that is known.
    """

    failure: Failure | None = None
    used: Load | None = None
    first_byte: float | None = None
    rate: float | None = None
    gone: bool = False
    key: str | None = None


class Checked(Struct, frozen=True, gc=False):
    """The checks of a target: when the last one was, why it failed (None: it did not), how many there were, and how
    many of them failed."""

    at: float
    failure: Kind | None
    count: int
    failures: int


class Throttling(Struct, frozen=True):
    """Seconds to leave a target alone after a 429: what it asks for, but no longer than `longest`; without a word
    `first`, doubled with each further one up to `longest_guess`."""

    first: float = 2.0
    longest_guess: float = 60.0
    longest: float = 300.0


class TargetHealth:
    """Everything that is known of one target. `HISTORY` is what its reliability is measured over."""

    __slots__ = (
        "_bad",
        "_calls",
        "_check",
        "_circuit",
        "_keys",
        "_latency",
        "_rates",
        "_spent",
        "_throttled_at",
        "_throttled_until",
        "_throttling",
        "_throttlings",
    )

    def __init__(self, rule: CircuitConfig, throttling: Throttling, rates: Rates) -> None:
        self._circuit = Circuit(rule)
        self._latency = Latency()
        self._rates = rates
        self._keys: Keys | None = None
        self._check: Checked | None = None
        self._spent = False
        self._throttling = throttling
        self._throttlings = 0
        self._throttled_at = 0.0
        self._throttled_until: float | None = None
        self._calls = Window(HISTORY)
        self._bad = Window(HISTORY)

    def __repr__(self) -> str:
        return f"<TargetHealth {self._circuit!r} {self._rates!r}>"

    def retune(self, rule: CircuitConfig, throttling: Throttling, limits: RateLimits) -> None:
        """Other rules from now on."""
        self._throttling = throttling
        self._circuit.retune(rule)
        self._rates.limit(limits.rpm, limits.tpm)

    def standing(self, now: float) -> Standing:
        """How it does now."""
        circuit, throttled, keys = self._circuit, self._throttled_until, self._keys
        state = circuit.state(now)
        until = circuit.until(now)
        return Standing(
            state=state,
            until=until if throttled is None else max(until, throttled),
            throttled=throttled is not None and now < throttled,
            probing=state is State.HALF_OPEN,
            share=circuit.share(now),
            used=self._used(now),
            reliability=self._reliability(now),
            in_flight=self._rates.in_flight,
            speed=self._latency.speed(now),
            keys=0 if keys is None else keys.total,
            ready=0 if keys is None else keys.ready(now),
        )

    def counts(self, now: float) -> tuple[int, int]:
        """Attempts that told something of it, and those that failed, over the last `HISTORY` seconds."""
        return round(self._calls.total(now)), round(self._bad.total(now))

    def limits(self, now: float) -> tuple[Filled, ...]:
        """Its limits, as far as they are known."""
        return self._rates.filled(now)

    def keys(self, now: float) -> tuple[KeyKnown, ...]:
        """What each of its keys has done, where there are several."""
        return () if self._keys is None else self._keys.known(now)

    def hear(self, now: float, key: KeyTold | None) -> None:
        """How the keys of its provider stand. Of one that has a single key, that key's limits are its own."""
        if key is None:
            return
        if key.keys <= 1:
            self._keys = None
            return
        self._keys = self._keys or Keys()
        self._keys.hear(now, key)

    @property
    def check(self) -> Checked | None:
        """What our own checks of it came to; None where there was none."""
        return self._check

    def comes_back(self, now: float) -> float | None:
        """From when on it may be probed; None where its circuit is closed."""
        return None if self._circuit.state(now) is State.CLOSED else self._circuit.until(now)

    def check_began(self, now: float) -> int:
        """It is asked whether it is well: the number of the probe that this is, 0 for none."""
        return self._circuit.began(now, CHECK_PATIENCE, early=True)

    def checked(self, now: float, probe: int, lesson: Lesson, key: KeyTold | None = None, *, free: bool) -> None:
        """What it said. The circuit goes by it as by a request; the counts and times of requests do not. `free`: it was
        asked for what costs nothing, which says nothing of an unpaid bill."""
        failure, before = lesson.failure, self._check or Checked(now, None, 0, 0)
        failed = failure is not None and not lesson.gone
        kind = failure.kind if failure is not None else None
        self._check = Checked(now, kind, before.count + 1, before.failures + failed)
        if lesson.gone or (failure is None and free and self._spent):
            self._circuit.given_up(probe)
        elif failure is None:
            self._answered(now, now)
        elif is_of_the_key(failure, key) or BLAME[failure.kind] is Blame.NOTHING:
            self._circuit.given_up(probe)
        else:
            self._blamed(now, probe, failure, key)

    def began(self, now: float, load: Load) -> Ticket:
        """A request is sent to it."""
        self._rates.reserve(load)
        return Ticket(now, load, self._circuit.began(now, PATIENCE))

    def answered(self, now: float, ticket: Ticket) -> None:
        """Its answer begins: whatever becomes of that, it answers."""
        self._answered(now, ticket.at)

    def report(self, now: float, told: Iterable[Limited], key: KeyTold | None = None) -> None:
        """What it said of its limits, in an answer or a refusal: of those of a key, where it has several."""
        if self._keys is None or key is None:
            self._rates.report(now, told)
        else:
            self._keys.report(now, key.label, told)

    def ended(self, now: float, ticket: Ticket, lesson: Lesson, key: KeyTold | None = None) -> None:
        """It is over; once for each ticket. `key`: what was told of the keys with a refusal."""
        self._rates.settle(now, ticket.load, lesson.used)
        failure = lesson.failure
        if self._keys is not None and lesson.key is not None and not lesson.gone:
            self._keys.ended(now, lesson.key, failure, lesson.used)
        if failure is not None and is_of_the_key(failure, key):
            self._circuit.given_up(ticket.probe)
            return
        if lesson.gone:
            self._circuit.given_up(ticket.probe)
        elif failure is None:
            self._calls.add(now)
            self._answered(now, ticket.at)
            self._circuit.succeeded(now, ticket.at)
            if lesson.first_byte is not None:
                self._latency.note(now, lesson.first_byte, lesson.rate)
        else:
            self._failed(now, ticket, failure, key)

    def _answered(self, now: float, sent: float) -> None:
        # A stream that began before it asked for a pause does not end the pause.
        if self._throttled_until is None or sent >= self._throttled_at:
            self._throttlings, self._throttled_until = 0, None
        self._spent = False
        self._circuit.answered(now, sent)

    def _failed(self, now: float, ticket: Ticket, failure: Failure, key: KeyTold | None) -> None:
        blame = BLAME[failure.kind]
        if blame is Blame.NOTHING:
            # It has answered, which is all a probe asks.
            self._calls.add(now)
            if ticket.probe:
                self._circuit.succeeded(now)
            return
        self._calls.add(now)
        self._bad.add(now)
        self._blamed(now, ticket.probe, failure, key)

    def _blamed(self, now: float, probe: int, failure: Failure, key: KeyTold | None) -> None:
        blame = BLAME[failure.kind]
        self._spent = failure.kind is Kind.BILLING
        if blame is Blame.THROTTLED:
            # Of several keys the first that is back will do, whatever the last one was told.
            of_all = key is not None and key.keys > 1 and failure.kind in OF_A_KEY
            self._throttle(now, key.back if key is not None and of_all else failure.retry_after)
            self._circuit.given_up(probe)
        else:
            pause = CREDENTIAL_PAUSE if blame is Blame.CREDENTIAL else 0.0
            self._circuit.failed(now, probe=probe, at_least=pause)

    def _throttle(self, now: float, asked: float | None) -> None:
        rule = self._throttling
        guess = min(rule.first * 2**self._throttlings, rule.longest_guess)
        self._throttlings = min(self._throttlings + 1, 16)
        wait = guess if asked is None else min(asked, rule.longest)
        self._throttled_at = now
        # A burst of refusals does not add up, and a later, shorter word does not shorten the first.
        self._throttled_until = max(self._throttled_until or 0.0, now + wait)

    def _used(self, now: float) -> float:
        used, rates = self._rates.used(now), self._rates
        if self._keys is None:
            return used
        return max(used, self._keys.used(now, rates.in_flight, rates.input_in_flight))

    def _reliability(self, now: float) -> float:
        """With one good answer assumed, so that a first failure is not the whole truth."""
        calls = self._calls.total(now)
        return (calls - self._bad.total(now) + 1.0) / (calls + 1.0) if calls else 1.0

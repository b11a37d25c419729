"""Asks one target once, and tells the memory how it did."""

import asyncio
from collections.abc import Callable, Mapping

import httpx2
from msgspec import Struct, structs

from fairlead.router.decide import Decision
from fairlead.router.discovery import Discovery
from fairlead.router.headers import Envelope, outgoing
from fairlead.router.health import Lesson, Load, is_of_the_key
from fairlead.router.lane import Crossing, Sent
from fairlead.router.lessons import key_told, lesson_of, reported, unlabelled
from fairlead.router.memory import Memory
from fairlead.router.policy import Policy
from fairlead.shared import semantics as names
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import KeyTold
from fairlead.shared.loss import Loss
from fairlead.shared.runtime.attempt import Call, Flowing, Limits, Refused, Whole, attempt
from fairlead.shared.runtime.flow import Timing
from fairlead.shared.runtime.http import Timeouts
from fairlead.shared.runtime.trail import Leg, Trail
from fairlead.shared.spans import Attributes, short

NORMALIZER = "the normalizer"
"""Whom a broken connection is told of: the router connects to nobody else, providers are the normalizer's to name."""

COUNT_TIMEOUTS = Timeouts(connect=2.0, first_byte=10.0, idle=10.0)
"""Seconds a count may take before we estimate it ourselves: clients ask for dozens at once and show a spinner."""


_OF_THE_CREDENTIAL = frozenset({Kind.AUTHENTICATION, Kind.BILLING, Kind.PERMISSION})
_OF_TIME = frozenset({Kind.CONNECT_TIMEOUT, Kind.FIRST_BYTE_TIMEOUT})
_CLOSE = 0.05
"""Seconds by which the normalizer may see a client's deadline pass before we do."""


ASKED = "attempt"
"""What the span of one target is called; whose it is, its attributes say."""


def about(decision: Decision, position: int) -> Attributes:
    """What a trace is told of a target that is asked."""
    target = decision.targets[position]
    return {
        names.TARGET_PROVIDER: short(target.provider),
        names.REQUEST_MODEL: short(target.model),
        names.ATTEMPT: position + 1,
    }


class Errand(Struct, frozen=True):
    """One request to be taken to the targets of its decision. `headers` are the client's.

    `load`: what it is estimated to put on limits. `windows` and `costs`: the context window of each target in tokens,
    and what it would cost there in US dollars, None where not known. `acts`: see `failover.Circumstances`. `cold`: no
    target has its beginning in a cache. `trail`: where traces are made.
    """

    decision: Decision
    crossing: Crossing
    envelope: Envelope
    headers: Mapping[str, str]
    stream: bool
    context: ReplyContext
    load: Load = Load()
    windows: tuple[int | None, ...] = ()
    costs: tuple[float | None, ...] = ()
    acts: bool = False
    cold: bool = True
    trail: Trail | None = None

    def leg(self, position: int, moment: float) -> Leg | None:
        """The target at `position` is about to be asked."""
        return None if self.trail is None else self.trail.leg(ASKED, moment, about(self.decision, position))


class Step(Struct, frozen=True):
    """One target that was asked: its position in the decision, why it did not answer, seconds it took, and the `pause`
    before it. `beside`: it was asked while another was still silent; `let_go`: it was not heard out. `key`: what was
    told of its provider's keys. `writing`: seconds it took to write the request for it."""

    position: int
    failure: Failure | None
    seconds: float
    native: bool
    losses: tuple[Loss, ...] = ()
    pause: float = 0.0
    beside: bool = False
    let_go: bool = False
    key: KeyTold | None = None
    writing: float = 0.0

    @property
    def another_key(self) -> bool:
        """Whether it failed by its key alone, and might answer with another."""
        return self.failure is not None and is_of_the_key(self.failure, self.key)

    @property
    def result(self) -> str:
        """In a word: "answered", "let_go", or the kind of the failure."""
        if self.failure is not None:
            return self.failure.kind.value
        return "let_go" if self.let_go else "answered"


class Tried(Struct, frozen=True):
    """What a target answered, and the note of it."""

    answer: Whole | Flowing | Refused
    step: Step


class Asker:
    """Everything about the way to the normalizer that is the same for all requests."""

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport,
        base_url: str,
        policy: Policy,
        discovery: Discovery,
        *,
        timeouts: Timeouts,
        limits: Limits,
        memory: Memory,
        clock: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._base_url = base_url
        self._policy = policy
        self._discovery = discovery
        self._timeouts = timeouts
        self._limits = limits
        self._memory = memory
        self._clock = clock

    async def ask(self, errand: Errand, position: int, *, pause: float = 0.0, within: float | None = None) -> Tried:
        """What the target at `position` says. `within`: seconds its answer may take to begin. When cancelled, the
        target is let go of. Raises `FailureError` (BAD_REQUEST) for a body that cannot be translated."""
        # Nothing that lasts as long as a stream may hold the errand, which has the body.
        memory, clock, load = self._memory, self._clock, errand.load
        leg = errand.leg(position, clock())
        sent, writing = await self._written(errand, position)
        tickets = memory.began(errand.decision.targets[position], clock(), load)
        try:
            answer = await self._attempted(self._call(errand, position, sent, leg), within)
        except BaseException:
            if leg is not None:
                leg.given_up(clock())
            # It may have been read, and counts as sent on every limit; nobody will say what it came to.
            memory.ended(tickets, clock(), Lesson(used=Load(load.input), gone=True))
            raise
        if leg is not None:
            leg.over(answer)
        limits, key = reported(answer.headers), key_told(answer.headers)
        seconds = clock() - answer.timing.sent
        step = Step(position, None, seconds, sent.native, sent.losses, pause, key=key, writing=writing)
        label = key.label if key is not None else None
        if isinstance(answer, Refused):
            lesson = structs.replace(self._lesson(errand, position, answer.failure), key=label)
            memory.ended(tickets, clock(), lesson, limits, key)
            step = structs.replace(step, failure=answer.failure)
            return Tried(structs.replace(answer, headers=unlabelled(answer.headers)), step)
        memory.answered(tickets, clock(), limits, key)
        if isinstance(answer, Flowing):
            answer.headers = unlabelled(answer.headers)
            answer.then(lambda: memory.ended(tickets, clock(), lesson_of(answer, load, label)))
            return Tried(answer, step)
        memory.ended(tickets, clock(), lesson_of(answer, load, label))
        return Tried(structs.replace(answer, headers=unlabelled(answer.headers)), step)

    async def count(self, errand: Errand) -> Whole | Flowing | Refused:
        """The first target's count of the tokens; the body goes as it came, since that operation is the client's."""
        sent = errand.crossing.native(self._policy.address(errand.decision.targets[0]))
        leg = errand.leg(0, self._clock())
        call = structs.replace(self._call(errand, 0, sent, leg), timeouts=COUNT_TIMEOUTS, counts=True)
        answer = await attempt(self._transport, call, self._clock)
        if leg is not None:
            leg.over(answer)
        if isinstance(answer, Flowing):
            return answer
        return structs.replace(answer, headers=unlabelled(answer.headers))

    def _lesson(self, errand: Errand, position: int, failure: Failure) -> Lesson:
        """A client's own credential that is refused, or its deadline that has passed, says nothing of how the target
        does for others."""
        target, deadline = errand.decision.targets[position], errand.envelope.deadline
        refused = failure.kind in _OF_THE_CREDENTIAL and self._policy.takes_client_credential(target)
        late = failure.kind in _OF_TIME and deadline is not None and self._clock() + _CLOSE >= deadline
        return Lesson(gone=True) if refused or late else Lesson(failure)

    async def _attempted(self, call: Call, within: float | None) -> Whole | Flowing | Refused:
        began = self._clock()
        try:
            async with asyncio.timeout(within):
                return await attempt(self._transport, call, self._clock)
        except TimeoutError:
            silent = Failure(Kind.FIRST_BYTE_TIMEOUT, f"no content came within {within:g} seconds")
            return Refused(silent, (), Timing(began, ended=self._clock()))

    async def _written(self, errand: Errand, position: int) -> tuple[Sent, float]:
        """The body, and seconds that writing it took."""
        address = self._policy.address(errand.decision.targets[position])
        dialect, began = await self._discovery.dialect(address), self._clock()
        sent = errand.crossing.written(address, dialect)
        return sent, self._clock() - began

    def _call(self, errand: Errand, position: int, sent: Sent, leg: Leg | None) -> Call:
        targets, envelope = errand.decision.targets, errand.envelope
        headers = outgoing(
            envelope if leg is None else envelope.within(leg.context),
            errand.headers,
            native=sent.native,
            attempt=position + 1,
            last=position == len(targets) - 1,
            own_credential=self._policy.takes_client_credential(targets[position]),
            now=self._clock(),
        )
        return Call(
            name=NORMALIZER,
            url=self._base_url + sent.target,
            headers=headers,
            body=sent.body,
            stream=errand.stream,
            source=sent.source,
            target=errand.crossing.client,
            context=structs.replace(errand.context, tools=sent.tools),
            request_id=errand.envelope.request_id,
            timeouts=self._timeouts,
            limits=self._limits,
        )

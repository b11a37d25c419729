"""Asks one target after the other until one answers, or until there is nobody worth asking."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx2
from msgspec import Struct, structs

from fairlead.router.decide import Decision
from fairlead.router.discovery import Discovery
from fairlead.router.failover import another_may_answer, most_telling
from fairlead.router.headers import Envelope, outgoing
from fairlead.router.health import Lesson, Load
from fairlead.router.lane import Crossing, Sent
from fairlead.router.lessons import lesson_of, reported
from fairlead.router.memory import Memory
from fairlead.router.policy import Policy
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.failure import Failure
from fairlead.shared.loss import Loss
from fairlead.shared.runtime.attempt import Call, Flowing, Limits, Refused, Whole, attempt
from fairlead.shared.runtime.http import Timeouts

NORMALIZER = "the normalizer"
"""Whom a broken connection is told of: the router connects to nobody else, providers are the normalizer's to name."""

COUNT_TIMEOUTS = Timeouts(connect=2.0, first_byte=10.0, idle=10.0)
"""Seconds a count may take before we estimate it ourselves: clients ask for dozens at once and show a spinner."""


class Errand(Struct, frozen=True):
    """One request to be taken to the targets of its decision. `headers` are the client's. `load`: what it is estimated
    to put on limits. `acts`: see `failover.another_may_answer`."""

    decision: Decision
    crossing: Crossing
    envelope: Envelope
    headers: Mapping[str, str]
    stream: bool
    context: ReplyContext
    load: Load = Load()
    acts: bool = False


class Step(Struct, frozen=True):
    """One target that was asked: its position in the decision, why it did not answer, seconds it took, and the `pause`
    before it."""

    position: int
    failure: Failure | None
    seconds: float
    native: bool
    losses: tuple[Loss, ...] = ()
    pause: float = 0.0


class Outcome(Struct, frozen=True):
    """The answer, or of all refusals the one to tell; `position` is the target's it came from."""

    answer: Whole | Flowing | Refused
    position: int
    steps: tuple[Step, ...]

    @property
    def waited(self) -> float:
        """Seconds spent waiting for targets."""
        return sum(step.seconds + step.pause for step in self.steps)


class Forwarder:
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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._base_url = base_url
        self._policy = policy
        self._discovery = discovery
        self._timeouts = timeouts
        self._limits = limits
        self._memory = memory
        self._clock = clock
        self._sleep = sleep

    async def run(self, errand: Errand) -> Outcome:
        """The first answer there is. Raises `FailureError` (BAD_REQUEST) for a body that cannot be translated."""
        steps: list[Step] = []
        refusals: list[Refused] = []
        for position in range(len(errand.decision.targets)):
            pause = self._pause(errand, position)
            if pause is None:
                break
            if pause:
                await self._sleep(pause)
            sent = await self._written(errand, position)
            answer = await self._asked(errand, position, sent)
            failure = answer.failure if isinstance(answer, Refused) else None
            seconds = self._clock() - answer.timing.sent
            steps.append(Step(position, failure, seconds, sent.native, sent.losses, pause))
            if not isinstance(answer, Refused):
                return Outcome(answer, position, tuple(steps))
            refusals.append(answer)
            if not another_may_answer(answer.failure, acts=errand.acts):
                break
        return _told(refusals, steps)

    def _pause(self, errand: Errand, position: int) -> float | None:
        """Seconds before the next target is asked; None where the client's deadline leaves no time for it."""
        decision, deadline = errand.decision, errand.envelope.deadline
        pause = decision.delay if position else decision.wait
        return None if position and deadline is not None and self._clock() + pause >= deadline else pause

    async def _asked(self, errand: Errand, position: int, sent: Sent) -> Whole | Flowing | Refused:
        """One target's answer; the memory is told of it, now and when it is over."""
        # Nothing that lasts as long as a stream may hold the errand, which has the body.
        memory, clock, load = self._memory, self._clock, errand.load
        tickets = memory.began(errand.decision.targets[position], clock(), load)
        try:
            answer = await attempt(self._transport, self._call(errand, position, sent), clock)
        except BaseException:
            memory.ended(tickets, clock(), Lesson(gone=True))
            raise
        if isinstance(answer, Refused):
            memory.ended(tickets, clock(), Lesson(answer.failure), reported(answer.headers))
            return answer
        memory.answered(tickets, clock(), reported(answer.headers))
        if isinstance(answer, Flowing):
            answer.then(lambda: memory.ended(tickets, clock(), lesson_of(answer, load)))
        else:
            memory.ended(tickets, clock(), lesson_of(answer, load))
        return answer

    async def _written(self, errand: Errand, position: int) -> Sent:
        address = self._policy.address(errand.decision.targets[position])
        return errand.crossing.written(address, await self._discovery.dialect(address))

    async def count(self, errand: Errand) -> Whole | Flowing | Refused:
        """The first target's count of the tokens; the body goes as it came, since that operation is the client's."""
        sent = errand.crossing.native(self._policy.address(errand.decision.targets[0]))
        call = structs.replace(self._call(errand, 0, sent), timeouts=COUNT_TIMEOUTS, counts=True)
        return await attempt(self._transport, call, self._clock)

    def _call(self, errand: Errand, position: int, sent: Sent) -> Call:
        targets = errand.decision.targets
        headers = outgoing(
            errand.envelope,
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


def _told(refusals: Sequence[Refused], steps: Sequence[Step]) -> Outcome:
    told = most_telling([refused.failure for refused in refusals])
    position = next(number for number, refused in enumerate(refusals) if refused.failure is told)
    return Outcome(refusals[position], position, tuple(steps))

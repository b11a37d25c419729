"""Asks the questions of a workload, counts what that cost both tiers, and checks every answer."""

import asyncio
import contextlib
import gc
import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from .answers import WrongAnswerError
from .figures import Spread, Typical, spread, typical
from .http1 import BrokenAnswerError, Connection, Reply
from .questions import Question, prepared
from .stack import Stack
from .workloads import Workload

AFTERTHOUGHT = 0.05
"""Seconds after the last answer in which a tier may finish what the request made it do; that belongs to its cost."""
WORTH_A_SLOPE = 50
"""Chunks from which on their own cost is told apart from the request's."""


class Effort(Struct, frozen=True):
    """How much is asked. `requests` of None takes the workload's own number. `variants` are different bodies that take
    turns, so that nothing is fast only because it was just there."""

    rounds: int = 5
    variants: int = 4
    requests: int | None = None
    concurrency: int | None = None
    pairs: int = 100
    paced_pairs: int = 8

    def of(self, workload: Workload) -> tuple[int, int]:
        """Requests a round, and how many at once."""
        return self.requests or workload.requests, self.concurrency or workload.concurrency


class Added(Struct, frozen=True):
    """Milliseconds an answer comes later through both tiers than from the provider directly, in paired requests."""

    first_byte: Typical
    end: Typical
    direct_end: Typical


class Measured(Struct):
    """A workload's figures: CPU in milliseconds a request, chunks in microseconds; None where not measured."""

    workload: Workload
    body_bytes: int = 0
    cpu: Spread | None = None
    tiers: Mapping[str, Spread] = field(default_factory=dict)
    chunk: Spread | None = None
    added: Added | None = None
    rate: Spread | None = None
    answers: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none, or nothing was measured."""
        target = self.workload.target
        return None if target is None or self.cpu is None else self.cpu.median <= target


class _Round(Struct, frozen=True):
    """Milliseconds of CPU a request by tier, and answers a second."""

    cpu: Mapping[str, float]
    rate: float

    @property
    def total(self) -> float:
        return sum(self.cpu.values())


async def measured(stack: Stack, workload: Workload, effort: Effort) -> Measured:
    """All figures of one workload. Raises StackError when a tier goes away."""
    result = Measured(workload)
    try:
        questions = await prepared(stack, workload, effort.variants)
        short: list[Question] = []
        if workload.chunks >= WORTH_A_SLOPE:
            short = await prepared(stack, workload.shortened(), effort.variants)
    except (WrongAnswerError, BrokenAnswerError, TimeoutError) as error:
        result.wrong.append(f"before anything was measured: {error}")
        return result
    result.body_bytes = len(questions[0].request.partition(b"\r\n\r\n")[2])
    count, concurrency = effort.of(workload)
    rounds, short_rounds = [], []
    await _round(stack, result, questions, count, concurrency)  # warms up
    for _ in range(effort.rounds):
        rounds.append(await _round(stack, result, questions, count, concurrency))
        if short:
            short_rounds.append(await _round(stack, result, short, count, concurrency))
    result.cpu = spread([each.total for each in rounds])
    result.tiers = {name: spread([each.cpu[name] for each in rounds]) for name in rounds[0].cpu}
    result.rate = spread([each.rate for each in rounds])
    if short:
        extra = workload.chunks - 1
        pairs = zip(rounds, short_rounds, strict=True)
        result.chunk = spread([(long.total - brief.total) * 1000 / extra for long, brief in pairs])
    result.added = await _added(stack, result, questions, effort.paced_pairs if workload.gap else effort.pairs)
    return result


async def _round(stack: Stack, result: Measured, questions: Sequence[Question], count: int, concurrency: int) -> _Round:
    """`count` requests, `concurrency` at once, checked when the clocks have been read."""
    before, began = stack.cpu(), time.perf_counter()
    replies = await _asked(stack.port("router"), questions, count, concurrency)
    seconds = time.perf_counter() - began
    await asyncio.sleep(AFTERTHOUGHT)
    used = {name: (cpu - before[name]) * 1000 / count for name, cpu in stack.cpu().items()}
    for question, reply in replies:
        _check(result, question.check, reply)
    return _Round(used, count / seconds)


_Heard = Reply | str
"""An answer, or how there came to be none."""


async def _asked(
    port: int, questions: Sequence[Question], count: int, concurrency: int
) -> list[tuple[Question, _Heard]]:
    replies: list[tuple[Question, _Heard]] = []
    todo = itertools.islice(itertools.cycle(questions), count)

    async def asks() -> None:
        connection = await Connection.to(port)
        for question in todo:
            reply = await _exchange(connection, question.request)
            replies.append((question, reply))
            if isinstance(reply, str):
                connection.close()
                connection = await Connection.to(port)
        connection.close()

    await asyncio.gather(*(asks() for _ in range(min(concurrency, count))))
    return replies


async def _exchange(connection: Connection, request: bytes) -> _Heard:
    try:
        return await connection.exchange(request)
    except (BrokenAnswerError, TimeoutError) as error:
        return f"no answer: {error or 'in time'}"


def _check(result: Measured, check: Callable[[Reply], None], reply: _Heard) -> None:
    result.answers += 1
    if isinstance(reply, str):
        result.wrong.append(reply)
        return
    try:
        check(reply)
    except WrongAnswerError as error:
        result.wrong.append(str(error))


async def _added(stack: Stack, result: Measured, questions: Sequence[Question], pairs: int) -> Added | None:
    """One request at a time, alternately through the tiers and directly, each first in every other pair."""
    first, end, direct_end = [], [], []
    ways = ("router", "simulator")
    async with await Connection.to(stack.port("router")) as via, await Connection.to(stack.port("simulator")) as direct:
        connections = dict(zip(ways, (via, direct), strict=True))
        for number, question in zip(range(pairs), itertools.cycle(questions), strict=False):
            requests = {"router": question.request, "simulator": question.direct}
            checks = {"router": question.check, "simulator": question.check_direct}
            replies: dict[str, Reply] = {}
            for way in ways if number % 2 else ways[::-1]:
                with _undisturbed():
                    reply = await _exchange(connections[way], requests[way])
                _check(result, checks[way], reply)
                if isinstance(reply, str):
                    return None
                replies[way] = reply
            through, plain = replies["router"], replies["simulator"]
            first.append((through.first_byte - plain.first_byte) * 1000)
            end.append((through.end - plain.end) * 1000)
            direct_end.append(plain.end * 1000)
    return Added(typical(first), typical(end), typical(direct_end))


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Our own garbage is not collected while a clock is running."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

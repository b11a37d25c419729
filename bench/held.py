"""What memory a stream takes at each tier while it is open: many slow ones at once, every answer checked."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from .accounting import memory
from .answers import Speaks, WrongAnswerError
from .figures import Checked, single
from .http1 import PATIENCE, BrokenAnswerError, Connection
from .questions import Question, prepared, request_of
from .stack import Stack
from .workloads import Workload

TARGET = 50.0
"""Kilobytes resident that a stream may take at a tier while it is open."""
_LANES = (Speaks.CHAT, Speaks.MESSAGES)
_AT_ONCE = 8
"""Streams that are opened together: what it takes to read a request is not what its stream takes."""
_WARM = 4
"""So many times that many requests before anything is measured: what a tier makes only once is no stream's."""


class Effort(Struct, frozen=True):
    """So many `streams` at once, each of `chunks` that come `gap` seconds apart: long enough for all to be open."""

    streams: int = 400
    chunks: int = 20
    gap: float = 0.5


def workloads(effort: Effort) -> list[Workload]:
    """One for each lane and size."""
    return [
        Workload(
            name=f"open stream, {body} body",
            provider=provider,
            body=body,
            chunks=effort.chunks,
            gap=effort.gap,
            requests=effort.streams,
        )
        for body in ("small", "136k")
        for provider in _LANES
    ]


async def held(stack: Stack, workload: Workload) -> Checked:
    """The figures of each tier of a stack that has served nothing yet: memory that was used before is used again."""
    try:
        question = await _question(stack, workload)
        await _warm(stack, workload)
        before = {tier.name: memory(tier.pid).resident for tier in stack.tiers}
        async with contextlib.AsyncExitStack() as opened:
            connections: list[Connection] = []
            asked: list[asyncio.Task[str | None]] = []
            while len(connections) < workload.requests:
                for _ in range(min(_AT_ONCE, workload.requests - len(connections))):
                    connection = await opened.enter_async_context(await Connection.to(stack.port("router")))
                    connections.append(connection)
                    asked.append(asyncio.create_task(_exchange(connection, question)))
                await _all_open(connections)
            growth = {tier.name: memory(tier.pid).resident - before[tier.name] for tier in stack.tiers}
            wrong = [complaint for complaint in await asyncio.gather(*asked) if complaint]
    except (WrongAnswerError, BrokenAnswerError, TimeoutError) as error:
        return Checked([], 0, [f"{workload.lane} lane: {error or 'not all streams were open in time'}"])
    kilobytes = {name: grown / 1000 / workload.requests for name, grown in growth.items()}
    figures = [
        single(f"{workload.name}, {workload.lane} lane, {name}", "kB a stream", TARGET, each)
        for name, each in kilobytes.items()
    ]
    return Checked(figures, workload.requests, wrong)


def models(workload: Workload) -> list[str]:
    """What a stack must know to be asked."""
    return [workload.scene, _quick(workload).scene]


async def _question(stack: Stack, workload: Workload) -> Question:
    """The slow question with the answer of the same one asked quickly."""
    (quick,) = await prepared(stack, _quick(workload), 1)
    return msgspec.structs.replace(quick, request=request_of(workload, workload.bodies(1)[0]))


def _quick(workload: Workload) -> Workload:
    return msgspec.structs.replace(workload, gap=0.0)


async def _warm(stack: Stack, workload: Workload) -> None:
    """As many at once as will be opened together, so that their reading takes no new memory later."""
    request = request_of(_quick(workload), workload.bodies(1)[0])

    async def asks() -> None:
        for _ in range(_WARM):
            async with await Connection.to(stack.port("router")) as connection:
                await connection.exchange(request)

    await asyncio.gather(*(asks() for _ in range(_AT_ONCE)))


async def _exchange(connection: Connection, question: Question) -> str | None:
    """What is wrong with the answer."""
    try:
        question.check(await connection.exchange(question.request))
    except (BrokenAnswerError, WrongAnswerError, TimeoutError) as error:
        return str(error) or "no answer in time"
    return None


async def _all_open(connections: Sequence[Connection]) -> None:
    """Raises TimeoutError when some stream ends, or none comes, before all are there."""
    deadline = time.monotonic() + PATIENCE
    while not all(connection.hears for connection in connections):
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.005)

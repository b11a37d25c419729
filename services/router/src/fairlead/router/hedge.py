"""Asks a second target beside a first that is silent, and lets go of the one that is later."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from msgspec import Struct

from fairlead.router.ask import Tried
from fairlead.shared.runtime.attempt import Flowing, Refused


class Race(Struct, frozen=True):
    """What came of it: refusals, and at most one answer, the last. `let_go`: the place of a target that was asked and
    not heard out. `beside`: the second was asked while the first was silent."""

    tried: tuple[Tried, ...]
    let_go: int | None = None
    beside: bool = False


async def side_by_side(ask: Callable[[int], Awaitable[Tried]], after: float) -> Race:
    """Asks target 0 and, when that has said nothing for `after` seconds, target 1. Raises what `ask` raises; nothing
    runs on when this is over, or cancelled."""
    tasks = [asyncio.ensure_future(ask(0))]
    race: Race | None = None
    try:
        await asyncio.wait(tasks, timeout=after)
        if not tasks[0].done():
            tasks.append(asyncio.ensure_future(ask(1)))
        race = await _decided(tasks)
        return race
    finally:
        for task in tasks:
            await _let_go(task, None if race is None else race.tried[-1])


async def _decided(tasks: "Sequence[asyncio.Future[Tried]]") -> Race:
    refused: list[Tried] = []
    waiting = set(tasks)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for place, task in enumerate(tasks):
            if task not in done:
                continue
            if not isinstance(task.result().answer, Refused):
                other = 1 - place if len(tasks) > len(refused) + 1 else None
                return Race((*refused, task.result()), other, beside=len(tasks) > 1)
            refused.append(task.result())
    return Race(tuple(refused), beside=len(tasks) > 1)


async def _let_go(task: "asyncio.Future[Tried]", kept: Tried | None) -> None:
    """Ends a call whose answer nobody waits for, and closes an answer that nobody will read."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait([task])
    if task.cancelled() or task.exception() is not None:
        return
    answer = task.result().answer
    if task.result() is not kept and isinstance(answer, Flowing):
        await answer.aclose()

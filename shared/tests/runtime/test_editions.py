"""Applications that are replaced while they answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fairlead.shared.runtime.editions import Editions


class App:
    """Says its name, when it is told to; keeps what happens to it, in order."""

    def __init__(self, name: str, told: list[str], *, fault: Exception | None = None) -> None:
        self.name = name
        self.told = told
        self.fault = fault
        self.go_on = asyncio.Event()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        if self.fault is not None:
            raise self.fault
        self.told.append(f"{self.name} opens")
        yield
        self.told.append(f"{self.name} closes")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.go_on.wait()
        self.told.append(f"{self.name} answers")


def ask(editions: Editions) -> "asyncio.Task[None]":
    return asyncio.create_task(editions({"type": "http"}, None, None))  # type: ignore[arg-type]  # it only hands them on


async def a_moment() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_answer_ends_where_it_began_and_the_next_is_the_new_ones() -> None:
    told: list[str] = []
    old, new = App("old", told), App("new", told)
    editions = Editions(old)
    living = editions.lifespan()
    await living.__aenter__()
    first = ask(editions)
    await a_moment()
    await editions.replace(new)
    second = ask(editions)
    await a_moment()
    assert told == ["old opens", "new opens"]
    new.go_on.set()
    await second
    old.go_on.set()
    await first
    await a_moment()
    assert told == ["old opens", "new opens", "new answers", "old answers", "old closes"]
    assert editions.retired == 0
    await living.__aexit__(None, None, None)
    assert told[-1] == "new closes"


async def test_who_answers_nobody_is_closed_at_once() -> None:
    told: list[str] = []
    editions = Editions(App("old", told))
    async with editions.lifespan():
        await editions.replace(App("new", told))
        await a_moment()
        assert told == ["old opens", "new opens", "old closes"]


async def test_what_does_not_open_leaves_the_old_one_answering() -> None:
    told: list[str] = []
    old = App("old", told)
    editions = Editions(old)
    async with editions.lifespan():
        with pytest.raises(ValueError, match="no"):
            await editions.replace(App("new", told, fault=ValueError("no")))
        old.go_on.set()
        await ask(editions)
        assert told == ["old opens", "old answers"]


async def test_what_lasts_is_open_around_all_of_them() -> None:
    told: list[str] = []

    @asynccontextmanager
    async def lasting() -> AsyncIterator[None]:
        told.append("begins")
        yield
        told.append("ends")

    editions = Editions(App("old", told))
    editions.beside(lasting)
    said: list[str] = []
    messages: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def send(message: Any) -> None:
        said.append(message["type"])

    living = asyncio.create_task(editions({"type": "lifespan"}, messages.get, send))
    await messages.put({"type": "lifespan.startup"})
    await a_moment()
    await editions.replace(App("new", told))
    await messages.put({"type": "lifespan.shutdown"})
    await living
    assert told == ["begins", "old opens", "new opens", "old closes", "new closes", "ends"]
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

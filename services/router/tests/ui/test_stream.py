"""What keeps a page up to date: only what has changed, to those who look, for as long as they read."""

import asyncio
from typing import Any

import pytest

from fairlead.router.ui import stream
from fairlead.router.ui.live import MOST, Live
from fairlead.shared.failure import FailureError, Kind, refuse


class Reader:
    """The other end of a stream. It says when it has got so many messages."""

    def __init__(self, enough: int) -> None:
        self.got: list[bytes] = []
        self.full = asyncio.Event()
        self._enough = enough

    async def send(self, message: Any) -> None:
        self.got.append(message["body"])
        if len(self.got) >= self._enough:
            self.full.set()


def test_an_event_has_a_line_of_data_for_each_of_its_lines() -> None:
    assert stream.message(b"<p>\n\nx</p>\n") == b"data: <p>\ndata: \ndata: x</p>\n\n"


async def test_only_what_has_changed_is_sent() -> None:
    live, reader = Live(), Reader(4)
    watcher = live.watch()
    made = iter([b"one", b"one", b"two", b"two", b"two"])

    async def fragment() -> bytes:
        live.tell()
        return next(made)

    task = asyncio.create_task(stream.flow(reader.send, watcher, fragment, stream.Pace(pause=0)))
    await reader.full.wait()
    watcher.end()
    await task
    assert reader.got[1:4] == [b"data: one\n\n", b": alive\n\n", b"data: two\n\n"]
    assert reader.got[-1] == b""


async def test_a_page_that_cannot_be_made_now_stays_as_it_was() -> None:
    live, reader = Live(), Reader(3)
    watcher = live.watch()
    asked = 0

    async def fragment() -> bytes:
        nonlocal asked
        asked += 1
        live.tell()
        if asked == 2:
            raise refuse(Kind.INTERNAL, "not now")
        return b"one"

    task = asyncio.create_task(stream.flow(reader.send, watcher, fragment, stream.Pace(pause=0)))
    await reader.full.wait()
    watcher.end()
    await task
    assert reader.got[1:3] == [b"data: one\n\n", b": alive\n\n"]


async def test_who_does_not_read_is_dropped() -> None:
    async def never(_message: Any) -> None:
        await asyncio.Event().wait()

    async def fragment() -> bytes:
        return b""

    with pytest.raises(TimeoutError):
        await stream.flow(never, Live().watch(), fragment, stream.Pace(patience=0.01))


async def test_who_does_not_read_the_end_is_dropped_too() -> None:
    async def all_but_the_end(message: Any) -> None:
        if not message["more_body"]:
            await asyncio.Event().wait()

    async def fragment() -> bytes:
        return b""

    watcher = Live().watch()
    watcher.end()
    with pytest.raises(TimeoutError):
        await stream.flow(all_but_the_end, watcher, fragment, stream.Pace(patience=0.01))


def test_only_so_many_pages_are_watched_at_once() -> None:
    live = Live()
    watchers = [live.watch() for _ in range(MOST)]
    with pytest.raises(FailureError) as refused:
        live.watch()
    assert refused.value.failure.kind is Kind.RATE_LIMIT
    live.leave(watchers[0])
    live.watch()


def test_a_stop_ends_what_is_watched_and_lets_nobody_begin() -> None:
    live = Live()
    watcher = live.watch()
    live.close()
    assert watcher.over
    with pytest.raises(FailureError):
        live.watch()

"""Streamed responses: when the head goes out, and what is said while there is nothing to say."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from fairlead.shared.runtime.reply import StreamReply


class Wire:
    """What was sent to the client; `sent` is set at every message. Nothing passes unless `flowing`."""

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []
        self.sent = asyncio.Event()
        self.asked = asyncio.Event()
        self.flowing = asyncio.Event()
        self.flowing.set()

    async def send(self, message: dict[str, object]) -> None:
        self.asked.set()
        await self.flowing.wait()
        self.messages.append(message)
        self.sent.set()

    async def until(self, count: int) -> None:
        while len(self.messages) < count:
            self.sent.clear()
            await self.sent.wait()

    @property
    def bodies(self) -> list[object]:
        return [message["body"] for message in self.messages if message["type"] == "http.response.body"]


@pytest.fixture
def wire() -> Wire:
    return Wire()


def ping() -> bytes:
    return b": ping\n\n"


async def test_the_head_goes_out_with_the_first_bytes(wire):
    with StreamReply(wire.send, ping, [(b"x-early", b"1")]) as reply:
        assert not reply.started
        reply.headers.append((b"x-late", b"2"))
        assert wire.messages == []
        await reply.write(b"data: 1\n\n")
        assert reply.started
        await reply.finish()
    head, first, last = wire.messages
    assert head == {
        "type": "http.response.start",
        "status": 200,
        "headers": [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"x-accel-buffering", b"no"),
            (b"x-early", b"1"),
            (b"x-late", b"2"),
        ],
    }
    assert first == {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True}
    assert last == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_an_answer_may_be_all_in_the_last_bytes(wire):
    with StreamReply(wire.send, ping) as reply:
        await reply.finish(b"data: 1\n\n")
    assert wire.bodies == [b"data: 1\n\n"]
    assert wire.messages[-1]["more_body"] is False


async def test_silence_starts_the_response_and_is_filled_with_pings(wire):
    with StreamReply(wire.send, ping, ping=0.001) as reply:
        await wire.until(4)
        assert reply.started
        await reply.finish(b"data: 1\n\n")
    assert wire.messages[0]["type"] == "http.response.start"
    assert set(wire.bodies[:-1]) == {b": ping\n\n"}
    assert wire.bodies[-1] == b"data: 1\n\n"


async def test_the_sign_of_life_may_change_while_the_stream_runs(wire):
    with StreamReply(wire.send, ping, ping=0.001) as reply:
        await wire.until(2)
        reply.keepalive = lambda: b"data: {}\n\n"
        seen = len(wire.messages)
        await wire.until(seen + 2)
    assert wire.bodies[0] == b": ping\n\n"
    assert wire.bodies[-1] == b"data: {}\n\n"


async def test_a_sign_of_life_of_no_bytes_still_sends_the_head(wire):
    with StreamReply(wire.send, lambda: b"", ping=0.001) as reply:
        await wire.until(1)
        await reply.finish()
    assert [message["type"] for message in wire.messages] == ["http.response.start", "http.response.body"]


async def test_a_write_waits_for_a_ping_on_its_way(wire):
    wire.flowing.clear()
    with StreamReply(wire.send, ping, ping=0.001) as reply:
        await wire.asked.wait()
        writing = asyncio.create_task(reply.finish(b"data: 1\n\n"))
        wire.flowing.set()
        await writing
    assert wire.messages[0]["type"] == "http.response.start"
    assert wire.bodies == [b": ping\n\n", b"data: 1\n\n"]


async def test_nothing_is_sent_after_the_reply_is_left(wire):
    with StreamReply(wire.send, ping, ping=0.001):
        pass
    loop = asyncio.get_running_loop()
    later = loop.create_future()
    loop.call_later(0.01, later.set_result, None)
    await later
    assert wire.messages == []


class Clock:
    """As much of an event loop as a timer needs; it stands still unless told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        self.timers.append((self.now + delay, callback))
        return asyncio.get_running_loop().call_later(3600, callback)

    def create_task(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work)

    def strike(self) -> float:
        """Goes to the moment of the only timer, and lets it run out."""
        ((self.now, callback),) = self.timers
        self.timers = []
        callback()
        return self.now


async def test_a_ping_comes_fifteen_seconds_after_the_last_bytes(wire):
    clock = Clock()
    with StreamReply(wire.send, ping, loop=clock) as reply:
        clock.now = 10.0
        await reply.write(b"data: 1\n\n")
        assert clock.strike() == 15.0
        clock.now = 24.0
        assert wire.bodies == [b"data: 1\n\n"]
        assert clock.strike() == 25.0
        await wire.until(3)
        assert wire.bodies == [b"data: 1\n\n", b": ping\n\n"]
        await reply.finish()
        assert clock.strike() == 40.0
        assert clock.timers == []
    assert wire.bodies == [b"data: 1\n\n", b": ping\n\n", b""]

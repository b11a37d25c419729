"""A streamed response to the client: the head as late as possible, and signs of life while there is nothing to say."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from fairlead.shared.dialect import Dialect
from fairlead.shared.runtime.asgi import STOPPED, Headers, Send, respond_failure
from fairlead.shared.translation import Pipe

PING_SECONDS = 15.0

_EVENT_STREAM = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)


class StreamReply:
    """One event stream to one client, used as a context manager: `with StreamReply(...) as reply`.

    The head (200) goes out with the first bytes, or with the first ping; until then `headers` may be changed. When
    nothing was written for `ping` seconds, `keepalive()` is written (if it gives any bytes). It may be replaced while
    the stream runs. What is written must be whole events, as a ping may come between any two writes.
    """

    __slots__ = ("_last", "_loop", "_ping", "_pinging", "_send", "_timer", "headers", "keepalive", "started")

    def __init__(
        self,
        send: Send,
        keepalive: Callable[[], bytes],
        headers: Headers = (),
        *,
        ping: float = PING_SECONDS,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.headers: list[tuple[bytes, bytes]] = list(headers)
        self.keepalive = keepalive
        self.started = False
        self._send = send
        self._ping = ping
        self._loop = asyncio.get_running_loop() if loop is None else loop
        self._last = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._pinging: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<StreamReply started={self.started}>"

    def __enter__(self) -> Self:
        self._timer = self._loop.call_later(self._ping, self._tick)
        return self

    def __exit__(self, *_: object) -> None:
        """Stops the pings. Does not finish the response."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pinging is not None:
            self._pinging.cancel()
            self._pinging = None

    async def write(self, data: bytes) -> None:
        """Sends whole events, the head first if it has not gone out. Waits while the client reads too slowly."""
        await self._out(data, more=True)

    async def finish(self, data: bytes = b"") -> None:
        """Sends `data` as the last bytes and ends the response."""
        self._ping = float("inf")
        await self._out(data, more=False)

    async def _out(self, data: bytes, *, more: bool) -> None:
        if self._pinging is not None:
            await self._pinging
        if not self.started:
            await self._start()
        self._last = self._loop.time()
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    async def _start(self) -> None:
        self.started = True
        head = [*_EVENT_STREAM, *self.headers]
        await self._send({"type": "http.response.start", "status": 200, "headers": head})

    def _tick(self) -> None:
        """The timer has run out; it is not re-armed at every write, so most often there is still time left."""
        left = self._last + self._ping - self._loop.time()
        if left <= 0:
            self._timer = None
            self._pinging = self._loop.create_task(self._tell())
        elif left < float("inf"):
            self._timer = self._loop.call_later(left, self._tick)

    async def _tell(self) -> None:
        """One ping. Writes wait for it, so that it cannot come between a head and its body."""
        # A server may refuse to send to a client that has left; whoever watches the client hears of it there.
        with suppress(OSError):
            if not self.started:
                await self._start()
            sign = self.keepalive()
            if sign:
                await self._send({"type": "http.response.body", "body": sign, "more_body": True})
        self._last = self._loop.time()
        self._pinging = None
        if self._ping < float("inf"):
            self._timer = self._loop.call_later(self._ping, self._tick)


async def respond_stopped(
    send: Send, dialect: Dialect, request_id: str, reply: StreamReply | None, pipe: Pipe | None
) -> None:
    """Tells `STOPPED` after `StoppedError`, in the stream where one has begun; `pipe` is what it came through."""
    if reply is None or not reply.started:
        await respond_failure(send, STOPPED, dialect, request_id)
    else:
        await reply.finish(pipe.fail(STOPPED) if pipe else dialect.failure_event(STOPPED, request_id))

"""Keeps an open page up to date over server-sent events, which htmx swaps into it.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import Awaitable, Callable

from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.asgi import Send

from .live import Watcher

PAUSE = 1.0
"""Seconds between two looks at most: however much happens, a page is made once a second."""
BEAT = 10.0
"""Seconds between two looks at least: some things change by time alone."""
SLOW = 20.0
"""Seconds that a message may wait for its reader before the stream ends."""

HEAD = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
_ALIVE = b": alive\n\n"
_FIRST = b"retry: 1000\n: open\n\n"


async def flow(send: Send, watcher: Watcher, fragment: Callable[[], Awaitable[bytes]], *, pause: float = PAUSE) -> None:
    """Sends what `fragment` makes as often as it has changed, until the watcher is told to end. What it raises as
    `FailureError` is passed over until the next look. Raises `TimeoutError` where the reader does not read."""
    last = b""
    await _send(send, _FIRST)
    while not watcher.over:
        try:
            made = await fragment()
        except FailureError:
            made = last
        await _send(send, message(made) if made != last else _ALIVE)
        last = made
        await asyncio.sleep(pause)
        await watcher.wait(BEAT)
    await send({"type": "http.response.body", "body": b""})


def message(fragment: bytes) -> bytes:
    """One event without a name, of as many lines as it has."""
    lines = b"".join(b"data: " + line + b"\n" for line in fragment.splitlines())
    return lines + b"\n"


async def _send(send: Send, body: bytes) -> None:
    async with asyncio.timeout(SLOW):
        await send({"type": "http.response.body", "body": body, "more_body": True})

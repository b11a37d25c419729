"""Keeps an open page up to date over server-sent events, which htmx swaps into it.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.asgi import Send

from .live import Watcher

HEAD = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
_ALIVE = b": alive\n\n"
_FIRST = b": open\n\n"


class Pace(Struct, frozen=True):
    """Seconds. `pause`: between two looks at most, so that however much happens, a page is made once a second; `beat`:
    at least, as some things change by time alone; `patience`: that a message may wait for its reader."""

    pause: float = 1.0
    beat: float = 5.0
    patience: float = 20.0


CALM = Pace()


async def flow(send: Send, watcher: Watcher, fragment: Callable[[], Awaitable[bytes]], pace: Pace = CALM) -> None:
    """Sends what `fragment` makes as often as it has changed, until the watcher is told to end. What it raises as
    `FailureError` is passed over until the next look. Raises `TimeoutError` where the reader does not read."""
    last = b""

    async def put(body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(pace.patience):
            await send({"type": "http.response.body", "body": body, "more_body": more})

    await put(_FIRST)
    while not watcher.over:
        try:
            made = await fragment()
        except FailureError:
            made = last
        await put(message(made) if made != last else _ALIVE)
        last = made
        await asyncio.sleep(pace.pause)
        await watcher.wait(pace.beat)
    await put(b"", more=False)


def message(fragment: bytes) -> bytes:
    """One event without a name, of as many lines as it has."""
    lines = b"".join(b"data: " + line + b"\n" for line in fragment.splitlines())
    return lines + b"\n"

"""A stream on its way through: what the provider sends from its first content on, pumped to the client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import httpx2
from msgspec import Struct

from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.transport_errors import failure_from
from fairlead.shared.runtime.upstream_headers import RawHeaders
from fairlead.shared.translation import Pipe

Write: TypeAlias = Callable[[bytes], Awaitable[None]]

_FAREWELL = 1.0
"""Seconds a provider gets, after the end of its answer, to end its response too, so that the connection can be kept."""


class Timing(Struct):
    """Moments by the caller's clock: request sent, response headers, first body byte, gate opened, end. None: not
    reached."""

    sent: float
    headers: float | None = None
    first_byte: float | None = None
    content: float | None = None
    ended: float | None = None


class Flowing:
    """A stream whose gate has opened: `head` is already content. `run` or `aclose` must be called.

    `headers`: what of the upstream's is passed on. `pipe.progress` tells usage, model, finish and failure.
    `keepalive()`: what to send to the client in a long silence of this stream, for `StreamReply.keepalive`.
    """

    def __init__(
        self,
        name: str,
        headers: RawHeaders,
        head: bytes,
        pipe: Pipe,
        keepalive: Callable[[], bytes],
        chunks: AsyncIterator[bytes],
        close: Callable[[], Awaitable[None]],
        timing: Timing,
        clock: Callable[[], float],
    ) -> None:
        self.headers = headers
        self.head = head
        self.pipe = pipe
        self.keepalive = keepalive
        self.timing = timing
        self._name = name
        self._chunks = chunks
        self._close = close
        self._clock = clock
        self._then: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<Flowing {self._name} {self.pipe.progress!r}>"

    def then(self, act: Callable[[], None]) -> None:
        """`act` is called when the stream is over or given up, once. It must not fail."""
        self._then.append(act)

    async def run(self, write: Write) -> None:
        """Writes `head` and the rest, to the end or to a failure, which is told in-stream and stands in
        `pipe.progress.failure`. Closes the upstream, whatever happens. Raises what `write` raises."""
        try:
            if self.head:
                await write(self.head)
            last = await self._pump(write)
            if last:
                await write(last)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Gives the stream up: the upstream's connection is closed at once, unless its response was over."""
        self.timing.ended = self._clock()
        acts, self._then = self._then, []
        for act in acts:
            act()
        await self._close()

    async def _pump(self, write: Write) -> bytes:
        """Writes while there is something to read; returns the last bytes."""
        pipe, progress = self.pipe, self.pipe.progress
        feed = pipe.feed
        try:
            while not progress.ended and progress.failure is None:
                out = feed(await anext(self._chunks))
                if out:
                    await write(out)
                del out  # nothing is held while the next is waited for
        except StopAsyncIteration:
            return pipe.close()
        except httpx2.HTTPError as error:
            return pipe.fail(failure_from(error, target=self._name))
        except FailureError as error:
            return pipe.fail(error.failure)
        if progress.ended:
            await self._farewell(write)
        return b""

    async def _farewell(self, write: Write) -> None:
        """The answer is complete; what its response still holds is let through, but not waited for long."""
        with suppress(TimeoutError, httpx2.HTTPError, FailureError):
            async with asyncio.timeout(_FAREWELL):
                async for chunk in self._chunks:
                    out = self.pipe.feed(chunk)
                    if out:
                        await write(out)

"""What is said of one request between us and the process of a transformer: lines of JSON, each with the request's `id`.

| we say | it answers |
|---|---|
| `do: load`, `options` | `loaded: {name, unused}` |
| `do: request`, `body`, `provider`, `options`, `request_id` | `request: {body, url, headers, answers}` |
| `do: response`, `status`, `headers` | `head: {status, headers}`, then `data` as often as there is some, and `end` |
| `do: data`, `data`; `do: end`: of the response, when it was asked for | `pull: true`: it wants more |
| `do: fail`, `error`: the response has broken off | |
| `do: drop`: nobody waits any more | |

`data` is base64. Instead of any answer there may be an `error`. `answers`: it will want to see the response.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

import httpx2
from msgspec import Raw, Struct

from fairlead.shared.codec import encode, on_one_line
from fairlead.shared.failure import Failure, FailureError, Kind

PATIENCE = 30.0
"""Seconds in which it says something when it is its turn; it may ask a server of its own meanwhile."""
AHEAD = 256 * 1024
"""Bytes it has said and nobody has read, above which it gets nothing more."""
LONGEST = 128 * 1024 * 1024
"""Bytes it says in one go: a whole request, twice as large as the largest that is let in; and that may be unread."""


class Loaded(Struct, frozen=True):
    """What a file holds: the `name` of its transformer, and what of it is never called."""

    name: str | None
    unused: tuple[str, ...] = ()


class Written(Struct, frozen=True):
    """A request as it is to be sent. `url` None: where it would have gone. A header of None is left out."""

    body: Raw
    url: str | None = None
    headers: Mapping[str, str | None] = {}
    answers: bool = False


class Head(Struct, frozen=True):
    """The head of a response, as it is to be read."""

    status: int
    headers: Mapping[str, str]


class Told(Struct, frozen=True, gc=False):
    """One line of the process."""

    id: int
    loaded: Loaded | None = None
    request: Written | None = None
    head: Head | None = None
    data: bytes | None = None
    pull: bool = False
    end: bool = False
    error: str | None = None


class Process(Protocol):
    """Who is talked with, as people call it, and how it is told a line and ended. `tell` raises `OSError`."""

    name: str

    async def tell(self, line: bytes) -> None: ...

    def end(self, why: str) -> None: ...

    def leave(self, talk: "Talk") -> None:
        """The talk is over."""
        ...


class Talk:
    """Of one request. Whatever goes wrong is raised as `FailureError`, in words that name the transformer."""

    def __init__(self, process: Process, number: int, patience: float = PATIENCE) -> None:
        self.number = number
        self._process = process
        self._patience = patience
        self._told: asyncio.Queue[Told | BaseException] = asyncio.Queue()
        self._unread = 0
        self._room = asyncio.Event()
        self._room.set()
        self._wanted = asyncio.Event()
        self._over = False
        self._news = 0
        self._feeding: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<Talk {self.number} with {self._process.name}>"

    def hear(self, told: Told) -> None:
        """A line that is about this request."""
        self._news += 1
        if told.pull:
            self._wanted.set()
            return
        self._unread += len(told.data or b"")
        if self._unread > AHEAD:
            self._room.clear()
        if self._unread > LONGEST:
            self._process.end(f"says more than {LONGEST >> 20} MB that nobody has read")
            return
        if told.end or told.error is not None:
            self._over = True
            self._wanted.set()
        self._told.put_nowait(told)

    def break_off(self, why: str) -> None:
        """The process is no more."""
        self._over = True
        self._wanted.set()
        self._told.put_nowait(FailureError(failure_of(self._process.name, why)))

    async def load(self, options: Mapping[str, Any]) -> Loaded:
        told = await self._asked({"do": "load", "options": options})
        assert told.loaded is not None, "it answers what it is asked"
        self._over = True
        return told.loaded

    async def request(
        self, body: bytes, provider: Mapping[str, Any], options: Mapping[str, Any], request_id: str
    ) -> Written:
        """The request as it is to be sent."""
        raw = Raw(on_one_line(body))
        told = await self._asked(
            {"do": "request", "body": raw, "provider": provider, "options": options, "request_id": request_id}
        )
        assert told.request is not None, "it answers what it is asked"
        self._over = not told.request.answers
        return told.request

    async def response(self, head: Head, chunks: AsyncIterator[bytes]) -> Head:
        """The head of the response as it is to be read; `body` is the rest. Raises what `chunks` raises too."""
        await self._say({"do": "response", "status": head.status, "headers": head.headers})
        self._feeding = asyncio.create_task(self._feed(chunks))
        told = await self._next()
        assert told.head is not None, "it answers what it is asked"
        return told.head

    async def body(self) -> AsyncIterator[bytes]:
        """Raises what `response` does."""
        while not (told := await self._next()).end:
            data = told.data or b""
            self._unread -= len(data)
            if self._unread <= AHEAD:
                self._room.set()
            yield data

    async def aclose(self) -> None:
        """Nobody waits any more."""
        self._process.leave(self)
        if self._feeding is not None:
            self._feeding.cancel()
            await asyncio.gather(self._feeding, return_exceptions=True)
        if not self._over:
            self._over = True
            await self._say({"do": "drop"})

    async def _asked(self, question: Mapping[str, Any]) -> Told:
        await self._say(question)
        try:
            async with asyncio.timeout(self._patience):
                return await self._next()
        except TimeoutError:
            self._lose()
            return await self._next()

    async def _next(self) -> Told:
        told = await self._told.get()
        if isinstance(told, BaseException):
            raise told
        if told.error is not None:
            raise FailureError(failure_of(self._process.name, f"failed: {told.error}"))
        return told

    async def _feed(self, chunks: AsyncIterator[bytes]) -> None:
        """Hands the response over, piece by piece, each when it is wanted and there is room for what comes of it."""
        try:
            async for chunk in chunks:
                if not await self._is_wanted():
                    return
                await self._room.wait()
                await self._say({"do": "data", "data": chunk})
            if await self._is_wanted():
                await self._say({"do": "end"})
                await self._is_wanted()
        except (httpx2.HTTPError, FailureError) as error:
            self._over = True
            self._told.put_nowait(error)
            await self._say({"do": "fail", "error": "the provider's answer broke off"})

    async def _is_wanted(self) -> bool:
        """Waits for its turn to be over; False when there is nothing more it could want."""
        while not self._wanted.is_set():
            news = self._news
            try:
                async with asyncio.timeout(self._patience):
                    await self._wanted.wait()
            except TimeoutError:
                if news == self._news:
                    self._lose()
        self._wanted.clear()
        return not self._over

    def _lose(self) -> None:
        self._process.end(f"said nothing for {self._patience:g} s")

    async def _say(self, said: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._process.tell(encode({"id": self.number, **said}))
        except TimeoutError:
            self._process.end(f"read nothing for {self._patience:g} s")
        except OSError as error:
            if not self._over:  # else it has been told already
                self._process.end(str(error) or type(error).__name__)


def failure_of(name: str, what: str) -> Failure:
    """Another provider may well answer, without this transformer."""
    return Failure(Kind.UPSTREAM, f"the transformer {name} {what}")

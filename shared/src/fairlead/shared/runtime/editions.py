"""Serves an application that can be replaced while it runs: each request keeps the one it began with to its end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from fairlead.shared.runtime.asgi import Receive, Scope, Send


class Application(Protocol):
    """An ASGI application whose beginning and end are a context, such as Litestar's."""

    def lifespan(self) -> AbstractAsyncContextManager[None]: ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class _Edition:
    """One application, open from before its first request until after its last."""

    __slots__ = ("app", "over", "requests", "retired", "task")

    def __init__(self, app: Application) -> None:
        self.app = app
        self.requests = 0
        self.retired = False
        self.over = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Raises what keeps it from opening. It lives in a task of its own, which is what closes it too."""
        opened = asyncio.Event()
        self.task = asyncio.create_task(self._live(opened))
        waiting = asyncio.create_task(opened.wait())
        await asyncio.wait((self.task, waiting), return_when=asyncio.FIRST_COMPLETED)
        if not opened.is_set():
            waiting.cancel()
            await self.task

    async def _live(self, opened: asyncio.Event) -> None:
        async with self.app.lifespan():
            opened.set()
            await self.over.wait()

    def retire(self) -> None:
        """It closes as soon as nobody is being answered by it."""
        self.retired = True
        if not self.requests:
            self.over.set()

    def left(self) -> None:
        """A request is over."""
        self.requests -= 1
        if self.retired and not self.requests:
            self.over.set()


class Editions:
    """An ASGI application that hands each request to the edition that is current."""

    def __init__(self, first: Application) -> None:
        self._current = _Edition(first)
        self._closing: set[_Edition] = set()
        self._beside: list[Callable[[], AbstractAsyncContextManager[None]]] = []
        self._lasting = AsyncExitStack()

    def __repr__(self) -> str:
        return f"<Editions requests={self._current.requests} closing={len(self._closing)}>"

    @property
    def retired(self) -> int:
        """Editions that are no longer current, and still have answers to give."""
        return len(self._closing)

    def beside(self, lasting: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        """What is to be open from before the first edition until after the last."""
        self._beside.append(lasting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or lives through the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        edition = self._current
        edition.requests += 1
        try:
            await edition.app(scope, receive, send)
        finally:
            edition.left()

    async def replace(self, app: Application) -> None:
        """Requests that come from now on are answered by `app`. It is opened before the one before it is retired; what
        keeps it from opening is raised, and leaves everything as it is."""
        edition = _Edition(app)
        await edition.open()
        before, self._current = self._current, edition
        self._closing.add(before)
        assert before.task is not None, "what is current has been opened"
        before.task.add_done_callback(lambda _done: self._closing.discard(before))
        before.retire()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Open from the first edition to the last; at its end all are closed, whoever is still being answered."""
        await self._open()
        try:
            yield
        finally:
            await self._close()

    async def _open(self) -> None:
        for lasting in self._beside:
            await self._lasting.enter_async_context(lasting())
        await self._current.open()

    async def _close(self) -> None:
        every = [*self._closing, self._current]
        for edition in every:
            edition.over.set()
        await asyncio.gather(*(edition.task for edition in every if edition.task is not None))
        await self._lasting.aclose()

    async def _live(self, receive: Receive, send: Send) -> None:
        """https://asgi.readthedocs.io/en/latest/specs/lifespan.html"""
        await receive()
        async with self.lifespan():  # what it raises is told by the server, which does not start
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

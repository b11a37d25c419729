"""Who looks at pages now, and that something has happened which they may want to see.

A watcher keeps no queue of events: that something happened is one bit, and what is shown is made of how things stand
when it is shown. So it cannot fall behind, and nothing is made while nobody looks.
"""

import asyncio

from fairlead.router.records import Record
from fairlead.shared.failure import Failure, FailureError, Kind

MOST = 16
"""Pages that are watched at once."""


class Watcher:
    """One open page."""

    __slots__ = ("_news", "over")

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.over = False

    def tell(self) -> None:
        """Something happened."""
        self._news.set()

    def end(self) -> None:
        """Nothing more is told."""
        self.over = True
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Until something happens or has happened since the last time, but no longer than that."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        finally:
            self._news.clear()


class Live:
    """All watchers. A `Sink`, which hears of every request that is over."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._closed = False

    def __repr__(self) -> str:
        return f"<Live {len(self._watchers)} watch>"

    def note(self, _record: Record) -> None:
        if self._watchers:
            self.tell()

    def tell(self) -> None:
        """To everybody."""
        for watcher in self._watchers:
            watcher.tell()

    def watch(self) -> Watcher:
        """One more. Raises `FailureError` (RATE_LIMIT, OVERLOADED)."""
        if self._closed:
            raise FailureError(Failure(Kind.OVERLOADED, "the router is being stopped", status=503))
        if len(self._watchers) >= MOST:
            message = f"{MOST} pages are watched already; close one of them"
            raise FailureError(Failure(Kind.RATE_LIMIT, message, retry_after=10))
        watcher = Watcher()
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """One less."""
        self._watchers.discard(watcher)

    def renew(self) -> None:
        """Ends what is watched: pages ask again, and get what a new configuration says."""
        for watcher in self._watchers:
            watcher.end()

    def close(self) -> None:
        """The router stops, and waits for no watcher."""
        self._closed = True
        self.renew()

"""Keeps what providers list of their models: asked in the background, again after a while, and never waited for."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import httpx2
import msgspec

from fairlead.shared.config.schema import Config
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.runtime.http import Timeouts

from .catalog import Catalog
from .credentials import Ask, Lease, Surroundings
from .list_calls import ListError, Source, page, source_of
from .providers.listing import Offered
from .upstreams import Upstream

LIFETIME = 3_600.0
"""Seconds a list is good for; providers add models every few days."""
FIRST_RETRY = 30.0
"""Seconds after the first failure; doubled each time, up to `LIFETIME`."""
PATIENCE = 20.0
"""Seconds all pages of one list may take."""
PAGES = 20
MODELS = 5_000
"""Models of one provider that are kept; OpenRouter lists some 500."""
_TIMEOUTS = Timeouts(connect=5.0, first_byte=PATIENCE, idle=PATIENCE)
Sleep: TypeAlias = Callable[[float], Awaitable[None]]


def sources_of(config: Config, usable: Mapping[str, Upstream]) -> Iterator[Source]:
    """The providers of a configuration that are to be asked."""
    for provider in config.all_providers:
        source = source_of(provider, usable) if provider.lists_models else None
        if source is not None:
            yield source


class Listings:
    """Asks each of `sources`, and tells the catalog. `log` hears when a list can be had, and when no longer. `wanted`,
    by name: providers that are left alone until these are set."""

    def __init__(
        self,
        sources: Iterable[Source],
        catalog: Catalog,
        world: Surroundings,
        log: Any,
        sleep: Sleep = asyncio.sleep,
        wanted: Mapping[str, asyncio.Event] = {},
    ) -> None:
        self._sources = tuple(sources)
        self._catalog = catalog
        self._world = world
        self._log = log
        self._sleep = sleep
        self._wanted = wanted
        self._tasks: list[asyncio.Task[None]] = []
        self._tried = asyncio.Event()
        self._untried = {source.upstream.name for source in self._sources}

    def __repr__(self) -> str:
        return f"<Listings providers={[source.upstream.name for source in self._sources]}>"

    def open(self) -> None:
        """Begins, and does not wait."""
        self._tasks = [asyncio.create_task(self._keep(source)) for source in self._sources]

    async def aclose(self) -> None:
        """Ends whatever is under way."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def first(self, patience: float) -> None:
        """Waits, at most so many seconds, until every provider has been asked once; who is silent is waited for just
        this once."""
        await self.look(patience)

    async def look(self, patience: float) -> bool:
        """The same, and whether there was anybody to ask."""
        if not self._untried:
            return False
        for name in self._untried & self._wanted.keys():
            self._wanted[name].set()
        try:
            async with asyncio.timeout(patience):
                await self._tried.wait()
        except TimeoutError:
            self._untried.clear()
            self._tried.set()
        return True

    async def _keep(self, source: Source) -> None:
        wait, current = FIRST_RETRY, None
        if source.upstream.name in self._wanted:
            await self._wanted[source.upstream.name].wait()
        while True:
            fault = await self._refresh(source)
            if current is not (fault is None):
                self._note(source.upstream.name, fault)
            current = fault is None
            self._untried.discard(source.upstream.name)
            if not self._untried:
                self._tried.set()
            await self._sleep(LIFETIME if current else wait)
            wait = FIRST_RETRY if current else min(wait * 2, LIFETIME)

    async def _refresh(self, source: Source) -> str | None:
        """None, or why the old list stays."""
        try:
            async with asyncio.timeout(PATIENCE):
                offered = await self._all(source)
        except ListError as error:
            return str(error)
        except FailureError as error:
            return error.failure.kind.value
        except (httpx2.HTTPError, msgspec.MsgspecError, UnicodeDecodeError, TimeoutError) as error:
            return type(error).__name__
        self._catalog.learn(source.upstream.name, offered)
        return None

    async def _all(self, source: Source) -> list[Offered]:
        lease = await source.upstream.source.obtain(Ask(None, native=True, affinity=""))
        try:
            return await self._pages(source, lease)
        finally:
            lease.settle(None)

    async def _pages(self, source: Source, lease: Lease) -> list[Offered]:
        offered: list[Offered] = []
        query = dict(source.listing.query)
        for _ in range(PAGES):
            offer = source.listing.read(await self._page(source, query, lease))
            offered += offer.models
            if offer.next is None or len(offered) >= MODELS:
                break
            query.update(offer.next)
        return offered[:MODELS]

    async def _page(self, source: Source, query: dict[str, str], lease: Lease) -> bytes:
        answered = await page(source, query, lease, _TIMEOUTS, self._world.now())
        if answered.status != httpx2.codes.OK:
            raise ListError(f"status {answered.status}")
        return answered.body

    def _note(self, provider: str, fault: str | None) -> None:
        if fault is None:
            self._log.info("models listed", provider=provider)
        elif fault == Kind.AUTHENTICATION:
            self._log.info("models not listed", provider=provider, error="there is no credential but a client's")
        else:
            self._log.warning("models not listed", provider=provider, error=fault)

"""Keeps the catalog: reads the normalizer's list of models at start, every so often, and when a model is unknown."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import msgspec

from fairlead.router.catalog import Catalog, Page, read_page
from fairlead.router.listed import Listed

EVERY = 30.0
"""Seconds between readings."""
FIRST_RETRY = 0.25
"""Seconds to the second try while there has been no success; doubled each time, up to `EVERY`."""
SOON = (1.0, 2.0, 4.0)
"""Seconds between the first readings after a change: the normalizer sees it a moment before or after us."""
SETTLES = 2.0
"""Seconds after a change in which the normalizer may not know what we do."""
PATIENCE = 2.0
"""Seconds a reading may take."""
KNOWN = {"x-fairlead-lists": "known"}
"""Says that no provider is to be asked for the sake of a reading: those that nobody uses are left alone."""
PAGES = 20
"""Pages of a thousand models we follow."""


class Discovery:
    """The catalog and the list as they were last read, and a task that keeps reading them.

    `headers` are sent with every reading. `clock` is monotonic, in seconds. `current`: whether the last reading
    succeeded, None before there was one; `log` hears when that changes.
    """

    def __init__(
        self, client: httpx2.AsyncClient, url: str, headers: dict[str, str], clock: Callable[[], float], log: Any
    ) -> None:
        self.catalog = Catalog()
        self.listed: tuple[Listed, ...] | None = None
        self.current: bool | None = None
        self._client = client
        self._url = url
        self._headers = headers
        self._clock = clock
        self._log = log
        self._asked: dict[str, float] = {}
        self._soon: tuple[float, ...] = ()
        self._settled_at = float("-inf")

    def __repr__(self) -> str:
        return f"<Discovery models={len(self.catalog.entries)} current={self.current}>"

    def take_over(self, other: "Discovery") -> None:
        """Begins with what another knew, until a reading of its own."""
        self.catalog, self.listed, self.current = other.catalog, other.listed, other.current
        self._soon, self._settled_at = SOON, self._clock() + SETTLES

    @property
    def settled(self) -> bool:
        """Whether the last change of the configuration is so long ago that the normalizer must have seen it."""
        return self._clock() >= self._settled_at

    async def run(self) -> None:
        """Reads for ever."""
        for pause in self._soon:
            await self.refresh()
            await asyncio.sleep(pause)
        wait = FIRST_RETRY
        while True:
            wait = EVERY if await self.refresh() else min(wait * 2, EVERY)
            await asyncio.sleep(wait)

    async def dialect(self, address: str) -> str | None:
        """The dialect of a model; one that a current list does not know is asked for at most once every `EVERY`
        seconds. Without a current list, or soon after a change, nothing is known to be unknown: a guess would cost the
        client its own bytes."""
        if self.catalog.find(address) is None and (not self.current or not self.settled or self._due(address)):
            await self.refresh(look=not self.catalog.knows(address.partition(",")[0]))
        return self.catalog.dialect(address)

    async def refresh(self, *, look: bool = False) -> bool:
        """Reads the list now; the old one stays when that fails. `look`: providers that nobody has used yet are asked
        for their lists too."""
        try:
            async with asyncio.timeout(PATIENCE):
                pages = await self._read({**self._headers, **({} if look else KNOWN)})
        except (httpx2.HTTPError, msgspec.MsgspecError, TimeoutError) as error:
            self._note(_why(error))
            return False
        providers = {name: dialect for page in pages for name, dialect in page.providers.items()}
        catalog = Catalog.of((entry for page in pages for entry in page.data), providers)
        self.listed = tuple(model for page in pages for model in page.listed)
        if catalog != self.catalog:
            # Decisions that are remembered hold the catalog they were made from; most of the time it is one.
            self.catalog = catalog
        self._note(None)
        return True

    async def _read(self, headers: Mapping[str, str]) -> list[Page]:
        pages: list[Page] = []
        query = {"limit": "1000"}
        for _ in range(PAGES):
            response = await self._client.get(self._url, params=query, headers=headers)
            response.raise_for_status()
            page = read_page(response.content)
            pages.append(page)
            if not page.has_more or page.last_id is None:
                break
            query["after_id"] = page.last_id
        return pages

    def _due(self, address: str) -> bool:
        """Whether it is time to ask for an unknown model again. What is remembered is dropped when it grows."""
        now = self._clock()
        if now - self._asked.get(address, -EVERY) < EVERY:
            return False
        if len(self._asked) >= 1_000:
            self._asked.clear()
        self._asked[address] = now
        return True

    def _note(self, fault: str | None) -> None:
        if fault is None and not self.current:
            self._log.info("catalog read", models=len({entry.id for entry in self.catalog.entries.values()}))
        elif fault is not None and self.current is not False:
            self._log.warning("catalog not read", error=fault)
        self.current = fault is None


def _why(error: Exception) -> str:
    return f"status {error.response.status_code}" if isinstance(error, httpx2.HTTPStatusError) else type(error).__name__

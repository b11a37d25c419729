"""Leaves a credential alone until its provider is used: nothing is read, looked for or renewed before a call."""

import asyncio
from collections.abc import Callable

from .base import Ask, CredentialSource, Lease, Report


class OnDemand:
    """`wanted` is set with the first use, and by whoever cannot wait for that; `opened` hears of it."""

    def __init__(self, source: CredentialSource, opened: Callable[[], None]) -> None:
        self.wanted = asyncio.Event()
        self._source = source
        self._opened = opened
        self._is_open = False

    def __repr__(self) -> str:
        return f"<OnDemand {'open' if self._is_open else 'unused'} {self._source!r}>"

    async def obtain(self, ask: Ask) -> Lease:
        if not self._is_open:
            await self.open()
        return await self._source.obtain(ask)

    def reports(self) -> tuple[Report, ...]:
        return self._source.reports() if self._is_open else self._source.unread()

    def unread(self) -> tuple[Report, ...]:
        return self._source.unread()

    async def open(self) -> None:
        self._is_open = True
        self._opened()
        self.wanted.set()
        await self._source.open()

    async def aclose(self) -> None:
        await self._source.aclose()

"""Writes the table that is in effect: the targets of each scenario whose providers can be called now.

V3 has it at `generated/active-routing.json`, in the form of its `routing-table.json`. Whether a credential works is the
normalizer's to say (`GET /api/credentials`); it calls a provider first when a request goes there.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from fairlead.router.catalog import Catalog
from fairlead.router.discovery import Discovery
from fairlead.router.policy import Policy
from fairlead.shared.config.schema import Target
from fairlead.shared.runtime.files import replace

EVERY = 30.0
FIRST = 0.5
"""Seconds between two looks, and while the normalizer has not told its models yet."""
PATIENCE = 5.0
"""Seconds the normalizer may take."""

_WELL = frozenset({"ok", "unused", "expiring", "cooling down"})
"""States of a credential with which calls are made, or will be by themselves; of an unused one no more is known."""


class _Report(Struct):
    provider: str
    state: str
    problem: str | None = None


class _Reports(Struct):
    credentials: tuple[_Report, ...]


def ailing(reports: bytes) -> dict[str, str]:
    """Why a provider cannot be called, by lower-case name: those none of whose credentials works. Raises
    `msgspec.MsgspecError` for what is no list of them."""
    whys: dict[str, str] = {}
    well: set[str] = set()
    for report in msgspec.json.decode(reports, type=_Reports).credentials:
        name = report.provider.lower()
        if report.state in _WELL:
            well.add(name)
        whys.setdefault(name, report.problem or f"its credential is {report.state}")
    return {name: why for name, why in whys.items() if name not in well}


def active(policy: Policy, catalog: Catalog, ill: Mapping[str, str]) -> dict[str, Any]:
    """The table; `left_out` says who is missing in it, and why."""
    categories: dict[str, Any] = {}
    left_out: list[dict[str, str]] = []
    for scenario, targets in policy.routes.items():
        told = {}
        for part, listed in (("providers", targets), ("fallback", policy.fallbacks.get(scenario, ()))):
            whys = [(target, _why_not(target, policy, catalog, ill)) for target in listed]
            told[part] = [_told(target) for target, why in whys if why is None]
            left_out += [{"category": scenario, **_named(target), "because": why} for target, why in whys if why]
        categories[scenario] = {**told, "strategy": policy.strategy(scenario)}
    return {"categories": categories, "left_out": left_out}


def _why_not(target: Target, policy: Policy, catalog: Catalog, ill: Mapping[str, str]) -> str | None:
    if target.provider in policy.disabled:
        return policy.disabled[target.provider]
    entry = catalog.find(policy.address(target))
    provider = (entry.provider if entry is not None and entry.provider else target.provider).lower()
    if provider in ill:
        return ill[provider]
    if entry is None and target.provider not in policy.own_ids and not catalog.knows(provider):
        return "the normalizer does not know this provider"
    return None


def _named(target: Target) -> dict[str, str]:
    return {"provider": target.provider, "model": target.model}


def _told(target: Target) -> dict[str, Any]:
    return {**_named(target), "weight": target.weight}


def write(path: Path, table: Mapping[str, Any]) -> None:
    """Whole or not at all, for whoever reads it meanwhile. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(table), indent=2)
    replace(path, text + b"\n")


class ActiveTable:
    """Keeps the file at `path` up to date. `url`: the normalizer's `/api/credentials`. `log` hears when that fails."""

    def __init__(
        self, path: Path | None, policy: Policy, discovery: Discovery, client: httpx2.AsyncClient, url: str, log: Any
    ) -> None:
        self._path = path
        self._policy = policy
        self._discovery = discovery
        self._client = client
        self._url = url
        self._log = log
        self._written: dict[str, Any] | None = None
        self._told: str | None = None

    async def run(self, headers: Mapping[str, str]) -> None:
        """For ever."""
        while True:
            if self._discovery.current:
                await self.refresh(headers)
            await asyncio.sleep(EVERY if self._discovery.current else FIRST)

    async def look(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """The table as it is now. Raises `httpx2.HTTPError`, `msgspec.MsgspecError` and `TimeoutError` when the
        normalizer does not tell how its credentials stand."""
        async with asyncio.timeout(PATIENCE):
            response = await self._client.get(self._url, headers=dict(headers))
        response.raise_for_status()
        return active(self._policy, self._discovery.catalog, ailing(response.content))

    def guess(self) -> dict[str, Any]:
        """The table, were all credentials well."""
        return active(self._policy, self._discovery.catalog, {})

    async def refresh(self, headers: Mapping[str, str]) -> None:
        """Writes the table where it has changed; what cannot be learnt or written leaves the old one standing."""
        assert self._path is not None, "there is a file to write"
        try:
            table = await self.look(headers)
            if table != self._written:
                await asyncio.to_thread(write, self._path, table)
                self._written = table
                self._log.info("routing table written", file=str(self._path), left_out=len(table["left_out"]))
            self._told = None
        except (httpx2.HTTPError, msgspec.MsgspecError, TimeoutError, OSError) as error:
            self._remark(str(error) or type(error).__name__)

    def _remark(self, fault: str) -> None:
        if fault != self._told:
            self._log.warning("routing table not written", file=str(self._path), error=fault)
        self._told = fault

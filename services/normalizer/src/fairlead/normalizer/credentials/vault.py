"""Where a login's record is kept: in memory, and where there are such in a file and in Redis."""

import asyncio
import math
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from fairlead.shared.config.schema import Secret
from fairlead.shared.runtime.logging import get_logger

from .files import FactoryFile, ForeignFile, KiroFile, RecordFile, locked
from .shared_records import SharedRecords, SharedUnavailableError
from .tokens import Record, Trouble, digest

NOTHING_KEPT = "there is no folder to keep it in"


class Place(Protocol):
    """A file that holds a record."""

    path: Path

    def look(self, *, again: bool = False) -> Record | None:
        """What stands there now; cheap, unless the file is to be read `again` though it seems unchanged."""
        ...

    def save(self, record: Record) -> None:
        """Raises `OSError`."""
        ...


class Vault:
    """One login's record. Everyone who uses that login shares the vault, and renews under its lock.

    `unsaved` says, for people, why the last record is in memory alone; `trouble`, why the last renewal failed;
    `forced_at`, when the last one was because of a refused token.
    """

    def __init__(self, name: str, place: Place | None, lock: Path | None, shared: SharedRecords | None) -> None:
        self.name = name
        self.unsaved: str | None = None
        self.trouble: Trouble | None = None
        self.forced_at = -math.inf
        self._place = place
        self._lock_file = lock
        self._shared = shared
        self._lock = asyncio.Lock()
        self._fence: int | None = None
        self._held: tuple[str, Record] | None = None
        self._log = get_logger("normalizer")

    def look(self, *, again: bool = False) -> Record | None:
        """What is known on this machine, without waiting."""
        found = self._place.look(again=again) if self._place else None
        if self._held is None:
            return found
        # What could not be written holds until somebody else writes.
        before, held = self._held
        return held if _mark(found) == before else found

    async def read(self, seed: str) -> Record | None:
        """The newest there is anywhere. `seed`: the digest of the refresh token that the login began with; replicas
        that are configured with another one have another login."""
        found = self.look(again=True)
        if self._shared is None:
            return found
        try:
            remote = await self._shared.read(_shared_name(self.name, seed))
        except SharedUnavailableError as error:
            self._log.warning("replicas' tokens unknown", login=self.name, because=str(error))
            return found
        if remote is None or (found is not None and found.seed == seed and found.generation > remote.generation):
            return found
        if remote != found:
            await self._keep(remote)
        return remote

    async def save(self, record: Record) -> None:
        """Everywhere it can be; what cannot be written is held in memory, and `unsaved` says so."""
        if self._shared is not None and self._fence is not None:
            try:
                if not await self._shared.save(_shared_name(self.name, record.seed), record, self._fence):
                    self._log.warning("another replica has been quicker", login=self.name)
            except SharedUnavailableError as error:
                self._log.warning("replicas are not told the new token", login=self.name, because=str(error))
        await self._keep(record)

    @asynccontextmanager
    async def locked(self, seed: str) -> AsyncIterator[None]:
        """One at a time, in this process, on this machine and among replicas, as far as each can be asked."""
        async with self._lock, AsyncExitStack() as stack:
            if self._lock_file is not None:
                try:
                    await stack.enter_async_context(locked(self._lock_file))
                except OSError as error:
                    self._log.debug("no lock file", login=self.name, because=error.strerror)
            if self._shared is not None:
                await stack.enter_async_context(self._shared_lock(self._shared, _shared_name(self.name, seed)))
            yield

    @asynccontextmanager
    async def _shared_lock(self, shared: SharedRecords, name: str) -> AsyncIterator[None]:
        try:
            self._fence = await shared.take(name)
        except SharedUnavailableError as error:
            self._log.warning("renewing without a lock among replicas", login=self.name, because=str(error))
        try:
            yield
        finally:
            held, self._fence = self._fence, None
            if held is not None:
                try:
                    await shared.leave(name)
                except SharedUnavailableError as error:
                    self._log.warning("lock not given back", login=self.name, because=str(error))

    async def _keep(self, record: Record) -> None:
        if self._place is None:
            self.unsaved, self._held = NOTHING_KEPT, ("", record)
            return
        before = _mark(self._place.look())
        try:
            await asyncio.to_thread(self._place.save, record)
            self.unsaved, self._held = None, None
        except OSError as error:
            why = error.strerror or type(error).__name__
            self.unsaved, self._held = f"{self._place.path} cannot be written ({why.lower()})", (before, record)


class Vaults:
    """All vaults of one service. Without `data`, nothing outlives the process; `new_owner` names it in Redis."""

    def __init__(
        self,
        data: Path | None = None,
        redis_url: Secret | None = None,
        new_owner: Callable[[], str] = lambda: "nobody else is there",
    ) -> None:
        self._folder = data / "tokens" if data else None
        self._shared = SharedRecords(redis_url, new_owner()) if redis_url else None
        self._vaults: dict[str, Vault] = {}

    @property
    def redis_away(self) -> bool | None:
        """Whether the Redis that replicas share did not answer last; None where there is none."""
        return None if self._shared is None else self._shared.away

    def of(self, name: str) -> Vault:
        """Always the same one for a name."""
        if name not in self._vaults:
            place = RecordFile(self._folder / f"{name}.json") if self._folder else None
            self._vaults[name] = Vault(name, place, self._lock(name), self._shared)
        return self._vaults[name]

    def in_memory(self, name: str) -> Vault:
        """For tokens that can be had anew at any time."""
        return self._vaults.setdefault(name, Vault(name, None, None, None))

    def of_factory_file(self, path: Path, lifetime: float) -> Vault:
        """For Factory's own client, whose tokens live for `lifetime` seconds where they do not say."""
        return self._of_foreign("auth-json", path, lambda own: FactoryFile(path, own, lifetime))

    def of_kiro_file(self, path: Path) -> Vault:
        """For Kiro's own client."""
        return self._of_foreign("kiro", path, lambda own: KiroFile(path, own))

    def _of_foreign(self, kind: str, path: Path, file: Callable[[RecordFile | None], ForeignFile]) -> Vault:
        """Replicas elsewhere have files of their own, so Redis is not asked."""
        name = f"{kind}-{sha256(os.fsencode(path)).hexdigest()[:12]}"
        if name not in self._vaults:
            own = RecordFile(self._folder / f"{name}.json") if self._folder else None
            self._vaults[name] = Vault(name, file(own), self._lock(name), None)
        return self._vaults[name]

    async def aclose(self) -> None:
        if self._shared is not None:
            await self._shared.aclose()

    def _lock(self, name: str) -> Path | None:
        return self._folder / f"{name}.lock" if self._folder else None


def _shared_name(name: str, seed: str) -> str:
    return f"{name}:{seed[:16]}"


def _mark(record: Record | None) -> str:
    return digest(record.refresh) if record else ""

"""Keeps what is served in step with the configuration: its file is looked at all the time, and read when it changes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from fairlead.shared.config import Config, ConfigError, Finding, Loaded
from fairlead.shared.config.directory import FILES
from fairlead.shared.config.loading import folder_of_presets, manifests
from fairlead.shared.config.settings import after_restart

EVERY = 0.5
"""Seconds between two looks at the file: a call of the system each, and two looks tell that nobody is writing it."""

Stamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]


def stamp_of(path: Path) -> Stamp:
    """What changes with a file, or with those of a V3 directory, and with the presets beside; None for one that is not
    there."""
    return tuple(_stamps(path))


def _stamps(path: Path) -> Iterator[tuple[int, int, int] | None]:
    files = [path / name for name in FILES] if path.is_dir() else [path]
    # The folder itself changes when a preset is renamed, and its manifest stays as it was.
    folder = folder_of_presets(path)
    for file in (*files, folder, *manifests(folder)):
        try:
            told = file.stat()
        except OSError:
            yield None
        else:
            yield told.st_mtime_ns, told.st_ino, told.st_size


class LiveConfig:
    """The configuration that is served. One that cannot be used leaves the old one serving, and `problems` says why.

    `read` gives what the file at `path` says (raises `ConfigError`), `apply` serves with another. `log` hears of both.
    """

    def __init__(
        self,
        path: Path,
        loaded: Loaded,
        read: Callable[[], Loaded],
        apply: Callable[[Config], Awaitable[None]],
        log: Any,
    ) -> None:
        self.path = path
        self.loaded = loaded
        self.problems: tuple[Finding, ...] = ()
        self.read = read
        self._apply = apply
        self._log = log
        self._started = loaded.config
        self._stamp = self._seen = stamp_of(path)
        self.changing = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<LiveConfig {self.path} problems={len(self.problems)}>"

    @property
    def after_restart(self) -> tuple[str, ...]:
        """Keys that have changed, and are heeded when the service starts again."""
        return after_restart(self._started, self.loaded.config)

    async def look(self) -> None:
        """Reads the file again, once it has changed and is no longer being written."""
        async with self.changing:
            stamp, seen = stamp_of(self.path), self._seen
            self._seen = stamp
            if stamp != self._stamp and stamp == seen:
                await self._reload(stamp)

    async def adopt(self, loaded: Loaded, write: Callable[[], None]) -> None:
        """Serves with what `write` puts into the file, if that succeeds. To be called while `changing` is held. Raises
        what `write` does, with nothing changed."""
        await asyncio.to_thread(write)
        self._stamp = self._seen = stamp_of(self.path)
        await self._serve(loaded)

    async def _reload(self, stamp: Stamp) -> None:
        self._stamp = stamp
        try:
            loaded = self.read()
        except ConfigError as error:
            self.problems = error.findings
            told = [str(one) for one in error.findings]
            self._log.error("configuration not changed: the old one goes on", problems=told)
            return
        await self._serve(loaded)

    async def _serve(self, loaded: Loaded) -> None:
        self.problems = ()
        before, self.loaded = self.loaded, loaded
        if loaded.config != before.config:
            try:
                await self._apply(loaded.config)
            except Exception:
                self.loaded = before
                raise
            told = {"warnings": [str(one) for one in loaded.warnings], "after_restart": list(self.after_restart)}
            self._log.info("configuration changed", file=str(self.path), **told)

    async def run(self) -> None:
        """Looks for ever, at the same moments as everybody else on this machine: two services that share a file should
        not differ for longer than they must."""
        while True:
            await asyncio.sleep(EVERY - time.time() % EVERY)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the old one goes on, and so does looking
                self._log.error("configuration not changed: the old one goes on", exc_info=error)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Looks while the context is open."""
        task = asyncio.create_task(self.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

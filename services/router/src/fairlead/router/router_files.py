"""Finds the router file of a session's project, or of the session itself, and the rules it holds.

claude-code-router has them at `~/.claude-code-router/<project>/config.json` and `<project>/<session>.json`, where the
project is the folder under `~/.claude/projects` that holds the session. Files are read in a thread, looked at again
after a moment, and read again when they have changed.
"""

import asyncio
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from fairlead.router.judge import Found
from fairlead.router.policy import Policy
from fairlead.shared.config import Config, ConfigError
from fairlead.shared.config.loading import read_text
from fairlead.shared.config.overriding import override

FRESH = 1.0
"""Seconds for which nobody looks at a session's files again."""
SESSIONS = 1_000
FILES = 200
"""Sessions and files remembered at once; claude-code-router keeps as many sessions."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}\Z")


class Folders(Struct, frozen=True):
    """`projects`: where Claude Code keeps its sessions. `roots`: where router files are, the first to count first."""

    projects: Path
    roots: tuple[Path, ...]


class _Seen(Struct, frozen=True):
    found: Found
    until: float


class RouterFiles:
    """The rules of `config`, but for sessions that have a file. `clock` is monotonic, in seconds; `log` hears of each
    version of a file that cannot be used, once."""

    def __init__(
        self,
        config: Config,
        policy: Policy,
        folders: Folders,
        env: Mapping[str, str],
        clock: Callable[[], float],
        log: Any,
    ) -> None:
        self._config = config
        self._usual = policy
        self._folders = folders
        self._env = env
        self._clock = clock
        self._log = log
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._read: OrderedDict[tuple[str, int, int], Policy | None] = OrderedDict()
        self._reading = threading.Lock()
        self._nobody_until = float("-inf")

    def __repr__(self) -> str:
        return f"<RouterFiles sessions={len(self._seen)} files={len(self._read)}>"

    async def of(self, session: str | None) -> Found:
        if session is None or not _SAFE.match(session) or self._clock() < self._nobody_until:
            return Found(self._usual)
        seen = self._seen.get(session)
        if seen is None or self._clock() >= seen.until:
            found = await asyncio.to_thread(self._look, session, seen.found.project if seen else None)
            seen = self._seen[session] = _Seen(found, self._clock() + FRESH)
            if len(self._seen) > SESSIONS:
                self._seen.popitem(last=False)
        self._seen.move_to_end(session)
        return seen.found

    def _look(self, session: str, known: str | None) -> Found:
        """A session does not leave its project; one that was just begun may not be written anywhere yet."""
        project = known or self._project(session)
        if project is None:
            return Found(self._usual)
        policies = (self._policy(path) for path in self._candidates(project, session))
        return Found(next((policy for policy in policies if policy is not None), self._usual), project)

    def _project(self, session: str) -> str | None:
        try:
            with os.scandir(self._folders.projects) as entries:
                names = [entry.name for entry in entries]
        except OSError:
            # Nobody runs Claude Code on this machine, so no session needs to be looked for.
            self._nobody_until = self._clock() + FRESH
            return None
        return next((name for name in names if (self._folders.projects / name / f"{session}.jsonl").is_file()), None)

    def _candidates(self, project: str, session: str) -> Iterator[Path]:
        """A session's file counts before its project's."""
        yield from (root / project / f"{session}.json" for root in self._folders.roots)
        yield from (root / project / "config.json" for root in self._folders.roots)
        yield self._folders.projects / project / "claude-code-router.json"

    def _policy(self, path: Path) -> Policy | None:
        """The rules of a file; None where there is none, or none that can be used."""
        try:
            stat = path.stat()
        except OSError:
            return None
        version = (str(path), stat.st_mtime_ns, stat.st_size)
        with self._reading:
            if version not in self._read:
                self._read[version] = self._parsed(path)
                if len(self._read) > FILES:
                    self._read.popitem(last=False)
            return self._read[version]

    def _parsed(self, path: Path) -> Policy | None:
        try:
            loaded = override(self._config, read_text(path), self._env, file=str(path))
        except ConfigError as error:
            self._log.warning("configuration", message=f"this router file is ignored: {error}")
            return None
        for warning in loaded.warnings:
            self._log.warning("configuration", message=str(warning))
        return Policy.of(loaded.config)


class OneForAll:
    """The same rules for every session."""

    def __init__(self, policy: Policy) -> None:
        self._found = Found(policy)

    async def of(self, session: str | None) -> Found:
        return self._found

"""The process of one transformer: how it is started, and who is talking with it."""

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from fairlead.shared.config.schema import CustomTransformer
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.child import JAVASCRIPT, MODULES, SHOWN, Child, Pauses

from .talk import PATIENCE, Loaded, Talk, Told, failure_of

MEMORY_MB = 1_024
"""What a process of node may take for objects."""

NONE: Mapping[str, Any] = {}

_HOSTS = Path(__file__).parent


class UnrunnableError(Exception):
    """A file that cannot be run; the message says why, and what to do."""


def command_of(file: CustomTransformer, find: Callable[[str], str | None] = shutil.which) -> tuple[str, ...]:
    """What runs a file, by its ending. Raises `UnrunnableError`."""
    path = Path(file.path)
    if not path.is_file():
        raise UnrunnableError(f"there is no file {path}")
    if path.suffix == ".py":
        return (sys.executable, str(_HOSTS / "python_host.py"), str(path))
    if path.suffix not in JAVASCRIPT:
        raise UnrunnableError(f"{path} is neither JavaScript (.js, .cjs, .mjs) nor Python (.py)")
    node = find("node")
    if node is None:
        raise UnrunnableError(
            f"{path} needs node, which is not installed here; install Node.js (https://nodejs.org, 18 or later)"
        )
    limit = f"--max-old-space-size={MEMORY_MB}"
    return (node, limit, str(_HOSTS / "node_host.cjs"), str(MODULES), str(path))


class Worker:
    """One file. `clock` is monotonic, in seconds; `log` hears what it prints, and why it was lost. `options` are those
    of every use of it: they may be secret, and never stand in the command, which everybody on the machine may read."""

    def __init__(
        self,
        path: str,
        command: tuple[str, ...],
        clock: Callable[[], float],
        log: Any,
        *,
        longest: int,
        patience: float = PATIENCE,
        options: Mapping[str, Any] = NONE,
    ) -> None:
        self.name = path
        self.options = options
        self._path = path
        self._child = Child(command, heard=self._heard, lost=self._lost, printed=self._printed, longest=longest)
        self._pauses = Pauses(clock)
        self._log = log
        self._patience = patience
        self._talks: dict[int, Talk] = {}
        self._next = 0
        self._why = ""

    def __repr__(self) -> str:
        return f"<Worker {self.name} talks={len(self._talks)}>"

    async def load(self) -> Loaded:
        """What the file holds. Raises `FailureError`."""
        talk = self.talk(PATIENCE)
        try:
            loaded = await talk.load(self.options)
        finally:
            await talk.aclose()
        self.name = f"{loaded.name} ({self._path})"
        return loaded

    @property
    def resting(self) -> bool:
        """Whether it was lost a moment ago, and is asked nothing."""
        return self._pauses.on

    def talk(self, patience: float | None = None) -> Talk:
        """About one request, or about the file. Raises `FailureError` for a while after it was lost."""
        if self.resting:
            raise FailureError(failure_of(self.name, f"{self._why} a moment ago, and is not asked again yet"))
        self._next += 1
        talk = self._talks[self._next] = Talk(self, self._next, patience or self._patience)
        return talk

    def leave(self, talk: Talk) -> None:
        """A talk is over."""
        self._talks.pop(talk.number, None)

    async def tell(self, line: bytes) -> None:
        """Raises `OSError`."""
        await self._child.tell(line)

    def end(self, why: str) -> None:
        """Kills it; whoever talks with it is told, also where it could not even be started."""
        if not self._child.end(why):
            self._lost(why)

    async def aclose(self) -> None:
        """Ends it; who still talks with it is told."""
        talks, self._talks = self._talks, {}
        for talk in talks.values():
            talk.break_off("is ended")
        await self._child.aclose()

    def _heard(self, line: bytes) -> None:
        told = msgspec.json.decode(line, type=Told)
        talk = self._talks.get(told.id)
        if talk is not None:
            talk.hear(told)
        if told.error is None:
            self._pauses.end()

    def _printed(self, line: str) -> None:
        self._log.info("transformer", name=self.name, printed=line)

    def _lost(self, why: str) -> None:
        """A process nobody talks with may end."""
        if not self._talks:
            return
        self._why = why
        pause = self._pauses.begin()
        self._log.warning("transformer", name=self.name, message=f"it {why[:SHOWN]}; not asked for {pause:g} s")
        for talk in [*self._talks.values()]:
            talk.break_off(why)

"""The services in the background: what is remembered of them, and which processes they are, beyond doubt.

A process is named by its id *and* the moment it began, so that a number that the system has given to somebody else
since is never taken for ours.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from fairlead.router.cli.verb import CommandError
from fairlead.shared.config import settings

POLL = 0.05
"""Seconds between two looks at a process."""
GENTLE = 40.0
"""Seconds for a graceful stop: running streams get 30."""
HARD = 5.0
"""Seconds after the second word, which ends the services at once."""
LOG_BYTES = 10 * 1024 * 1024
"""A larger log is put aside when the services start."""
TAIL = 15
"""Lines of the log that are shown when the services do not start."""


class Process(Struct, frozen=True):
    """One process; `began` is the system's own word for when, compared and never read."""

    pid: int
    began: str

    @property
    def lives(self) -> bool:
        """Whether it is still there, and still the same."""
        return began(self.pid) == self.began

    def signal(self, number: signal.Signals) -> None:
        """Nothing happens where it has ended."""
        if self.lives:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Record(Struct, frozen=True):
    """What was started: the process that looks after all others, the others, and where they serve.

    `since` in Unix seconds. `config`: None for the defaults. `simulated`: why the simulated provider answers, or None.
    `flags`: what it was started with, for a restart. `log`: the folder of the services' logs.
    """

    process: Process
    members: tuple[Process, ...]
    router: str
    normalizer: str
    config: str | None
    simulated: str | None
    log: str
    since: float
    flags: tuple[str, ...]

    @property
    def runs(self) -> bool:
        return self.process.lives

    @property
    def leftovers(self) -> tuple[Process, ...]:
        """Services that still run though nobody looks after them any more."""
        return () if self.runs else tuple(one for one in self.members if one.lives)


class Desk:
    """The folder where the record lies, `FAIRLEAD_DATA` or `~/.fairlead`."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "logs" / "services.log"
        self._record = folder / "services.json"
        self._lock = folder / "services.lock"

    def __repr__(self) -> str:
        return f"<Desk {self._record}>"

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "Desk":
        return cls(data_folder(env))

    def read(self) -> Record | None:
        """The record, whether what it tells of still runs or not; None where there is none that can be read."""
        try:
            return msgspec.json.decode(self._record.read_bytes(), type=Record)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def running(self) -> Record | None:
        record = self.read()
        return record if record is not None and record.runs else None

    def write(self, record: Record) -> None:
        """Whole or not at all, and for its owner's eyes."""
        self._record.parent.mkdir(parents=True, exist_ok=True)
        beside = self._record.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
        beside.replace(self._record)

    def forget(self) -> None:
        self._record.unlink(missing_ok=True)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Two that start or stop at once take turns; the system takes the lock back from whoever is killed. Raises
        `CommandError` where nothing can be kept in the folder."""
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            why = f"{error.filename} cannot be written ({error.strerror})"
            raise CommandError(f"{why}; FAIRLEAD_DATA names another folder for what is kept") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def open_log(self) -> int:
        """A handle to write at the end of the log, which no child keeps but as its output."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def tail(self, since: int) -> str:
        """The last lines of the log behind the first `since` bytes."""
        with self.log.open("rb") as opened:
            opened.seek(max(since, self.log.stat().st_size - LOG_BYTES))
            return "\n".join(opened.read().decode(errors="replace").splitlines()[-TAIL:])


def data_folder(env: Mapping[str, str]) -> Path:
    """What is kept lies there."""
    data = env.get("FAIRLEAD_DATA") or settings.DATA
    return home_of(env) / data[2:] if data.startswith("~/") else Path(data).absolute()


def home_of(env: Mapping[str, str]) -> Path:
    """The user's."""
    return Path(env["HOME"]) if env.get("HOME") else Path.home()


def began(pid: int) -> str | None:
    """When a process began, in words that no other process of that number shares; None where there is none.

    Linux tells clock ticks since the machine's start (proc(5), field 22); other systems tell a date, to the second.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else f"{_boot()}:{fields[19]}"
    except (OSError, IndexError):
        if Path("/proc/self/stat").exists():
            return None
    told = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or None


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "this boot"


def members_of(leader: int) -> tuple[Process, ...]:
    """All processes of the session that a process leads, but itself."""
    return tuple(_members(leader, _everybody()))


def _everybody() -> list[int]:
    """Every process there is; small Linux systems have no ps."""
    if Path("/proc/self/stat").exists():
        return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]
    listed = subprocess.run(["/bin/ps", "-A", "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def _members(leader: int, pids: Iterable[int]) -> Iterator[Process]:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if pid != leader and os.getsid(pid) == leader and (moment := began(pid)):
                yield Process(pid, moment)


def end(record: Record, tick: Callable[[], None], gentle: float = GENTLE, hard: float = HARD) -> bool:
    """Stops what a record tells of: with a word, then a second, then at once. Whether the word was enough."""
    everybody = {record.process, *record.members, *(members_of(record.process.pid) if record.runs else ())}
    record.process.signal(signal.SIGTERM)
    heeded = _ended((record.process,), gentle, tick)
    for number, patience in ((signal.SIGTERM, hard), (signal.SIGKILL, HARD)):
        if _ended(everybody, 0.0, tick):
            break
        for one in everybody:
            one.signal(number)
        _ended(everybody, patience, tick)
        heeded = False
    return heeded


def _ended(processes: Iterable[Process], within: float, tick: Callable[[], None]) -> bool:
    """Waits until none of them lives any more; whether that came to pass."""
    deadline = time.monotonic() + within
    awaited = list(processes)
    while awaited := [one for one in awaited if one.lives]:
        if time.monotonic() >= deadline:
            return False
        tick()
        time.sleep(POLL)
    return True

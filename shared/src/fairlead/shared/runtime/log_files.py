"""Log lines in a file that only its owner reads: put aside when it is large or old, and never in a request's way.

The standard library's handlers take records, which our lines never were, and look at the disk for every one of them;
a full disk would be heard of in the middle of a request.
"""

import contextlib
import os
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import msgspec
from msgspec import Struct

from fairlead.shared.config.schema import LogFiles

MODE = 0o600
_FOLDER_MODE = 0o700


class Rotation(Struct, frozen=True):
    """When a file is put aside: at `size` bytes, and every `age` seconds, a day being one of UTC. `count`: files that
    are kept beside the one that is written."""

    size: int = 10 * 1024 * 1024
    age: float = 24 * 3600.0
    count: int = 7


class Unfailing:
    """A stream whose lines are let go when they cannot be written: stderr may lead to a full disk, or to nobody."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __repr__(self) -> str:
        return f"<Unfailing {self._out!r}>"

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self._out.isatty()

    def write(self, text: str) -> int:
        """Never raises for what is at the other end."""
        with contextlib.suppress(OSError):
            self._out.write(text)
        return len(text)

    def flush(self) -> None:
        """As `write`."""
        with contextlib.suppress(OSError):
            self._out.flush()


class LogFile:
    """A place for whole lines, as structlog and the standard library write them, from any thread.

    What cannot be written is let go: `warnings` (None: stderr) is told once that it begins, and the file, as soon as it
    can be, how much it was. `now` gives Unix seconds.
    """

    def __init__(
        self, path: Path, rotation: Rotation, now: Callable[[], float] = time.time, warnings: TextIO | None = None
    ) -> None:
        self._path = path
        self._rotation = rotation
        self._now = now
        self._warnings = warnings
        self._turns = threading.Lock()
        self._handle: int | None = None
        self._size = 0
        self._ends = 0.0
        self._lost = 0
        self._torn = False

    def __repr__(self) -> str:
        return f"<LogFile {self._path} {self._size}>"

    def isatty(self) -> bool:
        """It is no terminal."""
        return False

    def flush(self) -> None:
        """Nothing is held back."""

    def write(self, text: str) -> int:
        """Never raises for what a disk does."""
        data = text.encode("utf-8", "replace")
        with self._turns:
            try:
                self._put(data, self._now())
            except OSError as error:
                if not self._lost:
                    self._warn("be written", error)
                self._lost += 1
        return len(text)

    def close(self) -> None:
        """What is written next opens it again."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _put(self, data: bytes, now: float) -> None:
        if self._handle is None:
            self._open(now)
        if self._size and (self._size + len(data) > self._rotation.size or now >= self._ends):
            self._turn(now)
        if self._lost:
            data = _confession(self._lost, now) + data
        # A line that the disk had no room for ended anywhere.
        self._write_all(b"\n" + data if self._torn else data)
        self._lost = 0

    def _write_all(self, data: bytes) -> None:
        assert self._handle is not None
        while data:
            written = os.write(self._handle, data)
            self._size += written
            data = data[written:]
            self._torn = bool(data)

    def _warn(self, what: str, error: OSError) -> None:
        why = os.strerror(error.errno).lower() if error.errno else str(error)
        with contextlib.suppress(OSError, ValueError):
            print(
                f"the log {self._path} cannot {what} ({why}); requests are served all the same",
                file=self._warnings or sys.stderr,
                flush=True,
            )

    def _open(self, now: float) -> None:
        self._path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._handle = os.open(self._path, flags, MODE)
        status = os.fstat(self._handle)
        if stat.S_ISREG(status.st_mode) and status.st_mode & 0o777 != MODE and status.st_uid == os.geteuid():
            os.fchmod(self._handle, MODE)
        self._size = status.st_size
        self._ends = self._end_of(status.st_mtime if self._size else now)

    def _end_of(self, moment: float) -> float:
        """When a file that was written to at `moment` is old: a restart changes nothing about that."""
        age = self._rotation.age
        return (moment // age + 1) * age

    def _turn(self, now: float) -> None:
        """Puts the file aside, unless somebody else has. Where that fails the file goes on."""
        self._ends = self._end_of(now)
        if self._is_ours():
            try:
                self._shift()
            except OSError as error:
                self._warn("be put aside", error)
                # The next try comes when as much again was written.
                self._size = 0
                return
        self.close()
        self._open(now)

    def _is_ours(self) -> bool:
        assert self._handle is not None
        try:
            return os.path.samestat(os.fstat(self._handle), self._path.stat())
        except FileNotFoundError:
            return False

    def _shift(self) -> None:
        for number in range(self._rotation.count, 0, -1):
            source = self._aside(number - 1) if number > 1 else self._path
            with contextlib.suppress(FileNotFoundError):
                source.replace(self._aside(number))

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def _confession(lost: int, now: float) -> bytes:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    told = {"time": moment, "level": "warning", "event": "log lines were lost", "lines": lost}
    return msgspec.json.encode(told) + b"\n"


def log_file(folder: str | None, config: LogFiles, service: str) -> LogFile | None:
    """The file of one service in a folder, which may begin with `~/`; None: lines go to stderr."""
    if folder is None:
        return None
    rotation = Rotation(config.megabytes * 1024 * 1024, config.hours * 3600.0, config.count)
    return LogFile(Path(folder).expanduser() / f"{service}.log", rotation)

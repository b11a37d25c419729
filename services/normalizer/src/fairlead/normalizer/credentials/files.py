"""Records in files: read again only when they have changed, replaced in one step, for their owner alone."""

import asyncio
import fcntl
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import structs

from fairlead.shared.config.schema import Secret
from fairlead.shared.runtime.files import replace

from .records import (
    LARGEST,
    beside,
    instead,
    read,
    read_auth_json,
    read_kiro,
    write,
    write_auth_json,
    write_kiro,
)
from .tokens import Record, digest

T = TypeVar("T")
_POLL_S = 0.05


class Watched(Generic[T]):
    """What a file says, None where there is no such file. Looking costs one call to the system while it stays as it
    is; on a disk of this machine that is a millionth of a second."""

    def __init__(self, path: Path, understand: Callable[[bytes], T | None]) -> None:
        self.path = path
        self._understand = understand
        self._known: tuple[tuple[int, int, int], T | None] | None = None

    def look(self, *, again: bool = False) -> T | None:
        """A file that cannot be read counts as none. `again`: the same second, size and place may hide a change."""
        known = self._known
        try:
            now = self.path.stat()
            seen = (now.st_mtime_ns, now.st_size, now.st_ino)
            if again or known is None or known[0] != seen:
                # In one step, since another thread may be looking.
                self._known = known = (seen, self._understand(self.text()))
        except OSError:
            self._known = known = None
        return known[1] if known else None

    def text(self) -> bytes:
        """Raises `OSError`."""
        with self.path.open("rb") as opened:
            return opened.read(LARGEST)


class RecordFile:
    """A record of ours in a file of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = Watched(path, read)

    def look(self, *, again: bool = False) -> Record | None:
        """None where there is no record, or none that can be read."""
        return self._file.look(again=again)

    def save(self, record: Record) -> None:
        """Raises `OSError`."""
        make_private(self.path.parent)
        replace(self.path, write(record))


class ForeignFile:
    """The file of a provider's own client, which writes it too; `own` takes what does not belong there, and everything
    where the file cannot be written. `understand` makes a record of its text, `rewrite` puts one into it."""

    def __init__(
        self,
        path: Path,
        own: RecordFile | None,
        understand: Callable[[bytes], Record | None],
        rewrite: Callable[[bytes, Record], bytes],
    ) -> None:
        self.path = path
        self._own = own
        self._file = Watched(path, understand)
        self._rewrite = rewrite

    def look(self, *, again: bool = False) -> Record | None:
        """None where nobody is logged in."""
        return beside(self._file.look(again=again), self._own.look() if self._own else None)

    def save(self, record: Record) -> None:
        """Raises `OSError`. Where nobody is logged in any more, nothing is kept."""
        foreign, own = self._file.look(again=True), self._own.look() if self._own else None
        if foreign is None:
            return
        if self._own is not None and own is not None and instead(foreign, own):
            self._own.save(structs.replace(record, seed=own.seed))
        elif record.begun is not None:
            if self._own is not None:
                self._own.save(Record(begun=record.begun))
        else:
            self._save_there(foreign, record)

    def _save_there(self, foreign: Record, record: Record) -> None:
        try:
            if (foreign.refresh, foreign.token) != (record.refresh, record.token):
                # Through a link, so that it stays one.
                replace(self.path.resolve(), self._rewrite(self._file.text(), record))
        except OSError:
            if self._own is None:
                raise
            self._own.save(structs.replace(record, seed=digest(foreign.refresh)))
            return
        if self._own is not None and self._own.look():
            self._own.save(Record())


class FactoryFile(ForeignFile):
    """The file of Factory's own client; `lifetime`, in seconds, of tokens that do not say when they end."""

    def __init__(self, path: Path, own: RecordFile | None, lifetime: float) -> None:
        super().__init__(path, own, lambda text: read_auth_json(text, lifetime), write_auth_json)


class KiroFile(ForeignFile):
    """The file of Kiro's own client."""

    def __init__(self, path: Path, own: RecordFile | None) -> None:
        super().__init__(path, own, read_kiro, write_kiro)


class SecretFile:
    """A secret in a file that may be exchanged while we run, as Kubernetes does."""

    def __init__(self, path: Path) -> None:
        self._file = Watched(path, _secret)

    def look(self) -> Secret | None:
        """None where the file is not there, or holds no single line."""
        return self._file.look()


class KeyFile:
    """Secrets in a file, one a line, that may be exchanged while we run; empty lines and those with a # are none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = Watched(path, _secrets)

    def look(self) -> tuple[Secret, ...] | None:
        """None where the file is not there."""
        return self._file.look()


_MOUNTED = (Path("/run/secrets"), Path("/var/run/secrets"))
"""Where Docker and Kubernetes put secrets, which only the container sees, whatever their mode."""


def warn_if_open(path: Path, log: Any) -> None:
    """Says so when a file of secrets can be read by everybody on this machine."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if mode & stat.S_IROTH and not any(path.is_relative_to(place) for place in _MOUNTED):
        log.warning("everybody on this machine can read a secret", file=str(path), to_do=f"chmod 600 {path}")


def make_private(folder: Path) -> None:
    """The folder, made where there is none, for its owner alone. Raises `OSError`."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Keeps out other processes of this machine; the system lets go for a process that dies. Raises `OSError`."""
    make_private(path.parent)
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _taken(number):  # noqa: ASYNC110 - no event of ours tells what other processes do
            await asyncio.sleep(_POLL_S)
        yield
    finally:
        os.close(number)


def _taken(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _secret(text: bytes) -> Secret | None:
    line = text.decode("utf-8", "replace").strip()
    return Secret(line) if line and line.isascii() and line.isprintable() else None


def _secrets(text: bytes) -> tuple[Secret, ...]:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith(b"#"))
    return tuple(dict.fromkeys(secret for line in lines if (secret := _secret(line)) is not None))

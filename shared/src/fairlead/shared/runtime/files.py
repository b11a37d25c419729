"""Writes a file in one step: whoever reads it finds the old text or the new. Removes folders."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600


def replace(path: Path, text: bytes, mode: int = PRIVATE) -> None:
    """On the disk when it returns. The file stays its owner's, also when root writes it. Raises `OSError`, and then
    nothing has changed."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # its mode is 0600
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
            with suppress(FileNotFoundError, PermissionError):
                before = path.stat()
                os.fchown(opened.fileno(), before.st_uid, before.st_gid)
            if mode != PRIVATE:
                os.fchmod(opened.fileno(), mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove(folder: Path) -> None:
    """A folder with all that is in it, and of a link the link alone. Raises `OSError`."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder)

"""Writes a configuration's file: whole or not at all, with the one before kept beside it."""

import re
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from fairlead.shared.runtime import files

KEPT = 10
"""Backups; the oldest go."""
_FOLDER = ".backups"
_NAME = re.compile(r"config\.\d{8}T\d{6}\.\d{6}Z\.json")


class Backup(Struct, frozen=True):
    """A configuration as it was until `at`, in Unix seconds."""

    name: str
    at: float
    bytes: int


def backup(target: Path, now: float) -> Path | None:
    """A copy in `.backups` beside the file, named for the moment; None where there is no file. Raises `OSError`."""
    if not target.exists():
        return None
    folder = target.parent / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    kept = folder / f"config.{moment}.json"
    shutil.copy2(target, kept)
    kept.chmod(files.PRIVATE)
    for old in sorted(folder.glob("config.*.json"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return kept


def backups(target: Path) -> list[Backup]:
    """Those of a file, the newest first."""
    kept = [file for file in (target.parent / _FOLDER).glob("config.*.json") if _NAME.fullmatch(file.name)]
    return [Backup(file.name, _moment(file.name), file.stat().st_size) for file in sorted(kept, reverse=True)]


def backup_named(target: Path, name: str) -> Path | None:
    """One of them; None where there is none of that name."""
    return target.parent / _FOLDER / name if any(one.name == name for one in backups(target)) else None


def write(target: Path, text: str, *, mode: int | None = None) -> None:
    """Whole or not at all, and on the disk. Without a `mode` with the rights that the file has; a new one is for its
    owner alone, since it may hold keys. Raises `OSError`."""
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    if mode is None:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else files.PRIVATE
    files.replace(target, text.encode(), mode)


def _moment(name: str) -> float:
    written = name.removeprefix("config.").removesuffix("Z.json")
    return datetime.strptime(f"{written}+0000", "%Y%m%dT%H%M%S.%f%z").timestamp()

"""Writes a configuration: checked before, whole or not at all, with the old one kept."""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from fairlead.router.cli.verb import CommandError
from fairlead.shared.config import ConfigError, parse

KEPT = 10
"""Backups; the oldest go."""
_PRIVATE = 0o600


def replace(path: Path, text: str, env: Mapping[str, str], now: float) -> Path | None:
    """Puts `text` in the place of what is there, at `now` in Unix seconds; where the old one is kept, if there was one.

    Raises `CommandError`, and changes nothing, where nothing could be served with the new text.
    """
    demand_usable(path, text, env)
    target = path.resolve()
    try:
        kept = backup(target, now)
        write(target, text)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
    return kept


def demand_usable(path: Path, text: str, env: Mapping[str, str]) -> None:
    """Raises `CommandError`."""
    try:
        parse(text, env, file=str(path), resolve_secrets=False)
    except ConfigError as error:
        raise CommandError(f"nothing is written, since nothing could be served with it:\n{error}") from error


def backup(target: Path, now: float) -> Path | None:
    """A copy in `.backups` beside the file, named for the moment."""
    if not target.exists():
        return None
    folder = target.parent / ".backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    kept = folder / f"config.{moment}.json"
    shutil.copy2(target, kept)
    for old in sorted(folder.glob("config.*.json"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return kept


def write(target: Path, text: str) -> None:
    """Whole or not at all, with the rights that the file has; a new one is for its owner alone, since it may hold keys.
    Raises `OSError`."""
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else _PRIVATE
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        beside.chmod(mode)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise

"""Writes a configuration: checked before, whole or not at all, with the old one kept."""

import shutil
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from fairlead.router.cli.verb import CommandError
from fairlead.shared.config import ConfigError, parse
from fairlead.shared.runtime import files

KEPT = 10
"""Backups; the oldest go."""


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
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else files.PRIVATE
    files.replace(target, text.encode(), mode)

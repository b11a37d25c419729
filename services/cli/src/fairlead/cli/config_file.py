"""Writes a configuration: checked before, whole or not at all, with the old one kept."""

from collections.abc import Mapping
from pathlib import Path

from fairlead.router.cli.verb import CommandError
from fairlead.shared.config import ConfigError, parse
from fairlead.shared.runtime.config_file import backup, write


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

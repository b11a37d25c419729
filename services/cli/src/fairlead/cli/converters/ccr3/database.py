"""Reads `config.sqlite` of claude-code-router 3, which it never writes, as the JSON that its converter takes.

Its tables are in packages/core/src/config/config-repository.ts of github.com/musistudio/claude-code-router (read at
849aa46, 2026-09): `app_config(key, value_json, updated_at)`, whose row `default` is the whole configuration but for the
keys of clients, and `api_keys(id, name, encrypted_key, encryption, created_at, expires_at, limits_json)`, whose keys
stand in clear where `encryption` is `plain`. Earlier versions of 3 kept that table in an `api-keys.sqlite`, in
`app-data/` or beside it. By docs/src/content/docs/en/configuration/configuration-file.md there the folder is
`~/.claude-code-router` on Linux and macOS, `%APPDATA%\\claude-code-router` on Windows, and
`/data/.claude-code-router` in its container.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from fairlead.cli.converters.checked import values
from fairlead.cli.converters.converted import ConversionError

MAGIC = b"SQLite format 3\0"
MAX_BYTES = 4 * 1024 * 1024
"""Of any one value; a database may have old ones beside it that nobody asks for."""

_CONFIGURATION = "SELECT value_json FROM app_config WHERE key = 'default'"
_KEYS = "SELECT id, name, encrypted_key, encryption, expires_at, limits_json FROM api_keys ORDER BY rowid LIMIT 1000"
_ELSEWHERE = ("app-data/api-keys.sqlite", "api-keys.sqlite")


def read(file: Path, *, patience_s: float = 2.0) -> str:
    """The configuration as JSON, with the keys of clients under `APIKEYS`. Raises `ConversionError`.

    `patience_s`: the longest wait for somebody who holds it locked, in seconds.
    """
    with closing(_opened(file, patience_s)) as database:
        [written] = _rows(database, file, "app_config", _CONFIGURATION) or [("",)]
        keys = _rows(database, file, "api_keys", _KEYS)
    if not isinstance(written[0], str) or not written[0]:
        raise ConversionError(
            f"{file} holds no configuration of claude-code-router 3; the folder with the one in use is named in its "
            "Settings, under Data"
        )
    document = values(written[0], str(file))
    apart = [] if keys else _kept_apart(file, patience_s)
    own = document.get("APIKEYS")
    stored = [_key(row) for row in keys or apart]
    document["APIKEYS"] = [*stored, *(own if isinstance(own, list) else [])]
    return msgspec.json.encode(document).decode()


def _opened(file: Path, patience_s: float) -> sqlite3.Connection:
    """To be read alone. Without a log of changes beside it, as it lies: then no file is made beside it either."""
    try:
        logs = [file.with_name(file.name + ending) for ending in ("-wal", "-journal")]
        as_it_lies = not any(log.exists() and log.stat().st_size for log in logs)
        address = f"{file.absolute().as_uri()}?mode=ro{'&immutable=1' if as_it_lies else ''}"
        database = sqlite3.connect(address, uri=True, timeout=patience_s)
    except (OSError, sqlite3.Error) as error:
        raise _unreadable(file, error) from error
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES)
    return database


def _rows(database: sqlite3.Connection, file: Path, table: str, query: str) -> list[tuple[Any, ...]]:
    """None of a table that is not there."""
    try:
        found = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
        return database.execute(query).fetchall() if found else []
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> ConversionError:
    """With what to do; SQLite itself says what is wrong."""
    what = str(error)
    if "no such column" in what:
        return ConversionError(f"{file} is of a version of claude-code-router that is not known here ({what})")
    if "locked" in what or "unable to open" in what:
        return ConversionError(f"{file} cannot be read ({what}); quit its app, or import a copy of its folder")
    if "too big" in what:
        return ConversionError(f"{file} holds a value of more than {MAX_BYTES} bytes")
    return ConversionError(f"{file} cannot be read: {what}")


def _kept_apart(file: Path, patience_s: float) -> list[tuple[Any, ...]]:
    other = next((at for name in _ELSEWHERE if (at := file.parent / name).is_file()), None)
    if other is None:
        return []
    with closing(_opened(other, patience_s)) as database:
        return _rows(database, other, "api_keys", _KEYS)


def _key(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row of `api_keys` as it stands in an export; one that is not in clear keeps only its name."""
    given = dict(_members(row))
    plain = given.get("encryption", "plain") == "plain"
    return {
        "id": given.get("id"),
        "name": given.get("name"),
        "key": given.get("encrypted_key") if plain else None,
        "expiresAt": given.get("expires_at"),
        "limits": _limits(given.get("limits_json", "")),
    }


def _members(row: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    names = ("id", "name", "encrypted_key", "encryption", "expires_at", "limits_json")
    return ((name, value) for name, value in zip(names, row, strict=True) if isinstance(value, str) and value)


def _limits(text: str) -> Any:
    try:
        return msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, RecursionError):
        return text

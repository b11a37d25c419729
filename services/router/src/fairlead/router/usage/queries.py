"""The questions that are asked of the usage database, each answered from sums that are ready."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from .asking import TIMES, Asked
from .database import Cursor
from .schema import REQUEST_COLUMNS
from .sums import MEASURES, SESSION_MODELS, SESSIONS

ROWS = 50_000
"""Of one series at most."""

Row: TypeAlias = dict[str, Any]
_SUMS = ", ".join(f"SUM({name})" for name in MEASURES)
_SPANS = ("first", "last", "project")


class Session(Struct, frozen=True):
    """One session as one client key used it: a row of sums, and one for each model of it."""

    whole: Row
    models: tuple[Row, ...]


def series(cursor: Cursor, asked: Asked) -> list[Row]:
    """One row for each combination of what it is asked by, in their order; the measures are sums."""
    rollup = asked.rollup
    names = [_dimension(name) for name in asked.by]
    condition, values = _condition(asked)
    grouped = ", ".join(names)
    statement = f"SELECT {', '.join([*names, _SUMS])} FROM {rollup.name}{condition}"  # noqa: S608 - names of ours
    if names:
        statement += f" GROUP BY {grouped} ORDER BY {grouped} LIMIT {ROWS}"
    return [_row((*asked.by, *MEASURES), found) for found in cursor.run(statement, values)]


def sessions(cursor: Cursor, asked: Asked) -> list[Session]:
    """The newest first; `where` may name a key."""
    ends = [one for one in (asked.end, asked.before and asked.before[0]) if one is not None]
    conditions, values = _conditions(
        {"last >= ?": asked.start, "last < ?": min(ends, default=None), "key = ?": asked.where.get("key")}
    )
    columns = (*SESSIONS.keys, *_SPANS, *MEASURES)
    statement = f"SELECT {', '.join(columns)} FROM sessions{_where(conditions)} ORDER BY last DESC LIMIT ?"  # noqa: S608
    wholes = [_row(columns, found) for found in cursor.run(statement, [*values, asked.limit])]
    return [Session(whole, tuple(_models(cursor, whole["session"], whole["key"]))) for whole in wholes]


def session(cursor: Cursor, name: str, key: str | None) -> list[Session]:
    """One for each client key that used it; `key`: of that one alone."""
    conditions, values = _conditions({"session = ?": name, "key = ?": key})
    columns = (*SESSIONS.keys, *_SPANS, *MEASURES)
    statement = f"SELECT {', '.join(columns)} FROM sessions{_where(conditions)} ORDER BY key"  # noqa: S608
    wholes = [_row(columns, found) for found in cursor.run(statement, values)]
    return [Session(whole, tuple(_models(cursor, name, whole["key"]))) for whole in wholes]


def forget(cursor: Cursor, name: str) -> bool:
    """Whether there was such a session. Sums by hour and day stay: what was spent was spent."""
    known = bool(cursor.run("SELECT 1 FROM sessions WHERE session = ? LIMIT 1", (name,)))
    for table in ("sessions", "session_models", "requests"):
        cursor.run(f"DELETE FROM {table} WHERE session = ?", (name,))  # noqa: S608 - names of ours
    return known


def requests(cursor: Cursor, asked: Asked) -> list[Row]:
    """Single requests with their number `id`, the newest first."""
    conditions, values = _conditions(
        {"at >= ?": asked.start, "at < ?": asked.end} | {f"{name} = ?": value for name, value in asked.where.items()}
    )
    if asked.before is not None:
        conditions.append("(at, id) < (?, ?)")
        values += asked.before
    columns = ("id", *REQUEST_COLUMNS)
    statement = f"SELECT {', '.join(columns)} FROM requests{_where(conditions)} ORDER BY at DESC, id DESC LIMIT ?"  # noqa: S608
    return [dict(zip(columns, found, strict=True)) for found in cursor.run(statement, [*values, asked.limit])]


def _models(cursor: Cursor, name: str, key: str) -> list[Row]:
    columns = (*SESSION_MODELS.keys, *_SPANS, *MEASURES)
    statement = f"SELECT {', '.join(columns)} FROM session_models WHERE session = ? AND key = ?"  # noqa: S608
    return [_row(columns, found) for found in cursor.run(statement, (name, key))]


def _dimension(name: str) -> str:
    seconds = TIMES.get(name)
    return name if seconds is None else f"start / {seconds} * {seconds}"


def _condition(asked: Asked) -> tuple[str, list[Any]]:
    start, end = asked.window
    conditions, values = _conditions(
        {"start >= ?": start, "start < ?": end} | {f"{name} = ?": value for name, value in asked.where.items()}
    )
    return _where(conditions), values


def _conditions(wanted: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """Those that have a value."""
    told = {condition: value for condition, value in wanted.items() if value is not None}
    return list(told), list(told.values())


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _row(names: Sequence[str], found: Sequence[Any]) -> Row:
    # A sum over nothing is null.
    return {name: 0 if value is None and name in MEASURES else value for name, value in zip(names, found, strict=True)}

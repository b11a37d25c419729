"""Writes records and what they add up to, and lets old ones go."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import astuple

from fairlead.router.records import Record

from .database import Cursor, Database, SqliteDatabase, UsageError
from .fitting import fitted
from .schema import add, insert, migrations
from .sums import DAY, HOUR_MODELS, HOURS, ROLLUPS, SESSION_MODELS, SESSIONS, added_up

_INSERT = insert()
_ADD = {rollup.name: add(rollup) for rollup in ROLLUPS}

IN_MEMORY = 100_000
"""Requests kept one by one where there is no file."""


class Keeping(Struct, frozen=True):
    """Days that are kept: single requests, sums by hour and by session, sums by day."""

    requests: int = 30
    hours: int = 90
    days: int = 1_100


class Store:
    """The records of one database. Methods wait, and raise `UsageError`."""

    def __init__(self, database: Database, keeping: Keeping) -> None:
        self.database = database
        self._keeping = keeping
        self._migrate()

    def __repr__(self) -> str:
        return f"<Store {self.database!r}>"

    def write(self, records: Sequence[Record]) -> None:
        """All of them, or none."""
        records = [fitted(record) for record in records]
        gains = added_up(records)
        with self.database.writing() as cursor:
            cursor.run_many(_INSERT, [astuple(record) for record in records])
            for rollup in ROLLUPS:
                rows = [
                    (*key, *((sums.first, sums.last, sums.project) if rollup.spans else ()), *sums.values)
                    for key, sums in gains[rollup.name].items()
                ]
                if rows:
                    cursor.run_many(_ADD[rollup.name], rows)

    def purge(self, now: float) -> None:
        """Lets go of what is too old; `now` in Unix seconds."""
        keeping = self._keeping
        with self.database.writing() as cursor:
            cursor.run("DELETE FROM requests WHERE at < ?", (now - keeping.requests * DAY,))
            for rollup in (HOURS, HOUR_MODELS):
                cursor.run(f"DELETE FROM {rollup.name} WHERE start < ?", (now - keeping.hours * DAY,))  # noqa: S608
            cursor.run("DELETE FROM days WHERE start < ?", (now - keeping.days * DAY,))
            for rollup in (SESSIONS, SESSION_MODELS):
                cursor.run(f"DELETE FROM {rollup.name} WHERE last < ?", (now - keeping.hours * DAY,))  # noqa: S608

    def shorten(self, most: int = IN_MEMORY) -> None:
        """Keeps the newest requests alone."""
        with self.database.writing() as cursor:
            cursor.run("DELETE FROM requests WHERE id <= (SELECT MAX(id) FROM requests) - ?", (most,))

    def _migrate(self) -> None:
        steps = migrations(self.database.id_type)
        with self.database.writing() as cursor:
            cursor.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
            version = _version(cursor)
            if version > len(steps):
                raise UsageError(f"it is of version {version}, and this fairlead knows {len(steps)}")
            for step in steps[version:]:
                for statement in step:
                    cursor.run(statement)
            cursor.run("DELETE FROM schema_version")
            cursor.run("INSERT INTO schema_version VALUES (?)", (len(steps),))


def _version(cursor: Cursor) -> int:
    rows = cursor.run("SELECT version FROM schema_version")
    return int(rows[0][0]) if rows else 0


def in_file(path: Path, keeping: Keeping) -> Store:
    """The file is made where there is none, for its owner alone. Raises `UsageError` that names it."""
    try:
        return Store(SqliteDatabase(path), keeping)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def in_postgres(url: str, keeping: Keeping) -> Store:
    """Raises `UsageError`, also where the extra `postgres` is not installed."""
    try:
        from .postgres import PostgresDatabase
    except ImportError as error:
        raise UsageError("PostgreSQL needs psycopg: pip install 'fairlead-router[postgres]'") from error
    return Store(PostgresDatabase(url), keeping)


def in_memory(keeping: Keeping) -> Store:
    """Where nothing else can be had: what is kept goes with the process."""
    return Store(SqliteDatabase(None), keeping)

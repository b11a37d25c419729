"""A database that records are written to and questions are asked of: a file of SQLite, or memory where there is none.

Its methods may be called from any thread, and wait.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

Rows: TypeAlias = list[tuple[Any, ...]]

BUSY = 1.0
"""Seconds to wait for another process that writes."""


class UsageError(Exception):
    """The database cannot be used now. `lost`: nor will it be later."""

    def __init__(self, message: str, *, lost: bool = False) -> None:
        super().__init__(message)
        self.lost = lost


class Cursor(Protocol):
    """One transaction. `?` stands for each value."""

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Its rows, none where it has none."""
        ...

    def run_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """The same for each of many."""
        ...


class Database(Protocol):
    """Raises `UsageError` when entering or leaving either. `id_type`: how it declares a key that counts up by itself.
    `recovers`: what is out of order now may well be mended by others."""

    id_type: str
    recovers: bool

    def writing(self) -> contextlib.AbstractContextManager[Cursor]:
        """A transaction that is kept when it ends well, and else is as if it never was."""
        ...

    def reading(self) -> contextlib.AbstractContextManager[Cursor]:
        """A transaction that sees one state."""
        ...

    def close(self) -> None:
        """Nothing is asked any more."""
        ...


class _Statements:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        return self._connection.execute(statement, values).fetchall()

    def run_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        self._connection.executemany(statement, values)


class _Line:
    """One connection, used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def transaction(self, begin: str) -> Iterator[Cursor]:
        with self._lock:
            try:
                self.connection.execute(begin)
                try:
                    yield _Statements(self.connection)
                    self.connection.execute("COMMIT")
                except BaseException:
                    if self.connection.in_transaction:
                        self.connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise UsageError(str(error), lost=not isinstance(error, sqlite3.OperationalError)) from error


class SqliteDatabase:
    """With a file, readers do not wait for the writer: https://www.sqlite.org/wal.html."""

    id_type = "INTEGER PRIMARY KEY AUTOINCREMENT"
    recovers = False

    def __init__(self, path: Path | None) -> None:
        """`path` None: in memory. Raises `UsageError`."""
        try:
            self._writer = _Line(_connected(path))
            self._reader = self._writer if path is None else _Line(_connected(path))
        except (sqlite3.Error, OSError) as error:
            raise UsageError(str(error)) from error

    def writing(self) -> contextlib.AbstractContextManager[Cursor]:
        return self._writer.transaction("BEGIN IMMEDIATE")

    def reading(self) -> contextlib.AbstractContextManager[Cursor]:
        return self._reader.transaction("BEGIN")

    def close(self) -> None:
        self._reader.connection.close()
        self._writer.connection.close()


def _connected(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives the files beside it the same rights.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path or ":memory:", timeout=BUSY, isolation_level=None, check_same_thread=False)
    try:
        if path is not None:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        # A crash of the machine may lose what was written last, and corrupts nothing.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -16384")
    except sqlite3.Error:
        connection.close()
        raise
    return connection

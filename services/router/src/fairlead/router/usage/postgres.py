"""Usage in PostgreSQL, for several routers that report into one place; needs the extra `postgres`.

Source: https://www.psycopg.org/psycopg3/docs/
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.types.numeric import FloatLoader

from .database import Cursor, Rows, UsageError

SCHEMA = "fairlead"
"""Of its own: DATABASE_URL may well name the database of something else."""

_CONNECT, _STATEMENT_MS, _LOCK = 3, 5_000, 3_456


class _Statements:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        cursor = self._connection.execute(_with_marks(statement), values)
        return cursor.fetchall() if cursor.description is not None else []

    def run_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_with_marks(statement), values)


class _Line:
    """One connection, used by one thread at a time, and made anew when it was lost."""

    def __init__(self, url: str, isolation: IsolationLevel) -> None:
        self._url = url
        self._isolation = isolation
        self._lock = threading.Lock()
        self._connection = self._connected()

    @contextlib.contextmanager
    def transaction(self, first: str | None) -> Iterator[Cursor]:
        with self._lock:
            if self._connection.closed:
                self._connection = self._connected()
            try:
                with self._connection.transaction():
                    if first is not None:
                        self._connection.execute(_with_marks(first))
                    yield _Statements(self._connection)
            except psycopg.Error as error:
                raise UsageError(f"PostgreSQL says {_said(error)}") from error

    def close(self) -> None:
        self._connection.close()

    def _connected(self) -> psycopg.Connection:
        """Errors of connecting may repeat the URL, so they are not shown."""
        try:
            connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=_CONNECT,
                options=f"-c search_path={SCHEMA} -c statement_timeout={_STATEMENT_MS}",
            )
        except psycopg.Error as error:
            raise UsageError(f"PostgreSQL cannot be reached ({type(error).__name__})") from None
        connection.isolation_level = self._isolation
        # Sums of whole numbers are numeric there.
        connection.adapters.register_loader("numeric", FloatLoader)
        return connection


class PostgresDatabase:
    """Routers that write wait for each other, so that none meets another half-way."""

    id_type = "BIGSERIAL PRIMARY KEY"
    recovers = True

    def __init__(self, url: str) -> None:
        """Raises `UsageError`."""
        self._writer = _Line(url, IsolationLevel.READ_COMMITTED)
        self._reader = _Line(url, IsolationLevel.REPEATABLE_READ)
        with self.writing() as cursor:
            cursor.run(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")

    def writing(self) -> contextlib.AbstractContextManager[Cursor]:
        return self._writer.transaction(f"SELECT pg_advisory_xact_lock({_LOCK})")

    def reading(self) -> contextlib.AbstractContextManager[Cursor]:
        return self._reader.transaction(None)

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def _with_marks(statement: str) -> Any:
    """psycopg's own marks for values; its types want literals, and ours are built of names of ours."""
    return statement.replace("?", "%s")


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__

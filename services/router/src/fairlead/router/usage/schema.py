"""The tables of the usage database, and how a database of an earlier version comes to have them."""

from collections.abc import Sequence

from msgspec.structs import fields

from fairlead.router.records import Record

from .sums import AMOUNTS, MEASURES, ROLLUPS, Rollup

_TYPES = {str: "TEXT NOT NULL", float: "DOUBLE PRECISION NOT NULL", int: "BIGINT NOT NULL", bool: "BOOLEAN NOT NULL"}
_LOOSE = {str | None: "TEXT", float | None: "DOUBLE PRECISION"}

REQUEST_COLUMNS = tuple(field.name for field in fields(Record))


def _requests(id_type: str) -> str:
    columns = [f"{field.name} {(_TYPES | _LOOSE)[field.type]}" for field in fields(Record)]
    return f"CREATE TABLE requests (id {id_type}, {', '.join(columns)})"


def _rollup(rollup: Rollup) -> str:
    keys = [f"{name} {'BIGINT' if name == 'start' else 'TEXT'} NOT NULL" for name in rollup.keys]
    spans = ["first DOUBLE PRECISION NOT NULL", "last DOUBLE PRECISION NOT NULL", "project TEXT NOT NULL"]
    sums = [f"{name} {'DOUBLE PRECISION' if name in AMOUNTS else 'BIGINT'} NOT NULL" for name in MEASURES]
    columns = [*keys, *(spans if rollup.spans else ()), *sums]
    return f"CREATE TABLE {rollup.name} ({', '.join(columns)}, PRIMARY KEY ({', '.join(rollup.keys)}))"


def migrations(id_type: str) -> Sequence[Sequence[str]]:
    """The statements of each version, the first that of an empty database. `id_type`: how a database declares a key
    that counts up by itself."""
    return (
        (
            _requests(id_type),
            *map(_rollup, ROLLUPS),
            "CREATE INDEX requests_at ON requests (at)",
            "CREATE INDEX requests_session ON requests (session, at)",
            "CREATE INDEX requests_key ON requests (key, at)",
            "CREATE INDEX requests_model ON requests (model, at)",
            "CREATE INDEX sessions_last ON sessions (last)",
            "CREATE INDEX sessions_key ON sessions (key, last)",
        ),
    )


def insert() -> str:
    """One request."""
    marks = ", ".join("?" * len(REQUEST_COLUMNS))
    return f"INSERT INTO requests ({', '.join(REQUEST_COLUMNS)}) VALUES ({marks})"  # noqa: S608 - names of ours


def add(rollup: Rollup) -> str:
    """Adds to one row, which is made where it is not there."""
    name = rollup.name
    spans = ("first", "last", "project") if rollup.spans else ()
    columns = (*rollup.keys, *spans, *MEASURES)
    gains = [f"{one} = {name}.{one} + excluded.{one}" for one in MEASURES]
    if rollup.spans:
        gains += [
            f"first = CASE WHEN excluded.first < {name}.first THEN excluded.first ELSE {name}.first END",
            f"last = CASE WHEN excluded.last > {name}.last THEN excluded.last ELSE {name}.last END",
            f"project = CASE WHEN excluded.project <> '' THEN excluded.project ELSE {name}.project END",
        ]
    return (
        f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "  # noqa: S608 - names of ours
        f"ON CONFLICT ({', '.join(rollup.keys)}) DO UPDATE SET {', '.join(gains)}"
    )

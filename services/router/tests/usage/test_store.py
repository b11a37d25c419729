"""What is written of records, what it adds up to, and what is let go of."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fairlead.router.usage import queries
from fairlead.router.usage.asking import Asked
from fairlead.router.usage.database import SqliteDatabase, UsageError
from fairlead.router.usage.store import Keeping, Store, in_file, in_memory, in_postgres
from fairlead.router.usage.sums import DAY, HOUR

from .made import MONDAY, record


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "sqlite":
        made = in_memory(Keeping())
    else:
        url = request.getfixturevalue("postgres_url")
        with psycopg.connect(url) as connection:
            connection.execute("DROP SCHEMA IF EXISTS fairlead CASCADE")
        made = in_postgres(url, Keeping())
    yield made
    made.database.close()


def series(store: Store, *by: str, **wanted: Any) -> list[queries.Row]:
    with store.database.reading() as cursor:
        return queries.series(cursor, Asked(by=by, **wanted))


def test_sums_of_one_hour_are_one_row(store: Store) -> None:
    store.write([record(), record(at=MONDAY + 60)])
    store.write([record(at=MONDAY + HOUR - 1), record(at=MONDAY + HOUR)])
    rows = series(store, "hour")
    assert [(row["hour"], row["requests"], row["input"]) for row in rows] == [
        (MONDAY, 3, 300),
        (MONDAY + HOUR, 1, 100),
    ]
    assert rows[0]["cost"] == pytest.approx(1.5)


@pytest.mark.parametrize("thing", ["provider", "model", "scenario", "project", "key", "billing"])
def test_a_series_goes_by_whatever_is_asked(store: Store, thing: str) -> None:
    store.write([record(**{thing: "a"}), record(**{thing: "b"}), record(**{thing: "b"})])
    assert [(row[thing], row["requests"]) for row in series(store, thing)] == [("a", 1), ("b", 2)]


def test_a_window_of_hours_inside_a_day_is_told_from_hours(store: Store) -> None:
    store.write([record(at=MONDAY + hour * HOUR) for hour in range(24)])
    [row] = series(store, start=MONDAY + 2 * HOUR, end=MONDAY + 5 * HOUR)
    assert row["requests"] == 3
    [day] = series(store, "day", start=MONDAY + 2 * HOUR)
    assert (day["day"], day["requests"]) == (MONDAY, 22)


def test_an_unknown_price_is_counted_and_not_added(store: Store) -> None:
    store.write([record(), record(cost=None), record(cost=None, input=0, cache_read=0, cache_write=0, output=0)])
    [row] = series(store)
    assert (row["requests"], row["priced"], row["unpriced"], row["cost"]) == (3, 1, 1, 0.5)


def test_what_a_subscription_covers_is_not_paid_again(store: Store) -> None:
    store.write([record(billing="subscription"), record()])
    [row] = series(store)
    assert (row["cost"], row["covered"]) == (0.5, 0.5)


def test_savings_are_over_requests_priced_on_both_sides(store: Store) -> None:
    store.write([record(), record(cost=None), record(default_cost=None)])
    [row] = series(store)
    assert (row["compared"], row["compared_cost"], row["default_cost"]) == (1, 0.5, 2.0)


def test_a_session_of_two_keys_is_two_rows_and_the_newest_comes_first(store: Store) -> None:
    store.write([record(key="a"), record(key="b", at=MONDAY + 5, project="/src"), record(session="s2", at=MONDAY + 1)])
    with store.database.reading() as cursor:
        listed = queries.sessions(cursor, Asked())
        [own] = queries.session(cursor, "s1", "b")
        both = queries.session(cursor, "s1", None)
    assert [(one.whole["session"], one.whole["key"]) for one in listed] == [("s1", "b"), ("s2", ""), ("s1", "a")]
    assert (own.whole["project"], own.whole["requests"]) == ("/src", 1)
    assert len(both) == 2


def test_a_session_is_forgotten_and_what_it_spent_is_not(store: Store) -> None:
    store.write([record(), record(session="s2")])
    with store.database.writing() as cursor:
        assert queries.forget(cursor, "s1")
        assert not queries.forget(cursor, "nobody")
    with store.database.reading() as cursor:
        assert [one.whole["session"] for one in queries.sessions(cursor, Asked())] == ["s2"]
        assert [row["session"] for row in queries.requests(cursor, Asked())] == ["s2"]
    assert series(store)[0]["requests"] == 2


def test_single_requests_come_in_pages(store: Store) -> None:
    store.write([record(request_id=f"req_{number}") for number in range(5)])
    with store.database.reading() as cursor:
        first = queries.requests(cursor, Asked(limit=3))
        rest = queries.requests(cursor, Asked(limit=3, before=(first[-1]["at"], first[-1]["id"])))
    assert [row["request_id"] for row in (*first, *rest)] == ["req_4", "req_3", "req_2", "req_1", "req_0"]


def test_old_requests_go_first_then_hours_then_days(store: Store) -> None:
    store.write([record()])

    def kept() -> tuple[int, int, int]:
        with store.database.reading() as cursor:
            requests, hours, days = (
                cursor.run(f"SELECT COUNT(*) FROM {name}")[0][0] for name in ("requests", "hours", "days")
            )
        return requests, hours, days

    store.purge(MONDAY + 30 * DAY)
    assert kept() == (1, 1, 1)
    store.purge(MONDAY + 31 * DAY)
    assert kept() == (0, 1, 1)
    store.purge(MONDAY + 91 * DAY)
    assert kept() == (0, 0, 1)
    store.purge(MONDAY + 1_101 * DAY)
    assert kept() == (0, 0, 0)


def test_what_no_database_takes_is_made_to_fit(store: Store) -> None:
    store.write([record(input=2**80, output=-1, model="m\ud800\0" + "x" * 999, session="\udfff")])
    [row] = series(store, "model")
    assert row["input"] == 2**53
    assert row["output"] == 0
    assert len(row["model"]) == 255


def test_a_file_is_for_its_owner_alone_and_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "usage.db"
    first = in_file(path, Keeping())
    first.write([record()])
    for name in ("usage.db", "usage.db-wal"):
        assert path.with_name(name).stat().st_mode & 0o777 == 0o600
    first.database.close()
    assert series(in_file(path, Keeping()))[0]["requests"] == 1


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    store = in_file(tmp_path / "usage.db", Keeping())
    with sqlite3.connect(tmp_path / "usage.db") as other:
        other.execute("DROP TABLE session_models")
    with pytest.raises(UsageError):
        store.write([record()])
    assert series(store)[0]["requests"] == 0


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    in_file(tmp_path / "usage.db", Keeping()).database.close()
    with sqlite3.connect(tmp_path / "usage.db") as other:
        other.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(UsageError, match="version 99"):
        in_file(tmp_path / "usage.db", Keeping())


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(UsageError):
        SqliteDatabase(path)
    assert path.read_bytes().startswith(b"not a database")


INDEXED = {
    "sums by hour": "SELECT SUM(cost) FROM hours WHERE start >= 1 AND start < 2",
    "newest sessions": "SELECT * FROM sessions ORDER BY last DESC LIMIT 5",
    "sessions of a key": "SELECT * FROM sessions WHERE key = 'a' ORDER BY last DESC LIMIT 5",
    "models of a session": "SELECT * FROM session_models WHERE session = 'a' AND key = 'b'",
    "requests since": "SELECT * FROM requests WHERE at >= 1",
    "requests of a session": "SELECT * FROM requests WHERE session = 'a'",
}


@pytest.mark.parametrize("name", INDEXED)
def test_no_question_reads_a_whole_table(name: str) -> None:
    store = in_memory(Keeping())
    with store.database.reading() as cursor:
        plan = " ".join(row[3] for row in cursor.run(f"EXPLAIN QUERY PLAN {INDEXED[name]}"))
    assert "INDEX" in plan, plan
    assert "TEMP B-TREE" not in plan

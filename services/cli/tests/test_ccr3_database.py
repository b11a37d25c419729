"""claude-code-router 3's database is read as it lies or while its app writes it, and nothing of it is changed."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from fairlead.cli.converters.ccr3 import database
from fairlead.cli.converters.converted import ConversionError

SCHEMA = """
CREATE TABLE app_config (key TEXT PRIMARY KEY, value_json TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE api_keys (id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', encrypted_key TEXT NOT NULL,
    encryption TEXT NOT NULL DEFAULT 'plain', created_at TEXT NOT NULL, expires_at TEXT NOT NULL DEFAULT '',
    limits_json TEXT NOT NULL DEFAULT '');
"""
CONFIG = {"Providers": [{"name": "A", "baseUrl": "https://a.example.com/v1", "models": ["m"]}], "APIKEYS": []}


@contextmanager
def opened(file: Path, *, schema: str = SCHEMA) -> Iterator[sqlite3.Connection]:
    """As the app has it open: what is written stands in the log until it is closed."""
    with closing(sqlite3.connect(file)) as app:
        app.execute("PRAGMA journal_mode = WAL")
        app.executescript(schema)
        yield app


def written(file: Path, value: str = json.dumps(CONFIG), *, schema: str = SCHEMA) -> Path:
    with opened(file, schema=schema) as app:
        if "app_config" in schema:
            app.execute("INSERT INTO app_config VALUES ('default', ?, '2026-09-01')", (value,))
        app.commit()
    return file


def files_of(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def test_a_database_at_rest_is_read_and_no_file_is_made_beside_it(tmp_path: Path) -> None:
    file = written(tmp_path / "config #1?.sqlite")
    before = files_of(tmp_path)
    assert list(before) == ["config #1?.sqlite"]
    assert json.loads(database.read(file)) == CONFIG
    assert files_of(tmp_path) == before


def test_what_the_running_app_has_written_last_is_read_and_it_goes_on_writing(tmp_path: Path) -> None:
    file = written(tmp_path / "config.sqlite", "{}")
    with opened(file, schema="") as app:
        app.execute("UPDATE app_config SET value_json = ?", (json.dumps(CONFIG),))
        app.commit()
        app.execute("INSERT INTO app_config VALUES ('theme', '1', '')")
        before = files_of(tmp_path)
        assert before["config.sqlite-wal"]
        assert json.loads(database.read(file)) == CONFIG
        assert {**files_of(tmp_path), "config.sqlite-shm": b""} == {**before, "config.sqlite-shm": b""}
        app.commit()


def test_keys_of_clients_come_out_of_their_own_table(tmp_path: Path) -> None:
    file = written(tmp_path / "config.sqlite")
    rows = [
        ("k1", "Laptop", "sk-1", "plain", "2026-01-01", "2027-01-01", '{"rpm": 5}'),
        ("k2", "", "sk-2", "plain", "2026-01-01", "", "{"),
        ("k3", "Sealed", "AAECAw", "safe-storage", "2026-01-01", "", ""),
    ]
    with opened(file, schema="") as app:
        app.executemany("INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        app.commit()
    assert json.loads(database.read(file))["APIKEYS"] == [
        {"id": "k1", "name": "Laptop", "key": "sk-1", "expiresAt": "2027-01-01", "limits": {"rpm": 5}},
        {"id": "k2", "name": None, "key": "sk-2", "expiresAt": None, "limits": "{"},
        {"id": "k3", "name": "Sealed", "key": None, "expiresAt": None, "limits": None},
    ]


@pytest.mark.parametrize("place", ["app-data/api-keys.sqlite", "api-keys.sqlite"])
def test_keys_of_clients_that_earlier_versions_kept_apart_are_found(tmp_path: Path, place: str) -> None:
    (tmp_path / "app-data").mkdir()
    file = written(tmp_path / "config.sqlite", schema=SCHEMA.partition("CREATE TABLE api_keys")[0])
    with opened(tmp_path / place) as app:
        app.execute("INSERT INTO api_keys VALUES ('k1', 'Laptop', 'sk-1', 'plain', '', '', '')")
        app.commit()
    [key] = json.loads(database.read(file))["APIKEYS"]
    assert key["key"] == "sk-1"


@pytest.mark.parametrize(
    ("value", "schema", "fault"),
    [
        ("", "CREATE TABLE places (id INTEGER);", "holds no configuration of claude-code-router 3"),
        ("", SCHEMA, "holds no configuration of claude-code-router 3"),
        ("{", SCHEMA, "config.sqlite:1:1: this { is never closed"),
        ("[]", SCHEMA, "config.sqlite:1: the configuration must be one object"),
        ('{"a": ' + "[" * 5_000 + "]" * 5_000 + "}", SCHEMA, "config.sqlite:1:"),
        ("x" * (database.MAX_BYTES + 1), SCHEMA, f"holds a value of more than {database.MAX_BYTES} bytes"),
        (
            "",
            "CREATE TABLE app_config (key TEXT, settings BLOB, at TEXT);",
            "is of a version of claude-code-router that is not known here (no such column: value_json)",
        ),
    ],
)
def test_what_holds_no_configuration_is_refused_in_words(tmp_path: Path, value: str, schema: str, fault: str) -> None:
    file = written(tmp_path / "config.sqlite", value, schema=schema)
    with pytest.raises(ConversionError, match=re.escape(fault)):
        database.read(file)


def test_a_database_that_is_cut_or_damaged_is_refused_in_words(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.sqlite").read_bytes()
    for name, content in (("cut", whole[:5_000]), ("header", whole[:16]), ("noise", whole[:100] + b"\xff" * 9_000)):
        file = tmp_path / f"{name}.sqlite"
        file.write_bytes(content)
        with pytest.raises(ConversionError, match=rf"{name}.sqlite cannot be read: "):
            database.read(file)


def test_no_damaged_byte_of_a_page_breaks_the_import(tmp_path: Path) -> None:
    whole = bytearray(written(tmp_path / "whole.sqlite").read_bytes())
    file = tmp_path / "config.sqlite"
    for place in range(16, 4_096, 61):
        file.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        with suppress(ConversionError):
            assert database.read(file)


def test_one_that_somebody_holds_locked_is_told_with_what_to_do(tmp_path: Path) -> None:
    file = written(tmp_path / "config.sqlite")
    with opened(file, schema="") as app:
        app.execute("PRAGMA locking_mode = EXCLUSIVE")
        app.execute("INSERT INTO app_config VALUES ('theme', '1', '')")
        app.commit()
        with pytest.raises(ConversionError, match=r"is locked\); quit its app, or import a copy of its folder"):
            database.read(file, patience_s=0.0)

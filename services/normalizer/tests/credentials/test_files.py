"""Records on a disk: whole or not there, for their owner alone, and noticed when somebody else writes them."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from fairlead.normalizer.credentials.files import FactoryFile, RecordFile, SecretFile, locked
from fairlead.normalizer.credentials.records import LARGEST
from fairlead.normalizer.credentials.tokens import Begun, Record, Token, digest
from fairlead.shared.config.schema import Secret

from .auth_server import HOUR, NOW

RECORD = Record(Secret("refresh"), Token(Secret("a"), NOW + HOUR, NOW))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_record_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file = RecordFile(tmp_path / "data" / "tokens" / "one.json")
        file.save(RECORD)
    finally:
        os.umask(before)
    assert file.look() == RECORD
    assert RecordFile(file.path).look() == RECORD
    assert (mode(file.path), mode(file.path.parent)) == (0o600, 0o700)
    assert names(file.path.parent) == ["one.json"]


def test_what_another_process_writes_is_seen_at_the_next_look(tmp_path: Path) -> None:
    mine, other = RecordFile(tmp_path / "f"), RecordFile(tmp_path / "f")
    assert mine.look() is None
    other.save(RECORD)
    assert mine.look() == RECORD
    other.save(Record(Secret("refrish"), RECORD.token))
    assert mine.look() == Record(Secret("refrish"), RECORD.token)
    other.path.unlink()
    assert mine.look() is None


def test_a_change_that_leaves_time_size_and_place_alike_is_seen_when_it_matters(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_text('{"refresh_token": "one"}')
    file, stat = FactoryFile(path, None, HOUR), path.stat()
    file.look()
    path.write_text('{"refresh_token": "two"}')
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.look() == Record(Secret("one"))
    assert file.look(again=True) == Record(Secret("two"))
    assert file.look() == Record(Secret("two"))


def test_a_file_that_is_too_large_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(json.dumps({"refresh_token": "x" * LARGEST}))
    assert RecordFile(tmp_path / "f").look() is None


def test_a_secret_in_a_file_may_be_exchanged(tmp_path: Path) -> None:
    file = SecretFile(tmp_path / "secret")
    assert file.look() is None
    (tmp_path / "secret").write_text("one\n")
    assert file.look() == Secret("one")
    (tmp_path / "secret").write_text("another\n")
    assert file.look() == Secret("another")
    (tmp_path / "secret").write_text("two\nlines\n")
    assert file.look() is None


async def test_one_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    order = []

    async def work(name: str) -> None:
        async with locked(tmp_path / "lock"):
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    await asyncio.gather(work("a"), work("b"))
    assert order in (["a in", "a out", "b in", "b out"], ["b in", "b out", "a in", "a out"])
    assert mode(tmp_path / "lock") == 0o600


class TestFactorysFile:
    """The file of Factory's own client."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "auth.json"
        path.write_text(json.dumps({"refresh_token": "r0", "access_token": "a0", "keep": [1]}))
        return path

    @pytest.fixture
    def own(self, tmp_path: Path) -> RecordFile:
        return RecordFile(tmp_path / "tokens" / "own.json")

    def test_new_tokens_go_into_it_and_nothing_else_changes(self, path: Path, own: RecordFile) -> None:
        file = FactoryFile(path, own, HOUR)
        file.save(RECORD)
        assert file.look() == RECORD
        assert json.loads(path.read_text())["keep"] == [1]
        assert mode(path) == 0o600
        assert own.look() is None

    def test_a_renewal_that_has_begun_is_noted_beside_it(self, path: Path, own: RecordFile) -> None:
        file, begun = FactoryFile(path, own, HOUR), Begun(digest(Secret("r0")), NOW)
        before = path.read_text()
        file.save(Record(Secret("r0"), None, begun))
        assert path.read_text() == before
        again = FactoryFile(path, RecordFile(own.path), HOUR).look()
        assert again is not None
        assert again.begun == begun
        file.save(RECORD)
        done = file.look()
        assert done is not None
        assert done.begun is None

    def test_a_link_stays_one(self, path: Path, own: RecordFile, tmp_path: Path) -> None:
        link = tmp_path / "link.json"
        link.symlink_to(path)
        FactoryFile(link, own, HOUR).save(RECORD)
        assert link.is_symlink()
        assert json.loads(path.read_text())["refresh_token"] == "refresh"

    def test_where_it_cannot_be_written_our_record_takes_over_until_somebody_logs_in_anew(
        self, own: RecordFile, tmp_path: Path
    ) -> None:
        # So long a name that nothing can be made beside it, not even by root.
        path = tmp_path / ("x" * 250)
        path.write_text(json.dumps({"refresh_token": "r0"}))
        FactoryFile(path, own, HOUR).save(RECORD)
        kept = FactoryFile(path, RecordFile(own.path), HOUR)
        assert kept.look() == Record(RECORD.refresh, RECORD.token, seed=digest(Secret("r0")))
        begun = Record(RECORD.refresh, RECORD.token, Begun(digest(RECORD.refresh), NOW))
        later = Record(Secret("refresh 2"), RECORD.token)
        for record in (begun, later):
            kept.save(record)
            assert kept.look() == Record(record.refresh, record.token, record.begun, digest(Secret("r0")))
        path.write_text(json.dumps({"refresh_token": "of a new login"}))
        assert kept.look() == Record(Secret("of a new login"))

    def test_nobody_is_logged_in_again_by_a_renewal_that_ends_after_the_logout(
        self, path: Path, own: RecordFile
    ) -> None:
        file = FactoryFile(path, own, HOUR)
        path.unlink()
        file.save(RECORD)
        assert file.look() is None
        assert not path.exists()

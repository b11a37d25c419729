"""Log files: when they are put aside, who may read them, and what a full disk does."""

import errno
import io
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from fairlead.shared.config.schema import LogFiles
from fairlead.shared.runtime.log_files import LogFile, Rotation, log_file
from fairlead.shared.runtime.logging import configure, get_logger

DAY = 24 * 3600.0


class Clock:
    def __init__(self, now: float = 100 * DAY) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Tight(LogFile):
    """A file on a disk with so many bytes of room."""

    room = 1_000_000

    def _write_all(self, data: bytes) -> None:
        cut = data[: self.room]
        self.room -= len(cut)
        if cut:
            super()._write_all(cut)
        if len(cut) < len(data):
            self._torn = self._torn or bool(cut)
            raise OSError(errno.ENOSPC, "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "router.log"


def aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def test_a_file_is_put_aside_before_it_is_too_large_and_so_many_are_kept(path: Path) -> None:
    log = LogFile(path, Rotation(size=10, count=2), Clock())
    for line in ("one 567\n", "two 567\n", "three 7\n", "four 67\n"):
        log.write(line)
    assert [one.read_text() for one in (path, aside(path, 1), aside(path, 2))] == [
        "four 67\n",
        "three 7\n",
        "two 567\n",
    ]
    assert not aside(path, 3).exists()


def test_a_line_larger_than_a_file_may_be_is_kept_whole(path: Path) -> None:
    log = LogFile(path, Rotation(size=4), Clock())
    log.write("a long line\n")
    log.write("b\n")
    assert (path.read_text(), aside(path, 1).read_text()) == ("b\n", "a long line\n")


def test_each_day_has_a_file(path: Path) -> None:
    clock = Clock()
    log = LogFile(path, Rotation(), clock)
    log.write("monday\n")
    clock.now += DAY - 1
    log.write("still\n")
    clock.now += 1
    log.write("tuesday\n")
    assert (path.read_text(), aside(path, 1).read_text()) == ("tuesday\n", "monday\nstill\n")


def test_a_restart_does_not_make_a_file_younger(path: Path) -> None:
    clock = Clock()
    LogFile(path, Rotation(), clock).write("yesterday\n")
    os.utime(path, (clock.now, clock.now))
    clock.now += DAY
    LogFile(path, Rotation(), clock).write("today\n")
    assert (path.read_text(), aside(path, 1).read_text()) == ("today\n", "yesterday\n")


def test_a_restart_goes_on_where_the_file_ends(path: Path) -> None:
    clock = Clock()
    LogFile(path, Rotation(size=12), clock).write("one 567\n")
    os.utime(path, (clock.now, clock.now))
    log = LogFile(path, Rotation(size=12), clock)
    log.write("two\n")
    assert path.read_text() == "one 567\ntwo\n"
    log.write("three\n")
    assert path.read_text() == "three\n"


def test_files_are_for_their_owner_alone_whatever_the_umask_and_whatever_they_were(path: Path) -> None:
    before = os.umask(0)
    try:
        log = LogFile(path, Rotation(size=3), Clock())
        log.write("one\n")
        log.write("two\n")
    finally:
        os.umask(before)
    modes = [one.stat().st_mode & 0o777 for one in (path, aside(path, 1), path.parent)]
    assert modes == [0o600, 0o600, 0o700]
    path.chmod(0o644)
    LogFile(path, Rotation(), Clock()).write("three\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_somebody_else_has_put_aside_is_not_put_aside_again(path: Path) -> None:
    log = LogFile(path, Rotation(size=4), Clock())
    log.write("mine\n")
    path.replace(path.with_name("theirs"))
    path.write_text("new\n")
    log.write("next\n")
    assert path.read_text() == "new\nnext\n"
    assert not aside(path, 1).exists()


def test_a_full_disk_is_told_once_and_lines_go_on_when_there_is_room(path: Path) -> None:
    told = io.StringIO()
    log = Tight(path, Rotation(), Clock(), told)
    log.write('{"n":1}\n')
    log.room = 3
    for number in (2, 3):
        log.write(f'{{"n":{number}}}\n')
    assert told.getvalue().count("\n") == 1
    assert "no space left on device" in told.getvalue()
    log.room = 1_000
    log.write('{"n":4}\n')
    first, torn, confession, last = path.read_text().splitlines()
    assert (first, torn, last) == ('{"n":1}', '{"n', '{"n":4}')
    assert json.loads(confession) | {"time": ""} == {
        "time": "",
        "level": "warning",
        "event": "log lines were lost",
        "lines": 2,
    }


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a Linux device that is always full")
def test_a_device_that_is_full_raises_nothing(tmp_path: Path) -> None:
    path, told = tmp_path / "x.log", io.StringIO()
    path.symlink_to("/dev/full")
    log = LogFile(path, Rotation(), Clock(), told)
    assert (log.write("a\n"), log.write("b\n")) == (2, 2)
    assert told.getvalue().count("no space left") == 1


def test_a_folder_that_cannot_be_made_is_told_and_nothing_raised(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = io.StringIO()
    log = LogFile(tmp_path / "file" / "x.log", Rotation(), Clock(), told)
    log.write("a\n")
    log.write("b\n")
    assert told.getvalue().count("cannot be written") == 1
    (tmp_path / "file").unlink()
    log.write("c\n")
    assert (tmp_path / "file" / "x.log").read_text().endswith('"lines":2}\nc\n')


def test_a_file_that_cannot_be_put_aside_goes_on(path: Path) -> None:
    told = io.StringIO()
    log = LogFile(path, Rotation(size=4, count=1), Clock(), told)
    log.write("one\n")
    aside(path, 1).mkdir()
    (aside(path, 1) / "in the way").touch()
    log.write("two\n")
    assert path.read_text() == "one\ntwo\n"
    assert "cannot be put aside" in told.getvalue()


def test_threads_lose_no_line(path: Path) -> None:
    log = LogFile(path, Rotation(size=2_000, count=50), Clock())

    def writes(name: int) -> None:
        for number in range(200):
            log.write(f"{name} {number}\n")

    threads = [threading.Thread(target=writes, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for one in path.parent.iterdir() for line in one.read_text().splitlines()]
    assert sorted(lines) == sorted(f"{name} {number}" for name in range(4) for number in range(200))


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.usefixtures("restored")
def test_our_lines_and_those_of_libraries_are_json_in_the_file(path: Path) -> None:
    log = LogFile(path, Rotation(), Clock())
    configure("info", stream=log)
    get_logger("router").info("request", headers={"authorization": "Bearer abcdefghijkl"})
    logging.getLogger("uvicorn.error").warning("odd")
    ours, theirs = map(json.loads, path.read_text().splitlines())
    assert (ours["event"], ours["headers"], theirs["event"]) == ("request", {"authorization": "***"}, "odd")


def test_each_service_has_a_file_in_the_folder(tmp_path: Path) -> None:
    log = log_file(str(tmp_path), LogFiles(megabytes=1, hours=1, count=1), "normalizer")
    assert log is not None
    log.write("line\n")
    assert (tmp_path / "normalizer.log").read_text() == "line\n"
    assert log_file(None, LogFiles(), "router") is None

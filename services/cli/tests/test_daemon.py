"""Which process is which, and how they are ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairlead.cli.daemon import GENTLE, Desk, Process, Record, began, end
from fairlead.router.cli.verb import CommandError

STUBBORN = "import signal, time; signal.signal(15, lambda *_: None); print('up', flush=True); time.sleep(60)"


def record_of(process: Process) -> Record:
    return Record(process, (), "http://r", "http://n", None, None, "", 0.0, ())


def test_a_process_is_told_by_its_number_and_its_beginning() -> None:
    moment = began(os.getpid())
    assert moment is not None
    assert Process(os.getpid(), moment).lives
    assert not Process(os.getpid(), moment + "1").lives


def test_one_that_has_ended_does_not_live_even_before_its_parent_has_noticed() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = Process(child.pid, began(child.pid) or "")
    assert process.lives
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.lives
    child.communicate()


def test_one_that_does_not_listen_is_ended_the_hard_way() -> None:
    child = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout is not None
    child.stdout.readline()
    process = Process(child.pid, began(child.pid) or "")
    ticks: list[None] = []
    assert not end(record_of(process), lambda: ticks.append(None), gentle=0.2, hard=0.2)
    assert child.wait(5) == -9
    assert ticks
    child.stdout.close()


def test_running_streams_get_the_time_they_are_promised() -> None:
    assert GENTLE > 30


def test_a_record_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.read() is None
    (tmp_path / "services.json").write_text("{")
    assert desk.read() is None


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    desk = Desk.of({"HOME": str(tmp_path)})
    record = record_of(Process(os.getpid(), began(os.getpid()) or ""))
    desk.write(record)
    assert desk.running() == record
    desk.forget()
    assert desk.running() is None


def test_the_folder_is_the_one_that_is_named(tmp_path: Path) -> None:
    assert Desk.of({"FAIRLEAD_DATA": "~/here", "HOME": "/h"}).log == Path("/h/here/logs/services.log")
    assert Desk.of({"FAIRLEAD_DATA": str(tmp_path)}).log == tmp_path / "logs/services.log"


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    os.close(desk.open_log())
    os.truncate(desk.log, 11 * 1024 * 1024)
    os.close(desk.open_log())
    assert (desk.log.stat().st_size, (tmp_path / "logs/services.log.1").stat().st_size) == (0, 11 * 1024 * 1024)


def test_the_last_lines_of_a_log_are_those_since_a_moment(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    os.close(desk.open_log())
    desk.log.write_text("old\n" + "".join(f"{n}\n" for n in range(20)))
    assert desk.tail(4).splitlines() == [str(n) for n in range(5, 20)]


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(CommandError, match=r"file cannot be written .*; FAIRLEAD_DATA names another folder"),
        Desk(tmp_path / "file").alone(),
    ):
        pass

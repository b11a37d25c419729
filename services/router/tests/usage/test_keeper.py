"""Records are written off the path of requests, and no fault of the database reaches it."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from fairlead.router.usage import queries
from fairlead.router.usage.asking import Asked
from fairlead.router.usage.database import UsageError
from fairlead.router.usage.keeper import Keeper, Pace
from fairlead.router.usage.store import Keeping, Store, in_file, in_memory

from ..running import Lines
from .made import MONDAY, record

QUICK = Pace(gather=0.01)


def keeper(open_store: Callable[[], Store], log: Lines | None = None, pace: Pace = QUICK) -> Keeper:
    return Keeper(open_store, lambda: MONDAY, log or Lines(), pace=pace)


def counted(kept: Keeper) -> int:
    return int(kept.ask(lambda cursor: queries.series(cursor, Asked()))[0]["requests"])


def test_a_question_sees_everything_that_was_noted_before() -> None:
    kept = keeper(lambda: in_memory(Keeping()), pace=Pace(gather=600))
    kept.start()
    for _ in range(7):
        kept.note(record())
    assert counted(kept) == 7
    kept.stop()


def test_stopping_writes_what_waits(tmp_path: Path) -> None:
    kept = keeper(lambda: in_file(tmp_path / "usage.db", Keeping()), pace=Pace(gather=600))
    kept.start()
    kept.note(record())
    kept.stop()
    with sqlite3.connect(tmp_path / "usage.db") as read:
        assert read.execute("SELECT COUNT(*) FROM requests").fetchone() == (1,)


def test_what_finds_no_room_is_counted_and_nobody_waits() -> None:
    told: list[int] = []
    kept = Keeper(lambda: in_memory(Keeping()), lambda: MONDAY, Lines(), pace=Pace(queue=3), dropped=told.append)
    for _ in range(5):
        kept.note(record())
    assert kept.overflowed == sum(told) == 2
    kept.start()
    assert counted(kept) == 3
    kept.stop()


def test_a_file_that_cannot_be_opened_leaves_memory_and_a_warning(tmp_path: Path) -> None:
    (tmp_path / "usage.db").write_bytes(b"rubbish" * 1_000)
    log = Lines()
    kept = keeper(lambda: in_file(tmp_path / "usage.db", Keeping()), log)
    kept.start()
    kept.note(record())
    assert counted(kept) == 1
    kept.stop()
    [line] = log.of("usage")
    assert "kept in memory" in line["message"]
    assert str(tmp_path / "usage.db") in line["message"]


def test_a_folder_that_cannot_be_made_leaves_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = keeper(lambda: in_file(tmp_path / "file" / "usage.db", Keeping()))
    kept.start()
    kept.note(record())
    assert counted(kept) == 1
    assert kept.volatile
    kept.stop()


def test_a_file_that_breaks_while_it_is_used_leaves_memory(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    in_file(path, Keeping()).database.close()
    size = path.stat().st_size
    log = Lines()
    kept = keeper(lambda: in_file(path, Keeping()), log)
    kept.start()
    counted(kept)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    kept.note(record())
    assert counted(kept) == 1
    kept.stop()
    assert len(log.of("usage")) == 1


class Locked:
    """A store that cannot be written to until it can."""

    def __init__(self) -> None:
        self.store = in_memory(Keeping())
        self.database = self.store.database
        self.tried = threading.Event()
        self.locked = True

    def purge(self, now: float) -> None:
        pass

    def write(self, records: list[object]) -> None:
        if self.locked:
            self.tried.set()
            raise UsageError("database is locked")
        self.store.write(records)  # type: ignore[arg-type]


def test_what_cannot_be_written_now_is_written_later() -> None:
    locked, log = Locked(), Lines()
    kept = keeper(lambda: locked, log)  # type: ignore[arg-type,return-value]
    kept.start()
    kept.note(record())
    assert locked.tried.wait(10)
    locked.locked = False
    kept.note(record())
    assert counted(kept) == 2
    kept.stop()
    assert len(log.of("usage")) == 1


def test_what_can_never_be_written_goes_to_memory_in_the_end() -> None:
    locked = Locked()
    kept = keeper(lambda: locked, pace=Pace(gather=0.001))  # type: ignore[arg-type,return-value]
    kept.start()
    kept.note(record())
    while not kept.volatile:
        threading.Event().wait(0.001)
    assert counted(kept) == 1
    kept.stop()


WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from usage.made import record
from fairlead.router.usage.keeper import Keeper
from fairlead.router.usage.store import Keeping, in_file

kept = Keeper(lambda: in_file(Path(sys.argv[1]), Keeping()), time.time, None)
kept.start()
number = 0
while True:
    kept.note(record(at=time.time(), request_id=f"req_{number}"))
    if number % 100 == 0:
        print(number, time.monotonic(), flush=True)
        time.sleep(0.05)
    number += 1
"""


def test_a_killed_process_loses_at_most_its_last_second_and_corrupts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    tests = str(Path(__file__).parent.parent)
    for _ in range(2):
        before = _requests(path)
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), tests], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [tuple(map(float, process.stdout.readline().split())) for _ in range(40)]
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed_at = lines[-1][1]
        due = max(number for number, at in lines if at < killed_at - 1.0)
        with sqlite3.connect(path) as read:
            assert read.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            kept = _requests(path) - before
            assert kept >= due, f"{kept} of {due} that were older than a second"
            assert read.execute("SELECT SUM(requests) FROM hours").fetchone() == (before + kept,)


def _requests(path: Path) -> int:
    if not path.exists():
        return 0
    with sqlite3.connect(path) as read:
        return int(read.execute("SELECT COUNT(*) FROM requests").fetchone()[0])

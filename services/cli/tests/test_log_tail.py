"""The end of a log, and what comes after it."""

from pathlib import Path

import pytest

from fairlead.cli.log_tail import Tail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "router.log"


def put(path: Path, *events: str) -> None:
    with path.open("a") as opened:
        opened.writelines(f'{{"event":"{event}"}}\n' for event in events)


def came(tail: Tail) -> list[str]:
    return [line.event for line in tail.came()]


def last(path: Path, most: int) -> list[str]:
    with Tail(path) as tail:
        return [line.event for line in tail.last(most)]


def test_the_last_lines_are_in_the_order_they_were_written(log: Path) -> None:
    put(log, *(f"e{number}" for number in range(9_000)))
    assert last(log, 2) == ["e8998", "e8999"]
    assert len(last(log, 20_000)) == 9_000
    assert last(log, 0) == []


def test_what_the_newest_file_lacks_is_in_those_that_were_put_aside(log: Path) -> None:
    put(log.with_name("router.log.2"), "a", "b")
    put(log.with_name("router.log.1"), "c")
    put(log, "d")
    assert last(log, 3) == ["b", "c", "d"]
    assert last(log, 9) == ["a", "b", "c", "d"]
    assert last(log, 1) == ["d"]


def test_a_log_that_begins_later_is_followed_from_its_beginning(log: Path) -> None:
    with Tail(log) as tail:
        assert (tail.last(5), came(tail)) == ([], [])
        put(log, "a")
        assert came(tail) == ["a"]
        assert came(tail) == []


def test_no_line_is_lost_or_told_twice_when_the_file_is_put_aside(log: Path) -> None:
    put(log, "a")
    with Tail(log) as tail:
        tail.last(5)
        put(log, "b")
        log.replace(log.with_name("router.log.1"))
        assert came(tail) == ["b"]
        put(log, "c")
        assert came(tail) == ["c"]
        log.write_text("")
        assert came(tail) == []
        put(log, "d")
        assert came(tail) == ["d"]


@pytest.mark.parametrize("at", range(1, 14))
def test_a_line_is_told_once_it_is_whole(log: Path, at: int) -> None:
    whole = b'{"event":"b"}\n'
    put(log, "a")
    with log.open("ab", buffering=0) as opened, Tail(log) as tail:
        opened.write(whole[:at])
        assert [line.event for line in tail.last(5)] == ["a"]
        assert came(tail) == []
        opened.write(whole[at:])
        assert came(tail) == ["b"]

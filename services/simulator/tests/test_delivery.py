"""The writes, waits and endings of an answer."""

import pytest

from fairlead.simulator.delivery import LET_ARRIVE, Action, Answer, Close, Hang, Reset, Wait, Write, deliver, whole
from fairlead.simulator.faults import Event, Part
from fairlead.simulator.spec import Faults, Position

BUFFERED = Answer(200, (("content-type", "application/json"),), whole(b"0123456789"), streamed=False)
STREAMED = Answer(
    200, (), (Event(Part.START, b"aa"), Event(Part.CONTENT, b"bb"), Event(Part.CONTENT, b"cc")), streamed=True
)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def actions(answer: Answer, *, keep_alive: bool = True, chunked: bool = True, **faults: object) -> list[Action]:
    return list(deliver(answer, Faults(**faults), keep_alive=keep_alive, chunked=chunked).actions)  # type: ignore[arg-type]


def test_an_answer_without_faults_is_one_write() -> None:
    assert actions(BUFFERED) == [Write(HEAD + b"0123456789")]
    assert actions(STREAMED) == [Write(STREAM_HEAD + b"6\r\naabbcc\r\n0\r\n\r\n")]


def test_an_old_client_gets_the_stream_unframed_and_a_closed_connection() -> None:
    assert actions(STREAMED, keep_alive=False, chunked=False) == [
        Write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\naabbcc"),
        Close(),
    ]


def test_head_sends_the_head_alone() -> None:
    assert deliver(BUFFERED, Faults(), headless=True).actions == (Write(HEAD),)
    assert deliver(STREAMED, Faults(), headless=True).actions == (Write(STREAM_HEAD),)


def test_a_gap_follows_each_content_event() -> None:
    assert actions(STREAMED, gap=0.5) == [
        Write(STREAM_HEAD + b"2\r\naa\r\n2\r\nbb\r\n"),
        Wait(0.5),
        Write(b"2\r\ncc\r\n"),
        Wait(0.5),
        Write(b"0\r\n\r\n"),
    ]


def test_a_split_keeps_its_writes_apart() -> None:
    assert actions(BUFFERED, split=4) == [Write(HEAD), Write(b"0123"), Write(b"4567"), Write(b"89")]


def test_delays_stand_where_they_were_asked_for() -> None:
    assert actions(
        BUFFERED, delay_headers=1.0, delay_first_byte=2.0, delays=((Position(7), 4.0), (Position(3), 3.0))
    ) == [
        Wait(1.0),
        Write(HEAD),
        Wait(2.0),
        Write(b"012"),
        Wait(3.0),
        Write(b"3456"),
        Wait(4.0),
        Write(b"789"),
    ]


def test_a_delay_at_an_event_follows_that_event() -> None:
    assert actions(STREAMED, delays=((Position(1, events=True), 3.0),)) == [
        Write(STREAM_HEAD + b"4\r\naabb\r\n"),
        Wait(3.0),
        Write(b"2\r\ncc\r\n0\r\n\r\n"),
    ]


def test_a_cut_is_framed_as_if_it_were_whole() -> None:
    assert actions(BUFFERED, cut=Position(4)) == [Write(HEAD.replace(b"10", b"4") + b"0123")]
    assert actions(STREAMED, cut=Position(3)) == [Write(STREAM_HEAD + b"3\r\naab\r\n0\r\n\r\n")]


@pytest.mark.parametrize(
    ("fault", "ending"),
    [("drop", [Close()]), ("reset", [Wait(LET_ARRIVE), Reset()]), ("stall", [Hang()])],
)
def test_a_broken_body_is_not_framed_as_whole(fault: str, ending: list[Action]) -> None:
    assert actions(BUFFERED, **{fault: Position(4)}) == [Write(HEAD + b"0123"), *ending]
    assert actions(STREAMED, **{fault: Position(3)}) == [Write(STREAM_HEAD + b"3\r\naab\r\n"), *ending]
    assert actions(STREAMED, **{fault: Position(0)}) == [Write(STREAM_HEAD), *ending]


def test_the_earliest_ending_wins_and_one_behind_the_body_never_comes() -> None:
    assert actions(BUFFERED, cut=Position(6), drop=Position(2)) == [Write(HEAD + b"01"), Close()]
    assert actions(BUFFERED, reset=Position(11)) == actions(BUFFERED)


@pytest.mark.parametrize("end", range(7))
def test_every_cut_gives_exactly_so_many_bytes(end: int) -> None:
    (write,) = actions(STREAMED, chunked=False, cut=Position(end))[:1]
    assert isinstance(write, Write)
    assert write.data.partition(b"\r\n\r\n")[2] == b"aabbcc"[:end]

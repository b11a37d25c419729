"""Streams that go wrong."""

import json

from fairlead.simulator.faults import GARBAGE, Event, Part, as_array, distorted, offset
from fairlead.simulator.spec import Faults, Position

START = Event(Part.START, b"start\n\n")
OPEN = Event(Part.FRAME, b"open\n\n")
ONE = Event(Part.CONTENT, b"one\n\n")
TWO = Event(Part.CONTENT, b"two\n\n")
END = Event(Part.END, b"end\n\n")
DONE = Event(Part.DONE, b"done\n\n")
STREAM = [START, OPEN, ONE, TWO, END, DONE]


def error(before: int) -> Event:
    """Tells how many events came before it."""
    return Event(Part.ERROR, f"error after {before}\n\n".encode())


def test_without_faults_nothing_changes() -> None:
    assert distorted(STREAM, Faults(), error) == STREAM


def test_an_error_first_is_the_whole_stream() -> None:
    assert distorted(STREAM, Faults(error_first=True), error) == [error(0)]


def test_an_error_comes_after_so_many_content_events() -> None:
    assert distorted(STREAM, Faults(error_event=0), error) == [START, error(1)]
    assert distorted(STREAM, Faults(error_event=1), error) == [START, OPEN, ONE, error(3)]
    assert distorted(STREAM, Faults(error_event=2), error) == [START, OPEN, ONE, TWO, error(4)]
    assert distorted(STREAM, Faults(error_event=3), error) == STREAM


def test_garbage_is_put_in_once() -> None:
    assert distorted(STREAM, Faults(garbage=1), error) == [START, OPEN, ONE, GARBAGE, TWO, END, DONE]


def test_no_done_leaves_the_end_out() -> None:
    assert distorted(STREAM, Faults(no_done=True), error) == [START, OPEN, ONE, TWO, END]


def test_crlf_ends_every_line() -> None:
    assert distorted([ONE], Faults(crlf=True), error) == [Event(Part.CONTENT, b"one\r\n\r\n")]


def test_a_position_in_events_is_right_after_that_event() -> None:
    body = b"".join(event.data for event in STREAM)
    assert body[: offset(Position(0, events=True), STREAM)] == b"start\n\n"
    assert body[: offset(Position(1, events=True), STREAM)].endswith(b"one\n\n")
    assert body[: offset(Position(2, events=True), STREAM)].endswith(b"two\n\n")


def test_a_position_behind_the_last_event_is_behind_the_body() -> None:
    assert offset(Position(3, events=True), STREAM) > sum(len(event.data) for event in STREAM)


def test_events_become_the_elements_of_an_array() -> None:
    events = [Event(Part.CONTENT, b'data: {"a":1}\n\n'), Event(Part.DONE, b'data: {"b":2}\r\n\r\n')]
    made = as_array(events)
    assert json.loads(b"".join(event.data for event in made)) == [{"a": 1}, {"b": 2}]
    assert [event.part for event in made] == [Part.CONTENT, Part.DONE, Part.DONE]
    assert made[0].data == b'[{"a":1}'

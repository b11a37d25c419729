"""Facts about blocks that are open side by side, told one after the other."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.conversation import Finish, FinishReason, Text
from fairlead.shared.events import ArgumentsDelta, Closed, Ended, Event, Failed, Finished, Opened, Started, TextDelta
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.serial import Serial, SideBySide

STARTED = Started("x", "m")
FINISHED = Finished(Finish(FinishReason.STOP))
FAILED = Failed(Failure(Kind.CUT, "cut"))


def run(*events: Event) -> tuple[list[Event], dict[str, int]]:
    violations: Counter[str] = Counter()
    return list(Serial(violations).feed(events)), dict(violations)


def opened(index: int) -> Opened:
    return Opened(index, Text(""))


def test_what_is_in_order_passes_at_once() -> None:
    events = [STARTED, opened(0), TextDelta(0, "a"), Closed(0), opened(1), Closed(1), FINISHED, Ended()]
    serial = Serial(Counter())
    assert [list(serial.feed([event])) for event in events] == [[event] for event in events]


def test_a_later_block_waits_for_the_earlier_one() -> None:
    told, violations = run(
        opened(0), opened(1), TextDelta(1, "b"), TextDelta(0, "a"), Closed(1), opened(2), Closed(0), TextDelta(2, "c")
    )
    assert told == [
        opened(0),
        TextDelta(0, "a"),
        Closed(0),
        opened(1),
        TextDelta(1, "b"),
        Closed(1),
        opened(2),
        TextDelta(2, "c"),
    ]
    assert violations == {}


def test_blocks_left_open_are_closed_at_the_finish_in_their_order() -> None:
    told, violations = run(opened(0), opened(1), TextDelta(1, "b"), FINISHED)
    assert told == [opened(0), Closed(0), opened(1), TextDelta(1, "b"), Closed(1), FINISHED]
    assert violations == {"block left open": 2}


def test_a_failure_closes_nothing_and_what_waited_is_not_told() -> None:
    assert run(opened(0), opened(1), TextDelta(1, "b"), FAILED) == ([opened(0), FAILED], {})


def test_what_has_no_place_is_left_out_and_counted() -> None:
    told, violations = run(
        TextDelta(0, "a"), Closed(0), opened(0), opened(0), opened(1), Closed(1), TextDelta(1, "b"), FINISHED, opened(2)
    )
    assert told == [opened(0), Closed(0), opened(1), Closed(1), FINISHED]
    assert violations == {
        "delta without block": 2,
        "stop without block": 1,
        "block opened twice": 1,
        "block left open": 1,
        "content after finish": 1,
    }


@pytest.mark.parametrize("order", [Serial, SideBySide])
def test_arguments_are_not_told_as_text(order: type[Serial | SideBySide]) -> None:
    violations: Counter[str] = Counter()
    told = list(
        order(violations).feed([opened(0), opened(1), ArgumentsDelta(0, "{"), ArgumentsDelta(1, "{"), Closed(0)])
    )
    assert ArgumentsDelta not in map(type, told)
    assert violations == {"delta of another kind": 2}


def test_side_by_side_what_is_open_passes_and_what_is_not_is_left_out() -> None:
    violations: Counter[str] = Counter()
    legal = [
        STARTED,
        opened(0),
        opened(1),
        TextDelta(1, "b"),
        TextDelta(0, "a"),
        Closed(0),
        opened(0),
        TextDelta(0, "c"),
    ]
    illegal = [opened(0), Closed(7), TextDelta(7, "x")]
    blocks = SideBySide(violations)
    assert list(blocks.feed([*legal, *illegal, FINISHED])) == [*legal, Closed(1), Closed(0), FINISHED]
    assert list(blocks.feed([opened(2), Ended()])) == [Ended()]
    assert violations == {
        "block opened twice": 1,
        "stop without block": 1,
        "delta without block": 1,
        "block left open": 2,
        "content after finish": 1,
    }


def test_what_waits_is_bounded_and_too_much_of_it_is_a_failure() -> None:
    serial = Serial(Counter(), limit_bytes=1000)
    assert list(serial.feed([opened(0), opened(1), TextDelta(1, "b" * 500), Closed(1), Closed(0)]))
    with pytest.raises(FailureError) as caught:
        list(serial.feed([opened(0), opened(1), *[TextDelta(1, "b" * 100)] * 10]))
    assert caught.value.failure.kind is Kind.MALFORMED
    assert "1000 bytes" in caught.value.failure.message
    assert list(serial.feed([FAILED])) == [FAILED]


def test_what_has_been_told_does_not_count_as_waiting() -> None:
    serial = Serial(Counter(), limit_bytes=1000)
    for index in range(0, 40, 2):
        list(serial.feed([opened(index), opened(index + 1), TextDelta(index + 1, "b" * 500)]))
        list(serial.feed([Closed(index), Closed(index + 1)]))


INDEX = st.integers(0, 3)
EVENTS = st.lists(
    st.builds(opened, INDEX) | st.builds(TextDelta, INDEX, st.text(max_size=2)) | st.builds(Closed, INDEX), max_size=30
)


@given(EVENTS)
def test_never_are_two_blocks_open(events: list[Event]) -> None:
    told, _ = run(*events, FINISHED)
    current: int | None = None
    for event in told:
        match event:
            case Opened(index):
                assert current is None
                current = index
            case TextDelta(index):
                assert index == current
            case Closed(index):
                assert index == current
                current = None
    assert current is None

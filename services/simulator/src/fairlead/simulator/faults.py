"""Makes a correct stream go wrong on demand: events in, events out."""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum

import msgspec

from .spec import Faults, Position


class Part(Enum):
    """The place of an event in a stream, which faults are counted by."""

    START = "start"
    CONTENT = "content"
    FRAME = "frame"
    END = "end"
    DONE = "done"
    ERROR = "error"


class Event(msgspec.Struct, frozen=True):
    """One server-sent event, framed; CONTENT carries model output, FRAME opens, closes or keeps alive, DONE ends."""

    part: Part
    data: bytes


GARBAGE = Event(Part.FRAME, b'data: {"type":"content_block_delta","ind\n\n')
"""A frame whose JSON is cut off."""


ErrorEvent = Callable[[int], Event]
"""The dialect's own error event, given the number of events before it."""


def distorted(events: Sequence[Event], faults: Faults, error: ErrorEvent) -> list[Event]:
    """The stream with the faults that are about events."""
    if faults.error_first:
        return [error(0)]
    kept = list(_until_error(events, faults, error))
    if faults.no_done:
        kept = [event for event in kept if event.part is not Part.DONE]
    if faults.crlf:
        kept = [Event(event.part, event.data.replace(b"\n", b"\r\n")) for event in kept]
    return kept


def _until_error(events: Sequence[Event], faults: Faults, error: ErrorEvent) -> Iterator[Event]:
    spoken = 0
    for number, event in enumerate(events):
        if event.part is not Part.START and faults.error_event == spoken:
            yield error(number)
            return
        if event.part is not Part.START and faults.garbage == spoken:
            yield GARBAGE
            faults = msgspec.structs.replace(faults, garbage=None)
        yield event
        spoken += event.part is Part.CONTENT


def as_array(events: Sequence[Event]) -> list[Event]:
    """Server-sent events as the elements of one JSON array; its closing bracket counts as the stream's end."""
    made = [
        Event(event.part, (b",\n" if number else b"[") + event.data.removeprefix(b"data: ").rstrip(b"\r\n"))
        for number, event in enumerate(events)
    ]
    return [*made, Event(Part.DONE, b"]")]


def offset(position: Position, events: Sequence[Event]) -> int:
    """The position as a number of body bytes; beyond the last event it is beyond the body."""
    if not position.events:
        return position.count
    passed = spoken = 0
    for event in events:
        if spoken == position.count and event.part is not Part.START:
            return passed
        passed += len(event.data)
        spoken += event.part is Part.CONTENT
    return passed if spoken == position.count else passed + 1

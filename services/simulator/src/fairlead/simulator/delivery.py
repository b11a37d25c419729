"""Turns an answer into the exact writes, waits and endings that the socket shell carries out.

The ending faults: `cut` ends politely though the answer is not whole (the HTTP framing says it is); `drop` closes the
connection in mid-body; `reset` does so by RST; `stall` falls silent and keeps the connection.
"""

from collections.abc import Iterator, Sequence

import msgspec

from .faults import Event, Part, offset
from .http1 import LAST_CHUNK, Headers, chunk, response_head
from .spec import Faults, Position

LET_ARRIVE = 0.02
"""Seconds before a reset in which the client can take what was written: a reset may overtake unread bytes."""


class Write(msgspec.Struct, frozen=True):
    """Hand these bytes to the socket in one write."""

    data: bytes


class Wait(msgspec.Struct, frozen=True):
    """Let so many seconds pass, counted on a schedule that begins with the delivery."""

    seconds: float


class Close(msgspec.Struct, frozen=True):
    """Close the connection in order (FIN)."""


class Reset(msgspec.Struct, frozen=True):
    """Tear the connection down (RST)."""


class Hang(msgspec.Struct, frozen=True):
    """Never write again; the client must leave."""


Action = Write | Wait | Close | Reset | Hang


class Answer(msgspec.Struct, frozen=True):
    """An answer before delivery; a `streamed` body has no length in its head."""

    status: int
    headers: Headers
    events: tuple[Event, ...]
    streamed: bool


class Delivery(msgspec.Struct, frozen=True):
    """What the shell does, in order; the connection stays open unless it ends in Close, Reset or Hang."""

    status: int
    actions: tuple[Action, ...]


def whole(body: bytes) -> tuple[Event, ...]:
    """A buffered body, as the one event it is."""
    return (Event(Part.CONTENT, body),)


class _Ending(msgspec.Struct, frozen=True):
    """How the body ends, after `at` bytes; politely means that the HTTP framing calls it whole."""

    at: int
    polite: bool
    actions: tuple[Action, ...] = ()


def deliver(
    answer: Answer, faults: Faults, *, keep_alive: bool = True, chunked: bool = True, headless: bool = False
) -> Delivery:
    """The delivery of an answer under faults.

    `chunked` says whether the client knows chunked bodies (HTTP/1.1); `headless` that only the head may be sent (HEAD).
    """
    length = sum(len(event.data) for event in answer.events)
    ending = _ending(answer, faults, length)
    framed = answer.streamed and chunked
    close = not keep_alive or (answer.streamed and not chunked)
    framing = _framing(ending.at if ending.polite else length, answer.streamed, framed)
    head = response_head(answer.status, (*answer.headers, *framing, *((("connection", "close"),) if close else ())))
    actions: list[Action] = [Wait(faults.delay_headers), Write(head), Wait(faults.delay_first_byte)]
    if not headless:
        delays = sorted((offset(place, answer.events), seconds) for place, seconds in faults.delays)
        for part in _until(ending.at, _delayed(delays, _paced(answer, faults))):
            actions.append(part if isinstance(part, Wait) else Write(chunk(part) if framed else part))
        if ending.polite and framed:
            actions.append(Write(LAST_CHUNK))
        actions += ending.actions
    if close and ending.polite:
        actions.append(Close())
    return Delivery(answer.status, tuple(_merged(actions, keep_writes=faults.split is not None)))


def _ending(answer: Answer, faults: Faults, length: int) -> _Ending:
    wanted: Sequence[tuple[Position | None, bool, tuple[Action, ...]]] = (
        (faults.cut, True, ()),
        (faults.drop, False, (Close(),)),
        (faults.reset, False, (Wait(LET_ARRIVE), Reset())),
        (faults.stall, False, (Hang(),)),
    )
    ends = [
        _Ending(offset(place, answer.events), polite, actions) for place, polite, actions in wanted if place is not None
    ]
    return min((end for end in ends if end.at <= length), key=lambda end: end.at, default=_Ending(length, True))


def _framing(length: int, streamed: bool, framed: bool) -> Headers:
    if framed:
        return (("transfer-encoding", "chunked"),)
    return () if streamed else (("content-length", str(length)),)


def _paced(answer: Answer, faults: Faults) -> Iterator[bytes | Wait]:
    """The body as it is written: at once, `split` bytes at a time, or with `gap` after each content event."""
    if faults.gap:
        for event in answer.events:
            yield event.data
            if event.part is Part.CONTENT:
                yield Wait(faults.gap)
        return
    body = b"".join(event.data for event in answer.events)
    step = faults.split or max(1, len(body))
    for start in range(0, len(body), step):
        yield body[start : start + step]


def _delayed(delays: Sequence[tuple[int, float]], parts: Iterator[bytes | Wait]) -> Iterator[bytes | Wait]:
    """The parts with each delay put where its byte is reached."""
    due = list(reversed(delays))
    passed = 0
    for part in parts:
        rest = b""
        if isinstance(part, Wait):
            yield part
        else:
            rest = part
        while due and due[-1][0] <= passed + len(rest):
            at, seconds = due.pop()
            before, rest = rest[: at - passed], rest[at - passed :]
            yield before
            yield Wait(seconds)
            passed += len(before)
        yield rest
        passed += len(rest)


def _until(end: int, parts: Iterator[bytes | Wait]) -> Iterator[bytes | Wait]:
    """The parts up to body byte `end`, with the waits that stand right there."""
    left = end
    for part in parts:
        if isinstance(part, Wait):
            yield part
        elif part:
            if not left:
                return
            yield part[:left]
            left -= len(part[:left])


def _merged(actions: Sequence[Action], *, keep_writes: bool) -> Iterator[Action]:
    """Without empty waits, and with neighbouring writes in one unless they are to be kept apart."""
    pending: list[bytes] = []
    for action in actions:
        if isinstance(action, Wait) and not action.seconds:
            continue
        if isinstance(action, Write) and not keep_writes:
            pending.append(action.data)
            continue
        if pending:
            yield Write(b"".join(pending))
            pending.clear()
        yield action
    if pending:
        yield Write(b"".join(pending))

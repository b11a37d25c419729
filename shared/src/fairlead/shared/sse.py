"""Server-sent events: bytes in, events out, and the other way round.

`EventParser.feed` has three outcomes: a list of complete events (often empty), or `EventTooLargeError`, after which the
parser must not be used. `close` delivers a last event that was not ended by a blank line.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, with one deviation:
the unterminated last event is delivered, because providers do end streams that way.
"""

import re

from msgspec import Struct

from fairlead.shared.codec import as_utf8

DEFAULT_LIMIT = 16 * 1024 * 1024
"""Bytes one event may have. The largest seen in the wild are whole documents in one tool result, a few megabytes."""

_BOM = b"\xef\xbb\xbf"
_UNICODE_LINE_ENDS = re.compile(rb"\xe2\x80[\xa8\xa9]|\xc2\x85")


class ServerEvent(Struct, frozen=True, gc=False):
    """One event: `name` is "" when the stream gave none; `data` has its lines joined by a newline, undecoded."""

    name: str
    data: bytes


class EventTooLargeError(ValueError):
    """An event grew past the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a server-sent event is larger than {limit} bytes")
        self.limit = limit


class EventParser:
    """Incremental and linear: every byte is looked at a fixed number of times, however the stream is cut.

    `bare_json`: an object that stands in the stream without being data of an event is one all the same. By the
    standard it is nothing; servers that fail in the midst of an answer write their error so.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT, *, bare_json: bool = False) -> None:
        self._limit = limit
        self._bare_json = bare_json
        self._pending = bytearray()
        self._at_start = True
        self._skip_newline = False

    def __repr__(self) -> str:
        return f"<EventParser pending={len(self._pending)}>"

    @property
    def between_events(self) -> bool:
        """Whether nothing of a further event has arrived yet, so that something may be written in between."""
        return not self._pending

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Takes bytes as they arrive and returns the events they complete."""
        if b"\r" in chunk or self._skip_newline:
            chunk = self._normalized(chunk)
        pending = self._pending
        searched = max(0, len(pending) - 1)
        pending += chunk
        if self._at_start and not self._past_bom():
            return []
        end = pending.rfind(b"\n\n", searched)
        if end < 0:
            if len(pending) > self._limit:
                raise EventTooLargeError(self._limit)
            return []
        complete = bytes(pending[:end])
        del pending[: end + 2]
        events = []
        for block in complete.split(b"\n\n"):
            if len(block) > self._limit:
                raise EventTooLargeError(self._limit)
            event = _parse(block) or self._bare(block)
            if event is not None:
                events.append(event)
        return events

    def close(self) -> list[ServerEvent]:
        """The stream has ended: returns the last event if it was left without its blank line."""
        block = bytes(self._pending)
        self._pending.clear()
        if self._at_start and block.startswith(_BOM):
            block = block[len(_BOM) :]
        block = block.rstrip(b"\n")
        event = _parse(block) or self._bare(block)
        return [] if event is None else [event]

    def _bare(self, block: bytes) -> ServerEvent | None:
        """What is no event, as one, if it is to be."""
        return ServerEvent("", as_utf8(block)) if self._bare_json and block.lstrip().startswith(b"{") else None

    def _normalized(self, chunk: bytes) -> bytes:
        """CRLF and CR as LF; a CR at the end counts at once, and a LF that turns out to follow it is dropped."""
        if self._skip_newline and chunk:
            self._skip_newline = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        if chunk.endswith(b"\r"):
            self._skip_newline = True
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _past_bom(self) -> bool:
        """Drops a byte order mark; False while it cannot be told yet whether there is one."""
        pending = self._pending
        if len(pending) < len(_BOM) and _BOM.startswith(pending):
            return False
        if pending.startswith(_BOM):
            del pending[: len(_BOM)]
        self._at_start = False
        return True


def _parse(block: bytes) -> ServerEvent | None:
    """One event's lines. The two shapes that every provider sends are taken apart without a loop."""
    if not block.isascii():
        block = as_utf8(block)
    if block.startswith(b"data: ") and b"\n" not in block:
        return ServerEvent("", block[6:])
    if block.startswith(b"event: "):
        name, _, data = block.partition(b"\n")
        if data.startswith(b"data: ") and b"\n" not in data:
            return ServerEvent(name[7:].decode(), data[6:])
    return _parse_lines(block)


def _parse_lines(block: bytes) -> ServerEvent | None:
    name = b""
    data: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    if not data:
        return None
    return ServerEvent(name.decode(), b"\n".join(data))


def encode_event(data: bytes, name: str = "") -> bytes:
    """One event on the wire. `data` must not contain a line break (JSON never needs one)."""
    if name:
        return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
    return b"data: " + data + b"\n\n"


def encode_comment(text: str = "") -> bytes:
    """A line that every reader ignores; keeps a connection visibly alive."""
    return b": " + text.encode() + b"\n\n"


def without_unicode_line_ends(events: bytes) -> bytes:
    """Events of JSON that read the same, with U+0085, U+2028 and U+2029 as escapes.

    The lines of server-sent events end with none of these; those of Python's `str.splitlines` do, which httpx, and with
    it google-genai, cuts a stream by.
    """
    if b"\xe2\x80" in events or b"\xc2\x85" in events:
        return _UNICODE_LINE_ENDS.sub(lambda found: rb"\u%04x" % ord(found[0].decode()), events)
    return events

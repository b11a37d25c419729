"""Characters that a server cut in half: an escaped UTF-16 surrogate at the end of one event's string, and the other at
the beginning of a later one's.

Servers that count in UTF-16 cut there, between any two events. JSON of half a character is no UTF-8 and cannot be read.
"""

import re

from fairlead.shared.dialect import StreamDecoder
from fairlead.shared.events import Event
from fairlead.shared.sse import ServerEvent

_ESCAPES = re.compile(
    rb"(?P<whole>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb'|(?P<first>\\u[dD][89abAB][0-9a-fA-F]{2}(?="))'
    rb'|(?P<second>(?<=[^\\]")\\u[dD][c-fC-F][0-9a-fA-F]{2})'
    rb"|(?P<lost>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)
_REPLACEMENT = rb"\ufffd"


class WithWholeCharacters:
    """A stream decoder that is given characters whole: a first half waits for its second, and each that stays alone
    within a string is U+FFFD. One whose second never comes is left out."""

    __slots__ = ("_close", "_feed", "_first")

    def __init__(self, decoder: StreamDecoder) -> None:
        self._feed = decoder.feed
        self._close = decoder.close
        self._first = b""

    def feed(self, event: ServerEvent) -> list[Event]:
        """What one server-sent event means."""
        if b"\\u" in event.data:
            event = self._joined(event)
        return self._feed(event)

    def close(self) -> list[Event]:
        """The stream's bytes have ended."""
        return self._close()

    def _joined(self, event: ServerEvent) -> ServerEvent:
        if b"\\ud" in event.data or b"\\uD" in event.data:
            return ServerEvent(event.name, _ESCAPES.sub(self._join, event.data))
        return event

    def _join(self, found: "re.Match[bytes]") -> bytes:
        match found.lastgroup:
            case "first":
                self._first = found[0]
                return b""
            case "second":
                first, self._first = self._first, b""
                return first + found[0] if first else _REPLACEMENT
            case "lost":
                return _REPLACEMENT
            case _:
                return found[0]

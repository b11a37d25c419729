"""Lines of a log file, read from its end in blocks, as people look at them: what happened, how bad it is, and to which
request."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from fairlead.shared.runtime.logging import mask

BLOCK = 256 * 1024
"""Bytes that are read at once."""
LONGEST = 64 * 1024
"""Bytes of a line that are shown: a traceback has a few thousand."""

RANKS: Mapping[str, int] = {"debug": 0, "info": 1, "warning": 2, "error": 3, "critical": 4}
"""Levels as they stand in the lines, the mildest first."""

_DECISION = re.compile(r"\bdec_[0-9a-f]{24}\b")
_OF_THEIR_OWN = ("time", "level", "event", "component", "request_id", "decision", "exception")
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_SHOWN = 300
"""Characters of a field that are shown in the line."""


class Line(Struct, frozen=True):
    """One line. `at`: the offset of its first byte; `fields`: what else it tells, in words; `more`: a traceback.
    `raw`: the line itself, masked."""

    at: int
    raw: str
    time: str = ""
    level: str = ""
    event: str = ""
    component: str = ""
    request_id: str = ""
    decision: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    more: str = ""

    @property
    def rank(self) -> int:
        """How bad it is; what has no level could be anything."""
        return RANKS.get(self.level, RANKS["warning"])


class Wanted(Struct, frozen=True):
    """Which lines: of at least that level, with all of these words, whatever their case, of that request."""

    level: str = ""
    text: str = ""
    request: str = ""

    def may_fit(self, raw: bytes) -> bool:
        """Whether a line is worth reading: most are not, and this is ten times quicker."""
        if self.request.encode() not in raw:
            return False
        lowered = raw.lower()
        if not all(word.encode() in lowered for word in self.text.lower().split() if word.isascii()):
            return False
        worse = [name for name, rank in RANKS.items() if rank >= RANKS.get(self.level, 0)]
        return not self.level or b'"level"' not in raw or any(f'"{name}"'.encode() in raw for name in worse)

    def fits(self, line: Line) -> bool:
        """Whether it is one of them."""
        if line.rank < RANKS.get(self.level, 0) or (self.request and self.request != line.request_id):
            return False
        words = self.text.lower().split()
        return not words or all(word in line.raw.lower() for word in words)


class Found(Struct, frozen=True):
    """The newest first. `before`: the offset to go on from, None where the file begins."""

    lines: tuple[Line, ...]
    before: int | None


def found(read: Callable[[int, int], bytes], end: int, wanted: Wanted, limit: int, most: int) -> Found:
    """At most `limit` of the lines that end before the offset `end`, looked for in no more than `most` bytes. `read`
    gives the bytes of the file between two offsets."""
    lines: list[Line] = []
    floor = max(0, end - most)
    reached = end
    for at, raw in _backwards(read, end, floor):
        reached = at
        line = line_of(raw, at) if wanted.may_fit(raw) else None
        if line is not None and wanted.fits(line):
            lines.append(line)
            if len(lines) == limit:
                break
    return Found(tuple(lines), reached or None if reached < end else floor or None)


def _backwards(read: Callable[[int, int], bytes], end: int, floor: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines with their offsets, the last first; half a line at `floor` is left out, unless the file begins
    there."""
    rest = b""
    at = end
    while at > floor:
        start = max(floor, at - BLOCK)
        block = read(start, at) + rest
        first = 0 if start == 0 else block.find(b"\n") + 1
        if first == 0 and start > 0:
            # No line begins here; of one without an end, what is kept is bounded.
            rest, at = block[: BLOCK + LONGEST], start
            continue
        offset = start + len(block)
        for line in reversed(block[first:].splitlines(keepends=True)):
            offset -= len(line)
            if stripped := line.strip():
                yield offset, stripped[:LONGEST]
        rest, at = block[:first], start


def line_of(raw: bytes, at: int = 0) -> Line:
    """What a line tells; one that is no JSON is its own event."""
    text = mask(raw.decode("utf-8", "replace"))
    told = _object(raw)
    if told is None:
        decision = _DECISION.search(text)
        return Line(at, text, event=text, decision=decision[0] if decision else "")
    decision = _DECISION.search(text)
    return Line(
        at=at,
        raw=text,
        time=_words(told.get("time")),
        level=_words(told.get("level")),
        event=mask(_words(told.get("event"))),
        component=_words(told.get("component")),
        request_id=_words(told.get("request_id")),
        decision=decision[0] if decision else "",
        fields=tuple(
            (key, mask(_words(value))[:_SHOWN])
            for key, value in told.items()
            if key not in _OF_THEIR_OWN and value not in _NOTHING
        ),
        more=mask(_words(told.get("exception"))),
    )


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        told = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _words(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

"""The blocks of a streamed answer in an order that can be told: each opened once, added to while open, closed once.

`Serial` is for dialects, or clients, that follow only one block at a time: what belongs to a later block waits until
the earlier one is closed, up to a limit. `SideBySide` is for those that follow several. What has no place is left out
and counted in `violations`; a block left open is closed.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping

from fairlead.shared.codec import encode
from fairlead.shared.conversation import (
    Audio,
    Image,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
)
from fairlead.shared.events import (
    ArgumentsDelta,
    AudioDelta,
    CitationDelta,
    Closed,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    SignatureDelta,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
)
from fairlead.shared.failure import Failure, FailureError, Kind

_ARGUED = frozenset({ArgumentsDelta, UnknownDelta})
_WHOLE = frozenset({UnknownDelta})
_DELTAS = frozenset({TextDelta, ThinkingDelta, SignatureDelta, ArgumentsDelta, AudioDelta, CitationDelta, UnknownDelta})
DELTAS_OF: Mapping[type, frozenset[type]] = {
    Text: frozenset({TextDelta, CitationDelta, UnknownDelta}),
    Thinking: frozenset({ThinkingDelta, SignatureDelta, UnknownDelta}),
    RedactedThinking: _WHOLE,
    ToolCall: _ARGUED,
    ServerCall: _ARGUED,
    ServerResult: _WHOLE,
    Image: _WHOLE,
    Audio: frozenset({AudioDelta, UnknownDelta}),
    Unknown: _DELTAS,
}
"""What may be said of a block of each kind: arguments in a text, or text in arguments, would be told as what they are
not."""


DEFAULT_LIMIT = 4 * 1024 * 1024
"""Bytes that may wait, told as JSON. What waits in the wild are the arguments of calls made side by side; the largest
are whole files, some hundred kilobytes."""


class _Waiting:
    """A later block, as far as it has come."""

    __slots__ = ("events", "size")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.size = 0

    def add(self, event: Event) -> int:
        """One more event; returns its size."""
        size = len(encode(event))
        self.events.append(event)
        self.size += size
        return size


class Serial:
    """One stream, one open block. Raises `FailureError` (MALFORMED) when more than `limit_bytes` would have to wait."""

    def __init__(self, violations: Counter[str], limit_bytes: int = DEFAULT_LIMIT) -> None:
        self._violations = violations
        self._limit = limit_bytes
        self._size = 0
        self._current: int | None = None
        self._takes: frozenset[type] = frozenset()
        self._waiting: OrderedDict[int, _Waiting] = OrderedDict()
        self._finished = False

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events that may be told now."""
        for event in events:
            kind = type(event)
            if kind in self._takes and event.index == self._current:  # type: ignore[union-attr]  # deltas have one
                yield event
            elif kind in _DELTAS:
                self._hold(event, "delta without block")
            elif kind is Opened:
                yield from self._opened(event)  # type: ignore[arg-type]
            elif kind is Closed:
                yield from self._closed(event)  # type: ignore[arg-type]
            else:
                yield from self._other(event)

    def _hold(self, event: Event, otherwise: str) -> None:
        waiting = self._waiting.get(event.index)  # type: ignore[union-attr]
        if event.index == self._current:  # type: ignore[union-attr]
            self._violations["delta of another kind"] += 1
        elif waiting is None or type(waiting.events[-1]) is Closed:
            self._violations[otherwise] += 1
        elif type(event) is Closed or type(event) in _takes(waiting.events[0]):
            self._wait(waiting, event)
        else:
            self._violations["delta of another kind"] += 1

    def _wait(self, waiting: _Waiting, event: Event) -> None:
        self._size += waiting.add(event)
        if self._size > self._limit:
            self._waiting.clear()
            told = f"more than {self._limit} bytes of the provider's answer wait for a part of it that does not end"
            raise FailureError(Failure(Kind.MALFORMED, told))

    def _opened(self, event: Opened) -> Iterator[Event]:
        if self._finished:
            self._violations["content after finish"] += 1
        elif event.index == self._current or event.index in self._waiting:
            self._violations["block opened twice"] += 1
        elif self._current is None:
            self._current, self._takes = event.index, _takes(event)
            yield event
        else:
            waiting = self._waiting[event.index] = _Waiting()
            self._wait(waiting, event)

    def _closed(self, event: Closed) -> Iterator[Event]:
        if event.index != self._current:
            self._hold(event, "stop without block")
            return
        self._current, self._takes = None, frozenset()
        yield event
        while self._waiting and self._current is None:
            index, waiting = self._waiting.popitem(last=False)
            self._size -= waiting.size
            if type(waiting.events[-1]) is not Closed:
                self._current, self._takes = index, _takes(waiting.events[0])
            yield from waiting.events

    def _other(self, event: Event) -> Iterator[Event]:
        if isinstance(event, Finished | Ended):
            self._finished = True
            while self._current is not None:
                self._violations["block left open"] += 1
                yield from self._closed(Closed(self._current))
        elif isinstance(event, Failed):
            self._waiting.clear()
        yield event


class SideBySide:
    """One stream, any number of open blocks."""

    def __init__(self, violations: Counter[str]) -> None:
        self._violations = violations
        self._open: dict[int, frozenset[type]] = {}
        self._finished = False

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events that may be told now."""
        for event in events:
            kind = type(event)
            if kind in _DELTAS:
                takes = self._open.get(event.index)  # type: ignore[union-attr]  # deltas have an index
                if takes is not None and kind in takes:
                    yield event
                else:
                    self._violations["delta without block" if takes is None else "delta of another kind"] += 1
            elif kind is Opened:
                yield from self._opened(event)  # type: ignore[arg-type]
            elif kind is Closed:
                yield from self._closed(event)  # type: ignore[arg-type]
            else:
                yield from self._other(event)

    def _opened(self, event: Opened) -> Iterator[Event]:
        if self._finished:
            self._violations["content after finish"] += 1
        elif event.index in self._open:
            self._violations["block opened twice"] += 1
        else:
            self._open[event.index] = _takes(event)
            yield event

    def _closed(self, event: Closed) -> Iterator[Event]:
        if self._open.pop(event.index, None) is None:
            self._violations["stop without block"] += 1
        else:
            yield event

    def _other(self, event: Event) -> Iterator[Event]:
        if isinstance(event, Finished | Ended):
            self._finished = True
            for index in list(self._open):
                self._violations["block left open"] += 1
                yield from self._closed(Closed(index))
        yield event


def _takes(opened: Event) -> frozenset[type]:
    return DELTAS_OF[type(opened.block)]  # type: ignore[union-attr]  # what waits begins with its opening

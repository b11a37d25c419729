"""The blocks of a streamed answer in an order that can be told: each opened once, added to while open, closed once.

`Serial` is for dialects, or clients, that follow only one block at a time: what belongs to a later block waits until
the earlier one is closed. `SideBySide` is for those that follow several. What has no place is left out and counted in
`violations`; a block left open is closed.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping

from fairlead.shared.conversation import (
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

_ARGUED = frozenset({ArgumentsDelta, UnknownDelta})
_WHOLE = frozenset({UnknownDelta})
_DELTAS = frozenset({TextDelta, ThinkingDelta, SignatureDelta, ArgumentsDelta, CitationDelta, UnknownDelta})
DELTAS_OF: Mapping[type, frozenset[type]] = {
    Text: frozenset({TextDelta, CitationDelta, UnknownDelta}),
    Thinking: frozenset({ThinkingDelta, SignatureDelta, UnknownDelta}),
    RedactedThinking: _WHOLE,
    ToolCall: _ARGUED,
    ServerCall: _ARGUED,
    ServerResult: _WHOLE,
    Unknown: _DELTAS,
}
"""What may be said of a block of each kind: arguments in a text, or text in arguments, would be told as what they are
not."""


class Serial:
    """One stream, one open block."""

    def __init__(self, violations: Counter[str]) -> None:
        self._violations = violations
        self._current: int | None = None
        self._takes: frozenset[type] = frozenset()
        self._waiting: OrderedDict[int, list[Event]] = OrderedDict()
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
        elif waiting is None or type(waiting[-1]) is Closed:
            self._violations[otherwise] += 1
        elif type(event) is Closed or type(event) in _takes(waiting[0]):
            waiting.append(event)
        else:
            self._violations["delta of another kind"] += 1

    def _opened(self, event: Opened) -> Iterator[Event]:
        if self._finished:
            self._violations["content after finish"] += 1
        elif event.index == self._current or event.index in self._waiting:
            self._violations["block opened twice"] += 1
        elif self._current is None:
            self._current, self._takes = event.index, _takes(event)
            yield event
        else:
            self._waiting[event.index] = [event]

    def _closed(self, event: Closed) -> Iterator[Event]:
        if event.index != self._current:
            self._hold(event, "stop without block")
            return
        self._current, self._takes = None, frozenset()
        yield event
        while self._waiting and self._current is None:
            index, events = self._waiting.popitem(last=False)
            if type(events[-1]) is not Closed:
                self._current, self._takes = index, _takes(events[0])
            yield from events

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

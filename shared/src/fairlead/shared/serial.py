"""Blocks that are open side by side, told one after the other: for dialects, or clients, that follow only one.

What belongs to a later block waits until the earlier one is closed.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator

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

_DELTAS = frozenset({TextDelta, ThinkingDelta, SignatureDelta, ArgumentsDelta, CitationDelta, UnknownDelta})


class Serial:
    """One stream. What has no place is left out and counted in `violations`; a block left open is closed."""

    def __init__(self, violations: Counter[str]) -> None:
        self._violations = violations
        self._current: int | None = None
        self._waiting: OrderedDict[int, list[Event]] = OrderedDict()
        self._finished = False

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events that may be told now."""
        for event in events:
            kind = type(event)
            if kind in _DELTAS:
                if event.index == self._current:  # type: ignore[union-attr]  # deltas have an index
                    yield event
                else:
                    self._hold(event, "delta without block")
            elif kind is Opened:
                yield from self._opened(event)  # type: ignore[arg-type]
            elif kind is Closed:
                yield from self._closed(event)  # type: ignore[arg-type]
            else:
                yield from self._other(event)

    def _hold(self, event: Event, otherwise: str) -> None:
        waiting = self._waiting.get(event.index)  # type: ignore[union-attr]
        if waiting is None or type(waiting[-1]) is Closed:
            self._violations[otherwise] += 1
        else:
            waiting.append(event)

    def _opened(self, event: Opened) -> Iterator[Event]:
        if self._finished:
            self._violations["content after finish"] += 1
        elif event.index == self._current or event.index in self._waiting:
            self._violations["block opened twice"] += 1
        elif self._current is None:
            self._current = event.index
            yield event
        else:
            self._waiting[event.index] = [event]

    def _closed(self, event: Closed) -> Iterator[Event]:
        if event.index != self._current:
            self._hold(event, "stop without block")
            return
        self._current = None
        yield event
        while self._waiting and self._current is None:
            index, events = self._waiting.popitem(last=False)
            if type(events[-1]) is not Closed:
                self._current = index
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

"""A Responses stream as neutral events.

Pieces find their item by its output index, or by its id where a server sends no index. `response.done`, which older
servers end with, means what its response says.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.conversation import Extras, Text
from fairlead.shared.dialects.openai_responses.errors import decode_error_event
from fairlead.shared.dialects.openai_responses.incoming import INCOMING, Form, Incoming
from fairlead.shared.dialects.openai_responses.logprobs import read_logprobs
from fairlead.shared.dialects.openai_responses.parts import read_raw_part
from fairlead.shared.dialects.openai_responses.pictures import read_answered_item
from fairlead.shared.dialects.openai_responses.response import (
    any_called,
    any_refused,
    failure_of,
    read_beside,
    read_finish,
    read_usage,
)
from fairlead.shared.events import (
    SOMETHING_SAID,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Pinged,
    Started,
)
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.sse import ServerEvent
from fairlead.shared.wire import openai_responses as wire

_typed = msgspec.json.Decoder(wire.Typed)
_response = msgspec.json.Decoder(wire.ResponseEvent)
_item = msgspec.json.Decoder(wire.ItemEvent)
_skeleton = msgspec.json.Decoder(wire.Skeleton)
_part = msgspec.json.Decoder(wire.PartEvent)
_annotation = msgspec.json.Decoder(wire.AnnotationEvent)
_delta = msgspec.json.Decoder(wire.Delta)
_whole = msgspec.json.Decoder(wire.Whole)

_CUT = Failure(Kind.CUT, "the provider's stream ended before the answer was complete")

Handler = Callable[[Any, bytes], list[Event]]
"""What a stream makes of the data of one event."""


class _Stream:
    """What reading a stream and watching it have in common: who answers, and how it ends."""

    def __init__(self) -> None:
        self._started = False
        self._over = False
        self._handlers: Mapping[str, Handler] = _FRAME

    def feed(self, event: ServerEvent) -> list[Event]:
        if self._over:
            return []
        try:
            handler = self._handlers.get(event.name) or self._handlers.get(_type_of(event))
            return [] if handler is None else handler(self, event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, FailureError) as error:
            self._over = True
            return [Failed(Failure(Kind.MALFORMED, f"the provider sent an event that cannot be read: {error}"))]

    def close(self) -> list[Event]:
        if self._over:
            return []
        self._over = True
        return [Failed(_CUT)]

    def _begin(self, data: bytes) -> list[Event]:
        return [] if self._started else self._start(_response.decode(data).response)

    def _start(self, answer: wire.Answer) -> list[Event]:
        self._started = True
        return [Started(answer.id or "", answer.model or "")]

    def _end(self, data: bytes) -> list[Event]:
        answer = _response.decode(data).response
        self._over = True
        events: list[Event] = [] if self._started else self._start(answer)
        failure = failure_of(answer)
        if failure is not None:
            return [*events, Failed(failure)]
        called, refused = self._settle(answer, events)
        if answer.usage is not None:
            events.append(Counted(read_usage(answer.usage, answer.service_tier)))
        finish = replace(read_finish(answer, called=called, refused=refused), extras=self._beside(data))
        return [*events, Finished(finish), Ended()]

    def _beside(self, data: bytes) -> Extras | None:
        """What the last event says that only Responses knows."""
        return None

    def _settle(self, answer: wire.Answer, events: list[Event]) -> tuple[bool, bool]:
        """Tells what of the answer was not told yet; returns whether it calls tools, and whether it refuses."""
        return False, False

    def _error(self, data: bytes) -> list[Event]:
        self._over = True
        return [Failed(decode_error_event(data))]


_FRAME: Mapping[str, Handler] = {
    "response.created": _Stream._begin,
    "response.queued": _Stream._begin,
    "response.in_progress": _Stream._begin,
    "response.completed": _Stream._end,
    "response.incomplete": _Stream._end,
    "response.failed": _Stream._end,
    "response.cancelled": _Stream._end,
    "response.done": _Stream._end,
    "error": _Stream._error,
}
"""By event, for all streams: one table of each would take more memory than all else of it."""


def _type_of(event: ServerEvent) -> str:
    """An event's type, where no name came with it."""
    return "" if event.name or event.data.strip() == b"[DONE]" else _typed.decode(event.data).type


_FORMS: Mapping[str, tuple[Form, str]] = {
    "output_text": (Form.TEXT, "message"),
    "refusal": (Form.REFUSAL, "message"),
    "reasoning_summary_text": (Form.SUMMARY, "reasoning"),
    "reasoning_text": (Form.REASONING, "reasoning"),
    "function_call_arguments": (Form.ARGUMENTS, ""),
    "custom_tool_call_input": (Form.ARGUMENTS, ""),
}
"""By the name of the events that bring it: what a piece is a piece of, and the kind of item it can begin."""


class Decoder(_Stream):
    """Reads every event. Unknown event types are skipped, items of unknown types kept verbatim once they are whole."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[int, Incoming] = {}
        self._by_id: dict[str, int] = {}
        self._last = -1
        self._numbers = count().__next__
        self._nothing = Incoming(self._numbers, wire.Skeleton())
        self._called = False
        self._refused = False
        self._handlers = _EVENTS

    # Items ---------------------------------------------------------------------------------------

    def _item_added(self, data: bytes) -> list[Event]:
        event = _item.decode(data)
        at = self._last + 1 if event.output_index is None else event.output_index
        if at in self._items:
            return []
        events = self._early()
        self._add(at, event.item, events)
        return events

    def _add(self, at: int, raw: Raw, events: list[Event]) -> Incoming:
        skeleton = _skeleton.decode(raw)
        item = INCOMING.get(skeleton.type, Incoming)(self._numbers, skeleton)
        item.begin(read_answered_item(raw, "item").blocks, events)
        return self._keep(at, item, skeleton.id)

    def _keep(self, at: int, item: Incoming, id: str | None) -> Incoming:
        self._items[at] = item
        self._last = max(self._last, at)
        if id is not None:
            self._by_id[id] = at
        return item

    def _early(self) -> list[Event]:
        """Some servers begin without `response.created`."""
        return [] if self._started else self._start(wire.Answer())

    def _position(self, place: wire.Place) -> int:
        if place.output_index is not None:
            return place.output_index
        return self._by_id.get(place.item_id or "", self._last)

    def _item_at(self, place: wire.Place, kind: str, events: list[Event]) -> Incoming:
        """The item a piece belongs to; one that was never announced is begun, if its kind alone says what it is."""
        at = self._position(place)
        item = self._items.get(at)
        if item is not None:
            return self._nothing if item.done else item
        begun = INCOMING.get(kind)
        if begun is None:
            return self._nothing
        events += self._early()
        item = begun(self._numbers, wire.Skeleton(kind, place.item_id))
        item.begin((), events)
        return self._keep(max(at, 0), item, place.item_id)

    def _item_done(self, data: bytes) -> list[Event]:
        event = _item.decode(data)
        at = self._position(event)
        known = self._items.get(at)
        events = self._early()
        self._finish(known or self._add(at if at >= 0 else 0, event.item, events), event.item, events)
        return events

    def _finish(self, item: Incoming, raw: Raw, events: list[Event]) -> None:
        if item.done:
            return
        blocks = read_answered_item(raw, "item").blocks
        self._called = self._called or any_called(blocks)
        self._refused = self._refused or any_refused(blocks)
        item.end(blocks, events)

    # Parts and pieces ----------------------------------------------------------------------------

    def _part_added(self, data: bytes) -> list[Event]:
        event = _part.decode(data)
        part = read_raw_part(event.part, "part")
        events: list[Event] = []
        if isinstance(part, Text):
            self._item_at(event, "message", events).begin_part(event.content_index or 0, part, events)
        return events

    def _part_done(self, data: bytes) -> list[Event]:
        event = _part.decode(data)
        part = read_raw_part(event.part, "part")
        events: list[Event] = []
        if isinstance(part, Text):
            self._item_at(event, "message", events).end_part(event.content_index or 0, part, events)
        return events

    def _annotation(self, data: bytes) -> list[Event]:
        said = _annotation.decode(data)
        events: list[Event] = []
        self._item_at(said, "message", events).cite(said.content_index or 0, said.annotation, events)
        return events

    def _piece(self, form: Form, kind: str, data: bytes) -> list[Event]:
        """A delta."""
        said = _delta.decode(data)
        events: list[Event] = []
        at = said.summary_index if form is Form.SUMMARY else said.content_index
        item = self._item_at(said, kind, events)
        item.more(form, at or 0, said.delta, events)
        if said.logprobs:
            item.weigh(at or 0, read_logprobs(said.logprobs), events)
        return events

    def _whole(self, form: Form, kind: str, data: bytes) -> list[Event]:
        """What deltas came to."""
        said = _whole.decode(data)
        events: list[Event] = []
        at = said.summary_index if form is Form.SUMMARY else said.content_index
        text = said.text or said.refusal or said.arguments or said.input or ""
        self._item_at(said, kind, events).whole(form, at or 0, text, events)
        return events

    def _beside(self, data: bytes) -> Extras | None:
        return read_beside(msgspec.json.decode(data, type=wire.RawResponseEvent).response)

    # The end -------------------------------------------------------------------------------------

    def _settle(self, answer: wire.Answer, events: list[Event]) -> tuple[bool, bool]:
        """The last snapshot counts by position: indexes of items may have gaps, and some servers change ids."""
        told = [self._items[at] for at in sorted(self._items)]
        for place, raw in enumerate(answer.output or ()):
            item = told[place] if place < len(told) else self._add(self._last + 1, raw, events)
            self._finish(item, raw, events)
        for item in told:
            if not item.done:
                item.give_up(events)
        return self._called, self._refused


def _busy(_stream: Decoder, data: bytes) -> list[Event]:
    _typed.decode(data)
    return [Pinged()]


def _pieces(form: Form, kind: str) -> Handler:
    return lambda stream, data: stream._piece(form, kind, data)


def _wholes(form: Form, kind: str) -> Handler:
    return lambda stream, data: stream._whole(form, kind, data)


_EVENTS: Mapping[str, Handler] = {
    **_FRAME,
    "response.output_item.added": Decoder._item_added,
    "response.output_item.done": Decoder._item_done,
    "response.content_part.added": Decoder._part_added,
    "response.content_part.done": Decoder._part_done,
    "response.output_text.annotation.added": Decoder._annotation,
    **{f"response.{name}.delta": _pieces(form, kind) for name, (form, kind) in _FORMS.items()},
    **{f"response.{name}.done": _wholes(form, kind) for name, (form, kind) in _FORMS.items()},
    "response.web_search_call.in_progress": _busy,
    "response.web_search_call.searching": _busy,
    "response.web_search_call.completed": _busy,
    "response.image_generation_call.in_progress": _busy,
    "response.image_generation_call.generating": _busy,
    "response.image_generation_call.partial_image": _busy,
    "response.image_generation_call.completed": _busy,
}


class _Said(msgspec.Struct):
    """A delta, or what deltas came to."""

    delta: str | None = None
    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None


class _SaidItem(msgspec.Struct):
    type: str
    content: list[_Said] | str | None = None


class _SaidItemEvent(msgspec.Struct):
    item: _SaidItem


_said = msgspec.json.Decoder(_Said)
_said_item = msgspec.json.Decoder(_SaidItemEvent)
_PROVING = frozenset({"reasoning", "function_call", "custom_tool_call"})
"""Items that are content as soon as they begin. A message begins empty; what others are is told when they are whole."""


class Watcher(_Stream):
    """Reads only what a bystander needs: who answers, first content, usage, failure and the end; of the deltas, only
    those up to the first that says something."""

    def __init__(self) -> None:
        super().__init__()
        self._handlers = _PROOFS

    def _proved(self) -> list[Event]:
        self._handlers = _FRAME
        return [SOMETHING_SAID]

    def _some(self, data: bytes) -> list[Event]:
        said = _said.decode(data)
        return self._proved() if _says_something(said) else []

    def _item_begun(self, data: bytes) -> list[Event]:
        return self._proved() if _said_item.decode(data).item.type in _PROVING else []

    def _item_whole(self, data: bytes) -> list[Event]:
        item = _said_item.decode(data).item
        parts = item.content if isinstance(item.content, list) else [_Said(text=item.content)]
        return self._proved() if item.type != "message" or any(map(_says_something, parts)) else []


_PROOFS: Mapping[str, Handler] = {
    **_FRAME,
    **dict.fromkeys([f"response.{name}.{end}" for name in _FORMS for end in ("delta", "done")], Watcher._some),
    "response.output_item.added": Watcher._item_begun,
    "response.output_item.done": Watcher._item_whole,
}


def _says_something(said: _Said) -> bool:
    return bool(said.delta or said.text or said.refusal or said.arguments or said.input)

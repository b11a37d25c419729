"""A stream of CodeWhisperer's as neutral events. It has no end mark: that it is whole, its framing tells.

An event's name is that of Amazon's frame; an exception of the stream comes as an event called by the exception.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from fairlead.shared.codec import encode
from fairlead.shared.conversation import (
    Finish,
    FinishReason,
    RedactedThinking,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from fairlead.shared.dialects.codewhisperer.errors import told
from fairlead.shared.events import (
    ArgumentsDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    OpenedBlock,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
)
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import ServerEvent
from fairlead.shared.wire import codewhisperer as wire

NAME = "codewhisperer"
_FULL = 100.0
"""Per cent of the context."""
_CUT_OFF = "contentlengthexceededexception"


class Decoder:
    """One block is open at a time; what belongs to another closes it."""

    def __init__(self) -> None:
        self._started = False
        self._over = False
        self._index = -1
        self._open: OpenedBlock | None = None
        self._calls = False
        self._reason: FinishReason | None = None
        self._handlers: Mapping[str, tuple[type, Callable[[Any], list[Event]]]] = {
            "assistantResponseEvent": (wire.AssistantResponseEvent, self._text),
            "toolUseEvent": (wire.ToolUseEvent, self._call),
            "reasoningContentEvent": (wire.ReasoningContentEvent, self._reasoning),
            "metadataEvent": (wire.MetadataEvent, _counted),
            "contextUsageEvent": (wire.ContextUsageEvent, self._context),
            "invalidStateEvent": (wire.Error, self._invalid),
        }

    def feed(self, event: ServerEvent) -> list[Event]:
        if self._over:
            return []
        if event.name.lower().endswith(("exception", "error")):
            return [*self._begun(event), *self._thrown(event)]
        shape, handler = self._handlers.get(event.name, (None, None))
        if shape is None or handler is None:
            return self._begun(event)
        try:
            return [*self._begun(event), *handler(msgspec.json.decode(event.data, type=shape))]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return self._failed(Failure(Kind.MALFORMED, f"the provider sent an event that cannot be read: {error}"))

    def close(self) -> list[Event]:
        if self._over:
            return []
        if not self._started or isinstance(self._open, ToolCall):
            return self._failed(Failure(Kind.CUT, "the provider's stream ended before the answer was complete"))
        self._over = True
        reason = self._reason or (FinishReason.TOOL_CALLS if self._calls else FinishReason.STOP)
        return [*self._closed(), Finished(Finish(reason)), Ended()]

    def _begun(self, event: ServerEvent) -> list[Event]:
        if self._started:
            return []
        self._started = True
        named = event.name == "messageMetadataEvent"
        try:
            known = msgspec.json.decode(event.data, type=wire.MessageMetadataEvent) if named else None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            known = None
        return [Started(known.utterance_id if known else "", "")]

    def _failed(self, failure: Failure) -> list[Event]:
        self._over = True
        return [Failed(failure)]

    def _opened(self, block: OpenedBlock) -> list[Event]:
        closed = self._closed()
        self._index += 1
        self._open = block
        return [*closed, Opened(self._index, block)]

    def _closed(self) -> list[Event]:
        if self._open is None:
            return []
        self._open = None
        return [Closed(self._index)]

    def _text(self, said: wire.AssistantResponseEvent) -> list[Event]:
        if not said.content:
            return []
        opened = [] if isinstance(self._open, Text) else self._opened(Text(""))
        return [*opened, TextDelta(self._index, said.content)]

    def _call(self, said: wire.ToolUseEvent) -> list[Event]:
        events: list[Event] = []
        if not isinstance(self._open, ToolCall) or self._open.id != said.tool_use_id:
            self._calls = True
            events = self._opened(ToolCall(said.tool_use_id, said.name, ""))
        if said.input:
            fragment = said.input if isinstance(said.input, str) else encode(said.input).decode()
            events.append(ArgumentsDelta(self._index, fragment))
        return events + self._closed() if said.stop else events

    def _reasoning(self, said: wire.ReasoningContentEvent) -> list[Event]:
        if said.redacted_content is not None:
            return [*self._opened(RedactedThinking(said.redacted_content, NAME)), *self._closed()]
        if not said.text and not said.signature:
            return []
        events = [] if isinstance(self._open, Thinking) else self._opened(Thinking(""))
        if said.text:
            events.append(ThinkingDelta(self._index, said.text))
        if said.signature:
            events.append(SignatureDelta(self._index, said.signature, NAME))
        return events

    def _context(self, said: wire.ContextUsageEvent) -> list[Event]:
        if said.context_usage_percentage >= _FULL:
            self._reason = FinishReason.CONTEXT_WINDOW
        return []

    def _invalid(self, said: wire.Error) -> list[Event]:
        message = said.message or said.reason or "the conversation is in an invalid state"
        return self._failed(told("", said, message, 400))

    def _thrown(self, event: ServerEvent) -> list[Event]:
        if event.name.lower() == _CUT_OFF:
            self._reason = FinishReason.LENGTH
            return self._closed()
        try:
            error = msgspec.json.decode(event.data, type=wire.Error)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            error = wire.Error()
        return self._failed(told(event.name, error, error.message or f"the provider said {event.name}", 500))


def _counted(said: wire.MetadataEvent) -> list[Event]:
    used = said.token_usage
    if used is None:
        return []
    usage = Usage(
        input=used.uncached_input_tokens,
        cache_read=used.cache_read_input_tokens,
        cache_write=used.cache_write_input_tokens,
        output=used.output_tokens,
    )
    return [Counted(usage)]

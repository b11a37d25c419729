"""Neutral events as a chat completion stream.

Order on the wire: a chunk with the role, fragments, one chunk with the finish reason, the usage if it was asked for,
`[DONE]`; or at any place an error object, after which nothing follows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Finish, FinishReason, RedactedThinking, Text, Thinking, ToolCall, Usage
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.openai.errors import failure_event
from fairlead.shared.dialects.openai.response import completion_id, write_finish, write_usage
from fairlead.shared.events import (
    ArgumentsDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    Pinged,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
)
from fairlead.shared.grammar import CHAT, Chat, ChatEvent, Grammar
from fairlead.shared.sse import encode_comment
from fairlead.shared.tool_ids import ToolIds

PING = encode_comment("ping")


class _Call:
    """A tool call on its way out: its place among the calls, and whether any argument text went out."""

    __slots__ = ("place", "told")

    def __init__(self, place: int) -> None:
        self.place = place
        self.told = False


class Encoder:
    """One chat stream. What does not fit is left out or supplied, and counted in `violations`."""

    def __init__(self, context: ReplyContext) -> None:
        self.violations: Counter[str] = Counter()
        self._context = context
        self._grammar = Grammar(CHAT, Chat.INIT)
        self._ids = ToolIds()
        self._usage: Usage | None = None
        self._calls: dict[int, _Call] = {}
        self._head = b""
        self._out: list[bytes] = []
        self._handlers: Mapping[type, Callable[[Any], None]] = {
            Started: self._started,
            Opened: self._opened,
            TextDelta: self._text,
            ThinkingDelta: self._thinking,
            SignatureDelta: self._signature,
            ArgumentsDelta: self._arguments,
            UnknownDelta: _nothing,
            Closed: self._closed,
            Counted: self._counted,
            Finished: self._finished,
            Ended: self._ended,
            Pinged: self._pinged,
            Failed: self._failed,
        }

    def feed(self, events: Iterable[Event]) -> bytes:
        handlers = self._handlers
        for event in events:
            handlers[type(event)](event)
        out = b"".join(self._out)
        self._out.clear()
        return out

    def keepalive(self) -> bytes:
        """A comment: every reader skips it."""
        return PING

    def _started(self, event: Started) -> None:
        if not self._grammar.step(ChatEvent.ROLE):
            self.violations["second start"] += 1
            return
        envelope = {
            "id": completion_id(event.id, self._context),
            "object": "chat.completion.chunk",
            "created": self._context.created,
            "model": event.model or self._context.model,
        }
        self._head = b"data: " + encode(envelope)[:-1]
        self._chunk(b'{"role":"assistant","content":""}', b"null")

    def _chunk(self, delta: bytes, finish: bytes) -> None:
        self._out.append(b'%b,"choices":[{"index":0,"delta":%b,"finish_reason":%b}]}\n\n' % (self._head, delta, finish))

    def _fragment(self, delta: bytes) -> None:
        if self._grammar.state is Chat.INIT:
            self._started(Started("", ""))
        if self._grammar.step(ChatEvent.FRAGMENT):
            self._chunk(delta, b"null")
        else:
            self.violations["content after finish"] += 1

    def _text(self, event: TextDelta) -> None:
        if event.text:
            self._fragment(b'{"content":%b}' % encode(event.text))

    def _thinking(self, event: ThinkingDelta) -> None:
        if event.text:
            self._fragment(b'{"reasoning_content":%b}' % encode(event.text))

    def _signature(self, event: SignatureDelta) -> None:
        detail = {"type": "reasoning.text", "signature": event.signature, "index": event.index}
        self._fragment(b'{"reasoning_details":[%b]}' % encode(detail))

    def _opened(self, event: Opened) -> None:
        match event.block:
            case RedactedThinking(data):
                detail = {"type": "reasoning.encrypted", "data": data, "index": event.index}
                self._fragment(b'{"reasoning_details":[%b]}' % encode(detail))
            case ToolCall(id, name, arguments):
                call = _Call(len(self._calls))
                self._calls[event.index] = call
                function = {"name": name, "arguments": ""}
                started = {"index": call.place, "id": self._ids.call(id), "type": "function", "function": function}
                self._fragment(b'{"tool_calls":[%b]}' % encode(started))
                if arguments:
                    self._arguments(ArgumentsDelta(event.index, arguments))
            case Text(text):
                self._text(TextDelta(event.index, text))
            case Thinking(text):
                self._thinking(ThinkingDelta(event.index, text))

    def _arguments(self, event: ArgumentsDelta) -> None:
        call = self._calls.get(event.index)
        if call is None:
            self.violations["delta without block"] += 1
        elif event.fragment:
            call.told = True
            self._fragment(
                b'{"tool_calls":[{"index":%d,"function":{"arguments":%b}}]}' % (call.place, encode(event.fragment))
            )

    def _closed(self, event: Closed) -> None:
        """A call without arguments is told as an empty object: clients parse what they get."""
        call = self._calls.get(event.index)
        if call is not None and not call.told:
            self._arguments(ArgumentsDelta(event.index, "{}"))

    def _counted(self, event: Counted) -> None:
        self._usage = event.usage

    def _finished(self, event: Finished) -> None:
        if self._grammar.state is Chat.INIT:
            self._started(Started("", ""))
        if self._grammar.step(ChatEvent.FINISH):
            self._chunk(b"{}", encode(write_finish(event.finish)))
        else:
            self.violations["second finish"] += 1

    def _ended(self, _event: Ended) -> None:
        if self._grammar.state in (Chat.INIT, Chat.OPEN):
            self.violations["end without finish"] += 1
            self._finished(Finished(Finish(FinishReason.TOOL_CALLS if self._calls else FinishReason.STOP)))
        if self._usage is not None and self._context.usage and self._grammar.step(ChatEvent.USAGE):
            self._out.append(b'%b,"choices":[],"usage":%b}\n\n' % (self._head, encode(write_usage(self._usage))))
        if self._grammar.step(ChatEvent.DONE):
            self._out.append(b"data: [DONE]\n\n")

    def _pinged(self, _event: Pinged) -> None:
        if self._grammar.state is not Chat.END:
            self._out.append(PING)

    def _failed(self, event: Failed) -> None:
        if self._grammar.step(ChatEvent.ERROR):
            self._out.append(failure_event(event.failure, self._context.id))


def _nothing(_event: Event) -> None:
    """A delta of a block chat has no words for."""

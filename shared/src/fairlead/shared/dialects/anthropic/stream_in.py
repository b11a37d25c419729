"""A Messages stream as neutral events."""

from collections.abc import Callable, Mapping
from typing import get_args

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import encode
from fairlead.shared.conversation import (
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialects.anthropic.blocks_in import NAME, read_citation, read_raw_block, read_signature
from fairlead.shared.dialects.anthropic.errors import decode_failure
from fairlead.shared.dialects.anthropic.response import KNOWN, read_finish, read_usage
from fairlead.shared.events import (
    ArgumentsDelta,
    CitationDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    OpenedBlock,
    Pinged,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
    is_content,
)
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.sse import ServerEvent
from fairlead.shared.wire import anthropic as wire

_start = msgspec.json.Decoder(wire.MessageStart)
_block_start = msgspec.json.Decoder(wire.BlockStart)
_delta = msgspec.json.Decoder(wire.BlockDelta)
_raw_delta = msgspec.json.Decoder(wire.RawBlockDelta)
_block_stop = msgspec.json.Decoder(wire.BlockStop)
_fields = msgspec.json.Decoder(dict[str, Raw])
_TOLD = KNOWN | {"delta"}


class _Typed(msgspec.Struct):
    type: str = ""


_typed = msgspec.json.Decoder(_Typed)

_KNOWN_DELTAS = frozenset(kind.__struct_config__.tag for kind in get_args(wire.Delta))
"""Of these a wrong shape is an error; of any other kind every shape is right."""

_CUT = Failure(Kind.CUT, "the provider's stream ended before the answer was complete")


class Decoder:
    """Reads every event. Unknown event types are skipped, unknown blocks and deltas kept verbatim."""

    def __init__(self) -> None:
        self._usage = Usage()
        self._unknown: dict[str, Raw] = {}
        self._inputs: dict[int, str] = {}
        self._over = False
        self._handlers = self._table()

    def _table(self) -> dict[str, Callable[[bytes], list[Event]]]:
        return {
            "message_start": self._message_start,
            "content_block_start": self._content_block_start,
            "content_block_delta": self._content_block_delta,
            "content_block_stop": self._content_block_stop,
            "message_delta": self._message_delta,
            "message_stop": self._message_stop,
            "ping": _ping,
            "error": self._error,
        }

    def feed(self, event: ServerEvent) -> list[Event]:
        if self._over:
            return []
        try:
            name = event.name or _typed.decode(event.data).type
            handler = self._handlers.get(name)
            return [] if handler is None else handler(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, FailureError) as error:
            if not (event.name or event.data.strip()):
                return []
            self._over = True
            return [Failed(Failure(Kind.MALFORMED, f"the provider sent an event that cannot be read: {error}"))]

    def close(self) -> list[Event]:
        if self._over:
            return []
        self._over = True
        return [Failed(_CUT)]

    def _message_start(self, data: bytes) -> list[Event]:
        fields = _start.decode(data).message
        message = msgspec.json.decode(encode(fields), type=wire.StartedMessage)
        self._unknown.update((name, raw) for name, raw in fields.items() if name not in KNOWN)
        return [*self._count(fields), Started(message.id, message.model)]  # counted first: other starts tell of it too

    def _count(self, fields: Mapping[str, Raw]) -> list[Event]:
        usage = fields.get("usage")
        if usage is None or bytes(usage) == b"null":
            return []
        self._usage = read_usage(usage, self._usage)
        return [Counted(self._usage)]

    def _content_block_start(self, data: bytes) -> list[Event]:
        start = _block_start.decode(data)
        block = _skeleton(read_raw_block(start.content_block, "content_block"), start.content_block)
        if isinstance(block, ToolCall) and block.arguments:
            self._inputs[start.index] = block.arguments
            block = replace(block, arguments="")
        return [Opened(start.index, block)]

    def _content_block_delta(self, data: bytes) -> list[Event]:
        try:
            one = _delta.decode(data)
        except msgspec.ValidationError:
            raw = _raw_delta.decode(data)
            if _typed.decode(raw.delta).type in _KNOWN_DELTAS:
                raise
            return [UnknownDelta(raw.index, Unknown(NAME, raw.delta))]
        match one.delta:
            case wire.TextDelta(text):
                return [TextDelta(one.index, text)]
            case wire.InputJsonDelta(fragment):
                if fragment and self._inputs:
                    self._inputs.pop(one.index, None)
                return [ArgumentsDelta(one.index, fragment)]
            case wire.ThinkingDelta(text):
                return [ThinkingDelta(one.index, text)]
            case wire.SignatureDelta(signature):
                return [SignatureDelta(one.index, *read_signature(signature))]
            case wire.CitationsDelta(citation):
                return [CitationDelta(one.index, read_citation(citation))]

    def _content_block_stop(self, data: bytes) -> list[Event]:
        index = _block_stop.decode(data).index
        return [*self._whole_input(index), Closed(index)]

    def _whole_input(self, index: int) -> list[Event]:
        """The input that a call began with, if none came after it: what comes says all of it again."""
        whole = self._inputs.pop(index, None)
        return [] if whole is None else [ArgumentsDelta(index, whole)]

    def _message_delta(self, data: bytes) -> list[Event]:
        fields = _fields.decode(data)
        events = self._count(fields)
        delta = fields.get("delta", Raw(b"{}"))
        stop = msgspec.json.decode(delta, type=wire.StopDelta)
        told = {**fields, **_fields.decode(delta)}
        self._unknown.update((name, raw) for name, raw in told.items() if name not in _TOLD)
        if stop.stop_reason is not None:
            events += [event for index in list(self._inputs) for event in self._whole_input(index)]
            events.append(Finished(read_finish(stop.stop_reason, stop.stop_sequence, self._unknown)))
        return events

    def _message_stop(self, data: bytes) -> list[Event]:
        _typed.decode(data)  # half an end mark is none
        self._over = True
        return [Ended()]

    def _error(self, data: bytes) -> list[Event]:
        self._over = True
        return [Failed(decode_failure(200, data))]


def _ping(_data: bytes) -> list[Event]:
    return [Pinged()]


def _skeleton(block: object, raw: Raw) -> OpenedBlock:
    """A tool call's input arrives in deltas; the `{}` it starts with is no part of it."""
    match block:
        case ToolCall(arguments=arguments) if arguments.strip() in _NO_INPUTS:
            return ToolCall(block.id, block.name, "", extras=block.extras)
        case ServerCall(id, name, arguments) if arguments.strip() in ("{}", ""):
            return ServerCall(id, name, "")
        case Text() | Thinking() | RedactedThinking() | ToolCall() | ServerCall() | ServerResult():
            return block
        case _:
            return Unknown(NAME, raw)


_NO_INPUTS = frozenset({"{}", "", "null", '""'})


class Watcher(Decoder):
    """Reads what a bystander needs: who answers, which block is open, usage, failure and the end; of the deltas, only
    the first."""

    def _table(self) -> dict[str, Callable[[bytes], list[Event]]]:
        return {
            "message_start": self._message_start,
            "content_block_start": self._content_block_start,
            "content_block_delta": self._first_delta,
            "content_block_stop": self._content_block_stop,
            "message_delta": self._message_delta,
            "message_stop": self._message_stop,
            "error": self._error,
        }

    def _first_delta(self, data: bytes) -> list[Event]:
        events = self._content_block_delta(data)
        if not isinstance(events[0], TextDelta) or is_content(events[0]):
            del self._handlers["content_block_delta"]
        return events

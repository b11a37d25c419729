"""Neutral events as a Messages stream.

Order on the wire: message_start, then each block whole, then message_delta and message_stop, or `error`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import encode, on_one_line
from fairlead.shared.conversation import (
    Audio,
    Finish,
    FinishReason,
    Image,
    ServerCall,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.anthropic.blocks_in import NAME
from fairlead.shared.dialects.anthropic.blocks_out import (
    note_block,
    note_citation,
    own,
    sealed,
    server_id,
    write_answer_block,
    write_citation,
    write_extras,
)
from fairlead.shared.dialects.anthropic.errors import failure_event
from fairlead.shared.dialects.anthropic.response import (
    FINISHES,
    message_id,
    note_usage,
    write_beside,
    write_finish,
    write_usage,
)
from fairlead.shared.events import (
    ArgumentsDelta,
    AudioDelta,
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
)
from fairlead.shared.grammar import ANTHROPIC, Anthropic, AnthropicEvent, Grammar
from fairlead.shared.loss import Loss, Losses
from fairlead.shared.serial import Serial
from fairlead.shared.sse import encode_event
from fairlead.shared.tool_forms import call_as_function, flat_name
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.unshown import in_words

PING = b'event: ping\ndata: {"type":"ping"}\n\n'

_DELTA = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
_TEXT = _DELTA + b'{"type":"text_delta","text":%b}}\n\n'
_THINKING = _DELTA + b'{"type":"thinking_delta","thinking":%b}}\n\n'
_SIGNATURE = _DELTA + b'{"type":"signature_delta","signature":%b}}\n\n'
_ARGUMENTS = _DELTA + b'{"type":"input_json_delta","partial_json":%b}}\n\n'
_CITATION = _DELTA + b'{"type":"citations_delta","citation":%b}}\n\n'
_UNKNOWN = _DELTA + b"%b}\n\n"
_STOP = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_END = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


def sign_of_life(index: int, block: OpenedBlock) -> bytes:
    """An empty delta of the open block: some versions of Claude Code take no notice of pings."""
    delta = _EMPTY_DELTAS.get(type(block))
    return PING if delta is None else delta % (index, b'""')


class Encoder:
    """One Messages stream. What does not fit is left out or supplied, and counted in `violations`."""

    def __init__(self, context: ReplyContext) -> None:
        self.violations: Counter[str] = Counter()
        self._context = context.without_tools()
        self._grammar = Grammar(ANTHROPIC, Anthropic.INIT)
        self._losses = Losses(NAME, FINISHES)
        self._serial = Serial(self.violations)
        self._ids = ToolIds()
        self._usage = Usage()
        self._told: Mapping[str, Raw] = {}
        self._finish: Finish | None = None
        self._index = -1
        self._called = False
        self._block: OpenedBlock | None = None
        self._unheard: Audio | None = None
        self._free_text: list[str] | None = None
        self._out: list[bytes] = []

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self._losses.told

    def feed(self, events: Iterable[Event]) -> bytes:
        for event in self._serial.feed(events):
            _HANDLERS[type(event)](self, event)
        out = b"".join(self._out)
        self._out.clear()
        return out

    def keepalive(self) -> bytes:
        """A sign of life."""
        if self._grammar.state is Anthropic.BLOCK and self._block is not None:
            return sign_of_life(self._index, self._block)
        return PING

    # Blocks --------------------------------------------------------------------------------------

    def _started(self, event: Started) -> None:
        self._losses.extras(event.extras, "answer")
        if not self._grammar.step(AnthropicEvent.MESSAGE_START):
            self.violations["second start"] += 1
            return
        self._told = write_beside(self._usage)
        message: dict[str, Any] = {
            "id": message_id(event.id, self._context),
            "type": "message",
            "role": "assistant",
            "model": event.model or self._context.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": write_usage(self._usage),
        }
        self._write("message_start", {"type": "message_start", "message": message})

    def _opened(self, event: Opened) -> None:
        if self._grammar.state is Anthropic.INIT:
            self._started(Started("", ""))
        note_block(event.block, self._losses)
        skeleton = self._skeleton(event.block)
        if skeleton is None or not self._grammar.step(AnthropicEvent.BLOCK_START):
            self.violations["block without words"] += 1
            return
        self._index += 1
        self._write(
            "content_block_start", {"type": "content_block_start", "index": self._index, "content_block": skeleton}
        )
        if isinstance(event.block, ToolCall | ServerCall) and event.block.arguments:
            self._arguments(ArgumentsDelta(event.index, event.block.arguments))
        elif isinstance(event.block, Image):
            self._text(TextDelta(event.index, in_words(event.block).text))
        elif isinstance(event.block, Audio):
            self._audio(AudioDelta(event.index, "", event.block.transcript))

    def _skeleton(self, block: OpenedBlock) -> Any:
        self._block = block
        match block:
            case ToolCall(id, name):
                self._called = True
                self._free_text = [] if block.custom else None
                fields = {"type": "tool_use", "id": self._ids.call(id), "name": flat_name(name, block.namespace)}
                return {**fields, "input": {}, **write_extras(block.extras)}
            case ServerCall(id, name):
                return {"type": "server_tool_use", "id": server_id(id), "name": name, "input": {}}
            case Image() | Audio():
                self._unheard = block if isinstance(block, Audio) else None
                return write_answer_block(Text(""))
            case _:
                return write_answer_block(block)

    def _text(self, event: TextDelta) -> None:
        if self._now() and event.text:
            self._out.append(_TEXT % (self._index, encode(event.text)))
        if event.logprobs:
            self._losses.add("logprobs", "content[].text")

    def _audio(self, event: AudioDelta) -> None:
        """The words in it; without any it is said in the end that there was sound."""
        if event.transcript:
            self._unheard = None
            self._text(TextDelta(event.index, event.transcript))

    def _thinking(self, event: ThinkingDelta) -> None:
        if self._now() and event.text:
            self._out.append(_THINKING % (self._index, encode(event.text)))

    def _signature(self, event: SignatureDelta) -> None:
        if self._now():
            self._out.append(_SIGNATURE % (self._index, encode(sealed(event.signature, event.maker))))

    def _arguments(self, event: ArgumentsDelta) -> None:
        if self._free_text is not None:
            self._free_text.append(event.fragment)
        elif self._now():
            self._out.append(_ARGUMENTS % (self._index, encode(event.fragment)))

    def _citation(self, event: CitationDelta) -> None:
        note_citation(event.citation, self._losses)
        citation = write_citation(event.citation)
        if citation is not None and self._now():
            self._out.append(_CITATION % (self._index, on_one_line(encode(citation))))

    def _unknown(self, event: UnknownDelta) -> None:
        raw = own(event.delta)
        if raw is None:
            self._losses.block(event.delta)
        elif self._now():
            self._out.append(_UNKNOWN % (self._index, on_one_line(bytes(raw))))

    def _now(self) -> bool:
        """Whether a delta may be written: not if its block has no words here."""
        return self._grammar.step(AnthropicEvent.BLOCK_DELTA)

    def _closed(self, event: Closed) -> None:
        pieces, self._free_text = self._free_text, None
        if pieces is not None and isinstance(self._block, ToolCall):
            call = call_as_function(replace(self._block, arguments="".join(pieces)))
            self._arguments(ArgumentsDelta(event.index, call.arguments))
        unheard, self._unheard = self._unheard, None
        if unheard is not None:
            self._text(TextDelta(event.index, in_words(unheard).text))
        if self._grammar.step(AnthropicEvent.BLOCK_STOP):
            self._out.append(_STOP % self._index)

    # The end -------------------------------------------------------------------------------------

    def _counted(self, event: Counted) -> None:
        self._usage = event.usage

    def _finished(self, event: Finished) -> None:
        if self._finish is not None:
            self.violations["second finish"] += 1
            return
        self._finish = event.finish

    def _ended(self, _event: Ended) -> None:
        if self._grammar.state is Anthropic.INIT:
            self._started(Started("", ""))
        finish = self._finish
        if finish is None:
            self.violations["end without finish"] += 1
            finish = Finish(FinishReason.TOOL_CALLS if self._called else FinishReason.STOP)
        if not self._grammar.step(AnthropicEvent.MESSAGE_DELTA):
            return
        note_usage(self._usage, self._losses)
        self._losses.finish(finish, sequence=True)
        extras = write_extras(finish.extras)
        inner = {name: raw for name, raw in extras.items() if name in _IN_DELTA}
        outer = {name: raw for name, raw in extras.items() if name not in _IN_DELTA}
        delta = {"stop_reason": write_finish(finish), "stop_sequence": finish.sequence, **inner}
        usage = self._untold(write_usage(self._usage))
        self._write("message_delta", {"type": "message_delta", "delta": delta, "usage": usage, **outer})
        if self._grammar.step(AnthropicEvent.MESSAGE_STOP):
            self._out.append(_END)

    def _untold(self, usage: dict[str, Any]) -> dict[str, Any]:
        """The figures, and of what else belongs to them that which the start did not tell."""
        return {name: value for name, value in usage.items() if name not in self._told or value != self._told[name]}

    def _pinged(self, _event: Pinged) -> None:
        if self._grammar.state is not Anthropic.END:
            self._out.append(PING)

    def _failed(self, event: Failed) -> None:
        if self._grammar.step(AnthropicEvent.ERROR):
            self._out.append(failure_event(event.failure, self._context.id))

    def _write(self, name: str, data: Any) -> None:
        self._out.append(encode_event(on_one_line(encode(data)), name))


_HANDLERS: Mapping[type, Callable[[Encoder, Any], None]] = {
    Started: Encoder._started,
    Opened: Encoder._opened,
    TextDelta: Encoder._text,
    ThinkingDelta: Encoder._thinking,
    SignatureDelta: Encoder._signature,
    ArgumentsDelta: Encoder._arguments,
    AudioDelta: Encoder._audio,
    CitationDelta: Encoder._citation,
    UnknownDelta: Encoder._unknown,
    Closed: Encoder._closed,
    Counted: Encoder._counted,
    Finished: Encoder._finished,
    Ended: Encoder._ended,
    Pinged: Encoder._pinged,
    Failed: Encoder._failed,
}
"""By event, for all streams: one table of each would take more memory than all else of it."""


_IN_DELTA = frozenset({"stop_reason", "stop_details", "container"})
"""What of an answer's own fields a stream tells beside its stop reason."""

_EMPTY_DELTAS: Mapping[type, bytes] = {Text: _TEXT, Thinking: _THINKING, ToolCall: _ARGUMENTS}

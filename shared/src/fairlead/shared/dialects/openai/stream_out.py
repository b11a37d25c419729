"""Neutral events as a chat completion stream.

Order on the wire: a chunk with the role, fragments, one chunk with the finish reason, the usage if it was asked for,
`[DONE]`; or at any place an error object, after which nothing follows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from fairlead.shared.codec import encode, on_one_line
from fairlead.shared.conversation import (
    Audio,
    Citation,
    Finish,
    FinishReason,
    Image,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.openai.beside import audio_fields, has_word, write_images, write_tier, write_tokens
from fairlead.shared.dialects.openai.errors import failure_event
from fairlead.shared.dialects.openai.parts import NAME, is_plain_call, write_annotations, write_encrypted
from fairlead.shared.dialects.openai.response import (
    FINISHES,
    PLAIN_REASONS,
    completion_id,
    note_block,
    note_usage,
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
from fairlead.shared.grammar import CHAT, Chat, ChatEvent, Grammar
from fairlead.shared.loss import Loss, Losses
from fairlead.shared.serial import SideBySide
from fairlead.shared.sse import encode_comment
from fairlead.shared.tool_forms import flat_name
from fairlead.shared.tool_ids import ToolIds

PING = encode_comment("ping")


class _Call:
    """A tool call on its way out: its place among the calls, and whether any argument text went out. A free-text call
    is told as a function's, whole, once its text is complete."""

    __slots__ = ("custom", "pieces", "place", "told")

    def __init__(self, place: int, custom: bool) -> None:
        self.place = place
        self.custom = custom
        self.pieces: list[str] = []
        self.told = False


class Encoder:
    """One chat stream. What does not fit is left out or supplied, and counted in `violations`."""

    def __init__(self, context: ReplyContext) -> None:
        self.violations: Counter[str] = Counter()
        self._context = context.without_tools()
        self._grammar = Grammar(CHAT, Chat.INIT)
        self._losses = Losses(NAME, FINISHES)
        self._blocks = SideBySide(self.violations)
        self._ids = ToolIds()
        self._usage: Usage | None = None
        self._calls: dict[int, _Call] = {}
        self._called = 0
        self._carried: set[int] = set()
        self._last: type | None = None
        self._refusing = False
        self._chars = 0
        self._before = 0
        self._citations: list[Citation] = []
        self._silent: Opened | None = None
        self._head = b""
        self._out: list[bytes] = []

    @property
    def losses(self) -> tuple[Loss, ...]:
        return () if self._context.extensions else self._losses.told

    def feed(self, events: Iterable[Event]) -> bytes:
        for event in self._blocks.feed(events):
            _HANDLERS[type(event)](self, event)
        out = b"".join(self._out)
        self._out.clear()
        return out

    def keepalive(self) -> bytes:
        """A comment: every reader skips it."""
        return PING

    def _started(self, event: Started) -> None:
        self._losses.extras(event.extras, "answer")
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
        carried = self._carried_at_start(event) if self._context.extensions else b""
        self._chunk(b'{"role":"assistant","content":""%b}' % carried, b"null")

    def _carried_at_start(self, event: Started) -> bytes:
        """What plain chat cannot say of the beginning."""
        counted = [] if self._usage is None else [Counted(self._usage)]
        events = counted if event.extras is None else [*counted, event]
        return b',"fairlead":{"events":%b}' % on_one_line(encode(events)) if events else b""

    def _chunk(self, delta: bytes, finish: bytes) -> None:
        self._out.append(b'%b,"choices":[{"index":0,"delta":%b,"finish_reason":%b}]}\n\n' % (self._head, delta, finish))

    def _fragment(self, delta: bytes, finish: bytes = b"null") -> None:
        """`finish`: the finish reason, there is none yet, and what stands behind it."""
        if self._grammar.state is Chat.INIT:
            self._started(Started("", ""))
        if self._grammar.step(ChatEvent.FRAGMENT):
            self._chunk(delta, finish)
        else:
            self.violations["content after finish"] += 1

    def _text(self, event: TextDelta) -> None:
        if event.text or event.logprobs:
            self._silent = None
            weights = self._weights(event) if event.logprobs else b"null"
            if self._refusing:
                self._fragment(b'{"refusal":%b}' % encode(event.text), weights)
                return
            self._chars += len(event.text)
            self._fragment(b'{"content":%b}' % encode(event.text), weights)

    def _weights(self, event: TextDelta) -> bytes:
        field = "refusal" if self._refusing else "content"
        told = {"content": None, "refusal": None, field: write_tokens(event.logprobs)}
        return b'null,"logprobs":%b' % encode(told)

    def _audio(self, event: AudioDelta) -> None:
        if event.index in self._carried:
            self._carry(event)
            return
        told = {"data": event.data, "transcript": event.transcript}
        self._fragment(b'{"audio":%b}' % encode({name: piece for name, piece in told.items() if piece}))

    def _thinking(self, event: ThinkingDelta) -> None:
        if event.parted and self._context.extensions:
            self._carry(event)
        elif event.text:
            self._fragment(b'{"reasoning_content":%b}' % encode(event.text))

    def _signature(self, event: SignatureDelta) -> None:
        detail = {"type": "reasoning.text", "signature": event.signature, "index": event.index}
        if event.maker:
            detail["format"] = event.maker
        self._fragment(b'{"reasoning_details":[%b]}' % encode(detail))

    def _opened(self, event: Opened) -> None:
        carried = self._context.extensions and self._needs_carrying(event.block)
        if carried:
            self._carry(Opened(event.index, self._begun(event.block)))
        self._silent = event if isinstance(event.block, Text) and not carried else None
        self._last = type(event.block)
        note_block(event.block, self._losses)
        match event.block:
            case RedactedThinking() as block:
                self._fragment(b'{"reasoning_details":[%b]}' % encode(write_encrypted(block, event.index)))
            case ToolCall() if event.index not in self._carried:
                self._begin_call(event.index, event.block)
            case Text(text, refusal=refusal, citations=citations, logprobs=logprobs):
                self._refusing = refusal
                self._before = self._chars
                self._citations = [] if refusal or self._context.extensions else list(citations)
                self._text(TextDelta(event.index, text, logprobs))
            case Image() if event.index not in self._carried:
                self._fragment(b'{"images":%b}' % encode(write_images([event.block])))
            case Audio() if event.index not in self._carried:
                self._fragment(b'{"audio":%b}' % encode(audio_fields(event.block, self._context.id)))
                if event.block.source.data or event.block.transcript:
                    self._audio(AudioDelta(event.index, event.block.source.data, event.block.transcript))
            case Thinking(text):
                self._thinking(ThinkingDelta(event.index, text))

    def _begin_call(self, index: int, block: ToolCall) -> None:
        call = self._calls[index] = _Call(self._called, block.custom)
        self._called += 1
        function = {"name": flat_name(block.name, block.namespace), "arguments": ""}
        started = {"index": call.place, "id": self._ids.call(block.id), "type": "function", "function": function}
        self._fragment(b'{"tool_calls":[%b]}' % encode(started))
        if block.arguments:
            self._arguments(ArgumentsDelta(index, block.arguments))

    def _break_silence(self) -> None:
        """A text that has begun and said nothing is told all the same, to a reader who knows how."""
        silent, self._silent = self._silent, None
        if silent is not None and self._context.extensions:
            self._carry(silent)

    def _needs_carrying(self, block: OpenedBlock) -> bool:
        """Whether plain chat cannot say that this block begins."""
        match block:
            case Text(citations=citations, extras=extras):
                return self._last is Text or bool(citations) or extras is not None
            case Thinking(signature=signature, extras=extras):
                return self._last is Thinking or bool(signature) or extras is not None
            case ToolCall():
                return not is_plain_call(block)
            case ServerCall() | ServerResult() | Image() | Audio() | Unknown():
                return True
            case _:
                return False

    def _begun(self, block: OpenedBlock) -> OpenedBlock:
        """The block as it is carried: without the words it begins with where these are told like all that follow, and
        counted among the calls."""
        match block:
            case Text():
                return replace(block, text="", logprobs=())
            case Thinking():
                return replace(block, text="")
            case ToolCall(id):
                return replace(block, id=self._ids.call(id))
            case _:
                return block

    def _carry(self, event: Event) -> None:
        """Tells an event in the neutral form, to a reader who knows it."""
        if isinstance(event, Opened) and not isinstance(event.block, Text | Thinking):
            self._carried.add(event.index)
        self._fragment(b'{"fairlead":{"events":[%b]}}' % on_one_line(encode(event)))

    def _citation(self, event: CitationDelta) -> None:
        if self._context.extensions:
            self._break_silence()
            self._carry(event)
            return
        self._losses.citation(event.citation)
        if not self._refusing:
            self._citations.append(event.citation)
            if event.citation.end is not None:
                self._cite()

    def _cite(self) -> None:
        """Tells citations: those with a place at once, the others when the length of their text is known."""
        annotations = write_annotations(self._citations, self._before, self._chars - self._before)
        self._citations = []
        if annotations:
            self._fragment(b'{"annotations":%b}' % encode(annotations))

    def _unknown(self, event: UnknownDelta) -> None:
        if self._context.extensions:
            self._break_silence()
            self._carry(event)
        else:
            self._losses.block(event.delta)

    def _arguments(self, event: ArgumentsDelta) -> None:
        call = self._calls.get(event.index)
        if event.index in self._carried:
            self._carry(event)
        elif call is None:
            return  # of a server's tool, which has no words here
        elif call.custom:
            call.pieces.append(event.fragment)
        elif event.fragment:
            call.told = True
            self._fragment(
                b'{"tool_calls":[{"index":%d,"function":{"arguments":%b}}]}' % (call.place, encode(event.fragment))
            )

    def _closed(self, event: Closed) -> None:
        """A call without arguments is told as an empty object: clients parse what they get."""
        self._break_silence()
        if self._citations:
            self._cite()
        call = self._calls.get(event.index)
        if event.index in self._carried:
            self._carry(event)
        elif call is not None and not call.told:
            arguments = encode({"input": "".join(call.pieces)}).decode() if call.custom else "{}"
            call.custom = False
            self._arguments(ArgumentsDelta(event.index, arguments))
        self._calls.pop(event.index, None)
        self._carried.discard(event.index)

    def _counted(self, event: Counted) -> None:
        """What is known before the beginning is told with it."""
        self._usage = event.usage
        begun = self._grammar.state is not Chat.INIT
        plain = event.usage.extras is None and has_word(event.usage.tier)
        if begun and self._context.extensions and not plain:
            self._carry(event)

    def _finished(self, event: Finished) -> None:
        if self._grammar.state is Chat.INIT:
            self._started(Started("", ""))
        if self._context.extensions and (event.finish.reason not in PLAIN_REASONS or event.finish.extras is not None):
            self._carry(event)
        self._losses.finish(event.finish)
        if self._grammar.step(ChatEvent.FINISH):
            self._chunk(b"{}", encode(write_finish(event.finish, self._refusing)))
        else:
            self.violations["second finish"] += 1

    def _ended(self, _event: Ended) -> None:
        if self._grammar.state in (Chat.INIT, Chat.OPEN):
            self.violations["end without finish"] += 1
            self._finished(Finished(Finish(FinishReason.TOOL_CALLS if self._called else FinishReason.STOP)))
        if self._usage is not None:
            note_usage(self._usage, self._losses)
        if self._usage is not None and self._context.usage and self._grammar.step(ChatEvent.USAGE):
            told = encode({"usage": write_usage(self._usage), **write_tier(self._usage.tier)})[1:]
            self._out.append(b'%b,"choices":[],%b\n\n' % (self._head, told))
        if self._grammar.step(ChatEvent.DONE):
            self._out.append(b"data: [DONE]\n\n")

    def _pinged(self, _event: Pinged) -> None:
        if self._grammar.state is not Chat.END:
            self._out.append(PING)

    def _failed(self, event: Failed) -> None:
        if self._grammar.step(ChatEvent.ERROR):
            self._out.append(failure_event(event.failure, self._context.id))


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

"""Neutral events as a streamGenerateContent answer.

Each feed comes to one chunk at most: text as it arrives, a function call once it is whole. The last chunk has the
finish reason and the usage; an answer that fails ends with an error instead, and never with both.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from fairlead.shared.codec import encode, on_one_line
from fairlead.shared.conversation import (
    Audio,
    Citation,
    Extras,
    Finish,
    FinishReason,
    Image,
    Logprob,
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
from fairlead.shared.dialects.gemini.ends import FINISHES, note_usage, write_finish, write_usage
from fairlead.shared.dialects.gemini.errors import failure_event
from fairlead.shared.dialects.gemini.grammar import GEMINI, Answer, Piece
from fairlead.shared.dialects.gemini.grounding import Grounding
from fairlead.shared.dialects.gemini.logprobs import write_logprobs
from fairlead.shared.dialects.gemini.offsets import Offsets
from fairlead.shared.dialects.gemini.parts_out import Signing, own_part, write_arguments
from fairlead.shared.dialects.gemini.response import note_block
from fairlead.shared.dialects.gemini.shown import write_image, write_sound
from fairlead.shared.dialects.gemini.signatures import NAME
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
from fairlead.shared.grammar import Grammar
from fairlead.shared.loss import Loss, Losses
from fairlead.shared.serial import Serial
from fairlead.shared.tool_forms import call_as_function
from fairlead.shared.tool_ids import ToolIds

_HEAD = b'data: {"candidates":[{"content":{"parts":['
_NOTHING = b'{"text":""}'
_NO_THOUGHT = b'{"text":"","thought":true}'

PING = _HEAD + _NO_THOUGHT + b'],"role":"model"},"index":0}]}\n\n'
"""A thought of nothing. Official clients fail on comments, and forget an answer that has a chunk without content."""


def named_ping(id: str, model: str) -> bytes:
    """A ping that says as much as is known of whose answer it belongs to, as every chunk does."""
    told = {name: value for name, value in (("modelVersion", model), ("responseId", id)) if value}
    return _HEAD + _NO_THOUGHT + _tail(encode(told)) if told else PING


def _tail(envelope: bytes) -> bytes:
    """The end of a chunk with content; `envelope` is an object that says whose it is."""
    return b'],"role":"model"},"index":0}],' + envelope[1:] + b"\n\n"


class Encoder:
    """One stream. What does not fit is left out or supplied, and counted in `violations`."""

    def __init__(self, context: ReplyContext) -> None:
        self.violations: Counter[str] = Counter()
        self._context = context.without_tools()
        self._grammar = Grammar(GEMINI, Answer.INIT)
        self._losses = Losses(NAME, FINISHES)
        self._serial = Serial(self.violations)
        self._ids = ToolIds()
        self._signing = Signing()
        self._grounding = Grounding()
        self._text = Offsets()
        self._text_start = 0
        self._usage = Usage()
        self._finish: Finish | None = None
        self._extras: Extras | None = None
        self._block: OpenedBlock | None = None
        self._fragments: list[str] = []
        self._thought: list[str] = []
        self._citations: list[Citation] = []
        self._tokens: list[Logprob] = []
        self._called = False
        self._broken: str | None = None
        self._parts: list[bytes] = []
        self._named = False
        self._begin(Started("", ""))
        self._out: list[bytes] = []

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self._losses.told

    def feed(self, events: Iterable[Event]) -> bytes:
        for event in self._serial.feed(events):
            _HANDLERS[type(event)](self, event)
        self._flush()
        out = b"".join(self._out)
        self._out.clear()
        return out

    def keepalive(self) -> bytes:
        """A chunk that says nothing; none after the end. The id it gives the answer is the answer's."""
        if not self._grammar.step(Piece.ALIVE):
            return b""
        self._named = self._named or self._grammar.state is Answer.INIT
        return _HEAD + _NO_THOUGHT + self._tail

    # The envelope --------------------------------------------------------------------------------

    def _started(self, event: Started) -> None:
        if self._grammar.state is not Answer.INIT:
            self.violations["second start"] += 1
            return
        self._losses.extras(event.extras, "answer")
        self._begin(replace(event, id=self._id) if self._named else event)

    def _begin(self, event: Started) -> None:
        context = self._context
        self._id = event.id or context.id
        envelope = {"modelVersion": event.model or context.model, "responseId": self._id}
        self._envelope = encode(envelope)[1:]
        self._tail = _tail(b"{" + self._envelope)
        self._extras = event.extras

    def _flush(self) -> None:
        """One chunk for all that has come together."""
        self._end_text(final=False)
        if not self._parts:
            return
        if self._grammar.step(Piece.CONTENT):
            tail = self._weighed_tail() if self._tokens else self._tail
            self._out.append(_HEAD + on_one_line(b",".join(self._parts)) + tail)
        else:
            self.violations["content after end"] += 1
        self._parts.clear()

    def _weighed_tail(self) -> bytes:
        """The end of a chunk that also tells how likely its tokens were."""
        told = encode({"index": 0, **write_logprobs(self._tokens)})[1:]
        self._tokens = []
        return b'],"role":"model"},' + told + b"]," + self._envelope + b"\n\n"

    # Blocks --------------------------------------------------------------------------------------

    def _opened(self, event: Opened) -> None:
        block = event.block
        self._block = block
        self._fragments = []
        note_block(block, self._losses)
        match block:
            case Audio(source=source, transcript=transcript):
                self._audio(AudioDelta(event.index, source.data, transcript))
            case Text(text, citations=citations, logprobs=logprobs):
                self._tokens += logprobs
                self._citations = list(citations)
                self._text_start = self._text.chars
                self._fragments = [text] if text else []
            case Thinking(text):
                self._thought = []
                self._fragments = [text] if text else []
            case ToolCall(arguments=arguments) | ServerCall(arguments=arguments):
                self._fragments = [arguments]

    def _said(self, event: TextDelta) -> None:
        if event.text:
            self._fragments.append(event.text)
        if event.logprobs:
            self._tokens += event.logprobs

    def _audio(self, event: AudioDelta) -> None:
        if isinstance(self._block, Audio):
            self._parts += [encode(part) for part in write_sound(self._block, event.data, event.transcript)]

    def _fragment(self, event: ThinkingDelta) -> None:
        if event.text:
            self._fragments.append(event.text)

    def _signature(self, event: SignatureDelta) -> None:
        block = self._block
        if isinstance(block, Thinking):
            self._block = replace(block, signature=event.signature, maker=event.maker)

    def _arguments(self, event: ArgumentsDelta) -> None:
        self._fragments.append(event.fragment)

    def _citation(self, event: CitationDelta) -> None:
        self._losses.citation(event.citation)
        self._citations.append(event.citation)

    def _unknown(self, event: UnknownDelta) -> None:
        """A delta of a block Gemini has no words for."""
        self._losses.block(event.delta)

    def _end_text(self, *, final: bool) -> None:
        """What has come of an open text or thought, as a part."""
        block = self._block
        if isinstance(block, Text):
            self._say(final=final)
        elif isinstance(block, Thinking):
            self._think(block, final=final)

    def _say(self, *, final: bool) -> None:
        text = "".join(self._fragments)
        if not text and not final:
            return
        self._fragments.clear()
        signature = self._signing.take()
        if signature:
            self._parts.append(encode({"text": text, **signature}))
        elif text:
            self._parts.append(b'{"text":%b}' % encode(text))
        self._text.grow(text)

    def _think(self, block: Thinking, *, final: bool) -> None:
        """Shows a thought, and remembers it: another maker than Gemini wants it back with its signature."""
        text = "".join(self._fragments)
        self._fragments.clear()
        if text:
            self._thought.append(text)
        alone = own_part(self._whole(block)) if final and block.signature else None
        if alone is not None:
            self._parts.append(encode({**alone, "text": text}))
        elif text:
            self._parts.append(b'{"text":%b,"thought":true}' % encode(text))

    def _whole(self, block: Thinking) -> Thinking:
        return replace(block, text="".join(self._thought))

    def _closed(self, _event: Closed) -> None:
        self._end_text(final=True)
        block, self._block = self._block, None
        match block:
            case Text():
                self._cite()
            case Thinking():
                whole = self._whole(block)
                if own_part(whole) is None:
                    self._signing.hold(whole)
            case RedactedThinking():
                self._signing.hold(block)
            case ToolCall():
                self._call(block)
            case Image() if (picture := write_image(block)) is not None:
                self._parts.append(encode({**picture, **self._signing.take()}))
            case ServerCall(id, name):
                self._grounding.called(ServerCall(id, name, self._arguments_told()))
            case ServerResult():
                self._grounding.found(block)
            case Unknown(dialect, raw) if dialect == NAME:
                self._parts.append(bytes(raw))
            case Unknown():
                self.violations["block without words"] += 1

    def _cite(self) -> None:
        for citation in self._citations:
            self._grounding.cited(citation, self._text, self._text_start, self._text.chars)
        self._citations = []

    def _arguments_told(self) -> str:
        told = "".join(self._fragments)
        self._fragments = []
        return told

    def _call(self, block: ToolCall) -> None:
        call = call_as_function(
            ToolCall(block.id, block.name, self._arguments_told(), custom=block.custom, namespace=block.namespace)
        )
        self._called = True
        args, form = write_arguments(call.arguments)
        if form == "text":
            self.violations["arguments that are no JSON"] += 1
            self._broken = f"The arguments of {call.name} are no JSON."
            return
        written = {"functionCall": {"id": self._ids.call(call.id), "name": call.name, "args": args}}
        self._parts.append(encode({**written, **self._signing.take()}))

    # The end -------------------------------------------------------------------------------------

    def _counted(self, event: Counted) -> None:
        self._usage = event.usage

    def _finished(self, event: Finished) -> None:
        if self._finish is not None:
            self.violations["second finish"] += 1
            return
        self._finish = event.finish

    def _ended(self, _event: Ended) -> None:
        if self._finish is None:
            self.violations["end without finish"] += 1
        finish = self._finish or Finish(FinishReason.TOOL_CALLS if self._called else FinishReason.STOP)
        self._losses.finish(finish)
        note_usage(self._usage, self._losses)
        signature = self._signing.take()
        if signature:
            self._parts.append(encode({"text": "", **signature}))
        untouched = self._grammar.state is Answer.INIT and not self._parts
        if not self._grammar.step(Piece.LAST):
            return
        own = self._extras.fields if self._extras is not None and self._extras.dialect == NAME else {}
        beside = on_one_line(encode({"usageMetadata": write_usage(self._usage), **own}))[1:-1]
        beside += b"," + self._envelope + b"\n\n"
        if untouched and "promptFeedback" in own:
            self._out.append(b"data: {" + beside)
            return
        ended = write_finish(finish, self._broken)
        told = encode({**ended, "index": 0, **self._grounding.written(), **write_logprobs(self._tokens)})[1:]
        content = _HEAD + (b",".join(self._parts) or _NOTHING) + b'],"role":"model"},'
        self._out.append(on_one_line(content + told) + b"]," + beside)
        self._parts.clear()

    def _pinged(self, _event: Pinged) -> None:
        self._flush()
        self._out.append(self.keepalive())

    def _failed(self, event: Failed) -> None:
        self._flush()
        if self._grammar.step(Piece.ERROR):
            self._out.append(failure_event(event.failure, self._context.id))


_HANDLERS: Mapping[type, Callable[[Encoder, Any], None]] = {
    Started: Encoder._started,
    Opened: Encoder._opened,
    TextDelta: Encoder._said,
    ThinkingDelta: Encoder._fragment,
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

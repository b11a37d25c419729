"""A streamed answer as one message, and one message as a stream of events."""

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from fairlead.shared.base64_texts import joined
from fairlead.shared.conversation import (
    PARAGRAPH,
    Audio,
    Base64Source,
    Block,
    Citation,
    Extras,
    Finish,
    FinishReason,
    Logprob,
    Message,
    ServerCall,
    Text,
    Thinking,
    ToolCall,
    Usage,
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
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
)
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.serial import SideBySide


class _Growing:
    """One block while its deltas arrive."""

    __slots__ = ("block", "borders", "citations", "logprobs", "parts", "signed", "sound")

    def __init__(self, block: OpenedBlock) -> None:
        self.block = block
        self.parts: list[str] = []
        self.borders: list[int] = []
        self.signed: SignatureDelta | None = None
        self.citations: list[Citation] = []
        self.logprobs: list[Logprob] = []
        self.sound: list[str] = []

    def take(self, delta: Event) -> None:
        match delta:
            case TextDelta(text=text, logprobs=logprobs):
                self.parts.append(text)
                self.logprobs += logprobs
            case ThinkingDelta(text=text, parted=parted):
                self._think(text, parted=parted)
            case ArgumentsDelta(fragment=text):
                self.parts.append(text)
            case AudioDelta(data=data, transcript=transcript):
                self.sound.append(data)
                self.parts.append(transcript)
            case SignatureDelta():
                self.signed = delta
            case CitationDelta(citation=citation):
                self.citations.append(citation)

    def _think(self, text: str, *, parted: bool) -> None:
        if parted and isinstance(self.block, Thinking):
            self.borders.append(len(self.block.text) + sum(map(len, self.parts)))
        self.parts.append(text)

    def whole(self) -> Block:
        text = "".join(self.parts)
        block = self.block
        match block:
            case Text():
                citations, logprobs = (*block.citations, *self.citations), (*block.logprobs, *self.logprobs)
                return replace(block, text=block.text + text, citations=citations, logprobs=logprobs)
            case Audio(Base64Source(media_type, data)):
                source = Base64Source(media_type, joined([data, *self.sound]))
                return replace(block, source=source, transcript=block.transcript + text)
            case Thinking():
                signed = self.signed or SignatureDelta(0, block.signature, block.maker)
                told = self._lengths(block)
                return replace(
                    block, text=block.text + text, signature=signed.signature, maker=signed.maker, parts=told
                )
            case ToolCall() | ServerCall():
                empty = "" if isinstance(block, ToolCall) and block.custom else "{}"
                return replace(block, arguments=block.arguments + text or empty)
            case _:
                return block

    def _lengths(self, block: Thinking) -> tuple[int, ...]:
        if not self.borders:
            return block.parts
        lengths, start = [*block.parts[:-1]], sum(block.parts[:-1]) + len(PARAGRAPH) * len(block.parts[:-1])
        for border in [*self.borders, len(block.text) + sum(map(len, self.parts))]:
            lengths.append(border - start)
            start = border + len(PARAGRAPH)
        return tuple(lengths)


def assemble(events: Iterable[Event]) -> Message:
    """The message these events tell. Raises `FailureError`: what `Failed` carries, or CUT when the end is missing."""
    told: list[_Growing] = []
    blocks: dict[int, _Growing] = {}
    identity = ("", "")
    extras: Extras | None = None
    usage, finish, ended = Usage(), Finish(FinishReason.STOP), False
    for event in SideBySide(Counter()).feed(events):
        match event:
            case Started(id, model, extras):
                identity = (id, model)
            case Opened(index, block):
                told.append(_Growing(block))
                blocks[index] = told[-1]
            case TextDelta() | ThinkingDelta() | ArgumentsDelta() | AudioDelta() | SignatureDelta() | CitationDelta():
                blocks[event.index].take(event)
            case Counted(usage):
                pass
            case Finished(finish):
                pass
            case Failed(failure):
                raise FailureError(failure)
            case Ended():
                ended = True
            case _:
                pass
    if not ended:
        raise FailureError(Failure(Kind.CUT, "the provider's answer ended before it was complete"))
    content = tuple(growing.whole() for growing in told)
    return Message(*identity, content, finish, usage, extras)


def disassemble(message: Message) -> list[Event]:
    """The events a stream of this message would have been, one delta a block."""
    events: list[Event] = [Started(message.id, message.model, message.extras)]
    for index, block in enumerate(message.content):
        events += _tell(index, block)
        events.append(Closed(index))
    events += [Counted(message.usage), Finished(message.finish), Ended()]
    return events


def _tell(index: int, block: Block) -> list[Event]:
    match block:
        case Text(text, citations=citations, logprobs=logprobs):
            bare = replace(block, text="", citations=(), logprobs=())
            opened: list[Event] = [Opened(index, bare), TextDelta(index, text, logprobs)]
            return opened + [CitationDelta(index, citation) for citation in citations]
        case Thinking(text, signature, maker):
            unsigned = replace(block, text="", signature="", maker="" if signature else maker, parts=())
            first, *others = block.told_in(block.parts) or [text]
            parted = [ThinkingDelta(index, PARAGRAPH + other, True) for other in others]
            opened = [Opened(index, unsigned), ThinkingDelta(index, first), *parted]
            return [*opened, SignatureDelta(index, signature, maker)] if signature else opened
        case Audio(Base64Source(media_type, data), transcript=transcript):
            silent = replace(block, source=Base64Source(media_type, ""), transcript="")
            return [Opened(index, silent), AudioDelta(index, data, transcript)]
        case ToolCall(arguments=arguments) | ServerCall(arguments=arguments):
            return [Opened(index, replace(block, arguments="")), ArgumentsDelta(index, arguments)]
        case _:
            return [Opened(index, block)]  # type: ignore[arg-type]  # answers hold no other kinds

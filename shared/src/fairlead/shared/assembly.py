"""A streamed answer as one message, and one message as a stream of events."""

from collections.abc import Iterable

from fairlead.shared.conversation import (
    Block,
    Extras,
    Finish,
    FinishReason,
    Message,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
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
from fairlead.shared.failure import Failure, FailureError, Kind


class _Growing:
    """One block while its deltas arrive."""

    __slots__ = ("block", "parts", "signature")

    def __init__(self, block: OpenedBlock) -> None:
        self.block = block
        self.parts: list[str] = []
        self.signature = ""

    def whole(self) -> Block:
        text = "".join(self.parts)
        match self.block:
            case Text():
                return Text(self.block.text + text, extras=self.block.extras)
            case Thinking():
                return Thinking(self.block.text + text, self.signature or self.block.signature)
            case ToolCall(id, name):
                return ToolCall(id, name, self.block.arguments + text or "{}", extras=self.block.extras)
            case _:
                return self.block


def assemble(events: Iterable[Event]) -> Message:
    """The message these events tell. Raises `FailureError`: what `Failed` carries, or CUT when the end is missing."""
    blocks: dict[int, _Growing] = {}
    identity = ("", "")
    extras: Extras | None = None
    usage, finish, ended = Usage(), Finish(FinishReason.STOP), False
    for event in events:
        match event:
            case Started(id, model, extras):
                identity = (id, model)
            case Opened(index, block):
                blocks[index] = _Growing(block)
            case TextDelta(index, text) | ThinkingDelta(index, text) | ArgumentsDelta(index, text):
                blocks[index].parts.append(text)
            case SignatureDelta(index, signature):
                blocks[index].signature = signature
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
    content = tuple(growing.whole() for growing in blocks.values())
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
        case Text(text):
            return [Opened(index, Text("", extras=block.extras)), TextDelta(index, text)]
        case Thinking(text, signature):
            told: list[Event] = [Opened(index, Thinking("")), ThinkingDelta(index, text)]
            return [*told, SignatureDelta(index, signature)] if signature else told
        case ToolCall(id, name, arguments):
            return [Opened(index, ToolCall(id, name, "", extras=block.extras)), ArgumentsDelta(index, arguments)]
        case _:
            return [Opened(index, block)]  # type: ignore[arg-type]  # answers hold no other kinds

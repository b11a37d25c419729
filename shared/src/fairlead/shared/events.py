"""The neutral form of a streamed answer: what stream decoders emit and stream encoders take.

A legal sequence is `Started Opened Delta* Closed … Finished Ended`, or any prefix of it and then `Failed`.
Blocks carry the index their decoder gave them and may be open side by side; an encoder whose dialect forbids that
puts them in order. `Counted` may come anywhere and replaces earlier figures: usage is cumulative, never added.
"""

from typing import TypeAlias

from msgspec import Struct

from fairlead.shared.conversation import (
    Audio,
    Citation,
    Extras,
    Finish,
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
from fairlead.shared.failure import Failure

OpenedBlock: TypeAlias = (
    Text | Thinking | RedactedThinking | ToolCall | ServerCall | ServerResult | Image | Audio | Unknown
)


class Started(Struct, frozen=True, gc=False, tag=True):
    """The provider began to answer."""

    id: str
    model: str
    extras: Extras | None = None


class Opened(Struct, frozen=True, gc=False, tag=True):
    """A block begins; `block` holds what is known at once (a tool call's id and name, a whole redacted block)."""

    index: int
    block: OpenedBlock


class TextDelta(Struct, frozen=True, gc=False, tag=True):
    """More text of an open text block, and how likely its tokens were, if that was asked for."""

    index: int
    text: str
    logprobs: tuple[Logprob, ...] = ()


class ThinkingDelta(Struct, frozen=True, gc=False, tag=True):
    """More reasoning of an open thinking block. `parted`: another part of it begins, and so `text` with `PARAGRAPH`."""

    index: int
    text: str
    parted: bool = False


class SignatureDelta(Struct, frozen=True, gc=False, tag=True):
    """The signature of an open thinking block, whole, and who made it."""

    index: int
    signature: str
    maker: str = ""


class ArgumentsDelta(Struct, frozen=True, gc=False, tag=True):
    """More of an open tool call's arguments: JSON text, or the bare input of a custom tool."""

    index: int
    fragment: str


class AudioDelta(Struct, frozen=True, gc=False, tag=True):
    """More sound of an open block: base64 text of whole bytes, and the words in it."""

    index: int
    data: str
    transcript: str = ""


class CitationDelta(Struct, frozen=True, gc=False, tag=True):
    """One more citation of an open text block."""

    index: int
    citation: Citation


class UnknownDelta(Struct, frozen=True, gc=False, tag=True):
    """A delta only its own dialect understands, verbatim."""

    index: int
    delta: Unknown


class Closed(Struct, frozen=True, gc=False, tag=True):
    """A block is complete."""

    index: int


class Counted(Struct, frozen=True, gc=False, tag=True):
    """Usage so far, cumulative."""

    usage: Usage


class Finished(Struct, frozen=True, gc=False, tag=True):
    """The model stopped; nothing but `Counted` and `Ended` may follow."""

    finish: Finish


class Ended(Struct, frozen=True, gc=False, tag=True):
    """The provider's own end mark was seen: the answer is complete."""


class Pinged(Struct, frozen=True, gc=False, tag=True):
    """The provider is alive and has nothing to say."""


class Failed(Struct, frozen=True, gc=False, tag=True):
    """The answer will not be completed."""

    failure: Failure


Event: TypeAlias = (
    Started
    | Opened
    | TextDelta
    | ThinkingDelta
    | SignatureDelta
    | ArgumentsDelta
    | AudioDelta
    | CitationDelta
    | UnknownDelta
    | Closed
    | Counted
    | Finished
    | Ended
    | Pinged
    | Failed
)

SOMETHING_SAID = Opened(0, Text("…"))
"""What a bystander notes in place of the first content."""


def is_content(event: Event) -> bool:
    """Whether the provider has proved itself by it: more of an answer has come than its announcement.

    A text begins empty, and says so before it is known to come; a thought may take minutes to say anything, and a call
    says what it calls at once.
    """
    kind = type(event)
    if kind is TextDelta:
        return bool(event.text)  # type: ignore[union-attr]  # a text delta has one
    return kind is Opened and (type(event.block) is not Text or bool(event.block.text))  # type: ignore[union-attr]

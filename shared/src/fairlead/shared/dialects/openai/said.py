"""The content of an answer: a text mostly, and from some servers a list of parts, of kinds that only they know."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.conversation import Image, Text, Thinking, Unknown
from fairlead.shared.data_urls import read_data_url
from fairlead.shared.dialects.openai.parts import NAME
from fairlead.shared.wire import openai as wire

Said: TypeAlias = Text | Thinking | Image | Unknown


def read_said(content: wire.AnswerContent | None) -> tuple[Said, ...]:
    """Its blocks in their order. A part of another kind is a text if it says one, and else kept as it is."""
    if not content:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    return tuple([block for raw in content for block in _read_part(raw)])


_part: msgspec.json.Decoder[wire.SaidPart] = msgspec.json.Decoder(wire.SaidPart)


def _read_part(raw: Raw) -> Iterator[Said]:
    try:
        part = _part.decode(raw)
    except msgspec.ValidationError:
        yield from _read_other(raw)
        return
    match part:
        case wire.TextPart(text):
            yield Text(text)
        case wire.RefusalPart(refusal):
            yield Text(refusal, refusal=True)
        case wire.ImagePart(image):
            yield Image(read_data_url(image.url), image.detail)
        case wire.ThinkPart(str(thought)):
            yield Thinking(thought)
        case wire.ThinkPart(pieces):
            yield Thinking("".join(_text_in(piece) for piece in pieces))


class _Other(Struct):
    """What may be understood of a part of any kind; Mistral tells a picture by its bare address."""

    text: Any = None
    image_url: Any = None


def _read_other(raw: Raw) -> Iterator[Said]:
    try:
        other = msgspec.json.decode(raw, type=str | _Other)
    except msgspec.ValidationError:
        return  # a number, or nothing at all
    match other:
        case str(text) | _Other(text=str(text)):
            yield Text(text)
        case _Other(image_url=str(url)):
            yield Image(read_data_url(url))
        case _:
            yield Unknown(NAME, raw)


def _text_in(piece: wire.Loose) -> str:
    said = piece.get("text") if isinstance(piece, dict) else None
    return said if isinstance(said, str) else ""

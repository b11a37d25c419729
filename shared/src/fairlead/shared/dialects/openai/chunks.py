"""One piece of a chat completion stream, for those who read it and for those who only watch.

Source: https://platform.openai.com/docs/api-reference/chat-streaming.
"""

import msgspec
from msgspec import UNSET

from fairlead.shared.codec import encode
from fairlead.shared.dialects.openai.errors import decode_failure, is_error, told_by_minimax
from fairlead.shared.events import Event
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import ServerEvent
from fairlead.shared.wire import openai as wire

read_chunk = msgspec.json.Decoder(wire.Chunk).decode
"""One piece. Raises `DecodeError`."""

_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
read_event = _event.decode
"""An event in the neutral form, as our own services carry it. Raises `DecodeError`."""


def error_in(chunk: wire.Chunk, event: ServerEvent) -> Failure | None:
    """The error that a piece tells, by its own name or in one of the places where vendors put theirs."""
    if event.name == "error" or chunk.object == "error" or (chunk.error is not UNSET and is_error(chunk.error)):
        return decode_failure(200, event.data)
    if chunk.x_groq is not None and is_error(chunk.x_groq.error):
        return decode_failure(200, encode({"error": chunk.x_groq.error}))
    if not chunk.choices:
        return _bare_error(event.data, whole=chunk.choices is None)
    for choice in chunk.choices:
        if choice.error is not UNSET and is_error(choice.error):
            return decode_failure(200, encode({"error": choice.error}))
    return None


_bare = msgspec.json.Decoder(wire.BareError)


def _bare_error(data: bytes, *, whole: bool) -> Failure | None:
    """The error that is the `whole` of what should be a piece of an answer, or stands beside an empty one."""
    told = _bare.decode(data)
    named = told.code is not None or "error" in str(told.type)
    if whole and (told.detail or (told.message and named)):
        return decode_failure(200, data)
    return told_by_minimax(told.base_resp)


def usage_of(chunk: wire.Chunk) -> wire.Usage | None:
    """Usage, wherever its vendor puts it."""
    if chunk.usage is not None:
        return chunk.usage
    if chunk.x_groq is not None and chunk.x_groq.usage is not None:
        return chunk.x_groq.usage
    for choice in chunk.choices or ():
        if choice.usage is not None:
            return choice.usage
    return None


def carried_events(chunk: wire.Chunk) -> list[Event]:
    """What our own services carry in the neutral form. Raises `DecodeError`."""
    carried = [one.delta.fairlead for one in chunk.choices or () if not one.index and one.delta is not None]
    return [
        read_event(raw) for one in carried if one is not None and isinstance(one.events, list) for raw in one.events
    ]


CUT = Failure(Kind.CUT, "the provider's stream ended before the answer was complete")
"""What the end of the bytes means where no end was told."""


def unreadable(error: Exception) -> Failure:
    """What a piece that cannot be decoded means."""
    return Failure(Kind.MALFORMED, f"the provider sent an event that cannot be read: {error}")

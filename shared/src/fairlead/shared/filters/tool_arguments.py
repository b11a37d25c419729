"""Tool arguments that are nearly JSON, mended; what cannot be mended stays as it was written, never emptied."""

import msgspec
from msgspec import Raw
from pyjson5 import Json5Exception
from pyjson5 import decode as decode_json5

from fairlead.shared.codec import encode
from fairlead.shared.conversation import ToolCall
from fairlead.shared.events import ArgumentsDelta, Closed, Event, Opened


class MendedArguments:
    """Holds each call's arguments until they are whole, then tells them at once."""

    def __init__(self) -> None:
        self._calls: dict[int, list[str]] = {}

    def feed(self, event: Event) -> list[Event]:
        match event:
            case Opened(index, ToolCall(custom=False) as call):
                self._calls[index] = [call.arguments]
                return [Opened(index, msgspec.structs.replace(call, arguments=""))]
            case ArgumentsDelta(index, fragment) if index in self._calls:
                self._calls[index].append(fragment)
                return []
            case Closed(index) if index in self._calls:
                return [ArgumentsDelta(index, mended("".join(self._calls.pop(index)))), event]
            case _:
                return [event]


def mended(arguments: str) -> str:
    """`arguments` as JSON if they are JSON, or JSON5 (single quotes, trailing commas, bare keys), or JSON cut short."""
    for attempt in (arguments, *_closings(arguments)):
        try:
            msgspec.json.decode(attempt or "{}", type=dict[str, Raw])
        except (msgspec.DecodeError, RecursionError):
            value = _json5(attempt)
            if value is not None:
                return encode(value).decode()
        else:
            return attempt or "{}"
    return arguments


def _json5(text: str) -> dict[str, object] | None:
    try:
        value = decode_json5(text)
    except (Json5Exception, RecursionError, ValueError):
        return None
    return value if isinstance(value, dict) else None


_PAIRS = {"{": "}", "[": "]"}


def _closings(text: str) -> list[str]:
    """The text with everything closed that is still open at its end; tried with and without a string's end."""
    stack: list[str] = []
    inside = escaped = False
    for sign in text:
        if inside:
            inside = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            inside = True
        elif sign in _PAIRS:
            stack.append(_PAIRS[sign])
        elif stack and sign == stack[-1]:
            stack.pop()
    if not inside and not stack:
        return []
    return [text + ('"' if inside else "") + "".join(reversed(stack))]

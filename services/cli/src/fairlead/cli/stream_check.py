"""Whether a whole Messages stream is one: every event in its place, every block under its own index, and an end.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from fairlead.shared.grammar import ANTHROPIC, Anthropic, AnthropicEvent, Grammar
from fairlead.shared.sse import EventParser, EventTooLargeError, ServerEvent

_EVENTS: Mapping[str, AnthropicEvent] = {
    "message_start": AnthropicEvent.MESSAGE_START,
    "content_block_start": AnthropicEvent.BLOCK_START,
    "content_block_delta": AnthropicEvent.BLOCK_DELTA,
    "content_block_stop": AnthropicEvent.BLOCK_STOP,
    "message_delta": AnthropicEvent.MESSAGE_DELTA,
    "message_stop": AnthropicEvent.MESSAGE_STOP,
    "error": AnthropicEvent.ERROR,
}
_OF_BLOCKS = frozenset({"content_block_start", "content_block_delta", "content_block_stop"})


class _Error(Struct, frozen=True):
    message: str = ""


class _Event(Struct, frozen=True):
    type: str
    index: int | None = None
    error: _Error = _Error()


def fault_of(stream: bytes) -> str | None:
    """What is wrong with it, in a sentence; None for a good one."""
    grammar = Grammar(ANTHROPIC, Anthropic.INIT)
    blocks = 0
    try:
        for number, event in enumerate(_read(stream), 1):
            if event.type == "ping":
                continue
            if event.type == "error":
                return f"it ends in an error: {event.error.message}"
            kind = _EVENTS.get(event.type)
            if kind is None or not grammar.step(kind):
                return f"event {number}, {event.type}, may not come there"
            blocks += event.type == "content_block_start"
            if event.type in _OF_BLOCKS and event.index != blocks - 1:
                return f"event {number}, {event.type}, is of block {event.index} where {blocks - 1} is open"
    except (msgspec.MsgspecError, EventTooLargeError) as error:
        return f"it cannot be read: {error}"
    if grammar.state is not Anthropic.END:
        return "it breaks off before its end"
    return None if blocks else "it holds nothing"


def _read(stream: bytes) -> Iterator[_Event]:
    parser = EventParser()
    events: list[ServerEvent] = [*parser.feed(stream), *parser.close()]
    yield from (msgspec.json.decode(event.data, type=_Event) for event in events if event.data)

"""The order in which a dialect's stream events may come, as tables, and the machine that checks every stream we send.

An encoder asks `Grammar.step` before it writes an event. A refused event is not written: what goes out is always a
sentence of the language, and each refusal is counted by the encoder.

Sources: https://platform.claude.com/docs/en/build-with-claude/streaming and
https://platform.openai.com/docs/api-reference/chat-streaming.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Generic, TypeVar


class Anthropic(Enum):
    """States of a Messages stream."""

    INIT = auto()
    OPEN = auto()
    BLOCK = auto()
    CLOSING = auto()
    END = auto()


class AnthropicEvent(Enum):
    """Events of a Messages stream that change or need a state."""

    MESSAGE_START = auto()
    BLOCK_START = auto()
    BLOCK_DELTA = auto()
    BLOCK_STOP = auto()
    MESSAGE_DELTA = auto()
    MESSAGE_STOP = auto()
    ERROR = auto()


class Chat(Enum):
    """States of a chat completion stream."""

    INIT = auto()
    OPEN = auto()
    TAIL = auto()
    END = auto()


class ChatEvent(Enum):
    """Pieces of a chat completion stream."""

    ROLE = auto()
    FRAGMENT = auto()
    FINISH = auto()
    USAGE = auto()
    ERROR = auto()
    DONE = auto()


ANTHROPIC: Mapping[tuple[Anthropic, AnthropicEvent], Anthropic] = {
    (Anthropic.INIT, AnthropicEvent.MESSAGE_START): Anthropic.OPEN,
    (Anthropic.INIT, AnthropicEvent.ERROR): Anthropic.END,
    (Anthropic.OPEN, AnthropicEvent.BLOCK_START): Anthropic.BLOCK,
    (Anthropic.OPEN, AnthropicEvent.MESSAGE_DELTA): Anthropic.CLOSING,
    (Anthropic.OPEN, AnthropicEvent.ERROR): Anthropic.END,
    (Anthropic.BLOCK, AnthropicEvent.BLOCK_DELTA): Anthropic.BLOCK,
    (Anthropic.BLOCK, AnthropicEvent.BLOCK_STOP): Anthropic.OPEN,
    (Anthropic.BLOCK, AnthropicEvent.ERROR): Anthropic.END,
    (Anthropic.CLOSING, AnthropicEvent.MESSAGE_DELTA): Anthropic.CLOSING,
    (Anthropic.CLOSING, AnthropicEvent.MESSAGE_STOP): Anthropic.END,
    (Anthropic.CLOSING, AnthropicEvent.ERROR): Anthropic.END,
}

CHAT: Mapping[tuple[Chat, ChatEvent], Chat] = {
    (Chat.INIT, ChatEvent.ROLE): Chat.OPEN,
    (Chat.INIT, ChatEvent.ERROR): Chat.END,
    (Chat.OPEN, ChatEvent.FRAGMENT): Chat.OPEN,
    (Chat.OPEN, ChatEvent.FINISH): Chat.TAIL,
    (Chat.OPEN, ChatEvent.ERROR): Chat.END,
    (Chat.TAIL, ChatEvent.USAGE): Chat.TAIL,
    (Chat.TAIL, ChatEvent.DONE): Chat.END,
    (Chat.TAIL, ChatEvent.ERROR): Chat.END,
}

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class Grammar(Generic[S, E]):
    """One stream's place in its dialect's table."""

    __slots__ = ("_table", "state")

    def __init__(self, table: Mapping[tuple[S, E], S], start: S) -> None:
        self._table = table
        self.state = start

    def __repr__(self) -> str:
        return f"<Grammar {self.state}>"

    def step(self, event: E) -> bool:
        """Whether `event` may come now; if so, it has."""
        following = self._table.get((self.state, event))
        if following is None:
            return False
        self.state = following
        return True

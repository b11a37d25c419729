"""What a request asks of the simulated model, told without any dialect's words."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .script import Usage, tokens

ANY_TOOL = "*"
"""`Turn.forced` when the client demands a call but leaves the choice of the tool."""

_REMINDER = re.compile(r"<(system(?:-reminder)?)>.*?</\1>", re.DOTALL)
"""What agents, and gateways where no other place is allowed, put into a user's message."""
_FILLER = re.compile(
    r"\[[^\]]*\]|Tool loaded\."
    r"|(?:Your response above was (?:cut off|stopped)|Output token limit hit\.|Your tool call was malformed)[\s\S]*"
)
"""Text that agents put beside tool results or send to go on; none of it is a new wish of the person."""


class Tool(msgspec.Struct, frozen=True):
    """A tool the client runs; `schema` is the JSON schema of its arguments, unless a `custom` one takes free text."""

    name: str
    schema: dict[str, Any]
    namespace: str | None = None
    custom: bool = False

    @property
    def properties(self) -> Mapping[str, Any]:
        found = self.schema.get("properties")
        return found if isinstance(found, dict) else {}


class Call(msgspec.Struct):
    """A call the model made earlier in this turn; `result` is None while it is unanswered."""

    name: str
    result: str | None = None
    is_error: bool = False


class Sizes(msgspec.Struct, frozen=True):
    """Bytes of the prompt: before the last assistant message, that message, and after it."""

    before: int
    assistant: int
    after: int

    @property
    def total_tokens(self) -> int:
        return max(1, tokens(self.before + self.assistant + self.after))


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One request.

    `prompt` is the person's last wish, `rounds` the tool calls made since then, one tuple for each assistant message.
    `background` holds every other text of the request, in which the working directory may be named.
    `schema` is the JSON schema the answer must fit; `forced` names the tool that must be called; `searches` says that
    the provider may search the web. The last fields are about the form of the answer, as in `Reply`; `array` asks for a
    stream that is one JSON array.
    """

    model: str
    stream: bool
    prompt: str
    rounds: tuple[tuple[Call, ...], ...]
    background: tuple[str, ...]
    tools: tuple[Tool, ...]
    schema: dict[str, Any] | None
    forced: str | None
    max_tokens: int | None
    stops: tuple[str, ...]
    sizes: Sizes
    caches: bool
    wants_usage: bool = True
    searches: bool = False
    shows_thinking: bool = True
    shows_sources: bool = False
    array: bool = False
    echo: Mapping[str, msgspec.Raw] = msgspec.field(default_factory=dict)

    def usage(self, output: int, thinking: int) -> Usage:
        """Token figures: a first turn writes the cache, later ones read what came before the last assistant message."""
        total = self.sizes.total_tokens
        if not self.caches:
            return Usage(total, 0, 0, output, thinking)
        fresh = min(total, max(1, tokens(self.sizes.after)))
        if not self.sizes.assistant:
            return Usage(fresh, 0, total - fresh, output, thinking)
        read = min(total - fresh, tokens(self.sizes.before))
        return Usage(fresh, read, total - fresh - read, output, thinking)


class Story:
    """Collects a conversation, in order, into what a `Turn` says of it."""

    def __init__(self) -> None:
        self.prompt = ""
        self.background: list[str] = []
        self._rounds: list[tuple[Call, ...]] = []
        self._open: dict[str, Call] = {}

    @property
    def rounds(self) -> tuple[tuple[Call, ...], ...]:
        return tuple(self._rounds)

    def told(self, text: str) -> None:
        """Text that is no wish of the person: instructions, reminders."""
        self.background.append(text)

    def asked(self, text: str) -> None:
        """Text of a user message; if anything is left of it without the reminders, a new turn begins."""
        self.background.append(text)
        wish = _REMINDER.sub("", text).strip()
        if wish and not _FILLER.fullmatch(wish):
            self.prompt = wish
            self._rounds.clear()

    def called(self, calls: Sequence[tuple[str, str]]) -> None:
        """The (id, tool name) of the calls of one assistant message."""
        if not calls:
            return
        made = [(identity, Call(name)) for identity, name in calls]
        self._open.update(made)
        self._rounds.append(tuple(call for _, call in made))

    def answered(self, identity: str, text: str, is_error: bool) -> None:
        """The result of a call made before; a result without a call is nobody's."""
        if call := self._open.get(identity):
            call.result, call.is_error = text, is_error


def sizes(fixed: int, messages: Sequence[tuple[str, int]]) -> Sizes:
    """`fixed` bytes of tools and instructions, and the role and bytes of each message, split at the last assistant."""
    last = max((at for at, (role, _) in enumerate(messages) if role == "assistant"), default=None)
    weights = [size for _, size in messages]
    if last is None:
        return Sizes(fixed, 0, sum(weights))
    return Sizes(fixed + sum(weights[:last]), weights[last], sum(weights[last + 1 :]))

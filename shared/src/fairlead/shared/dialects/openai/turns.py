"""Turns as chat messages: tool results become messages of their own, and what has no place in one follows after."""

from collections.abc import Sequence
from typing import Any

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Block,
    Document,
    Image,
    Part,
    RedactedThinking,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.dialects.openai.parts import (
    NAME,
    is_plain_call,
    write_cache,
    write_carried,
    write_data_url,
    write_details,
    write_file,
    write_full_part,
)
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.tool_forms import call_as_function
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.wire import openai as wire

_BREAK = "\n\n"
"""Between texts that were separate blocks, where a target takes only one string."""


class TurnWriter:
    """Builds `messages`; what the profile's target cannot say is put into `losses`."""

    def __init__(self, profile: Profile, losses: list[Loss]) -> None:
        self.messages: list[Any] = []
        self._profile = profile
        self._full = profile.extensions
        self._losses = losses
        self._ids = ToolIds()

    def instructions(self, parts: Sequence[Text | Unknown]) -> None:
        """What stands before the conversation, as one message."""
        if parts:
            self._system(Turn(self._profile.system_role, tuple(parts)), "system")

    def add(self, turn: Turn, path: str) -> None:
        """One turn, as one or more messages."""
        if turn.role == "assistant":
            self._assistant(turn, path)
        elif turn.role == "user":
            self._user(turn, path)
        else:
            self._system(turn, path)

    # Instructions --------------------------------------------------------------------------------

    def _system(self, turn: Turn, path: str) -> None:
        kind = wire.DeveloperMessage if turn.role == "developer" else wire.SystemMessage
        content = self._content(turn.content, path)
        if content:
            self.messages.append(kind(content, turn.name, self._carried(turn)))

    # User turns ----------------------------------------------------------------------------------

    def _user(self, turn: Turn, path: str) -> None:
        moved: list[Part] = []
        rest: list[Block] = []
        for block in turn.content:
            if isinstance(block, ToolResult):
                moved += self._result(block, path)
            else:
                rest.append(block)
        content = self._content([*moved, *rest], path)
        if content:
            self.messages.append(wire.UserMessage(content, turn.name, self._carried(turn)))

    def _result(self, result: ToolResult, path: str) -> list[Part]:
        """A tool message; returns the parts that only a user message can hold, with a label in front."""
        id = self._ids.result(result.call_id)
        if self._full:
            parts = [write_full_part(part) for part in result.content]
            cache, carried = write_cache(result.cache), write_carried(result.extras)
            self.messages.append(wire.ToolMessage(id, parts, result.is_error, cache, carried))
            return []
        texts = [_as_text(part) for part in result.content]
        moved = [part for part, text in zip(result.content, texts, strict=True) if text is None]
        self.messages.append(wire.ToolMessage(id, _BREAK.join(text for text in texts if text is not None)))
        if not moved:
            return []
        self._losses.append(Loss("files in a tool result", path, "told in a user message after the tool messages"))
        return [Text(f"[Attached to the result of tool call {id}:]"), *moved]

    # Assistant turns -----------------------------------------------------------------------------

    def _assistant(self, turn: Turn, path: str) -> None:
        reasoning = [block for block in turn.content if isinstance(block, Thinking | RedactedThinking)]
        calls = [block for block in turn.content if isinstance(block, ToolCall) and self._has_words(block)]
        said = {id(block) for block in (*reasoning, *calls)}
        rest = [block for block in turn.content if id(block) not in said]
        message = wire.AssistantMessage(self._content(rest, path), name=turn.name)
        if calls:
            message.tool_calls = [self._call(call) for call in calls]
        if self._full:
            message.reasoning_details = write_details(reasoning) or None
            message.fairlead = _carried_in_order(turn)
        elif self._profile.reasoning_content and reasoning:
            text = "".join(block.text for block in reasoning if isinstance(block, Thinking))
            message.reasoning_content = text or None
        elif reasoning:
            self._losses.append(Loss("thinking", path, "chat completions cannot replay reasoning"))
        if message.content is None and not calls and not message.reasoning_details:
            return
        self.messages.append(message)

    def _has_words(self, call: ToolCall) -> bool:
        """Whether a call stands among the tool calls; between the services what they cannot say is a part instead."""
        return not self._full or is_plain_call(call)

    def _call(self, call: ToolCall) -> wire.ToolCall:
        call = call_as_function(call)
        function = wire.Function(call.name, call.arguments or "{}")
        written = wire.ToolCall(self._ids.call(call.id), "function", function)
        if self._full:
            written.cache_control = write_cache(call.cache)
        return written

    # Content -------------------------------------------------------------------------------------

    def _content(self, blocks: Sequence[Block], path: str) -> str | list[Any] | None:
        """One string where that says everything and the target wants it, else parts; None when nothing is left."""
        if self._full:
            parts = [write_full_part(block) for block in blocks]
            plain = len(parts) == 1 and parts[0] == wire.TextPart(getattr(parts[0], "text", ""))
            return parts[0].text if plain else parts or None  # type: ignore[union-attr]
        said = [part for part in (self._part(block, path) for block in blocks) if part is not None]
        if all(isinstance(part, wire.TextPart) for part in said) and (not self._profile.text_parts or len(said) == 1):
            return _BREAK.join(part.text for part in said) or None
        return said

    def _part(self, block: Block, path: str) -> Any:
        match block:
            case Text(""):
                return None
            case Image(source, detail) if (url := write_data_url(source)) is not None:
                return wire.ImagePart(wire.ImageUrl(url, detail))
            case Document(UrlSource()):
                raise refuse(
                    Kind.BAD_REQUEST, f"{path}: an OpenAI-compatible model takes no documents by URL", param=path
                )
            case Document() if not isinstance(block.source, TextSource):
                file = write_file(block)
                file.filename = file.filename or "document.pdf"
                return wire.FilePart(file)
            case Audio(Base64Source(media_type, data)):
                return wire.AudioPart(wire.InputAudio(data, media_type.removeprefix("audio/")))
            case Unknown(dialect, raw) if dialect == NAME:
                return raw
        text = _as_text(block)
        if text is not None:
            return wire.TextPart(text)
        self._losses.append(Loss(type(block).__name__, path, "chat completions have no such part"))
        return None

    def _carried(self, turn: Turn) -> wire.Carried | None:
        return write_carried(turn.extras) if self._full else None


def _as_text(block: Block) -> str | None:
    """What can be told as text without loss of what matters; None for the rest."""
    match block:
        case Text(text):
            return text
        case Document(TextSource(text), title):
            return f"{title}\n\n{text}" if title else text
        case ToolReference(name):
            return f"Tool {name} may be called from now on."
        case _:
            return None


def _letter(block: Block) -> str:
    match block:
        case Thinking() | RedactedThinking():
            return "r"
        case ToolCall() if is_plain_call(block):
            return "c"
        case _:
            return "t"


def _carried_in_order(turn: Turn) -> wire.Carried | None:
    """The turn's extras, and the order of its blocks where it is not the one a reader assumes."""
    order = "".join(_letter(block) for block in turn.content)
    assumed = "r" * order.count("r") + "t" * order.count("t") + "c" * order.count("c")
    carried = write_carried(turn.extras)
    if order == assumed:
        return carried
    carried = carried or wire.Carried()
    carried.order = order
    return carried

"""Turns as chat messages: tool results become messages of their own, and what has no place in one follows after."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Raw

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Block,
    CacheHint,
    Document,
    Extras,
    FileSource,
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
from fairlead.shared.data_urls import write_data_url
from fairlead.shared.dialects.openai.parts import (
    BREAK,
    NAME,
    is_plain_call,
    joined,
    own_fields,
    with_fields,
    write_cache,
    write_carried,
    write_details,
    write_file,
    write_full_part,
)
from fairlead.shared.dialects.openai.replay import Reasoning, replay
from fairlead.shared.essential import refuse_foreign_file, refuse_unknown
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.tool_forms import call_as_function
from fairlead.shared.tool_ids import ShortIds, ToolIds
from fairlead.shared.wire import openai as wire

_HEARD = "OK."
"""What the assistant says where it must speak between a tool's answer and the user, and said nothing."""


class TurnWriter:
    """Builds `messages`; what the profile's target cannot say is put into `losses`.

    `blank_reasoning`: which of the assistant's turns get blank reasoning when they have none of their own.
    """

    def __init__(
        self, profile: Profile, losses: list[Loss], *, blank_reasoning: Literal["calls", "all"] | None = None
    ) -> None:
        self.messages: list[Any] = []
        self._moved: list[Part] = []
        self._own: list[tuple[Any, Mapping[str, Raw]]] = []
        self._profile = profile
        self._full = profile.extensions
        self._losses = losses
        self._blank_reasoning = blank_reasoning
        self._ids = ShortIds() if profile.short_ids else ToolIds()

    def instructions(self, parts: Sequence[Text | Unknown]) -> None:
        """What stands before the conversation, as one message."""
        if parts:
            self._system(Turn(self._profile.system_role, tuple(parts)), "system")

    def add(self, turn: Turn, path: str) -> None:
        """One turn, as one or more messages."""
        if turn.role == "user":
            self._user(turn, path)
            return
        self._tell_moved(path)
        if turn.role == "assistant":
            self._assistant(turn, path)
        else:
            self._system(turn, path)

    def done(self) -> list[Any]:
        """All messages."""
        self._tell_moved(f"messages[{len(self.messages)}]")
        own: dict[int, dict[str, Any]] = {}
        for message, fields in self._own:
            own.setdefault(id(message), {}).update(fields)
        return [with_fields(message, own.get(id(message), {})) for message in self.messages]

    def _keep(self, message: Any, extras: Extras | None) -> Any:
        """A message whose client said more in it than our shapes have."""
        if not self._full and own_fields(extras):
            self._own.append((message, own_fields(extras)))
        return message

    # Instructions --------------------------------------------------------------------------------

    def _system(self, turn: Turn, path: str) -> None:
        content = self._content(turn.content, path)
        if not content:
            return
        if self.messages and not self._full and not self._profile.system_turns:
            self._losses.append(Loss("system message", path, "told in a user turn: none may stand here"))
            told = "\n\n".join(block.text for block in turn.content if isinstance(block, Text))
            self._append(wire.UserMessage(f"<system>\n{told}\n</system>"))
            return
        is_known = self._full or self._profile.system_role == "developer"
        kind = wire.DeveloperMessage if turn.role == "developer" and is_known else wire.SystemMessage
        self.messages.append(self._keep(kind(content, self._name(turn), self._carried(turn)), turn.extras))

    def _name(self, turn: Turn) -> str | None:
        return turn.name if self._profile.names else None

    def _append(self, message: Any) -> None:
        """A user or assistant message, joined with the one before where roles must take turns."""
        last = self.messages[-1] if self.messages and self._profile.alternate else None
        if isinstance(last, wire.ToolMessage) and isinstance(message, wire.UserMessage):
            self._losses.append(
                Loss("turns", f"messages[{len(self.messages)}]", "the assistant is made to speak first")
            )
            self.messages.append(wire.AssistantMessage(_HEARD))
        elif last is not None and type(last) is type(message) and not getattr(last, "tool_calls", None):
            message.content = joined(last.content, message.content)
            self.messages.pop()
        self.messages.append(message)

    # User turns ----------------------------------------------------------------------------------

    def _user(self, turn: Turn, path: str) -> None:
        rest: list[Block] = []
        for block in turn.content:
            if isinstance(block, ToolResult):
                self._moved += self._result(block, path)
            else:
                rest.append(block)
        if not rest and (turn.content or not self._full):
            return  # more results may follow, and nothing may stand between them
        content = self._content([*self._moved, *rest], path)
        self._moved.clear()
        if content or self._full:
            message = wire.UserMessage(content, self._name(turn), self._carried(turn))
            self._append(self._keep(message, turn.extras))

    def _tell_moved(self, path: str) -> None:
        """What tool messages could not hold, after the last of them."""
        content = self._content(self._moved, path)
        self._moved.clear()
        if content:
            self._append(wire.UserMessage(content))

    def _result(self, result: ToolResult, path: str) -> list[Part]:
        """A tool message; returns the parts that only a user message can hold, with a label in front."""
        if self._full:
            parts = [write_full_part(part) for part in result.content]
            cache, carried = write_cache(result.cache), write_carried(result.extras)
            self.messages.append(wire.ToolMessage(result.call_id, parts, result.is_error, cache, carried))
            return []
        id = self._ids.result(result.call_id)
        if result.is_error:
            self._losses.append(Loss("is_error", path, "a tool message cannot be marked as failed"))
        texts = [_as_text(part) for part in result.content]
        others = [part for part, text in zip(result.content, texts, strict=True) if text is None]
        moved = [part for part in others if not self._is_lost(part, path)]
        said = BREAK.join([text for text in texts if text is not None]) or self._profile.empty_text
        hint = _first_hint(result) if self._profile.cache_hints else None
        message = wire.ToolMessage(id, [wire.TextPart(said, write_cache(hint))] if hint else said)
        self.messages.append(self._keep(message, result.extras))
        if not moved:
            return []
        self._losses.append(Loss("files in a tool result", path, "told in a user message after the tool messages"))
        return [Text(f"[Attached to the result of tool call {id}:]"), *moved]

    def _is_lost(self, part: Part, path: str) -> bool:
        """Whether nobody here understands it: it is left out where it stands, and nothing is attached in its place."""
        if not isinstance(part, Unknown) or part.dialect == NAME:
            return False
        return self._part(part, path) is None

    # Assistant turns -----------------------------------------------------------------------------

    def _assistant(self, turn: Turn, path: str) -> None:
        reasoning: list[Reasoning] = []
        calls: list[ToolCall] = []
        rest: list[Block] = []
        for block in turn.content:
            if isinstance(block, Thinking | RedactedThinking):
                reasoning.append(block)
            elif isinstance(block, ToolCall) and self._has_words(block):
                calls.append(block)
            else:
                rest.append(block)
        message = wire.AssistantMessage(self._content(rest, path), name=self._name(turn))
        if calls:
            message.tool_calls = [self._call(call) for call in calls]
        called = {call.id: written.id for call, written in zip(calls, message.tool_calls or (), strict=True)}
        if self._full:
            message.reasoning_details = write_details(reasoning) or None
            assumed = turn.content == (*reasoning, *rest, *calls)
            message.fairlead = write_carried(turn.extras) if assumed else _carried_in_order(turn)
        else:
            blank = self._blank_reasoning == "all" or (self._blank_reasoning is not None and bool(calls))
            more, lost = replay(message, reasoning, self._profile, blank=blank)
            if more:
                self._own.append((message, more))
            for detail in message.reasoning_details or ():
                detail.id = called.get(str(detail.id), detail.id)
            if lost:
                self._losses.append(Loss("thinking", path, "the provider does not read this reasoning"))
        if message.content is None and not calls and not message.reasoning_details:
            return
        self._append(self._keep(message, turn.extras))

    def _has_words(self, call: ToolCall) -> bool:
        """Whether a call stands among the tool calls; between the services what they cannot say is a part instead."""
        return not self._full or is_plain_call(call)

    def _call(self, call: ToolCall) -> wire.ToolCall:
        call = call_as_function(call)
        function = wire.Function(call.name, call.arguments or "{}")
        if self._full:
            return wire.ToolCall(call.id, "function", function, cache_control=write_cache(call.cache))
        return wire.ToolCall(self._ids.call(call.id), "function", function)

    # Content -------------------------------------------------------------------------------------

    def _content(self, blocks: Sequence[Block], path: str) -> str | list[Any] | None:
        """One string where that says everything and the target wants it, else parts; None when nothing is left."""
        if self._full:
            parts = [write_full_part(block) for block in blocks]
            match parts:
                case [wire.TextPart(text, cache_control=None)]:
                    return text
            return parts or None
        said = []
        for block in blocks:
            part = self._part(block, path)
            if part is not None:
                said.append(with_fields(part, own_fields(getattr(block, "extras", None))))
        plain = all(isinstance(part, wire.TextPart) and part.cache_control is None for part in said)
        if plain and (not self._profile.text_parts or len(said) == 1):
            return BREAK.join(part.text for part in said) or None
        return said or None

    def _part(self, block: Block, path: str) -> Any:
        match block:
            case Text(""):
                return None
            case Image(FileSource()):
                told = f"{path}: a picture held by another provider cannot be read; send the picture itself instead"
                raise refuse(Kind.BAD_REQUEST, told, param=path)
            case Image():
                return self._image(block, path)
            case Document(UrlSource()):
                raise refuse(
                    Kind.BAD_REQUEST, f"{path}: an OpenAI-compatible model takes no documents by URL", param=path
                )
            case Document() if not isinstance(block.source, TextSource):
                refuse_foreign_file(block, NAME, path)
                return self._document(block, path)
            case Audio(Base64Source(media_type, data)):
                return wire.AudioPart(wire.InputAudio(data, media_type.removeprefix("audio/")))
            case Unknown(dialect, raw) if dialect == NAME:
                return raw
        text = _as_text(block)
        if text is not None:
            return wire.TextPart(text, self._hint(block))
        refuse_unknown(block, "an OpenAI-compatible model", path)
        self._losses.append(Loss(type(block).__name__, path, "chat completions have no such part"))
        return None

    def _image(self, image: Image, path: str) -> wire.ImagePart | wire.TextPart:
        """The picture, or words where the model takes none of its kind: the user must not wonder where it went."""
        url, taken = write_data_url(image.source), self._profile.images
        if url is not None and (taken == "url" or (taken == "data" and not isinstance(image.source, UrlSource))):
            return wire.ImagePart(wire.ImageUrl(url, image.detail), self._hint(image))
        why = "this model takes no pictures" if taken == "none" else "this provider takes pictures only as data"
        self._losses.append(Loss("Image", path, why))
        shown = f" ({image.source.url})" if isinstance(image.source, UrlSource) else ""
        return wire.TextPart(f"[A picture{shown} was left out: {why}.]")

    def _document(self, document: Document, path: str) -> wire.FilePart | wire.TextPart:
        """The file, or likewise words."""
        if self._profile.documents:
            file = write_file(document)
            file.filename = file.filename or "document.pdf"
            return wire.FilePart(file, self._hint(document))
        why = "this provider takes no documents but text"
        self._losses.append(Loss("Document", path, why))
        named = f" ({document.title})" if document.title else ""
        return wire.TextPart(f"[A document{named} was left out: {why}.]")

    def _hint(self, block: Block) -> wire.CacheControl | None:
        return write_cache(getattr(block, "cache", None)) if self._profile.cache_hints else None

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


def _first_hint(result: ToolResult) -> CacheHint | None:
    """A cache mark anywhere in it."""
    hints = (result.cache, *[getattr(part, "cache", None) for part in result.content])
    return next((hint for hint in hints if hint is not None), None)


def _letter(block: Block) -> str:
    match block:
        case Thinking() | RedactedThinking():
            return "r"
        case ToolCall() if is_plain_call(block):
            return "c"
        case _:
            return "t"


def _carried_in_order(turn: Turn) -> wire.Carried:
    """The turn's extras, and the order of its blocks, which is not the one a reader assumes."""
    carried = write_carried(turn.extras) or wire.Carried()
    carried.order = "".join([_letter(block) for block in turn.content])
    return carried

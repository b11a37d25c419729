"""Turns as a history that ends with a user: strictly in turn, no answer empty, every call answered at once, in full.

A result nobody waits for is told as text, one that is missing as an error.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import encode
from fairlead.shared.conversation import (
    Base64Source,
    Block,
    Document,
    Image,
    RedactedThinking,
    Text,
    Thinking,
    ToolCall,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialects.codewhisperer.stream import NAME
from fairlead.shared.essential import refuse_unknown
from fairlead.shared.loss import Loss
from fairlead.shared.tool_forms import call_as_function
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.tool_results import LOST, ORPHAN
from fairlead.shared.wire import codewhisperer as wire

ORIGIN = "AI_EDITOR"
_NOTHING = "OK"
"""What stands where somebody has to say something and has said nothing."""
_FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_MOST_IMAGES = 10


class _User(Struct):
    """What a user says in one turn of theirs."""

    texts: list[str] = []
    images: list[wire.Image] = []
    results: dict[str, wire.ToolResult] = {}


class History:
    """Builds the messages; what cannot be said is put into `losses`, and the names of called tools into `called`."""

    def __init__(self, model: str, losses: list[Loss]) -> None:
        self.called: dict[str, None] = {}
        self._model = model
        self._losses = losses
        self._ids = ToolIds()
        self._said: list[wire.Said] = []
        self._user = _User()
        self._waiting: dict[str, str] = {}

    def instruct(self, text: str) -> None:
        """There is no place for instructions: a user says them first, and is agreed with."""
        if text:
            self._said += [self._asked(text), wire.Said(assistant_response_message=wire.AssistantResponse(_NOTHING))]

    def add(self, turn: Turn, path: str) -> None:
        """One turn."""
        if turn.role == "assistant":
            self._answer(turn.content, path)
        elif turn.role == "user":
            for block in turn.content:
                self._take(block, path)
        else:
            self._losses.append(Loss("system message", path, "told by the user: there is no other place for it"))
            self._user.texts.append(f"<system>\n{_joined(turn.content)}\n</system>")

    def done(self) -> tuple[list[wire.Said], wire.UserInput]:
        """All messages but the last, and that."""
        if not self._has_user() and self._said and self._said[-1].assistant_response_message and not self._waiting:
            self._losses.append(Loss("prefill", "messages", "an answer that has begun cannot be gone on with"))
        self._end_user(always=True)
        last = self._said.pop().user_input_message
        assert last is not None
        return self._said, last

    def _asked(self, text: str, user: _User | None = None) -> wire.Said:
        said = wire.UserInput(text, self._model, ORIGIN)
        if user is not None:
            said.images = user.images
            if user.results:
                said.user_input_message_context = wire.Context(tool_results=list(user.results.values()))
        return wire.Said(user_input_message=said)

    def _has_user(self) -> bool:
        user = self._user
        return bool(user.texts or user.images or user.results)

    def _end_user(self, *, always: bool = False) -> None:
        """Writes what the user has said, if anything, or if they must say something."""
        for id in [id for id in self._waiting if id not in self._user.results]:
            self._losses.append(Loss("missing tool result", self._waiting[id], "answered as lost"))
            self._user.results[id] = wire.ToolResult(id, [wire.ResultText(LOST)], "error")
        if not self._has_user() and not always:
            return
        text = "\n\n".join(self._user.texts)
        self._said.append(self._asked(text or ("" if self._user.results else _NOTHING), self._user))
        self._user, self._waiting = _User(), {}

    def _take(self, block: Block, path: str) -> None:
        match block:
            case ToolResult():
                self._result(block, path)
            case Text(text):
                self._user.texts += [text] if text else []
            case Image(Base64Source(media_type, data)) if media_type in _FORMATS:
                self._image(wire.Image(_FORMATS[media_type], wire.ImageSource(data)), path)
            case ToolReference(name):
                self._user.texts.append(f"Tool {name} may be called from now on.")
            case _:
                refuse_unknown(block, "CodeWhisperer", path)
                self._lost(block, path)

    def _image(self, image: wire.Image, path: str) -> None:
        if len(self._user.images) < _MOST_IMAGES:
            self._user.images.append(image)
        else:
            self._losses.append(Loss("image", path, f"a message has at most {_MOST_IMAGES}"))

    def _lost(self, block: Block, path: str) -> None:
        kind = {Image: "image", Document: "document"}.get(type(block), type(block).__name__)
        self._losses.append(Loss(kind, path, "CodeWhisperer takes text, and pictures of four kinds as data"))
        self._user.texts.append(f"[{kind} left out]")

    def _result(self, result: ToolResult, path: str) -> None:
        id = self._ids.result(result.call_id)
        texts = [part.text for part in result.content if isinstance(part, Text)]
        if id not in self._waiting or id in self._user.results:
            self._losses.append(Loss("tool result", path, "answers no call that waits for it; told as text"))
            self._user.texts += [ORPHAN, *texts]
        else:
            content = [wire.ResultText(text) for text in texts] or [wire.ResultText(_NOTHING)]
            self._user.results[id] = wire.ToolResult(id, content, "error" if result.is_error else "success")
        for part in result.content:
            if not isinstance(part, Text):
                self._take(part, path)

    def _answer(self, content: Iterable[Block], path: str) -> None:
        blocks = tuple(content)
        last = self._said[-1].assistant_response_message if self._said and not self._has_user() else None
        if last is None or self._waiting:
            self._end_user(always=not self._said or self._said[-1].user_input_message is None)
            last = wire.AssistantResponse("")
            self._said.append(wire.Said(assistant_response_message=last))
        elif last.content == _NOTHING:
            last.content = ""
        last.content = "\n\n".join(text for text in (last.content, _joined(blocks)) if text) or _NOTHING
        last.tool_uses += [self._call(block, path) for block in blocks if isinstance(block, ToolCall)]
        for block in blocks:
            if isinstance(block, Thinking | RedactedThinking):
                self._thought(last, block, path)
            elif isinstance(block, Unknown):
                refuse_unknown(block, "CodeWhisperer", path)

    def _call(self, block: ToolCall, path: str) -> wire.ToolUse:
        call = call_as_function(block)
        id = self._ids.call(call.id)
        self._waiting[id] = path
        self.called[call.name] = None
        arguments = call.arguments.strip()
        if not arguments.startswith("{") or not _is_json(arguments):
            arguments = encode({"input": arguments} if arguments else {}).decode()
        return wire.ToolUse(id, call.name, Raw(arguments))

    def _thought(self, answer: wire.AssistantResponse, block: Thinking | RedactedThinking, path: str) -> None:
        """Only what this service has signed is taken back, one thought for an answer."""
        if block.maker != NAME or answer.reasoning_content is not None:
            self._losses.append(Loss("thinking", path, "only its own maker takes it back"))
        elif isinstance(block, RedactedThinking):
            answer.reasoning_content = wire.ReasoningContent(redacted_content=block.data)
        else:
            answer.reasoning_content = wire.ReasoningContent(wire.ReasoningText(block.text, block.signature))


def _joined(blocks: Iterable[Block]) -> str:
    return "\n\n".join(block.text for block in blocks if isinstance(block, Text) and block.text)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True

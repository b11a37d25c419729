"""Turns as input items: reasoning, messages, calls and tool outputs stand beside each other in one list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairlead.shared.conversation import (
    Audio,
    Block,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialects.openai_responses.items import is_part
from fairlead.shared.dialects.openai_responses.parts import write_extras, write_output_text, write_part
from fairlead.shared.dialects.openai_responses.reasoning import NAME, write_own_reasoning
from fairlead.shared.dialects.openai_responses.web_search import own_item, without_id
from fairlead.shared.essential import refuse_foreign_file, refuse_unknown
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.tool_ids import ToolIds


class ItemWriter:
    """Builds `input`; what Responses cannot say is put into `losses`."""

    def __init__(self, losses: list[Loss]) -> None:
        self.items: list[Any] = []
        self._losses = losses
        self._ids = ToolIds()
        self._custom: set[str] = set()
        self._content: list[Any] | None = None
        self._own: Mapping[str, Any] = {}

    def instructions(self, parts: Sequence[Text | Unknown], role: str) -> None:
        """What stands before the conversation, as one message."""
        self._say(role, [part for part in parts if part != Text("")], {}, "instructions")

    def add(self, turn: Turn, path: str) -> None:
        """One turn, as any number of items."""
        self._content = None
        if turn.role == "assistant":
            for block in turn.content:
                _ASSISTANT.get(type(block), ItemWriter._lost)(self, block, path)
        else:
            self._others(turn, path)

    # Everybody's turns but the model's -----------------------------------------------------------

    def _others(self, turn: Turn, path: str) -> None:
        said: list[Block] = []
        for block in turn.content:
            if isinstance(block, ToolResult):
                self._result(block, path)
            elif isinstance(block, Unknown) and block.dialect == NAME and not is_part(block.raw):
                self.items.append(block.raw)
            elif block != Text(""):
                said.append(block)
        self._say(turn.role, said, write_extras(turn.extras), path)

    def _say(self, role: str, blocks: Sequence[Block], extras: Mapping[str, Any], path: str) -> None:
        parts = self._parts(blocks, path)
        if parts:
            self.items.append({"type": "message", "role": role, "content": parts, **extras})

    def _parts(self, blocks: Sequence[Block], path: str) -> list[Any]:
        parts: list[Any] = []
        for block in blocks:
            if isinstance(block, Audio):
                raise refuse(Kind.BAD_REQUEST, f"{path}: a Responses model takes no audio", param=path)
            refuse_foreign_file(block, "openai", path)
            part = write_part(block)  # type: ignore[arg-type]  # what is no part has no words there
            if part is None:
                self._lost(block, path)
            else:
                parts.append(part)
        return parts

    def _result(self, result: ToolResult, path: str) -> None:
        id = self._ids.result(result.call_id)
        kind = "custom_tool_call_output" if id in self._custom else "function_call_output"
        parts = self._parts(result.content, path)
        if result.is_error:
            self._losses.append(Loss("is_error", path, "a tool output cannot be marked as failed"))
        output = _one_string(result.content) if len(parts) <= 1 else None
        told = parts if output is None else output
        self.items.append({"type": kind, "call_id": id, "output": told, **write_extras(result.extras)})

    # The model's turns ---------------------------------------------------------------------------

    def _text(self, text: Text, _path: str) -> None:
        """A part of the message at hand; texts of another phase, or after anything else, begin a new one."""
        if not text.text:
            return
        own = dict(write_extras(text.extras))
        if self._content is None or own != self._own:
            self._content, self._own = [], own
            self.items.append({"type": "message", "role": "assistant", "content": self._content, **own})
        self._content.append(write_output_text(text))

    def _thinking(self, block: Thinking | RedactedThinking, path: str) -> None:
        item = write_own_reasoning(block)
        if item is None:
            self._losses.append(Loss("thinking", path, "only its maker can take reasoning back"))
        else:
            self._append(item)

    def _call(self, call: ToolCall, _path: str) -> None:
        id = self._ids.call(call.id)
        fields: dict[str, Any] = {"type": "function_call", "call_id": id, "name": call.name}
        if call.namespace is not None:
            fields["namespace"] = call.namespace
        if call.custom:
            self._custom.add(id)
            fields |= {"type": "custom_tool_call", "input": call.arguments}
        else:
            fields["arguments"] = call.arguments or "{}"
        self._append({**fields, **write_extras(call.extras)})

    def _server_call(self, call: ServerCall, path: str) -> None:
        own = own_item(call)
        if own is None:
            self._lost(call, path)
        else:
            self._append(without_id(own))

    def _unknown(self, block: Unknown, path: str) -> None:
        if block.dialect == NAME:
            self._append(block.raw)
        else:
            self._lost(block, path)

    def _server_result(self, result: ServerResult, path: str) -> None:
        """What a provider's own tool found is part of the item that tells of its call, if it is one of ours."""
        if result.raw is not None:
            self._lost(result, path)

    def _append(self, item: Any) -> None:
        self._content = None
        self.items.append(item)

    def _lost(self, block: Block, path: str) -> None:
        refuse_unknown(block, "a Responses model", path)
        self._losses.append(Loss(type(block).__name__, path, "Responses has no such block here"))


_ASSISTANT: Mapping[type, Callable[[ItemWriter, Any, str], None]] = {
    Text: ItemWriter._text,
    Thinking: ItemWriter._thinking,
    RedactedThinking: ItemWriter._thinking,
    ToolCall: ItemWriter._call,
    ServerCall: ItemWriter._server_call,
    ServerResult: ItemWriter._server_result,
    Unknown: ItemWriter._unknown,
}


def _one_string(content: Sequence[Block]) -> str | None:
    """A tool's answer that is nothing but one text, or nothing at all."""
    match content:
        case []:
            return ""
        case [Text(text, extras=None)]:
            return text
        case _:
            return None

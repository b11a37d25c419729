"""Turns as Anthropic wants them: roles alternate, results come first after their calls, nothing is empty."""

from collections.abc import Iterable
from typing import Any

from fairlead.shared.conversation import (
    Audio,
    Block,
    RedactedThinking,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
)
from fairlead.shared.dialects.anthropic.blocks_in import NAME
from fairlead.shared.dialects.anthropic.blocks_out import (
    write_cache,
    write_call,
    write_extras,
    write_own_thinking,
    write_part,
)
from fairlead.shared.essential import refuse_foreign_file, refuse_unknown
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.tool_ids import ToolIds


def write_turns(turns: Iterable[Turn], profile: Profile, losses: list[Loss]) -> list[dict[str, Any]]:
    """All messages. Consecutive user or assistant turns become one; what Anthropic cannot say is put into `losses`."""
    writer = _Writer(profile, losses)
    for index, turn in enumerate(turns):
        writer.add(turn, f"messages[{index}]")
    _end_visibly(writer.messages)
    return writer.messages


def _end_visibly(messages: list[dict[str, Any]]) -> None:
    """An answer that is to be gone on with is refused if it ends in space."""
    if messages and messages[-1]["role"] == "assistant":
        content = messages[-1]["content"]
        if isinstance(content[-1], dict) and content[-1].get("type") == "text":
            content[-1] = {**content[-1], "text": content[-1]["text"].rstrip()}


class _Writer:
    def __init__(self, profile: Profile, losses: list[Loss]) -> None:
        self.messages: list[dict[str, Any]] = []
        self._profile = profile
        self._losses = losses
        self._ids = ToolIds()

    def add(self, turn: Turn, path: str) -> None:
        role = "system" if turn.role in ("system", "developer") else turn.role
        blocks: list[Any] = []
        for one in turn.content:
            written = self._write(one, path)
            if written is not None:
                blocks.append(written)
            elif isinstance(one, Text) and blocks and _may_be_cached(blocks[-1]):
                blocks[-1] = {**write_cache(one.cache), **blocks[-1]}  # the empty text is gone, its mark is not
        if role == "system" and blocks and not self._fits_system():
            blocks = [{"type": "text", "text": _marked(turn)}]
            role = "user"
            self._losses.append(Loss("system message", path, "told in a user turn: no system message may stand here"))
        if blocks:
            self._append(role, blocks, write_extras(turn.extras))

    def _append(self, role: str, blocks: list[Any], extras: Any) -> None:
        last = self.messages[-1] if self.messages else None
        if last is not None and last["role"] == role and role != "system":
            last["content"] += blocks
        else:
            last = {"role": role, "content": blocks, **extras}
            self.messages.append(last)
        if role == "user":
            last["content"].sort(key=_after_results)

    def _fits_system(self) -> bool:
        """A system message may only follow a user turn (or another system message)."""
        return self._profile.system_turns and bool(self.messages) and self.messages[-1]["role"] != "assistant"

    def _write(self, block: Block, path: str) -> Any:
        match block:
            case Text(text):
                return write_part(block) if text and not text.isspace() else None
            case Thinking() | RedactedThinking():
                return self._write_thinking(block, path)
            case ToolCall():
                return {**write_call(block), "id": self._ids.call(block.id)}
            case ToolResult():
                return self._write_result(block, path)
            case Audio():
                raise refuse(Kind.BAD_REQUEST, f"{path}: a Claude model takes no audio", param=path)
        refuse_foreign_file(block, NAME, path)
        part = write_part(block)
        if part is None:
            refuse_unknown(block, "an Anthropic model", path)
            self._losses.append(Loss(type(block).__name__, path, "Anthropic has no such block"))
        return part

    def _write_thinking(self, block: Thinking | RedactedThinking, path: str) -> Any:
        written = write_own_thinking(block)
        if written is None:
            self._losses.append(Loss("thinking", path, "reasoning that Anthropic has not signed is refused"))
        return written

    def _write_result(self, result: ToolResult, path: str) -> dict[str, Any]:
        fields: dict[str, Any] = {"type": "tool_result", "tool_use_id": self._ids.result(result.call_id)}
        parts = [part for part in (self._write(one, path) for one in result.content) if part is not None]
        if parts:
            fields["content"] = parts
        if result.is_error is not None:
            fields["is_error"] = result.is_error
        return {**fields, **write_extras(result.extras), **write_cache(result.cache)}


def _after_results(block: Any) -> bool:
    return not (isinstance(block, dict) and block.get("type") == "tool_result")


def _marked(turn: Turn) -> str:
    text = "\n\n".join(block.text for block in turn.content if isinstance(block, Text))
    return f"<system>\n{text}\n</system>"


def _may_be_cached(block: Any) -> bool:
    return isinstance(block, dict) and block["type"] not in ("thinking", "redacted_thinking")

"""Whole answers between Anthropic's shape and the neutral form."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Extras, Finish, FinishReason, Message, Usage
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.anthropic.blocks_in import NAME, read_raw_block
from fairlead.shared.dialects.anthropic.blocks_out import write_answer_block
from fairlead.shared.dialects.anthropic.errors import decode_failure
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.wire import anthropic as wire

_REASONS: Mapping[str, FinishReason] = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP_SEQUENCE,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.CONTEXT_WINDOW,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.REFUSAL,
    "pause_turn": FinishReason.PAUSE,
}
_WORDS = {reason: word for word, reason in _REASONS.items()}


def read_finish(reason: str | None, sequence: str | None) -> Finish:
    """A stop reason; one we do not know is kept by its own word."""
    known = _REASONS.get(reason or "end_turn")
    return Finish(FinishReason.OTHER, sequence, reason) if known is None else Finish(known, sequence)


def write_finish(finish: Finish) -> str:
    """The stop reason; another vendor's unknown word is the natural end."""
    return _WORDS.get(finish.reason) or "end_turn"


def read_usage(usage: wire.Usage, before: Usage = Usage()) -> Usage:  # noqa: B008 - an immutable value
    """Usage figures; those not said keep what was said before (streams repeat them cumulatively)."""
    details = usage.output_tokens_details
    thinking = details.thinking_tokens if details is not None else None
    return Usage(
        _newer(usage.input_tokens, before.input),
        _newer(usage.cache_read_input_tokens, before.cache_read),
        _newer(usage.cache_creation_input_tokens, before.cache_write),
        _newer(usage.output_tokens, before.output),
        _newer(thinking, before.reasoning),
    )


def _newer(said: int | None, before: int) -> int:
    return before if said is None else said


def write_usage(usage: Usage) -> dict[str, Any]:
    """All figures, zero where nothing is known."""
    fields: dict[str, Any] = {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output,
    }
    return {**fields, "output_tokens_details": {"thinking_tokens": usage.reasoning}} if usage.reasoning else fields


def message_id(id: str, context: ReplyContext) -> str:
    """The provider's id if it has the shape Anthropic's clients know, else one of ours."""
    return id if id.startswith("msg_") else f"msg_{context.id}"


_KNOWN = frozenset({"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"})


def decode_response(body: bytes) -> Message:
    """A whole answer. Raises FailureError: MALFORMED, or what an error body says that came with a 2xx."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, Raw])
        if "content" not in fields and "error" in fields:
            raise FailureError(decode_failure(200, body))
        answer = msgspec.json.decode(body, type=wire.Answer)
        content = tuple([read_raw_block(raw, f"content[{index}]") for index, raw in enumerate(answer.content)])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FailureError(Failure(Kind.MALFORMED, f"the provider's answer is not a message: {error}")) from error
    extras = {key: value for key, value in fields.items() if key not in _KNOWN and bytes(value) != b"null"}
    return Message(
        answer.id,
        answer.model,
        content,
        read_finish(answer.stop_reason, answer.stop_sequence),
        read_usage(answer.usage),
        Extras(NAME, extras) if extras else None,
    )


def encode_response(message: Message, context: ReplyContext) -> bytes:
    """A whole answer. Blocks Anthropic has no words for are left out."""
    ids = ToolIds()
    content = []
    for block in message.content:
        written = write_answer_block(block)
        if isinstance(written, dict) and written["type"] == "tool_use":
            written["id"] = ids.call(written["id"])
        if written is not None:
            content.append(written)
    extras = message.extras
    return encode(
        {
            "id": message_id(message.id, context),
            "type": "message",
            "role": "assistant",
            "model": message.model or context.model,
            "content": content,
            "stop_reason": write_finish(message.finish),
            "stop_sequence": message.finish.sequence,
            "usage": write_usage(message.usage),
            **(extras.fields if extras is not None and extras.dialect == NAME else {}),
        }
    )

"""Whole answers between Anthropic's shape and the neutral form."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode, require_utf8
from fairlead.shared.conversation import Audio, Extras, Finish, FinishReason, Image, Message, Usage
from fairlead.shared.counts import Count, count
from fairlead.shared.dialect import Encoded, ReplyContext
from fairlead.shared.dialects.anthropic.blocks_in import NAME, read_raw_block
from fairlead.shared.dialects.anthropic.blocks_out import note_block, write_answer_block, write_extras
from fairlead.shared.dialects.anthropic.errors import decode_failure
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.loss import Losses
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.unshown import in_words
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
FINISHES = frozenset(_WORDS)
"""Reasons to stop that have a word."""

_TIERS = frozenset({"standard", "priority", "batch"})


def read_finish(reason: str | None, sequence: str | None, unknown: Mapping[str, Raw]) -> Finish:
    """A stop reason; one that others do not know is kept by its own word. `unknown`: whatever else was said of the
    answer."""
    known = _REASONS.get(reason or "end_turn", FinishReason.OTHER)
    if known is not FinishReason.OTHER:
        return Finish(known, sequence, None, kept(unknown))
    return Finish(known, sequence, reason, kept({**unknown, "stop_reason": Raw(encode(reason))}))


def kept(fields: Mapping[str, Raw]) -> Extras | None:
    """Fields only Anthropic knows; those that say nothing are left out."""
    told = {name: raw for name, raw in fields.items() if bytes(raw) != b"null"}
    return Extras(NAME, told) if told else None


def write_finish(finish: Finish) -> str:
    """The stop reason; another vendor's unknown word is the natural end."""
    return _WORDS.get(finish.reason) or "end_turn"


def read_usage(raw: Raw, before: Usage = Usage()) -> Usage:  # noqa: B008 - an immutable value
    """Usage figures; those not said keep what was said before (streams repeat them cumulatively)."""
    fields = msgspec.json.decode(raw, type=dict[str, Raw])
    usage = msgspec.json.decode(raw, type=wire.Usage)
    earlier = before.extras.fields if before.extras is not None else {}
    tier = usage.service_tier if isinstance(usage.service_tier, str) and usage.service_tier in _TIERS else None
    known = _FIGURES if tier is None else _FIGURES | {"service_tier"}
    unknown = {name: value for name, value in fields.items() if name not in known and bytes(value) != b"null"}
    details = usage.output_tokens_details
    thinking = details.thinking_tokens if details is not None else None
    return Usage(
        _newer(usage.input_tokens, before.input),
        _newer(usage.cache_read_input_tokens, before.cache_read),
        _newer(usage.cache_creation_input_tokens, before.cache_write),
        _newer(usage.output_tokens, before.output),
        _newer(thinking, before.reasoning),
        kept({**earlier, **unknown}),
        tier or before.tier,
    )


_FIGURES = frozenset(wire.Usage.__struct_fields__) - {"service_tier"}


def _newer(said: Count, before: int) -> int:
    return before if said is None else count(said)


def write_usage(usage: Usage) -> dict[str, Any]:
    """All figures, zero where nothing is known."""
    fields: dict[str, Any] = {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output,
    }
    if usage.reasoning:
        fields["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return {**fields, **write_beside(usage)}


def write_beside(usage: Usage) -> dict[str, Any]:
    """What is said beside the figures."""
    tier = {"service_tier": usage.tier} if usage.tier in _TIERS else {}
    return {**tier, **write_extras(usage.extras)}


def note_usage(usage: Usage, losses: Losses) -> None:
    """What of it is not written."""
    losses.extras(usage.extras, "usage")
    if usage.tier is not None and usage.tier not in _TIERS:
        losses.add("service tier", "usage")


def message_id(id: str, context: ReplyContext) -> str:
    """The provider's id if it has the shape Anthropic's clients know, else one of ours."""
    return id if id.startswith("msg_") else f"msg_{context.id}"


KNOWN = frozenset({"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"})
"""Fields of an answer that mean something in the neutral form."""


def decode_response(body: bytes) -> Message:
    """A whole answer. Raises FailureError: MALFORMED, or what an error body says that came with a 2xx."""
    require_utf8(body)
    try:
        fields = msgspec.json.decode(body, type=dict[str, Raw])
        if "content" not in fields and "error" in fields:
            raise FailureError(decode_failure(200, body))
        answer = msgspec.json.decode(body, type=wire.Answer)
        content = tuple([read_raw_block(raw, f"content[{index}]") for index, raw in enumerate(answer.content)])
        usage = read_usage(fields["usage"]) if bytes(fields.get("usage", b"null")) != b"null" else Usage()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FailureError(Failure(Kind.MALFORMED, f"the provider's answer is not a message: {error}")) from error
    unknown = {key: value for key, value in fields.items() if key not in KNOWN}
    return Message(
        answer.id,
        answer.model,
        content,
        read_finish(answer.stop_reason, answer.stop_sequence, unknown),
        usage,
    )


def encode_response(message: Message, context: ReplyContext) -> Encoded:
    """A whole answer. Blocks Anthropic has no words for are left out; pictures and sound are told in words."""
    ids, losses = ToolIds(), Losses(NAME, FINISHES)
    losses.extras(message.extras, "answer")
    losses.finish(message.finish, sequence=True)
    note_usage(message.usage, losses)
    content = []
    for block in message.content:
        note_block(block, losses)
        written = write_answer_block(in_words(block) if isinstance(block, Image | Audio) else block)
        if isinstance(written, dict) and written["type"] == "tool_use":
            written["id"] = ids.call(written["id"])
        if written is not None:
            content.append(written)
    body = encode(
        {
            "id": message_id(message.id, context),
            "type": "message",
            "role": "assistant",
            "model": message.model or context.model,
            "content": content,
            "stop_reason": write_finish(message.finish),
            "stop_sequence": message.finish.sequence,
            "usage": write_usage(message.usage),
            **write_extras(message.extras),
            **write_extras(message.finish.extras),
        }
    )
    return Encoded(body, losses.told)

"""Whole answers between OpenAI's shape and the neutral form."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.conversation import (
    Finish,
    FinishReason,
    Message,
    RedactedThinking,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.openai.errors import decode_failure
from fairlead.shared.dialects.openai.parts import read_content, read_reasoning, read_tool_call, write_details
from fairlead.shared.dialects.openai.request_in import in_order
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.wire import openai as wire

_REASONS: Mapping[str, FinishReason] = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.REFUSAL,
}
_WORDS: Mapping[FinishReason, str] = {
    FinishReason.STOP: "stop",
    FinishReason.STOP_SEQUENCE: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.CONTEXT_WINDOW: "length",
    FinishReason.TOOL_CALLS: "tool_calls",
    FinishReason.REFUSAL: "content_filter",
    FinishReason.PAUSE: "stop",
    FinishReason.OTHER: "stop",
}


def read_finish(reason: str | None, called: bool) -> Finish:
    """A finish reason; a natural end after tool calls is a request to run them, whatever the server called it."""
    known = _REASONS.get(reason or "stop", FinishReason.OTHER)
    if called and known in (FinishReason.STOP, FinishReason.OTHER):
        return Finish(FinishReason.TOOL_CALLS)
    return Finish(known, None, reason) if known is FinishReason.OTHER else Finish(known)


def write_finish(finish: Finish) -> str:
    """The finish reason."""
    return _WORDS[finish.reason]


def read_usage(usage: wire.Usage) -> Usage:
    """OpenAI counts cache reads and writes inside the prompt; here they stand beside it."""
    prompt, details = usage.prompt_tokens or 0, usage.prompt_tokens_details
    read = (details.cached_tokens or 0) if details is not None else 0
    written = (details.cache_write_tokens or 0) if details is not None else 0
    thought = usage.completion_tokens_details
    reasoning = (thought.reasoning_tokens or 0) if thought is not None else 0
    return Usage(max(0, prompt - read - written), read, written, usage.completion_tokens or 0, reasoning)


def write_usage(usage: Usage) -> dict[str, Any]:
    """All figures, zero where nothing is known."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def completion_id(id: str, context: ReplyContext) -> str:
    """The provider's id if it has the shape OpenAI's clients know, else one of ours."""
    return id if id.startswith("chatcmpl-") else f"chatcmpl-{context.id}"


def decode_response(body: bytes) -> Message:
    """A whole answer. Raises FailureError: MALFORMED, or what an error body says that came with a 2xx."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, Raw])
        if "error" in fields and bytes(fields["error"]) != b"null" and "choices" not in fields:
            raise FailureError(decode_failure(200, body))
        answer = msgspec.json.decode(body, type=wire.Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FailureError(Failure(Kind.MALFORMED, f"the provider's answer is no completion: {error}")) from error
    if not answer.choices:
        raise FailureError(Failure(Kind.MALFORMED, "the provider's answer holds no choice"))
    choice = answer.choices[0]
    message = choice.message
    reasoning = read_reasoning(message.reasoning_details, message.reasoning_content or message.reasoning)
    content = read_content(message.content, "message") or read_content(message.refusal, "message")
    calls = [read_tool_call(call, "message.tool_calls") for call in message.tool_calls or ()]
    order = message.fairlead.order if message.fairlead is not None else ""
    usage = read_usage(answer.usage) if answer.usage is not None else Usage()
    finish = read_finish(choice.finish_reason, bool(calls))
    return Message(answer.id, answer.model, in_order(order, reasoning, content, calls), finish, usage)


def encode_response(message: Message, context: ReplyContext) -> bytes:
    """A whole answer; reasoning goes into the extension fields."""
    choice = {
        "index": 0,
        "message": _write_message(message),
        "logprobs": None,
        "finish_reason": write_finish(message.finish),
    }
    return encode(
        {
            "id": completion_id(message.id, context),
            "object": "chat.completion",
            "created": context.created,
            "model": message.model or context.model,
            "choices": [choice],
            "usage": write_usage(message.usage),
        }
    )


def _write_message(message: Message) -> dict[str, Any]:
    texts = [block.text for block in message.content if isinstance(block, Text)]
    reasoning = [block for block in message.content if isinstance(block, Thinking | RedactedThinking)]
    calls = [block for block in message.content if isinstance(block, ToolCall)]
    written: dict[str, Any] = {"role": "assistant", "content": "".join(texts) if texts else None, "refusal": None}
    if reasoning:
        written["reasoning_content"] = "".join(block.text for block in reasoning if isinstance(block, Thinking))
        written["reasoning_details"] = write_details(reasoning)
    if calls:
        ids = ToolIds()
        written["tool_calls"] = [
            wire.ToolCall(ids.call(call.id), "function", wire.Function(call.name, call.arguments or "{}"))
            for call in calls
        ]
    return written

"""Answers as a provider sends them, correct, for tests to damage."""

import json
from typing import Any

USAGE = {"input_tokens": 5, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 30, "output_tokens": 1}


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def message_events(*texts: str) -> list[bytes]:
    """A streamed message in Anthropic's order, one delta for each text."""
    envelope = {"type": "message", "role": "assistant", "id": "msg_1", "model": "m", "content": [], "stop_reason": None}
    return [
        event("message_start", message={**envelope, "usage": USAGE}),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
        *(event("content_block_delta", index=0, delta={"type": "text_delta", "text": text}) for text in texts),
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}),
        event("message_stop"),
    ]


def chunk(delta: dict[str, Any] | None, finish: str | None = None, **fields: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    told = {"object": "chat.completion.chunk", "id": "c", "choices": choices, **fields}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def completion_chunks(*texts: str) -> list[bytes]:
    """A streamed completion in OpenAI's order, one delta for each text."""
    usage = {"prompt_tokens": 37, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 30}}
    return [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": text}) for text in texts),
        chunk({}, "stop"),
        chunk(None, usage=usage),
        b"data: [DONE]\n\n",
    ]


def response_events(*texts: str) -> list[bytes]:
    """A streamed response in the order of OpenAI Responses, one delta for each text."""
    said = "".join(texts)
    usage = {"input_tokens": 37, "input_tokens_details": {"cached_tokens": 30}, "output_tokens": 9}
    item = {"type": "message", "content": [{"type": "output_text", "text": said}]}
    told: list[tuple[str, dict[str, Any]]] = [
        ("response.created", {"response": {"output": [], "usage": None}}),
        ("response.output_item.added", {"output_index": 0}),
        *(("response.output_text.delta", {"delta": text}) for text in texts),
        ("response.output_text.done", {"text": said}),
        ("response.completed", {"response": {"output": [item], "usage": usage}}),
    ]
    return [event(kind, sequence_number=number, **fields) for number, (kind, fields) in enumerate(told)]


def content_chunks(*texts: str) -> list[bytes]:
    """A streamed answer in Gemini's order, one chunk for each text, and the finish."""
    usage = {"promptTokenCount": 37, "cachedContentTokenCount": 30, "candidatesTokenCount": 9}
    told: list[dict[str, Any]] = [
        *({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]} for text in texts),
        {"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}], "usageMetadata": usage},
    ]
    return [b"data: " + json.dumps(each).encode() + b"\n\n" for each in told]

"""Renders a reply as the Anthropic Messages API does: a message object, or its stream of named events."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ...faults import Event, Part
from ...script import RedactedThinking, Reply, Stop, Text, Thinking, ToolCall, pieces

_STOPS = {
    Stop.END: "end_turn",
    Stop.TOOL: "tool_use",
    Stop.LENGTH: "max_tokens",
    Stop.STOP_SEQUENCE: "stop_sequence",
    Stop.REFUSAL: "refusal",
}
_PIECE = 32
"""Characters of thinking or of tool arguments in one delta."""

Block = dict[str, Any]


def message(reply: Reply) -> bytes:
    """The whole message."""
    content = [_whole(reply, at) for at in range(len(reply.script.steps))]
    return msgspec.json.encode(
        {**_envelope(reply, content), **_ending(reply), "usage": _usage(reply, reply.usage.output)}
    )


def events(reply: Reply) -> list[Event]:
    """The stream: message_start, the blocks with a ping after the first has begun, message_delta, message_stop."""
    start = {**_envelope(reply, []), "stop_reason": None, "stop_sequence": None, "usage": _usage(reply, 1)}
    made = [_event(Part.START, "message_start", message=start)]
    for at in range(len(reply.script.steps)):
        made += _block_events(reply, at)
    usage = {**_usage(reply, reply.usage.output), "output_tokens_details": {"thinking_tokens": reply.usage.thinking}}
    made.append(_event(Part.END, "message_delta", delta=_ending(reply), usage=usage))
    made.append(_event(Part.DONE, "message_stop"))
    return made


def error(kind: str, text: str, digest: str) -> dict[str, Any]:
    """The error object, of a body and of an event alike."""
    return {"type": "error", "error": {"type": kind, "message": text}, "request_id": request_id(digest)}


def error_event(body: dict[str, Any]) -> Event:
    return Event(Part.ERROR, b"event: error\ndata: " + msgspec.json.encode(body) + b"\n\n")


def request_id(digest: str) -> str:
    return f"req_{digest[:24]}"


def _event(part: Part, name: str, **fields: Any) -> Event:
    data = msgspec.json.encode({"type": name, **fields})
    return Event(part, b"event: " + name.encode() + b"\ndata: " + data + b"\n\n")


def _envelope(reply: Reply, content: list[Block]) -> dict[str, Any]:
    return {
        "id": f"msg_{reply.digest[:24]}",
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
    }


def _ending(reply: Reply) -> dict[str, Any]:
    script = reply.script
    ending: dict[str, Any] = {"stop_reason": _STOPS[script.stop], "stop_sequence": script.stop_sequence}
    if script.stop is Stop.REFUSAL:
        ending["stop_details"] = {"type": "refusal", "category": None, "explanation": None}
    return ending


def _usage(reply: Reply, output: int) -> dict[str, Any]:
    usage = reply.usage
    return {
        "input_tokens": usage.fresh,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.cache_write, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
    }


def _call_id(reply: Reply, at: int, call: ToolCall) -> str:
    minted = hashlib.sha256(f"{reply.digest}:{at}".encode()).hexdigest()
    return call.id if call.id is not None else f"toolu_{minted[:24]}"


def _skeleton(reply: Reply, at: int) -> Block:
    """The block as content_block_start shows it."""
    match reply.script.steps[at]:
        case Text():
            return {"type": "text", "text": ""}
        case Thinking():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case RedactedThinking(data=data):
            return {"type": "redacted_thinking", "data": data}
        case ToolCall() as call:
            return {"type": "tool_use", "id": _call_id(reply, at, call), "name": call.name, "input": {}}


def _whole(reply: Reply, at: int) -> Block:
    match reply.script.steps[at]:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Thinking(text=text, signature=signature):
            return {"type": "thinking", "thinking": text, "signature": signature}
        case RedactedThinking():
            return _skeleton(reply, at)
        case ToolCall(arguments=arguments):
            return {**_skeleton(reply, at), "input": _input(arguments)}


def _input(arguments: str) -> Any:
    try:
        return msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return {}  # a message object cannot hold arguments that are not JSON


def _deltas(reply: Reply, at: int) -> Iterator[Block]:
    match reply.script.steps[at]:
        case Text(text=text, piece=size):
            yield from ({"type": "text_delta", "text": piece} for piece in pieces(text, size))
        case Thinking(text=text, signature=signature):
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in pieces(text, _PIECE))
            yield {"type": "signature_delta", "signature": signature}
        case ToolCall(arguments=arguments):
            yield from (
                {"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces(arguments, _PIECE))
            )
        case RedactedThinking():
            return


def _block_events(reply: Reply, at: int) -> Iterator[Event]:
    yield _event(Part.FRAME, "content_block_start", index=at, content_block=_skeleton(reply, at))
    if at == 0:
        yield _event(Part.FRAME, "ping")
    for delta in _deltas(reply, at):
        yield _event(Part.CONTENT, "content_block_delta", index=at, delta=delta)
    yield _event(Part.FRAME, "content_block_stop", index=at)

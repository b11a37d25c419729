"""Renders a reply as Chat Completions does: a completion object, or its stream of chunks."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ...faults import Event, Part
from ...script import Reply, Stop, Text, Thinking, ToolCall, pieces

CREATED = 1767225600
"""When every simulated completion was made: a constant, so that the same request gives the same bytes."""
_FINISHES = {
    Stop.END: "stop",
    Stop.TOOL: "tool_calls",
    Stop.LENGTH: "length",
    Stop.STOP_SEQUENCE: "stop",
    Stop.REFUSAL: "stop",
}
_PIECE = 32
"""Characters of thinking or of tool arguments in one chunk."""
DONE = Event(Part.DONE, b"data: [DONE]\n\n")

Json = dict[str, Any]


def completion(reply: Reply) -> bytes:
    """The whole completion."""
    choice = {"index": 0, "message": _message(reply), "logprobs": None, "finish_reason": _FINISHES[reply.script.stop]}
    return msgspec.json.encode({**_envelope(reply, "chat.completion"), "choices": [choice], "usage": _usage(reply)})


def chunks(reply: Reply) -> list[Event]:
    """The stream: a role chunk, the deltas, a finish chunk, the usage chunk when it is wanted, [DONE]."""
    opening: Json = {
        "role": "assistant",
        "content": None if _calls(reply) and not _text(reply) else "",
        "refusal": None,
    }
    made = [_chunk(reply, Part.START, opening)]
    made += [_chunk(reply, Part.CONTENT, delta) for delta in _deltas(reply)]
    made.append(_chunk(reply, Part.END, {}, _FINISHES[reply.script.stop]))
    if reply.wants_usage:
        body = {**_envelope(reply, "chat.completion.chunk"), "choices": [], "usage": _usage(reply)}
        made.append(_framed(Part.END, body))
    return [*made, DONE]


def error(text: str, kind: str, param: str | None, code: str | None) -> Json:
    """The error object, of a body and of a chunk alike."""
    return {"error": {"message": text, "type": kind, "param": param, "code": code}}


def error_event(body: Json) -> Event:
    return _framed(Part.ERROR, body)


def _framed(part: Part, body: Json) -> Event:
    return Event(part, b"data: " + msgspec.json.encode(body) + b"\n\n")


def _chunk(reply: Reply, part: Part, delta: Json, finish: str | None = None) -> Event:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    body = {**_envelope(reply, "chat.completion.chunk"), "choices": [choice]}
    return _framed(part, {**body, "usage": None} if reply.wants_usage else body)


def _envelope(reply: Reply, kind: str) -> Json:
    return {
        "id": f"chatcmpl-{reply.digest[:24]}",
        "object": kind,
        "created": CREATED,
        "model": reply.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    }


def _usage(reply: Reply) -> Json:
    usage = reply.usage
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.thinking,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _text(reply: Reply) -> str:
    return "".join(step.text for step in reply.script.steps if isinstance(step, Text))


def _thoughts(reply: Reply) -> str:
    return "".join(step.text for step in reply.script.steps if isinstance(step, Thinking))


def _calls(reply: Reply) -> list[tuple[str, ToolCall]]:
    calls = [step for step in reply.script.steps if isinstance(step, ToolCall)]
    minted = (hashlib.sha256(f"{reply.digest}:{at}".encode()).hexdigest()[:24] for at in range(len(calls)))
    return [(f"call_{mint}" if call.id is None else call.id, call) for mint, call in zip(minted, calls, strict=True)]


def _message(reply: Reply) -> Json:
    text = _text(reply)
    refuses = reply.script.stop is Stop.REFUSAL
    message: Json = {
        "role": "assistant",
        "content": None if refuses or (_calls(reply) and not text) else text,
        "refusal": text if refuses else None,
        "annotations": [],
    }
    if thoughts := _thoughts(reply):
        message["reasoning_content"] = thoughts
    if calls := _calls(reply):
        message["tool_calls"] = [
            {"id": identity, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for identity, call in calls
        ]
    return message


def _deltas(reply: Reply) -> Iterator[Json]:
    """Thinking has no signature here, and redacted thinking no words, so both go without them."""
    word = "refusal" if reply.script.stop is Stop.REFUSAL else "content"
    calls = iter(enumerate(_calls(reply)))
    for step in reply.script.steps:
        match step:
            case Text(text=text, piece=size):
                yield from ({word: piece} for piece in pieces(text, size))
            case Thinking(text=text):
                yield from ({"reasoning_content": piece} for piece in pieces(text, _PIECE))
            case ToolCall():
                index, (identity, call) = next(calls)
                function = {"name": call.name, "arguments": ""}
                yield {"tool_calls": [{"index": index, "id": identity, "type": "function", "function": function}]}
                for piece in pieces(call.arguments, _PIECE):
                    yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}

"""Renders a reply as Chat Completions does: a completion object, or its stream of chunks.

Quirks known here: `index0`, `no-ids`, `reasoning`, `usage-in-finish`, `finish-stop`.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ...faults import Event, Part
from ...script import Reply, Source, Stop, Text, Thinking, ToolCall, pieces
from ..openai_common import CREATED

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
    choice = {"index": 0, "message": _message(reply), "logprobs": None, "finish_reason": _finish(reply)}
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
    made.append(_chunk(reply, Part.END, {}, _finish(reply)))
    if reply.wants_usage and "usage-in-finish" not in reply.quirks:
        body = {**_envelope(reply, "chat.completion.chunk"), "choices": [], "usage": _usage(reply)}
        made.append(_framed(Part.END, body))
    return [*made, DONE]


def error_event(body: Json) -> Event:
    return _framed(Part.ERROR, body)


def _framed(part: Part, body: Json) -> Event:
    return Event(part, b"data: " + msgspec.json.encode(body) + b"\n\n")


def _chunk(reply: Reply, part: Part, delta: Json, finish: str | None = None) -> Event:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    body = {**_envelope(reply, "chat.completion.chunk"), "choices": [choice]}
    if finish and "usage-in-finish" in reply.quirks:
        body["usage"] = _usage(reply)
    elif reply.wants_usage:
        body["usage"] = None
    return _framed(part, body)


def _finish(reply: Reply) -> str:
    return "stop" if "finish-stop" in reply.quirks else _FINISHES[reply.script.stop]


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


def _thoughts_key(reply: Reply) -> str:
    return "reasoning" if "reasoning" in reply.quirks else "reasoning_content"


def _annotations(reply: Reply) -> list[Json]:
    """Where in the text each source stands."""
    made: list[Json] = []
    at = 0
    for step in reply.script.steps:
        if isinstance(step, Text):
            made += [_annotation(source, at, at + len(step.text)) for source in step.sources]
            at += len(step.text)
    return made


def _annotation(source: Source, start: int, end: int) -> Json:
    where = {"start_index": start, "end_index": end, "title": source.title, "url": source.url}
    return {"type": "url_citation", "url_citation": where}


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
        "annotations": _annotations(reply),
    }
    if thoughts := _thoughts(reply):
        message[_thoughts_key(reply)] = thoughts
    if calls := _calls(reply):
        message["tool_calls"] = [
            {**_identity(reply, identity), "function": {"name": call.name, "arguments": call.arguments}}
            for identity, call in calls
        ]
    return message


def _identity(reply: Reply, identity: str) -> Json:
    return {"type": "function"} if "no-ids" in reply.quirks else {"id": identity, "type": "function"}


def _deltas(reply: Reply) -> Iterator[Json]:
    """Thinking has no signature here, and redacted thinking and searches no words, so they go without them."""
    word = "refusal" if reply.script.stop is Stop.REFUSAL else "content"
    calls = iter(enumerate(_calls(reply)))
    for step in reply.script.steps:
        match step:
            case Text(text=text, piece=size):
                yield from ({word: piece} for piece in pieces(text, size))
            case Thinking(text=text):
                yield from ({_thoughts_key(reply): piece} for piece in pieces(text, _PIECE))
            case ToolCall():
                number, (identity, call) = next(calls)
                index = 0 if "index0" in reply.quirks else number
                function = {"name": call.name, "arguments": ""}
                yield {"tool_calls": [{"index": index, **_identity(reply, identity), "function": function}]}
                for piece in pieces(call.arguments, _PIECE):
                    yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
    if annotations := _annotations(reply):
        yield {"annotations": annotations}

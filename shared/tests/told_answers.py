"""Whole answers told as streams, and streams put together again, as vendors and their clients do it: made from the
vendors' words and not from our tables."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .walks import parsed


def _events(*told: dict[str, Any], named: bool) -> bytes:
    lines = [(f"event: {one['type']}\n" if named else "") + f"data: {json.dumps(one)}\n\n" for one in told]
    return "".join(lines).encode()


# A provider's answer, streamed ------------------------------------------------------------------------------------


def stream_anthropic(answer: dict[str, Any]) -> bytes:
    start = {**answer, "content": [], "stop_reason": None, "stop_sequence": None}
    told: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(answer["content"]):
        bare, deltas = _anthropic_block(block)
        told.append({"type": "content_block_start", "index": index, "content_block": bare})
        told += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        told.append({"type": "content_block_stop", "index": index})
    inner = ("stop_reason", "stop_sequence", "stop_details", "container")
    delta = {name: answer[name] for name in inner if name in answer}
    beside = {name: answer[name] for name in ("context_management",) if name in answer}
    told.append({"type": "message_delta", "delta": delta, "usage": answer["usage"], **beside})
    return _events(*told, {"type": "message_stop"}, named=True)


def _anthropic_block(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    match block["type"]:
        case "text":
            cited = [{"type": "citations_delta", "citation": one} for one in block.get("citations", ())]
            said = {"type": "text_delta", "text": block["text"]}
            bare = {name: value for name, value in block.items() if name != "citations"}
            return {**bare, "text": ""}, [said, *cited]
        case "thinking":
            thought = {"type": "thinking_delta", "thinking": block["thinking"]}
            signed = {"type": "signature_delta", "signature": block["signature"]}
            return {**block, "thinking": "", "signature": ""}, [thought, signed]
        case "tool_use" | "server_tool_use":
            asked = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            return {**block, "input": {}}, [asked]
        case _:
            return block, []


def stream_chat(answer: dict[str, Any]) -> bytes:
    (choice,) = answer["choices"]
    message = choice["message"]
    deltas: list[tuple[dict[str, Any], Any]] = [({"role": "assistant", "content": ""}, None)]
    weights = choice.get("logprobs")
    for name in ("reasoning_details", "reasoning_content", "content", "refusal", "annotations", "images"):
        if message.get(name):
            weighed = weights if name in ("content", "refusal") else None
            deltas.append(({name: message[name]}, weighed))
    for name in ("id", "data", "transcript") if "audio" in message else ():
        deltas.append(({"audio": {name: message["audio"][name]}}, None))
    for index, call in enumerate(message.get("tool_calls", ())):
        function = {**call["function"], "arguments": ""}
        deltas.append(({"tool_calls": [{**call, "index": index, "function": function}]}, None))
        arguments = {"arguments": call["function"]["arguments"]}
        deltas.append(({"tool_calls": [{"index": index, "function": arguments}]}, None))
    head = {name: answer[name] for name in ("id", "model", "created", "service_tier") if name in answer}
    head["object"] = "chat.completion.chunk"
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "logprobs": weighed, "finish_reason": None}]}
        for delta, weighed in deltas
    ]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    chunks.append({**head, "choices": [], "usage": answer["usage"]})
    return _events(*chunks, named=False) + b"data: [DONE]\n\n"


def stream_responses(answer: dict[str, Any]) -> bytes:
    begun = {**answer, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    told: list[dict[str, Any]] = [{"type": "response.created", "response": begun}]
    for at, item in enumerate(answer["output"]):
        place = {"output_index": at, "item_id": item["id"]}
        told.append({"type": "response.output_item.added", "output_index": at, "item": _bare_item(item)})
        if item["type"] == "message":
            told += _message_events(item, place)
        elif item["type"] == "function_call":
            told.append({"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]})
        told.append({"type": "response.output_item.done", "output_index": at, "item": item})
    ended = "incomplete" if answer["status"] == "incomplete" else "completed"
    told.append({"type": f"response.{ended}", "response": answer})
    return _events(*[{**one, "sequence_number": number} for number, one in enumerate(told)], named=True)


def _bare_item(item: dict[str, Any]) -> dict[str, Any]:
    empty = {"content": [], "summary": [], "arguments": "", "result": None, "status": "in_progress"}
    return {name: empty.get(name, value) for name, value in item.items() if name != "encrypted_content"}


def _message_events(item: dict[str, Any], place: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for index, part in enumerate(item["content"]):
        where = {**place, "content_index": index}
        kind = part["type"]
        if kind == "refusal":
            yield {"type": "response.content_part.added", **where, "part": {"type": kind, "refusal": ""}}
            yield {"type": "response.refusal.delta", **where, "delta": part["refusal"]}
        else:
            bare = {"type": kind, "text": "", "annotations": []}
            yield {"type": "response.content_part.added", **where, "part": bare}
            weights = part.get("logprobs", [])
            yield {"type": "response.output_text.delta", **where, "delta": part["text"], "logprobs": weights}
        yield {"type": "response.content_part.done", **where, "part": part}


def stream_gemini(answer: dict[str, Any]) -> bytes:
    (candidate,) = answer["candidates"]
    head = {name: value for name, value in answer.items() if name not in ("candidates", "usageMetadata")}
    parts = candidate["content"]["parts"]
    chunks = [{**head, "candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}]} for part in parts]
    last = {**candidate, "content": {"role": "model", "parts": [{"text": ""}]}}
    chunks.append({**head, "candidates": [last], "usageMetadata": answer["usageMetadata"]})
    return _events(*chunks, named=False)


STREAMS: Mapping[str, Callable[[dict[str, Any]], bytes]] = {
    "anthropic": stream_anthropic,
    "openai": stream_chat,
    "openai-responses": stream_responses,
    "gemini": stream_gemini,
}

# A client's stream, put together -----------------------------------------------------------------------------------


def gather_anthropic(stream: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for one in map(json.loads, (event.data for event in parsed(stream))):
        match one["type"]:
            case "message_start":
                answer = one["message"]
            case "content_block_start":
                answer["content"].append(dict(one["content_block"]))
            case "content_block_delta":
                _gather_delta(answer["content"][one["index"]], one["delta"])
            case "message_delta":
                answer.update({name: value for name, value in one.items() if name not in ("type", "delta", "usage")})
                answer.update(one["delta"])
                answer["usage"].update(one["usage"])
    for block in answer["content"]:
        if "partial" in block:
            block["input"] = json.loads(block.pop("partial"))
    return answer


def _gather_delta(block: dict[str, Any], delta: dict[str, Any]) -> None:
    match delta["type"]:
        case "citations_delta":
            block.setdefault("citations", []).append(delta["citation"])
        case "input_json_delta":
            block["partial"] = block.get("partial", "") + delta["partial_json"]
        case _:
            name = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}[delta["type"]]
            block[name] += delta[name]


def gather_chat(stream: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    message: dict[str, Any] = {}
    choice: dict[str, Any] = {"message": message, "logprobs": None}
    for chunk in (json.loads(event.data) for event in parsed(stream) if event.data != b"[DONE]"):
        answer.update(chunk)
        for one in chunk["choices"]:
            choice["finish_reason"] = one["finish_reason"]
            _gather_weights(choice, one.get("logprobs"))
            for name, value in one["delta"].items():
                _gather_field(message, name, value)
    return {**answer, "choices": [choice]}


def _gather_weights(choice: dict[str, Any], told: dict[str, Any] | None) -> None:
    before = choice["logprobs"] or {}
    for name, tokens in (told or {}).items():
        before[name] = (before.get(name) or []) + tokens if tokens else before.get(name)
    choice["logprobs"] = before or None


def _gather_field(message: dict[str, Any], name: str, value: Any) -> None:
    match name:
        case "tool_calls":
            for piece in value:
                calls = message.setdefault(name, [])
                if piece["index"] == len(calls):
                    calls.append({**piece, "function": dict(piece["function"])})
                else:
                    calls[piece["index"]]["function"]["arguments"] += piece["function"]["arguments"]
        case "audio":
            audio = message.setdefault(name, {"data": "", "transcript": ""})
            for key, one in value.items():
                audio[key] = audio[key] + one if key in ("data", "transcript") else one
        case "role":
            message[name] = value
        case _:
            message[name] = message[name] + value if message.get(name) else value


def gather_responses(stream: bytes) -> dict[str, Any]:
    return json.loads(parsed(stream)[-1].data)["response"]  # type: ignore[no-any-return]


def gather_gemini(stream: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    candidate: dict[str, Any] = {}
    parts: list[Any] = []
    for chunk in (json.loads(event.data) for event in parsed(stream)):
        answer.update(chunk)
        for one in chunk.get("candidates", ()):
            candidate.update(one)
            parts += [part for part in one["content"]["parts"] if part != {"text": ""}]
    return {**answer, "candidates": [{**candidate, "content": {"role": "model", "parts": parts}}]}


GATHERS: Mapping[str, Callable[[bytes], dict[str, Any]]] = {
    "anthropic": gather_anthropic,
    "openai": gather_chat,
    "openai-responses": gather_responses,
    "gemini": gather_gemini,
}

"""Reasoning over many turns with a model of another dialect each: what is signed comes back to its maker exactly, no
other ever sees it, and the same conversation always gives the same bytes."""

import json
from base64 import b64encode
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Message, Request
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.profile import BETWEEN_SERVICES, Profile
from fairlead.shared.translation import Translated, answer_from_stream, stream_from_answer

ORDER = ("anthropic", "openai-responses", "gemini", "openai")
TURNS = 12
MODELS = {"gemini": "gemini-3.8-flash"}
VENDOR = Profile(reasoning=("reasoning_effort",), replay="reasoning_details", replay_makers=("vendor",))
TOOL = {"type": "object", "properties": {}}
CONTEXT = ReplyContext("r1", 5, "m")


def proof(turn: int) -> str:
    """What the model of this turn signs with."""
    return b64encode(f"proof of turn {turn:02}".encode()).decode()


def answered(dialect: str, turn: int) -> bytes:
    """A thought, a word and a call, as the model of this turn says them."""
    call, signed = f"call_{turn}", proof(turn)
    match dialect:
        case "anthropic":
            content = [
                {"type": "thinking", "thinking": f"thought {turn}", "signature": signed},
                {"type": "text", "text": f"word {turn}"},
                {"type": "tool_use", "id": call, "name": "f", "input": {}},
            ]
            told: Any = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": content}
            told |= {"stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1}}
        case "openai-responses":
            summary = [{"type": "summary_text", "text": f"thought {turn}"}]
            said = [{"type": "output_text", "text": f"word {turn}", "annotations": []}]
            output = [
                {"type": "reasoning", "id": f"rs_{turn}", "summary": summary, "encrypted_content": signed},
                {"type": "message", "id": f"msg_{turn}", "role": "assistant", "content": said, "status": "completed"},
                {"type": "function_call", "id": f"fc_{turn}", "call_id": call, "name": "f", "arguments": "{}"},
            ]
            told = {"id": "r", "object": "response", "status": "completed", "model": "m", "output": output}
        case "gemini":
            parts = [
                {"text": f"thought {turn}", "thought": True},
                {"text": f"word {turn}"},
                {"functionCall": {"id": call, "name": "f", "args": {}}, "thoughtSignature": signed},
            ]
            told = {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}]}
        case _:
            detail = {"type": "reasoning.text", "text": f"thought {turn}", "signature": signed, "format": "vendor-v1"}
            function = {"id": call, "type": "function", "function": {"name": "f", "arguments": "{}"}}
            message = {"role": "assistant", "content": f"word {turn}", "reasoning_details": [detail]}
            choice = {"index": 0, "message": {**message, "tool_calls": [function]}, "finish_reason": "tool_calls"}
            told = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return json.dumps(told).encode()


BEGINNINGS: dict[str, dict[str, Any]] = {
    "anthropic": {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "go"}]},
    "openai": {"model": "m", "messages": [{"role": "user", "content": "go"}]},
    "openai-responses": {"model": "m", "store": False, "input": [{"role": "user", "content": "go"}]},
    "gemini": {"model": "m", "contents": [{"role": "user", "parts": [{"text": "go"}]}]},
}


def echo(client: str, body: dict[str, Any], told: bytes) -> None:
    """The client keeps what it was told, and adds what its tool found."""
    said = json.loads(told)
    match client:
        case "anthropic":
            (call,) = [block["id"] for block in said["content"] if block["type"] == "tool_use"]
            found = {"type": "tool_result", "tool_use_id": call, "content": "found"}
            body["messages"] += [
                {"role": "assistant", "content": said["content"]},
                {"role": "user", "content": [found]},
            ]
        case "openai":
            message = said["choices"][0]["message"]
            (call,) = [call["id"] for call in message["tool_calls"]]
            body["messages"] += [message, {"role": "tool", "tool_call_id": call, "content": "found"}]
        case "openai-responses":
            (call,) = [item["call_id"] for item in said["output"] if item["type"] == "function_call"]
            body["input"] += [*said["output"], {"type": "function_call_output", "call_id": call, "output": "found"}]
        case _:
            content = said["candidates"][0]["content"]
            (call,) = [part["functionCall"]["id"] for part in content["parts"] if "functionCall" in part]
            found = {"functionResponse": {"id": call, "name": "f", "response": {"output": "found"}}}
            body["contents"] += [content, {"role": "user", "parts": [found]}]


def asked(client: str, body: dict[str, Any], model: str, *, lane: bool) -> bytes:
    """What the model's provider is sent, by way of both services or of one."""
    request: Request = DIALECTS[client].decode_request(peek(json.dumps(body).encode()))
    if lane:
        between = DIALECTS["openai"].encode_request(request, BETWEEN_SERVICES)
        assert between.losses == ()
        request = DIALECTS["openai"].decode_request(peek(between.body))
    request = replace(request, model=MODELS.get(model, "m"))
    return DIALECTS[model].encode_request(request, VENDOR).body


def told(client: str, model: str, answer: bytes, *, lane: bool, streamed: bool) -> bytes:
    """What the client has of the answer in the end."""
    steps = ["openai", client] if lane else [client]
    source = model
    message: Message = DIALECTS[model].decode_response(answer)
    told = stream_from_answer(message, DIALECTS[model], CONTEXT).body if streamed else answer
    for step in steps:
        context = replace(CONTEXT, extensions=lane and step == "openai" and step is steps[0])
        if streamed:
            pipe = Translated(DIALECTS[source], DIALECTS[step], context)
            told = pipe.feed(told) + pipe.close()
        else:
            told = DIALECTS[step].encode_response(DIALECTS[source].decode_response(told), context).body
        source = step
    if not streamed:
        return told
    return DIALECTS[client].encode_response(answer_from_stream(DIALECTS[client], told), CONTEXT).body


@pytest.mark.parametrize(("lane", "streamed"), [*product((False, True), repeat=2)])
@pytest.mark.parametrize("client", DIALECTS)
def test_a_proof_comes_back_to_its_maker_and_to_nobody_else(client: str, lane: bool, streamed: bool) -> None:
    body = json.loads(json.dumps(BEGINNINGS[client]))
    for turn in range(TURNS):
        model = ORDER[turn % len(ORDER)]
        sent = asked(client, body, model, lane=lane)
        assert sent == asked(client, body, model, lane=lane)
        assert b"fairlead1." not in sent
        for earlier in range(turn):
            own = ORDER[earlier % len(ORDER)] == model
            assert sent.count(proof(earlier).encode()) == own, (turn, earlier)
            assert own or b64encode(proof(earlier).encode())[:16] not in sent
            assert own or model == "openai" or f'thought {earlier}"'.encode() not in sent
        echo(client, body, told(client, model, answered(model, turn), lane=lane, streamed=streamed))


SIGNED = {
    "anthropic": ("signature", lambda body: [b for m in body["messages"] for b in m["content"] if isinstance(b, dict)]),
    "openai-responses": ("encrypted_content", lambda body: body["input"]),
    "gemini": ("thoughtSignature", lambda body: [part for one in body["contents"] for part in one["parts"]]),
}


@pytest.mark.parametrize(("client", "model"), [*product(DIALECTS, SIGNED)])
def test_what_nobody_signed_is_not_forged(client: str, model: str) -> None:
    body = json.loads(json.dumps(BEGINNINGS[client]))
    for maker in ORDER:
        unsigned = json.loads(answered(maker, 7).replace(proof(7).encode(), b""))
        echo(client, body, told(client, maker, json.dumps(unsigned).encode(), lane=False, streamed=False))
    field, places = SIGNED[model]
    sent = json.loads(asked(client, body, model, lane=False))
    signed = [place[field] for place in places(sent) if field in place]
    assert set(signed) <= {"skip_thought_signature_validator"}

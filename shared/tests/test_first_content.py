"""What opens the gate, for every dialect, whether its stream is passed on or translated: one table."""

import json
from typing import Any

import pytest

from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.gate import Gate
from fairlead.shared.translation import PassedThrough, Pipe, Translated

from .conftest import anthropic_stream, chat_chunk, delta, start, stop

MESSAGE = {"type": "message", "role": "assistant", "id": "msg_1", "model": "m", "content": []}
STARTED = {"type": "message_start", "message": {**MESSAGE, "usage": {"input_tokens": 1, "output_tokens": 1}}}


def messages(*events: dict[str, Any]) -> bytes:
    return anthropic_stream(STARTED, *events)


def chat(*deltas: dict[str, Any]) -> bytes:
    return b"".join(map(chat_chunk, ({"role": "assistant", "content": ""}, *deltas)))


def responses(*events: dict[str, Any]) -> bytes:
    begun = {"type": "response.created", "response": {"id": "resp_1", "model": "m", "status": "in_progress"}}
    return anthropic_stream(begun, *({"output_index": 0, **one} for one in events))


def added(**item: Any) -> dict[str, Any]:
    return {"type": "response.output_item.added", "item": {"id": "i_1", **item}}


def done(**item: Any) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": {"id": "i_1", **item}}


def gemini(*parts: dict[str, Any]) -> bytes:
    chunks = [{"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}]} for part in parts]
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks)


def carried(event: dict[str, Any]) -> dict[str, Any]:
    return {"fairlead": {"events": [event]}}


CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "", "status": "in_progress"}
MESSAGE_ITEM = {"type": "message", "role": "assistant", "status": "in_progress", "content": []}
EMPTY_PART = {"type": "output_text", "text": "", "annotations": []}
PART = {"content_index": 0, "item_id": "i_1"}
USAGE = {"type": "Counted", "usage": {"input": 3}}
EMPTY_TEXT = {"type": "Opened", "index": 0, "block": {"type": "Text", "text": ""}}
SEARCH = {
    "type": "Opened",
    "index": 0,
    "block": {"type": "ServerCall", "id": "s", "name": "web_search", "arguments": ""},
}

SHUT = {
    "messages: the start": ("anthropic", messages()),
    "messages: an empty text": ("anthropic", messages(start(0, type="text", text=""))),
    "messages: an empty delta": (
        "anthropic",
        messages(start(0, type="text", text=""), delta(0, type="text_delta", text="")),
    ),
    "messages: an empty text that ended": ("anthropic", messages(start(0, type="text", text=""), stop(0))),
    "chat: the role": ("openai", chat()),
    "chat: an empty delta": ("openai", chat({"content": ""}, {"reasoning_content": ""}, {"tool_calls": []})),
    "chat: parts that say nothing": ("openai", chat({"content": [{"type": "text", "text": ""}]})),
    "chat: usage carried between the services": ("openai", chat(carried(USAGE))),
    "chat: an empty text carried between the services": ("openai", chat(carried(EMPTY_TEXT))),
    "responses: the start": ("openai-responses", responses()),
    "responses: an empty message": ("openai-responses", responses(added(**MESSAGE_ITEM))),
    "responses: an empty part": (
        "openai-responses",
        responses(added(**MESSAGE_ITEM), {"type": "response.content_part.added", "part": EMPTY_PART, **PART}),
    ),
    "responses: an empty delta": (
        "openai-responses",
        responses(added(**MESSAGE_ITEM), {"type": "response.output_text.delta", "delta": "", **PART}),
    ),
    "responses: an empty message that ended": (
        "openai-responses",
        responses(added(**MESSAGE_ITEM), done(**{**MESSAGE_ITEM, "content": [EMPTY_PART]})),
    ),
    "responses: a search that has only begun": (
        "openai-responses",
        responses(added(type="web_search_call", status="in_progress", action={"type": "search"})),
    ),
    "gemini: an empty text": ("gemini", gemini({"text": ""})),
    "gemini: our own sign of life": ("gemini", DIALECTS["gemini"].alive("r", "m")),
}
OPEN = {
    "messages: a first delta": (
        "anthropic",
        messages(start(0, type="text", text=""), delta(0, type="text_delta", text=""))
        + anthropic_stream(delta(0, type="text_delta", text="a")),
    ),
    "messages: a text that begins with words": ("anthropic", messages(start(0, type="text", text="a"))),
    "messages: a begun thought": ("anthropic", messages(start(0, type="thinking", thinking="", signature=""))),
    "messages: a begun call": ("anthropic", messages(start(0, type="tool_use", id="t", name="f", input={}))),
    "messages: the end of an empty answer": (
        "anthropic",
        messages({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 0}}),
    ),
    "chat: a first delta": ("openai", chat({"content": "a"})),
    "chat: a first part": ("openai", chat({"content": [{"type": "text", "text": "a"}]})),
    "chat: a refusal": ("openai", chat({"refusal": "a"})),
    "chat: a begun thought": ("openai", chat({"reasoning_content": "a"})),
    "chat: a begun call": ("openai", chat({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f"}}]})),
    "chat: a search carried between the services": ("openai", chat(carried(SEARCH))),
    "responses: a first delta": (
        "openai-responses",
        responses(added(**MESSAGE_ITEM), {"type": "response.output_text.delta", "delta": "a", **PART}),
    ),
    "responses: a text told only at its end": (
        "openai-responses",
        responses(done(**{**MESSAGE_ITEM, "content": [{**EMPTY_PART, "text": "a"}]})),
    ),
    "responses: a refusal": (
        "openai-responses",
        responses(added(**MESSAGE_ITEM), {"type": "response.refusal.delta", "delta": "a", **PART}),
    ),
    "responses: a begun thought": ("openai-responses", responses(added(type="reasoning", summary=[]))),
    "responses: a begun call": ("openai-responses", responses(added(**CALL))),
    "responses: a begun free-text call": (
        "openai-responses",
        responses(added(type="custom_tool_call", call_id="c", name="f", input="")),
    ),
    "responses: a search that is whole": (
        "openai-responses",
        responses(done(type="web_search_call", status="completed", action={"type": "search", "query": "q"})),
    ),
    "gemini: a first text": ("gemini", gemini({"text": "a"})),
    "gemini: a first thought": ("gemini", gemini({"text": "a", "thought": True})),
    "gemini: a call": ("gemini", gemini({"functionCall": {"name": "f", "args": {}}})),
}


def ways(source: str) -> list[Pipe]:
    dialect, context = DIALECTS[source], ReplyContext("r1", 5, "m")
    return [PassedThrough(dialect, "r1"), *(Translated(dialect, target, context) for target in DIALECTS.values())]


@pytest.mark.parametrize(("source", "stream"), SHUT.values(), ids=SHUT)
def test_what_is_not_content_keeps_the_gate_shut(source: str, stream: bytes) -> None:
    for pipe in ways(source):
        assert Gate(pipe).feed(stream) is None, pipe


@pytest.mark.parametrize(("source", "stream"), OPEN.values(), ids=OPEN)
def test_what_is_content_opens_the_gate(source: str, stream: bytes) -> None:
    for pipe in ways(source):
        assert isinstance(Gate(pipe).feed(stream), bytes), pipe

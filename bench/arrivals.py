"""Whether a request reached the provider whole: a tier that drops half of it would look fast."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .answers import Json, Speaks, expect


def check(sent: bytes, arrived: bytes, speaks: Speaks, *, native: bool) -> None:
    """Compares what the client sent (Anthropic Messages) with what the provider, who `speaks` something, got.

    On the native lane everything but `model` must be the same, byte for byte; on the other every text, tool and call
    must be there. Raises WrongAnswerError.
    """
    ours, theirs = json.loads(sent), json.loads(arrived)
    if native:
        renamed = json.dumps({**ours, "model": theirs["model"]}, ensure_ascii=False, separators=(",", ":")).encode()
        expect(arrived == renamed, "the native body was changed beyond its model")
        return
    there = {*_strings(theirs)}
    for what, text in _texts(ours):
        expect(text in there, f"the provider did not get {what}: {text[:80]!r}")
    calls = dict(_CALLS[speaks](theirs))
    for block in _blocks(ours, "tool_use"):
        expect(calls.get(block["id"]) == block["input"], f"the call {block['id']} did not arrive as it was")
    tools = [(name, schema["properties"]) for name, schema in _TOOLS[speaks](theirs)]
    wanted = [(tool["name"], tool["input_schema"]["properties"]) for tool in ours.get("tools", [])]
    expect([name for name, _ in tools] == [name for name, _ in wanted], f"the tools that arrived are {tools}")
    expect(tools == wanted, "the schemas of the tools were changed")


def _strings(value: Any) -> Iterator[str]:
    """Every string in it; texts that a translation joined with line ends, or marked as the system's where no such turn
    may stand, count as their parts, too."""
    if isinstance(value, str):
        yield value
        yield value.removeprefix("<system>\n").removesuffix("\n</system>")
        yield from value.split("\n\n")
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _texts(body: Json) -> Iterator[tuple[str, str]]:
    """What a model must see, each with a name for it."""
    for block in body.get("system", [])[1:]:  # the first is the client's billing line, which is not for other vendors
        yield "a system text", block["text"]
    for tool in body.get("tools", []):
        yield "a tool's description", tool["description"]
    for message in body["messages"]:
        if isinstance(message["content"], str):
            yield f"a {message['role']} message", message["content"]
    for block in _blocks(body, "text"):
        yield "a text", block["text"]
    for block in _blocks(body, "tool_result"):
        content = block["content"]
        yield "a tool result", content if isinstance(content, str) else content[0]["text"]


def _blocks(body: Json, kind: str) -> Iterator[Json]:
    for message in body["messages"]:
        if isinstance(message["content"], list):
            yield from (block for block in message["content"] if block["type"] == kind)


_Named = tuple[str, Any]
"""A call's id with its arguments, or a tool's name with its schema."""


def _blocks_of_calls(body: Json) -> Iterator[_Named]:
    return ((block["id"], block["input"]) for block in _blocks(body, "tool_use"))


def _messages_of_calls(body: Json) -> Iterator[_Named]:
    for message in body["messages"]:
        for call in message.get("tool_calls") or ():
            yield call["id"], json.loads(call["function"]["arguments"])


def _items_of_calls(body: Json) -> Iterator[_Named]:
    calls = (item for item in body["input"] if item.get("type") == "function_call")
    return ((call["call_id"], json.loads(call["arguments"])) for call in calls)


def _parts_of_calls(body: Json) -> Iterator[_Named]:
    for content in body["contents"]:
        calls = (part["functionCall"] for part in content["parts"] if "functionCall" in part)
        yield from ((call["id"], call["args"]) for call in calls)


def _declarations(body: Json) -> Iterator[_Named]:
    for tool in body.get("tools", []):
        for declared in tool["functionDeclarations"]:
            yield declared["name"], declared["parametersJsonSchema"]


_CALLS: Mapping[Speaks, Callable[[Json], Iterator[_Named]]] = {
    Speaks.MESSAGES: _blocks_of_calls,
    Speaks.CHAT: _messages_of_calls,
    Speaks.RESPONSES: _items_of_calls,
    Speaks.GEMINI: _parts_of_calls,
}
_TOOLS: Mapping[Speaks, Callable[[Json], Iterator[_Named]]] = {
    Speaks.MESSAGES: lambda body: ((tool["name"], tool["input_schema"]) for tool in body.get("tools", [])),
    Speaks.CHAT: lambda body: (
        (tool["function"]["name"], tool["function"]["parameters"]) for tool in body.get("tools", [])
    ),
    Speaks.RESPONSES: lambda body: ((tool["name"], tool["parameters"]) for tool in body.get("tools", [])),
    Speaks.GEMINI: _declarations,
}

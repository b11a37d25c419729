"""Whether a request reached the provider whole: a tier that drops half of it would look fast."""

import json
from collections.abc import Iterator
from typing import Any

from .answers import Json, expect


def check(sent: bytes, arrived: bytes, *, native: bool) -> None:
    """Compares what the client sent (Anthropic Messages) with what the provider got.

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
    calls = {call["id"]: json.loads(call["function"]["arguments"]) for call in _calls(theirs)}
    for block in _blocks(ours, "tool_use"):
        expect(calls.get(block["id"]) == block["input"], f"the call {block['id']} did not arrive as it was")
    names = [tool["function"]["name"] for tool in theirs.get("tools", [])]
    expect(names == [tool["name"] for tool in ours.get("tools", [])], f"the tools that arrived are {names}")
    schemas = [tool["function"]["parameters"]["properties"] for tool in theirs.get("tools", [])]
    wanted = [tool["input_schema"]["properties"] for tool in ours.get("tools", [])]
    expect(schemas == wanted, "the schemas of the tools were changed")


def _strings(value: Any) -> Iterator[str]:
    """Every string in it; texts that a translation joined with line ends count as their parts, too."""
    if isinstance(value, str):
        yield value
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


def _calls(body: Json) -> Iterator[Json]:
    for message in body["messages"]:
        yield from message.get("tool_calls") or ()

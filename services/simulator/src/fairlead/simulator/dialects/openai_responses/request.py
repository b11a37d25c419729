"""Reads a Responses request into a turn, or refuses it as OpenAI does."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ...http1 import Request
from ...turn import ANY_TOOL, Sizes, Story, Tool, Turn, sizes
from ..dialect import Endpoint, Refusal
from ..openai_common import misshapen, not_json
from . import checks
from .shape import Create, Item

CACHED_FROM = 1024
"""Tokens of prompt from which the service caches by itself."""
SOURCES = "web_search_call.action.sources"
"""What `include` names to be told the pages of a search."""

_REPEATED: Mapping[str, msgspec.Raw] = {
    "instructions": msgspec.Raw(b"null"),
    "max_output_tokens": msgspec.Raw(b"null"),
    "metadata": msgspec.Raw(b"{}"),
    "parallel_tool_calls": msgspec.Raw(b"true"),
    "previous_response_id": msgspec.Raw(b"null"),
    "prompt_cache_key": msgspec.Raw(b"null"),
    "reasoning": msgspec.Raw(b'{"effort":null,"summary":null}'),
    "store": msgspec.Raw(b"true"),
    "temperature": msgspec.Raw(b"1.0"),
    "text": msgspec.Raw(b'{"format":{"type":"text"}}'),
    "tool_choice": msgspec.Raw(b'"auto"'),
    "tools": msgspec.Raw(b"[]"),
    "top_p": msgspec.Raw(b"1.0"),
    "truncation": msgspec.Raw(b'"disabled"'),
}
"""The request fields that an answer repeats, with what they are when the request leaves them out."""


class _Named(msgspec.Struct):
    model: str


_MODEL = msgspec.json.Decoder(_Named)
_CREATE = msgspec.json.Decoder(Create)
_ANYTHING = msgspec.json.Decoder(dict[str, Any])
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


def model(body: bytes) -> str:
    """The model named, or ""."""
    try:
        return _MODEL.decode(body).model
    except msgspec.DecodeError:
        return ""


def read(request: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
    """The turn, or the refusal the service would give."""
    try:
        create = _CREATE.decode(request.body)
    except msgspec.ValidationError as error:
        return misshapen(error)
    except msgspec.DecodeError:
        return not_json()
    if strict:
        refusal = checks.unknown_key(_ANYTHING.decode(request.body), endpoint) or checks.complaint(create)
        if refusal:
            return refusal
    return _turn(create, _KEYS.decode(request.body))


def _turn(create: Create, keys: Mapping[str, msgspec.Raw]) -> Turn:
    story = _story(create)
    weights = _sizes(create, keys)
    return Turn(
        model=create.model,
        stream=bool(create.stream),
        prompt=story.prompt,
        rounds=story.rounds,
        background=tuple(story.background),
        tools=tuple(
            Tool(tool.name or "", tool.parameters or {}, space, tool.type == "custom")
            for space, tool in create.callable_tools
        ),
        schema=_schema(create),
        forced=_forced(create),
        max_tokens=create.max_output_tokens,
        stops=(),
        sizes=weights,
        caches=bool(weights.assistant) and weights.total_tokens >= CACHED_FROM,
        searches=any(tool.type.startswith("web_search") for tool in create.tools or ()),
        shows_thinking=create.reasoning is not None and create.reasoning.summary is not None,
        shows_sources=SOURCES in (create.include or ()),
        echo={name: keys.get(name, usual) for name, usual in _REPEATED.items()},
    )


def _sizes(create: Create, keys: Mapping[str, msgspec.Raw]) -> Sizes:
    fixed = sum(len(bytes(keys[name])) for name in ("instructions", "tools") if name in keys)
    if not isinstance(create.input, list):
        return sizes(fixed, [("user", len(bytes(keys.get("input", msgspec.Raw(b"")))))])
    weights = [len(bytes(raw)) for raw in _RAW_ITEMS.decode(keys["input"])]
    return sizes(fixed, [(_speaker(item), weight) for item, weight in zip(create.input, weights, strict=True)])


def _speaker(item: Item) -> str:
    if item.is_message:
        return item.role or "user"
    return "tool" if item.is_output else "assistant"


def _schema(create: Create) -> dict[str, Any] | None:
    wanted = create.text.format if create.text else None
    if wanted is None or wanted.type == "text":
        return None
    return wanted.schema or {"type": "object", "properties": {"answer": {"type": "string"}}}


def _forced(create: Create) -> str | None:
    choice = create.tool_choice
    if not isinstance(choice, dict):
        return ANY_TOOL if choice == "required" else None
    if choice.get("type") in ("function", "custom"):
        return str(choice.get("name"))
    allowed = choice.get("tools") if choice.get("mode") == "required" else None
    if isinstance(allowed, list) and allowed and isinstance(allowed[0], dict):
        return str(allowed[0].get("name", ANY_TOOL))
    return None


def _story(create: Create) -> Story:
    """Calls that follow each other, whatever reasoning and text stands between them, are of one answer."""
    story = Story()
    if isinstance(create.instructions, str):
        story.told(create.instructions)
    calls: list[tuple[str, str]] = []
    for item in create.items:
        if item.is_call:
            calls.append((item.call_id or "", item.name or ""))
            continue
        if item.is_output or item.role not in {None, "assistant"}:
            story.called(calls)
            calls = []
        if item.is_output:
            story.answered(item.call_id or "", item.text, is_error=False)
        elif item.is_message and item.role != "assistant":
            hear = story.asked if item.role == "user" else story.told
            hear(item.text)
    story.called(calls)
    return story

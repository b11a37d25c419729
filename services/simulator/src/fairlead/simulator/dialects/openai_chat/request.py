"""Reads a Chat Completions request into a turn, or refuses it as OpenAI does."""

from typing import Any

import msgspec

from ...http1 import Request
from ...turn import ANY_TOOL, Sizes, Story, Tool, Turn, sizes
from ..dialect import Refusal
from ..openai_common import misshapen, not_json
from . import checks
from .shape import Create

CACHED_FROM = 1024
"""Tokens of prompt from which the service caches by itself."""


class _Named(msgspec.Struct):
    model: str


_MODEL = msgspec.json.Decoder(_Named)
_CREATE = msgspec.json.Decoder(Create)
_ANYTHING = msgspec.json.Decoder(dict[str, Any])
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_MESSAGES = msgspec.json.Decoder(list[msgspec.Raw])


def model(body: bytes) -> str:
    """The model named, or ""."""
    try:
        return _MODEL.decode(body).model
    except msgspec.DecodeError:
        return ""


def read(request: Request, *, strict: bool) -> Turn | Refusal:
    """The turn, or the refusal the service would give: always 400 here."""
    try:
        create = _CREATE.decode(request.body)
    except msgspec.ValidationError as error:
        return misshapen(error)
    except msgspec.DecodeError:
        return not_json()
    if strict:
        refusal = checks.unknown_key(_ANYTHING.decode(request.body)) or checks.complaint(create)
        if refusal:
            return refusal
    return _turn(create, _sizes(create, request.body))


def _sizes(create: Create, body: bytes) -> Sizes:
    keys = _KEYS.decode(body)
    fixed = len(bytes(keys["tools"])) if "tools" in keys else 0
    weights = [len(bytes(raw)) for raw in _RAW_MESSAGES.decode(keys["messages"])]
    return sizes(fixed, [(message.role, weight) for message, weight in zip(create.messages, weights, strict=True)])


def _turn(create: Create, weights: Sizes) -> Turn:
    story = _story(create)
    functions = [tool.function for tool in create.tools or () if tool.function]
    stops = (create.stop,) if isinstance(create.stop, str) else tuple(create.stop or ())
    return Turn(
        model=create.model,
        stream=bool(create.stream),
        prompt=story.prompt,
        rounds=story.rounds,
        background=tuple(story.background),
        tools=tuple(Tool(function.name, function.parameters or {}) for function in functions),
        schema=_schema(create),
        forced=_forced(create),
        max_tokens=create.max_completion_tokens if create.max_completion_tokens is not None else create.max_tokens,
        stops=stops,
        sizes=weights,
        caches=bool(weights.assistant) and weights.total_tokens >= CACHED_FROM,
        wants_usage=not create.stream or bool(create.stream_options and create.stream_options.include_usage),
        searches=create.web_search_options is not None,
    )


def _schema(create: Create) -> dict[str, Any] | None:
    wanted = create.response_format
    if wanted is None or wanted.type == "text":
        return None
    named = wanted.json_schema
    return (named.schema if named else None) or {"type": "object", "properties": {"answer": {"type": "string"}}}


def _forced(create: Create) -> str | None:
    choice = create.tool_choice
    if isinstance(choice, dict):
        function = choice.get("function")
        return str(function.get("name")) if isinstance(function, dict) else None
    return ANY_TOOL if choice == "required" else None


def _story(create: Create) -> Story:
    story = Story()
    for message in create.messages:
        story.called([(call.id, call.name) for call in message.tool_calls or ()])
        if message.role == "tool":
            story.answered(message.tool_call_id or "", message.text, is_error=False)
        elif message.role != "assistant":
            hear = story.asked if message.role == "user" else story.told
            for part in message.parts:
                hear(part.text or "")
    return story

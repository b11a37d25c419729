"""Reads a Gemini request into a turn, or refuses it as the API does."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from ...http1 import Request
from ...turn import ANY_TOOL, Sizes, Story, Tool, Turn, sizes
from ..dialect import Endpoint, Refusal
from ..violations import violation
from . import checks
from .fields import Reader, Violation, snake
from .shape import Asked, Content, FunctionResponse, Generate

CACHED_FROM = 1024
"""Tokens of prompt from which the service caches by itself."""

_ADDRESS = re.compile(r"(?P<base>.*?)/models/(?P<model>.+):(?P<verb>generateContent|streamGenerateContent|countTokens)")
_BODY = msgspec.json.Decoder(dict[str, Any])
_TYPES: Mapping[str, str] = {"str": "TYPE_STRING", "int": "TYPE_INT32", "bool": "TYPE_BOOL", "float": "TYPE_FLOAT"}


class Address(msgspec.Struct, frozen=True):
    """What a path says: the model, percent-decoded, and what is wanted of it."""

    model: str
    verb: str
    vertex: bool


def address(path: str) -> Address | None:
    """The address, or None for a path of another kind."""
    found = _ADDRESS.fullmatch(path)
    return (
        Address(unquote(found["model"]), found["verb"], found["base"].endswith("/publishers/google")) if found else None
    )


def read(request: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
    """The turn, or the refusal the service would give: always 400 here."""
    where = address(request.path)
    assert where is not None  # the dialect claims no other path
    try:
        body = _BODY.decode(request.body)
    except msgspec.ValidationError:
        return checks.refused("Invalid JSON payload received. Unexpected token.")
    except msgspec.DecodeError as error:
        return checks.refused(f"Invalid JSON payload received. {error}")
    reader = Reader()
    message = reader.message(body, _kind(where, endpoint))
    if strict and reader.violations:
        first = reader.violations[0]
        return checks.refused(Violation(first.field, "\n".join(each.description for each in reader.violations)))
    message = message.get("generateContentRequest", message)
    try:
        asked = Asked(where.model, where.vertex, msgspec.convert(message, Generate))
    except msgspec.ValidationError as error:
        return _worded(error)
    if strict and (refusal := checks.complaint(asked)):
        return refusal
    return _turn(asked, _streamed(where, request), _sizes(message))


def _kind(where: Address, endpoint: Endpoint) -> str:
    if endpoint is Endpoint.GENERATE:
        return "Generate"
    return "VertexCount" if where.vertex else "Count"


def _streamed(where: Address, request: Request) -> tuple[bool, bool]:
    """Whether a stream is wanted, and whether as one JSON array."""
    streamed = where.verb == "streamGenerateContent"
    events = parse_qs(request.target.partition("?")[2]).get("alt") == ["sse"]
    return streamed, streamed and not events


def _worded(error: msgspec.ValidationError) -> Refusal:
    found = violation(error)
    path = snake(found.path)
    kind = _TYPES.get(found.expected.split("|")[0].strip(), "TYPE_MESSAGE")
    return checks.refused(Violation(path, f"Invalid value at '{path}' ({kind}), {found.got}"))


def _sizes(message: Mapping[str, Any]) -> Sizes:
    fixed = sum(len(msgspec.json.encode(message[name])) for name in ("systemInstruction", "tools") if name in message)
    return sizes(
        fixed,
        [
            ("assistant" if content.get("role") == "model" else "user", len(msgspec.json.encode(content)))
            for content in message.get("contents", ())
        ],
    )


def _turn(asked: Asked, streamed: tuple[bool, bool], weights: Sizes) -> Turn:
    generate = asked.generate
    config = generate.generation_config
    story = _story(generate)
    return Turn(
        model=asked.model,
        stream=streamed[0],
        prompt=story.prompt,
        rounds=story.rounds,
        background=tuple(story.background),
        tools=tuple(
            Tool(each.name, _plain(each.parameters_json_schema or each.parameters or {}))
            for each in generate.declarations
        ),
        schema=_schema(generate),
        forced=_forced(generate),
        max_tokens=config.max_output_tokens,
        stops=tuple(config.stop_sequences),
        sizes=weights,
        caches=bool(weights.assistant) and weights.total_tokens >= CACHED_FROM,
        searches="google_search" in generate.built_in,
        shows_thinking=config.thinking_config.include_thoughts,
        array=streamed[1],
    )


def _schema(generate: Generate) -> dict[str, Any] | None:
    config = generate.generation_config
    if config.response_mime_type == "text/plain":
        return None
    given = config.response_json_schema if isinstance(config.response_json_schema, dict) else config.response_schema
    return _plain(given or {"type": "object", "properties": {"answer": {"type": "string"}}})


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with the types of JSON Schema, which are in lower case; names of properties are no keywords."""
    plain: dict[str, Any] = {}
    for word, value in schema.items():
        if word == "type" and isinstance(value, str):
            plain[word] = value.lower()
        elif word == "properties" and isinstance(value, dict):
            plain[word] = {name: _plain(each) for name, each in value.items() if isinstance(each, dict)}
        elif isinstance(value, dict) and word in {"items", "additionalProperties"}:
            plain[word] = _plain(value)
        elif isinstance(value, list) and word in {"anyOf", "oneOf"}:
            plain[word] = [_plain(each) for each in value if isinstance(each, dict)]
        else:
            plain[word] = value
    return plain


def _forced(generate: Generate) -> str | None:
    config = generate.tool_config.function_calling_config
    if config.mode != "ANY":
        return None
    return config.allowed_function_names[0] if config.allowed_function_names else ANY_TOOL


def _story(generate: Generate) -> Story:
    """Calls without an id are told apart by their place, and answered in their order."""
    story = Story()
    for part in generate.system_instruction.parts:
        story.told(part.text or "")
    open_calls: list[tuple[str, str]] = []
    for at, content in enumerate(generate.contents):
        if content.calls:
            open_calls = [(call.id or f"{at}.{place}", call.name) for place, call in enumerate(content.calls)]
            story.called(open_calls)
        for place, response in enumerate(content.responses):
            identity = response.id or (open_calls[place][0] if place < len(open_calls) else "")
            story.answered(identity, _text(response), "error" in response.response)
        if content.role != "model":
            _hear(story, content)
    return story


def _hear(story: Story, content: Content) -> None:
    for part in content.parts:
        if part.text is not None:
            story.asked(part.text)


def _text(response: FunctionResponse) -> str:
    held = response.response
    value = next((held[name] for name in ("output", "result", "error", "content") if name in held), held)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return "\n".join([text, *("[media]" for _ in response.parts)])

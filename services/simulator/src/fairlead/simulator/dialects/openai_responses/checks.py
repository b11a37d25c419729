"""Refuses what OpenAI's Responses API refuses, in its own wording, so that a gateway's mistakes show.

Not everything it checks is checked here: the rules are those that translations break.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..dialect import Endpoint, Refusal
from ..openai_common import beyond, missing, not_among, odd_name, refused, unknown
from . import items
from .shape import (
    COUNT_KEYS,
    HOSTED_ITEMS,
    HOSTED_TOOLS,
    ITEM_KEYS,
    MOVED,
    PART_KEYS,
    REQUEST_KEYS,
    TOOL_KEYS,
    Create,
    Tool,
)

MIN_OUTPUT_TOKENS = 16
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_KEYS = {Endpoint.GENERATE: REQUEST_KEYS, Endpoint.COUNT: COUNT_KEYS}


def unknown_key(body: dict[str, Any], endpoint: Endpoint) -> Refusal | None:
    """The refusal of the first key the service does not know, at the levels it checks; schemas are not looked into."""
    if moved := sorted(body.keys() & MOVED.keys()):
        text = (
            f"Unsupported parameter: '{moved[0]}'. In the Responses API, this parameter has moved to "
            f"'{MOVED[moved[0]]}'. Try again with the new parameter."
        )
        return refused(text, moved[0], "unsupported_parameter")
    path = next(_unknown(body, endpoint), None)
    return unknown(path) if path else None


def _unknown(body: dict[str, Any], endpoint: Endpoint) -> Iterator[str]:
    yield from beyond("", body, _KEYS[endpoint])
    for at, item in enumerate(body["input"] if isinstance(body.get("input"), list) else ()):
        here = f"input[{at}]"
        kind = item.get("type", "message")
        yield from beyond(here, item, ITEM_KEYS.get(kind, frozenset(item)))
        for name in ("content", "output"):
            held = item.get(name)
            for place, part in enumerate(held if isinstance(held, list) and kind in ITEM_KEYS else ()):
                yield from beyond(f"{here}.{name}[{place}]", part, PART_KEYS.get(part["type"], frozenset(part)))
    for at, tool in enumerate(body.get("tools") or ()):
        if "name" in tool:  # without one the complaint is that it has none
            yield from beyond(f"tools[{at}]", tool, TOOL_KEYS.get(tool["type"], frozenset(tool)))


def complaint(create: Create) -> Refusal | None:
    """The first refusal of a request that has the right shape."""
    return next((found for check in _CHECKS for found in check(create)), None)


def _request(create: Create) -> Iterator[Refusal]:
    if create.previous_response_id is not None:
        text = f"Previous response with id '{create.previous_response_id}' not found."
        yield refused(text, "previous_response_id", "previous_response_not_found")
    if create.conversation is not None:
        named = create.conversation if isinstance(create.conversation, str) else create.conversation.get("id")
        yield Refusal(404, f"Conversation with id '{named}' not found.", "invalid_request_error")
    if not create.input and create.prompt is None:
        text = """One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided."""
        yield refused(text, "input", "missing_required_parameter")
    limit = create.max_output_tokens
    if limit is not None and limit < MIN_OUTPUT_TOKENS:
        yield refused(
            f"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {MIN_OUTPUT_TOKENS}, but "
            f"got {limit} instead.",
            "max_output_tokens",
            "integer_below_min_value",
        )


def _format(create: Create) -> Iterator[Refusal]:
    wanted = create.text.format if create.text else None
    if wanted is None or wanted.type == "text":
        return
    if wanted.type == "json_object":
        if not any("json" in item.text.lower() for item in create.items):
            text = (
                "Response input messages must contain the word 'json' in some form to use 'text.format' of type "
                "'json_object'."
            )
            yield refused(text, "input")
    elif wanted.type != "json_schema":
        yield not_among(wanted.type, ("text", "json_object", "json_schema"), "text.format.type")
    elif wanted.name is None or wanted.schema is None:
        yield missing("text.format.name" if wanted.name is None else "text.format.schema")
    elif wanted.strict and (fault := _loose(wanted.schema, ())):
        text = f"Invalid schema for response_format '{wanted.name}': {fault}"
        yield refused(text, "text.format.schema", "invalid_json_schema")


def _tools(create: Create) -> Iterator[Refusal]:
    for at, tool in enumerate(create.tools or ()):
        path = f"tools[{at}]"
        if tool.type not in TOOL_KEYS and tool.type not in HOSTED_TOOLS:
            yield not_among(tool.type, (*TOOL_KEYS, *sorted(HOSTED_TOOLS)), f"{path}.type")
        yield from _tool(path, tool)
        for place, inner in enumerate(tool.tools or ()):
            yield from _tool(f"{path}.tools[{place}]", inner)


def _tool(path: str, tool: Tool) -> Iterator[Refusal]:
    if tool.type in TOOL_KEYS and tool.name is None:
        yield missing(f"{path}.name")
    elif tool.type in TOOL_KEYS and not _NAME.fullmatch(tool.name or ""):
        yield odd_name(f"{path}.name")
    if tool.type == "function" and tool.strict and (fault := _loose(tool.parameters or {}, ())):
        text = f"Invalid schema for function '{tool.name}': {fault}"
        yield refused(text, f"{path}.parameters", "invalid_function_parameters")


def _choice(create: Create) -> Iterator[Refusal]:
    choice = create.tool_choice
    if choice == "required" and not create.tools:
        yield refused("Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice")
    if not isinstance(choice, dict) or choice.get("type") not in ("function", "custom"):
        return
    named = [tool.name for tool in create.tools or ()] + [tool.name for _, tool in create.callable_tools]
    if "name" not in choice:
        yield missing("tool_choice.name")
    elif choice["name"] not in named:
        yield refused(f"Tool choice '{choice['name']}' not found in 'tools' parameter.", "tool_choice")


def _loose(schema: Any, where: tuple[str, ...]) -> str | None:
    """Why a schema is not strict: every object names all its properties as required and allows no other."""
    if not isinstance(schema, dict):
        return None
    properties = schema.get("properties") if isinstance(schema.get("properties"), dict) else None
    if schema.get("type") == "object" or properties is not None:
        if schema.get("additionalProperties") is not False:
            return f"In context={where}, 'additionalProperties' is required to be supplied and to be false."
        required = schema.get("required") if isinstance(schema.get("required"), list) else []
        if left_out := [name for name in properties or () if name not in (required or ())]:
            return (
                f"In context={where}, 'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{left_out[0]}'."
            )
    inner: list[tuple[tuple[str, ...], Any]] = [
        (("properties", name), each) for name, each in (properties or {}).items()
    ]
    inner += [(("items",), schema["items"])] if "items" in schema else []
    for word in ("anyOf", "$defs"):
        held = schema.get(word)
        branches = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
        inner += [((word, str(at)), each) for at, each in enumerate(branches)]
    return next((fault for step, each in inner if (fault := _loose(each, (*where, *step)))), None)


def _kinds(create: Create) -> Iterator[Refusal]:
    for at, item in enumerate(create.items):
        if item.type not in ITEM_KEYS and item.type not in HOSTED_ITEMS:
            yield not_among(item.type, (*ITEM_KEYS, *sorted(HOSTED_ITEMS)), f"input[{at}].type")


def _items(create: Create) -> Iterator[Refusal]:
    for at, item in enumerate(create.items):
        yield from items.complaints(f"input[{at}]", item)
    yield from items.pairs(create.items)


_CHECKS: tuple[Callable[[Create], Iterator[Refusal]], ...] = (_request, _format, _tools, _choice, _kinds, _items)

"""Refuses what OpenAI's Chat Completions refuses, in its own wording, so that a gateway's mistakes show.

Not everything it checks is checked here: the rules are those that translations break.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..dialect import Refusal
from ..openai_common import MAX_ID, beyond, missing, not_among, odd_name, refused, too_long, unknown
from .shape import CALL_KEYS, FUNCTION_KEYS, MESSAGE_KEYS, PART_KEYS, REQUEST_KEYS, TOOL_KEYS, Create, Message

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ROLES = ("system", "assistant", "user", "function", "tool", "developer")


def unknown_key(body: dict[str, Any]) -> Refusal | None:
    """The refusal of the first key the service does not know, at the levels it checks; schemas are not looked into."""
    path = next(_unknown(body), None)
    return unknown(path) if path else None


def _unknown(body: dict[str, Any]) -> Iterator[str]:
    yield from beyond("", body, REQUEST_KEYS)
    for at, message in enumerate(body["messages"]):
        here = f"messages[{at}]"
        yield from beyond(here, message, MESSAGE_KEYS)
        for place, part in enumerate(message.get("content") if isinstance(message.get("content"), list) else ()):
            yield from beyond(f"{here}.content[{place}]", part, PART_KEYS.get(part["type"], frozenset(part)))
        for place, call in enumerate(message.get("tool_calls") or ()):
            yield from beyond(f"{here}.tool_calls[{place}]", call, CALL_KEYS)
    for at, tool in enumerate(body.get("tools") or ()):
        yield from beyond(f"tools[{at}]", tool, TOOL_KEYS)
        yield from beyond(f"tools[{at}].function", tool.get("function") or {}, FUNCTION_KEYS)


def complaint(create: Create) -> Refusal | None:
    """The first refusal of a request that has the right shape."""
    return next((found for check in _CHECKS for found in check(create)), None)


def _empty(path: str) -> Refusal:
    text = f"Invalid '{path}': empty array. Expected an array with minimum length 1, but got an empty array instead."
    return refused(text, path, "empty_array")


def _request(create: Create) -> Iterator[Refusal]:
    if not create.messages:
        yield _empty("messages")
    if create.n not in {None, 1}:
        yield refused("Unsupported value: 'n' must be 1 with this model.", "n", "unsupported_value")
    if create.stream_options is not None and not create.stream:
        yield refused(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            "stream_options",
            "invalid_value",
        )
    wanted = create.response_format
    if wanted and wanted.type == "json_object" and not any("json" in each.text.lower() for each in create.messages):
        text = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        yield refused(text, "messages")
    if wanted and wanted.type == "json_schema" and wanted.json_schema is None:
        yield missing("response_format.json_schema")


def _tools(create: Create) -> Iterator[Refusal]:
    if create.tools == []:
        yield _empty("tools")
    if create.tools is None:
        for name in ("tool_choice", "parallel_tool_calls"):
            if getattr(create, name) is not None:
                yield refused(f"'{name}' is only allowed when 'tools' are specified.", name, "invalid_value")
    for at, tool in enumerate(create.tools or ()):
        if tool.type not in {"function", "custom"}:
            yield not_among(tool.type, ("function", "custom"), f"tools[{at}].type")
        elif tool.type == "function" and tool.function is None:
            yield missing(f"tools[{at}].function")
        elif tool.function and not _NAME.fullmatch(tool.function.name):
            yield odd_name(f"tools[{at}].function.name")


def _messages(create: Create) -> Iterator[Refusal]:
    for at, message in enumerate(create.messages):
        path = f"messages[{at}]"
        if message.role not in _ROLES:
            yield not_among(message.role, _ROLES, f"{path}.role")
        if message.tool_calls == []:
            yield _empty(f"{path}.tool_calls")
        yield from _content(path, message)
        yield from _ids(path, message)


def _content(path: str, message: Message) -> Iterator[Refusal]:
    stands_in = message.tool_calls or message.refusal or message.audio or message.function_call
    if message.content is None and message.role != "function" and not (message.role == "assistant" and stands_in):
        yield refused("Invalid value for 'content': expected a string, got null.", f"{path}.content")
    for place, part in enumerate(message.parts):
        here = f"{path}.content[{place}]"
        if part.type not in PART_KEYS:
            names = ", ".join(f"'{kind}'" for kind in PART_KEYS)
            yield refused(f"Invalid value: '{part.type}'. Supported values are: {names}.", here, "invalid_value")
        elif getattr(part, part.type) is None:
            yield missing(f"{here}.{part.type}")
        if part.type in {"image_url", "file", "input_audio"} and message.role != "user":
            yield refused(
                f"Invalid '{here}'. '{part.type}' parts are only allowed for messages with role 'user', but this "
                f"message has role '{message.role}'.",
                here,
                "invalid_value",
            )


def _ids(path: str, message: Message) -> Iterator[Refusal]:
    named = [(f"{path}.tool_calls[{place}].id", call.id) for place, call in enumerate(message.tool_calls or ())]
    if message.tool_call_id is not None:
        named.append((f"{path}.tool_call_id", message.tool_call_id))
    for where, identity in named:
        if len(identity) > MAX_ID:
            yield too_long(where, identity)


def _pairs(create: Create) -> Iterator[Refusal]:
    """An assistant message with calls is followed by one tool message for each, before anything else."""
    waiting: list[str] = []
    answered: set[str] = set()
    for at, message in enumerate(create.messages):
        if message.role == "tool":
            if message.tool_call_id is None:
                yield missing(f"messages[{at}].tool_call_id")
            if message.tool_call_id not in waiting and message.tool_call_id not in answered:
                yield refused(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'.",
                    f"messages[{at}].role",
                )
            answered.add(message.tool_call_id or "")
            waiting = [call for call in waiting if call != message.tool_call_id]
            continue
        if waiting:
            yield _unanswered(waiting, at)
        waiting, answered = [call.id for call in message.tool_calls or ()], set()
    if waiting:
        yield _unanswered(waiting, len(create.messages))


def _unanswered(calls: list[str], at: int) -> Refusal:
    return refused(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(calls)}",
        f"messages[{at}].role",
    )


_CHECKS: tuple[Callable[[Create], Iterator[Refusal]], ...] = (_request, _tools, _messages, _pairs)

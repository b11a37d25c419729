"""Refuses what the Gemini API refuses, in its own wording, so that a gateway's mistakes show.

Not everything it checks is checked here: the rules are those that translations break.
"""

import re
from collections.abc import Callable, Iterator

from ..dialect import Refusal
from . import history, schemas
from .fields import Violation
from .shape import Asked, Declaration

_ROLES = frozenset({"user", "model", "function"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
_MAX_STOPS = 5
_JSON = "application/json"
_THIRD = (3, 0)
"""The generation that takes functions beside other tools and beside structured output, and levels of thinking."""


def refused(found: str | Violation) -> Refusal:
    if isinstance(found, Violation):
        return Refusal(400, found.description, "INVALID_ARGUMENT", found.field)
    return Refusal(400, found, "INVALID_ARGUMENT")


def complaint(asked: Asked) -> Refusal | None:
    """The first refusal of a request that has the right shape."""
    return next((refused(found) for check in _CHECKS for found in check(asked)), None)


def _contents(asked: Asked) -> Iterator[str]:
    if not asked.generate.contents:
        yield "* GenerateContentRequest.contents: contents is not specified\n"
    for at, content in enumerate(asked.generate.contents):
        here = f"contents[{at}]"
        if content.role not in _ROLES:
            yield "Please use a valid role: user, model."
        if not content.parts:
            yield f"* GenerateContentRequest.{here}.parts: contents.parts must not be empty.\n"
        for place, part in enumerate(content.parts):
            path = f"{here}.parts[{place}]"
            data = part.data
            if not data:
                text = "required oneof field 'data' must have one initialized field"
                yield f"* GenerateContentRequest.{path}.data: {text}\n"
            elif len(data) > 1:
                yield f"Invalid value at '{path}' (oneof), oneof field 'data' is already set. Cannot set '{data[1]}'"
            elif part.text == "" and not part.thought_signature:
                yield "Unable to submit request because it has an empty text parameter. Add a value to the parameter."


def _tools(asked: Asked) -> Iterator[str | Violation]:
    seen: set[str] = set()
    for at, tool in enumerate(asked.generate.tools):
        if not tool.function_declarations and not tool.built_in:
            path = f"tools[{at}].tool_type"
            yield f"* GenerateContentRequest.{path}: required one_of 'tool_type' must have one initialized field\n"
        for place, declared in enumerate(tool.function_declarations or ()):
            yield from _declaration(f"tools[{at}].function_declarations[{place}]", declared, asked)
            if declared.name in seen:
                yield f"Duplicate function declaration found: {declared.name}"
            seen.add(declared.name)


def _declaration(path: str, declared: Declaration, asked: Asked) -> Iterator[str | Violation]:
    longest = 128 if asked.generation >= _THIRD else 64
    if not _NAME.fullmatch(declared.name) or len(declared.name) > longest:
        yield (
            f"* GenerateContentRequest.{path}.name: Invalid function name. Must start with a letter or an underscore. "
            "Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum "
            f"length of {longest}.\n"
        )
    if declared.parameters is not None and declared.parameters_json_schema is not None:
        yield f"* GenerateContentRequest.{path}: only one of parameters and parameters_json_schema may be set\n"
    if declared.parameters is not None:
        yield from schemas.complaints(f"{path}.parameters", declared.parameters, asked.generation)


def _mixed(asked: Asked) -> Iterator[str]:
    """Functions beside the service's own tools, or beside structured output."""
    generate = asked.generate
    if not generate.declarations:
        return
    if generate.built_in and asked.generation < _THIRD:
        yield "Tool use with function calling is unsupported"
    elif generate.built_in and not asked.vertex and not generate.tool_config.include_server_side_tool_invocations:
        yield (
            "Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function "
            "calling."
        )
    if generate.generation_config.response_mime_type == _JSON and asked.generation < _THIRD:
        yield f"Function calling with a response mime type: '{_JSON}' is unsupported"


def _calling(asked: Asked) -> Iterator[str]:
    config = asked.generate.tool_config.function_calling_config
    if config.allowed_function_names and config.mode not in {"ANY", "VALIDATED"}:
        yield "allowed_function_names should be set only when function calling mode is ANY or VALIDATED."
    declared = {each.name for each in asked.generate.declarations}
    for name in config.allowed_function_names:
        if name not in declared:
            yield f"allowed_function_names: {name} is not in the function declarations."


def _generation(asked: Asked) -> Iterator[str]:
    config = asked.generate.generation_config
    thinking = config.thinking_config
    if (config.response_schema or config.response_json_schema) and config.response_mime_type == "text/plain":
        yield (
            "* GenerateContentRequest.generation_config.response_schema: only allowed when response_mime_type is "
            f"'{_JSON}'\n"
        )
    if config.response_schema and config.response_json_schema:
        text = "only one of response_schema and response_json_schema may be set"
        yield f"* GenerateContentRequest.generation_config: {text}\n"
    if len(config.stop_sequences) > _MAX_STOPS:
        yield f"* GenerateContentRequest.generation_config.stop_sequences: must have at most {_MAX_STOPS} elements\n"
    if config.candidate_count not in {None, 1}:
        yield "Multiple candidates is not enabled for this model"
    if config.max_output_tokens is not None and config.max_output_tokens < 1:
        yield "* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.\n"
    if config.temperature is not None and not 0 <= config.temperature <= 2:
        yield "* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].\n"
    if thinking.thinking_level is not None and thinking.thinking_budget is not None:
        yield "You can only set only one of thinking budget and thinking level."
    if thinking.thinking_level is not None and asked.generation < _THIRD:
        yield "Thinking level is not supported for this model."


def _response_schema(asked: Asked) -> Iterator[Violation]:
    if schema := asked.generate.generation_config.response_schema:
        yield from schemas.complaints("generation_config.response_schema", schema, asked.generation)


_CHECKS: tuple[Callable[[Asked], Iterator[str | Violation]], ...] = (
    _contents,
    _tools,
    _mixed,
    _calling,
    _generation,
    _response_schema,
    history.order,
    history.signed,
)

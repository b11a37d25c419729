"""Chat completion requests into the neutral form."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import (
    Block,
    Extras,
    OutputFormat,
    Reasoning,
    Request,
    Sampling,
    ServerTool,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialects.openai.parts import (
    NAME,
    read_cache,
    read_carried,
    read_content,
    read_raw_content,
    read_reasoning,
    read_refusal,
    read_tool_call,
    split_known,
)
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.fields import FieldReader
from fairlead.shared.wire import openai as wire


def decode_request(fields: Mapping[str, Raw]) -> Request:
    """A chat body, peeked. Raises FailureError (BAD_REQUEST) with the path of what is missing or misshapen."""
    for name in ("model", "messages"):
        if name not in fields:
            raise refuse(Kind.BAD_REQUEST, f"{name}: field required", param=name)
    reader = FieldReader(fields)
    turns = _read_messages(reader.raw("messages") or Raw(b"[]"))
    leading = 0
    while leading < len(turns) and _is_instruction(turns[leading]):
        leading += 1
    stream_options: wire.StreamOptions | None = reader.take("stream_options", wire.StreamOptions)
    max_tokens = reader.take("max_tokens", int)
    carried = read_carried(reader.take("fairlead", wire.Carried))
    return Request(
        model=reader.need("model", str),
        turns=turns[leading:],
        instructions=_instructions(turns[:leading]),
        tools=_read_tools(reader.take("tools", list[Raw]) or []),
        tool_choice=_read_tool_choice(reader),
        max_tokens=reader.take("max_completion_tokens", int, max_tokens),
        reasoning=_read_reasoning(reader),
        output_format=_read_format(reader.take("response_format", wire.ResponseFormat)),
        sampling=Sampling(
            reader.take("temperature", float),
            reader.take("top_p", float),
            reader.take("top_k", int),
            reader.take("seed", int),
            reader.take("presence_penalty", float),
            reader.take("frequency_penalty", float),
        ),
        stop=_read_stop(reader.take("stop", str | list[str])),
        stream=reader.take("stream", bool) or False,
        stream_usage=stream_options is not None and stream_options.include_usage,
        user=_read_user(reader),
        logprobs=_read_logprobs(reader),
        service_tier=reader.take("service_tier", str),
        extras=carried or reader.rest(NAME),
    )


def _read_user(reader: FieldReader) -> str | None:
    """By the newer of its two names, if it has one."""
    earlier: str | None = reader.take("user", str)
    user: str | None = reader.take("safety_identifier", str, earlier)
    return user


def _read_logprobs(reader: FieldReader) -> int | None:
    wanted, alternatives = reader.take("logprobs", bool), reader.take("top_logprobs", int)
    return alternatives or 0 if wanted else None


def _is_instruction(turn: Turn) -> bool:
    """One with a picture stays where it stands."""
    plain = all(isinstance(block, Text | Unknown) for block in turn.content)
    return plain and turn.role in ("system", "developer")


def _instructions(turns: tuple[Turn, ...]) -> tuple[Text | Unknown, ...]:
    return tuple([block for turn in turns for block in turn.content if isinstance(block, Text | Unknown)])


_messages = msgspec.json.Decoder(list[wire.RequestMessage])


def _read_messages(raw: Raw) -> tuple[Turn, ...]:
    """All messages: in one pass when every field in them is known, else message by message."""
    try:
        messages = _messages.decode(raw)
    except (msgspec.ValidationError, UnicodeDecodeError):
        loose = decode_field(raw, list[Raw], "messages")
        return tuple([_read_raw_message(one, f"messages[{index}]") for index, one in enumerate(loose)])
    return tuple([_read_message(one, f"messages[{index}]") for index, one in enumerate(messages)])


def _read_message(message: wire.RequestMessage, path: str) -> Turn:
    return _TURNS[type(message)](message, read_content(message.content, path), path)


def _read_raw_message(raw: Raw, path: str) -> Turn:
    """A message that may have fields nobody has heard of: those are kept beside it."""
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    kind = _ROLES.get(decode_field(fields.get("role", Raw(b'""')), str, f"{path}.role"))
    if kind is None:
        return decode_field(raw, wire.RequestMessage, path)  # type: ignore[no-any-return]  # which refuses it
    known, more = split_known({**fields, "content": Raw(b'""')} if "content" in fields else fields, kind, "role")
    message = decode_field(known, kind, path)
    content = read_raw_content(fields["content"], path) if "content" in fields else ()
    turn = _TURNS[kind](message, content, path)
    return _with_fields(turn, more) if more else turn


def _with_fields(turn: Turn, more: Mapping[str, Raw]) -> Turn:
    """A tool's answer is no message of its own, so that what is said of it is kept on it."""
    match turn.content:
        case [ToolResult() as result]:
            return replace(turn, content=(replace(result, extras=Extras(NAME, more)),))
        case _:
            return replace(turn, extras=Extras(NAME, more))


_Content = tuple[Any, ...]


def _plain(
    message: wire.SystemMessage | wire.DeveloperMessage | wire.UserMessage, content: _Content, _path: str
) -> Turn:
    role = message.__struct_config__.tag
    return Turn(role, content, message.name, read_carried(message.fairlead))  # type: ignore[arg-type]


def _tool(message: wire.ToolMessage, content: _Content, _path: str) -> Turn:
    cache, extras = read_cache(message.cache_control), read_carried(message.fairlead)
    return Turn("user", (ToolResult(message.tool_call_id, content, message.is_error, cache, extras),))


def _assistant(message: wire.AssistantMessage, content: _Content, path: str) -> Turn:
    reasoning = read_reasoning(message.reasoning_details, message.reasoning_content or message.reasoning)
    said = (*content, *read_refusal(message.refusal))
    calls = [read_tool_call(call, f"{path}.tool_calls[{i}]") for i, call in enumerate(message.tool_calls or ())]
    order = message.fairlead.order if message.fairlead is not None else ""
    blocks = in_order(order, reasoning, said, calls)
    return Turn("assistant", blocks, message.name, read_carried(message.fairlead))


def in_order(order: str, reasoning: Any, content: Any, calls: Any) -> tuple[Block, ...]:
    """An assistant's blocks: as `order` says if it fits what there is, else reasoning, content, calls."""
    if not order:
        return (*reasoning, *content, *calls)
    queues = {"r": iter(reasoning), "t": iter(content), "c": iter(calls)}
    expected = {"r": len(reasoning), "t": len(content), "c": len(calls)}
    if any(order.count(letter) != count for letter, count in expected.items()):
        return (*reasoning, *content, *calls)
    return tuple([next(queues[letter]) for letter in order if letter in queues])


_TURNS: Mapping[type, Callable[[Any, _Content, str], Turn]] = {
    wire.SystemMessage: _plain,
    wire.DeveloperMessage: _plain,
    wire.UserMessage: _plain,
    wire.ToolMessage: _tool,
    wire.AssistantMessage: _assistant,
}
_ROLES: Mapping[str, type] = {str(kind.__struct_config__.tag): kind for kind in _TURNS}  # type: ignore[attr-defined]


def _read_tools(tools: list[Raw]) -> tuple[Tool | ServerTool | Unknown, ...]:
    return tuple([_read_tool(raw, f"tools[{index}]") for index, raw in enumerate(tools)])


_function = msgspec.json.Decoder(wire.ToolDefinition)


def _read_tool(raw: Raw, path: str) -> Any:
    try:
        definition = _function.decode(raw)
        if definition.type in ("function", ""):
            return _read_function(definition)
    except (msgspec.ValidationError, UnicodeDecodeError):
        pass  # another kind of tool, or a wrong one: which, the slower look tells
    kind = decode_field(raw, dict[str, Raw], path).get("type", Raw(b'"function"'))
    match decode_field(kind, str, f"{path}.type"):
        case "function":
            return _read_function(decode_field(raw, wire.ToolDefinition, path))
        case "custom":
            return _read_custom(decode_field(raw, wire.CustomToolDefinition, path).custom)
        case "fairlead.tool":
            return _read_carried(decode_field(raw, wire.CarriedTool, path), path)
        case _:
            return Unknown(NAME, raw)


def _read_function(definition: wire.ToolDefinition) -> Tool:
    function = definition.function
    return Tool(
        name=function.name,
        description=function.description,
        parameters=function.parameters if isinstance(function.parameters, Raw) else None,
        strict=function.strict,
        deferred=definition.defer_loading,
        cache=read_cache(definition.cache_control),
    )


def _read_carried(carried: wire.CarriedTool, path: str) -> Tool | ServerTool | Unknown:
    tool: Tool | ServerTool | Unknown = decode_field(carried.tool, Tool | ServerTool | Unknown, path)
    beside = {"parameters": carried.parameters, "format": carried.format, "location": carried.location}
    return replace(tool, **{name: raw for name, raw in beside.items() if isinstance(raw, Raw)})


def _read_custom(definition: wire.CustomDefinition) -> Tool:
    form = _flat_format(definition.format) if isinstance(definition.format, Raw) else None
    return Tool(definition.name, definition.description, None, custom=True, format=form)


def _flat_format(form: Raw) -> Raw:
    """A grammar stands in an object of its own here, and nowhere else."""
    fields = decode_field(form, dict[str, Raw] | None, "tools[].custom.format") or {}
    if "grammar" not in fields:
        return form
    grammar = decode_field(fields.pop("grammar"), dict[str, Raw], "tools[].custom.format.grammar")
    return Raw(encode({**fields, **grammar}))


_MODES = {"auto": ToolMode.AUTO, "none": ToolMode.NONE, "required": ToolMode.ANY, "any": ToolMode.ANY}


def _read_tool_choice(reader: FieldReader) -> ToolChoice | None:
    choice = reader.take("tool_choice", str | wire.NamedToolChoice)
    parallel = reader.take("parallel_tool_calls", bool)
    match choice:
        case None:
            return None if parallel is None else ToolChoice(ToolMode.AUTO, None, parallel)
        case wire.NamedToolChoice(allowed_tools=wire.AllowedTools(mode, tools)):
            names = tuple([tool.name for tool in tools if tool.name is not None])
            return ToolChoice(_MODES.get(mode, ToolMode.AUTO) if names else ToolMode.NONE, None, parallel, names)
        case wire.NamedToolChoice():
            return ToolChoice(ToolMode.NAMED, choice.name, parallel)
        case str() if choice in _MODES:
            return ToolChoice(_MODES[choice], None, parallel)
    raise refuse(Kind.BAD_REQUEST, f'tool_choice: unknown value "{choice}"', param="tool_choice")


def _read_reasoning(reader: FieldReader) -> Reasoning:
    """OpenAI's effort and our switch, or OpenRouter's object."""
    effort = reader.take("reasoning_effort", str)
    thinking: wire.Thinking | None = reader.take("thinking", wire.Thinking)
    asked: wire.Reasoning | None = reader.take("reasoning", wire.Reasoning)
    if thinking is None:
        return Reasoning(effort=effort) if asked is None else _read_asked(asked, effort)
    return Reasoning(
        mode=thinking.type or None,
        budget_tokens=thinking.budget_tokens if isinstance(thinking.budget_tokens, int) else None,
        display=thinking.display if isinstance(thinking.display, str) else None,
        effort=effort,
        extras=read_carried(thinking.fairlead),
    )


def _read_asked(asked: wire.Reasoning, effort: str | None) -> Reasoning:
    """Source: https://openrouter.ai/docs/use-cases/reasoning-tokens."""
    display = "omitted" if asked.exclude else None
    if asked.enabled is False:
        return Reasoning(mode="disabled", display=display)
    mode = "enabled" if asked.enabled or asked.max_tokens is not None else None
    return Reasoning(mode, asked.max_tokens, display, asked.effort or effort)


def _read_format(response_format: wire.ResponseFormat | None) -> OutputFormat | None:
    if response_format is None or response_format.type == "text":
        return None
    schema = response_format.json_schema
    if schema is None:
        return OutputFormat(None)
    raw = schema.schema if isinstance(schema.schema, Raw) else None
    return OutputFormat(raw, schema.name, schema.strict, schema.description)


def _read_stop(stop: str | list[str] | None) -> tuple[str, ...]:
    if stop is None:
        return ()
    return (stop,) if isinstance(stop, str) else tuple(stop)

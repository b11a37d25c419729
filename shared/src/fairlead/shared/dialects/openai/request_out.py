"""Requests as chat completion bodies: full between our services, cut down to what a provider knows otherwise."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode, text_of
from fairlead.shared.conversation import (
    Document,
    Extras,
    Image,
    OutputFormat,
    Request,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
    Unknown,
)
from fairlead.shared.dialect import Encoded
from fairlead.shared.dialects.openai.parts import NAME, write_cache, write_carried
from fairlead.shared.dialects.openai.reasoning import thinks, write_reasoning
from fairlead.shared.dialects.openai.schemas import without_keywords
from fairlead.shared.dialects.openai.turns import TurnWriter
from fairlead.shared.essential import refuse_essential, refuse_unknown
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.strict_schemas import fits_strict
from fairlead.shared.tool_forms import PLACEHOLDER, as_function, flat_name, narrowed, with_properties
from fairlead.shared.tool_results import answered_at_once
from fairlead.shared.unsaid import Places, unsaid
from fairlead.shared.wire import openai as wire


def encode_request(request: Request, profile: Profile) -> Encoded:
    """A chat body. Raises FailureError (BAD_REQUEST) where leaving something out would change the answer's meaning."""
    losses: list[Loss] = []
    request = request if profile.extensions else narrowed(request)
    body: dict[str, Any] = {"model": request.model, "messages": _write_messages(request, profile, losses)}
    body.update(_write_limit(request, profile, losses))
    choice = _possible_choice(request, profile, losses)
    tools = _write_tools(request, profile, losses) if choice is not _NO_TOOLS else []
    if tools:
        body["tools"] = tools
        body.update(_write_tool_choice(choice, profile))
    elif profile.declares_called:
        body.update(_declare_called(request, profile, losses))
    body.update(write_reasoning(request, profile, losses))
    if request.output_format is not None:
        body["response_format"] = _write_format(request.output_format, profile)
    body.update(_write_sampling(request, profile, losses))
    body.update(_write_logprobs(request.logprobs))
    body.update(_write_stream(request, profile))
    if tools and request.stream:
        body.update(profile.tool_stream)
    body.update(_write_rest(request, profile, losses))
    unsaid_here = () if profile.extensions else unsaid(request, _places(profile))
    return Encoded(encode(_known(body, profile, losses)), (*losses, *unsaid_here))


def _places(profile: Profile) -> Places:
    marks = (Text, Image, Document, ToolResult, Tool) if profile.cache_hints else ()
    return Places(
        NAME,
        marks,
        names=profile.names,
        details=profile.images != "none",
        descriptions=profile.json_schema,
        shows=False,
        breakpoints=frozenset({NAME}),
    )


def _write_messages(request: Request, profile: Profile, losses: list[Loss]) -> list[Any]:
    turns = TurnWriter(profile, losses, blank_reasoning=_blank_reasoning(request, profile))
    instructions: list[Text | Unknown] = list(request.instructions)
    if request.output_format is not None and request.output_format.schema is not None and not profile.json_schema:
        schema = text_of(request.output_format.schema)
        instructions.append(Text(f"Answer with nothing but JSON that fits this schema: {schema}"))
        losses.append(Loss("schema of the answer", "response_format", "told in words: the provider takes none"))
    turns.instructions(instructions)
    said = request.turns if profile.extensions else answered_at_once(request.turns, losses)
    for index, turn in enumerate(said):
        turns.add(turn, f"messages[{index}]")
    return turns.done()


def _blank_reasoning(request: Request, profile: Profile) -> Literal["calls", "all"] | None:
    """Which of the assistant's turns need reasoning, were it blank: none while nobody has called a tool."""
    called = any(isinstance(block, ToolCall) for turn in request.turns for block in turn.content)
    return profile.replay_required if called and thinks(request, profile) else None


def _write_limit(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, int]:
    limit, cap = request.max_tokens, profile.max_tokens_cap
    if limit is not None and cap is not None and limit > cap:
        losses.append(Loss("max_tokens", "max_tokens", f"more than the {cap} the provider takes"))
        limit = cap
    return {} if limit is None else {profile.max_tokens_field: limit}


def _known(body: dict[str, Any], profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """The body without what the provider refuses, each field under the name it has there."""
    if not profile.without and not profile.renames:
        return body
    losses += [Loss(name, name, "the provider does not take it") for name in body if name in profile.without]
    return {profile.renames.get(name, name): value for name, value in body.items() if name not in profile.without}


def _write_tools(request: Request, profile: Profile, losses: list[Loss]) -> list[Any]:
    tools: list[Any] = []
    for index, tool in enumerate(request.tools):
        match tool:
            case Tool(extras=None, custom=False, namespace=None) if profile.extensions:
                cache = write_cache(tool.cache)
                tools.append(wire.ToolDefinition(_function(tool, profile), "function", tool.deferred, cache))
            case _ if profile.extensions and not (isinstance(tool, Unknown) and tool.dialect == NAME):
                tools.append(_carry(tool))
            case Tool(name, deferred=True) if name == PLACEHOLDER:
                losses.append(
                    Loss("deferred tool placeholder", f"tools[{index}]", "deferred tools are sent as they are")
                )
            case Tool():
                cache = write_cache(tool.cache) if profile.cache_hints else None
                function = _function(as_function(tool), profile)
                tools.append(wire.ToolDefinition(function, "function", cache_control=cache))
            case Unknown(dialect, raw) if dialect == NAME:
                tools.append(raw)
            case ServerTool(raw=Unknown(dialect)) | Unknown(dialect):
                if isinstance(tool, Unknown):
                    refuse_unknown(tool, "an OpenAI-compatible model", f"tools[{index}]")
                losses.append(Loss("tool", f"tools[{index}]", f"only {dialect} has this kind of tool"))
    return tools


_VERBATIM = ("parameters", "format", "location")


def _carry(tool: Tool | ServerTool | Unknown) -> dict[str, Any]:
    """A tool in the neutral form, its verbatim JSON beside it."""
    beside = {name: raw for name in _VERBATIM if (raw := getattr(tool, name, None)) is not None}
    return {"type": "fairlead.tool", "tool": replace(tool, **dict.fromkeys(beside)), **beside}


def _function(tool: Tool, profile: Profile) -> wire.FunctionDefinition:
    strict = tool.strict if profile.strict_tools else None
    function = wire.FunctionDefinition(tool.name, tool.description, strict=strict)
    if tool.parameters is not None:
        parameters = tool.parameters if profile.extensions else with_properties(tool.parameters)
        function.parameters = without_keywords(parameters, profile.schema_without)
    return function


def _declare_called(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """Tools that were called and are offered no more, by their names, and that none of them may be called."""
    calls = (block for turn in request.turns for block in turn.content if isinstance(block, ToolCall))
    names = dict.fromkeys(flat_name(call.name, call.namespace) for call in calls)
    if not names:
        return {}
    losses.append(Loss("tools", "tools", "declared as the provider demands of those that were called"))
    declared = [_function(Tool(name, None, Raw(b"{}")), profile) for name in names]
    return {"tools": [wire.ToolDefinition(one, "function") for one in declared], "tool_choice": "none"}


_NO_TOOLS = ToolChoice(ToolMode.NONE)
"""No tool may be called, and the provider understands that only when it is offered none."""


def _possible_choice(request: Request, profile: Profile, losses: list[Loss]) -> ToolChoice | None:
    """The client's choice as far as the provider lets it choose."""
    choice = request.tool_choice
    if choice is None or profile.extensions:
        return choice
    if _is_run_elsewhere(choice.name, request.tools):
        losses.append(Loss("tool choice", "tool_choice", f"the provider runs no tool {choice.name}"))
        return replace(choice, mode=ToolMode.AUTO, name=None)
    forced = choice.mode in (ToolMode.ANY, ToolMode.NAMED)
    possible = choice.mode in profile.tool_choices
    if possible and not (forced and not profile.forced_while_thinking and thinks(request, profile)):
        return choice
    if choice.mode is ToolMode.NONE:
        return _NO_TOOLS
    if forced:
        losses.append(Loss("tool choice", "tool_choice", "the provider does not let a tool be forced"))
    return replace(choice, mode=ToolMode.AUTO, name=None)


def _is_run_elsewhere(name: str | None, tools: Sequence[Tool | ServerTool | Unknown]) -> bool:
    """Whether only a tool that another provider runs has this name."""
    return {type(tool) for tool in tools if not isinstance(tool, Unknown) and tool.name == name} == {ServerTool}


_WORDS = {ToolMode.AUTO: "auto", ToolMode.NONE: "none", ToolMode.ANY: "required"}


def _write_tool_choice(choice: ToolChoice | None, profile: Profile) -> dict[str, Any]:
    if choice is None:
        return {}
    fields: dict[str, Any] = {}
    if choice.allowed:
        tools = [{"type": "function", "function": {"name": name}} for name in choice.allowed]
        fields["tool_choice"] = {
            "type": "allowed_tools",
            "allowed_tools": {"mode": _WORDS[choice.mode], "tools": tools},
        }
    elif choice.mode is ToolMode.NAMED:
        fields["tool_choice"] = {"type": "function", "function": {"name": choice.name}}
    elif choice.mode in profile.tool_choices:
        fields["tool_choice"] = _WORDS[choice.mode]
    return fields if choice.parallel is None else {**fields, "parallel_tool_calls": choice.parallel}


def _write_format(output_format: OutputFormat, profile: Profile) -> wire.ResponseFormat:
    if output_format.schema is None or not profile.json_schema:
        return wire.ResponseFormat("json_object")
    name, description = output_format.name or "answer", output_format.description
    strict = fits_strict(output_format.schema) if output_format.name is None else output_format.strict
    return wire.ResponseFormat("json_schema", wire.JsonSchema(name, output_format.schema, strict, description))


def _write_sampling(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    sampling = request.sampling
    fields = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
    }
    body: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    if sampling.top_k is not None:
        if profile.extensions or profile.top_k:
            body["top_k"] = sampling.top_k
        else:
            losses.append(Loss("top_k", "top_k", "chat completions have no top_k"))
    stop = list(request.stop)
    if len(stop) > profile.max_stops and not profile.extensions:
        losses.append(Loss("stop sequences", "stop", f"the provider takes {profile.max_stops} at most"))
        stop = stop[: profile.max_stops]
    return {**body, "stop": stop} if stop else body


def _write_logprobs(alternatives: int | None) -> dict[str, Any]:
    if alternatives is None:
        return {}
    return {"logprobs": True, "top_logprobs": alternatives} if alternatives else {"logprobs": True}


def _write_stream(request: Request, profile: Profile) -> dict[str, Any]:
    """Usage is always asked for: whoever answers the client leaves it out if the client did not want it."""
    if not request.stream:
        return {}
    return {"stream": True, "stream_options": {"include_usage": True}} if profile.stream_usage else {"stream": True}


_USER_LIMIT = 64
"""Characters an end-user id may have: https://platform.openai.com/docs/api-reference/chat/create#safety_identifier."""


def _write_rest(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if request.user is not None:
        if profile.extensions or len(request.user) <= _USER_LIMIT:
            body["user"] = request.user
        else:
            losses.append(Loss("user", "metadata.user_id", f"longer than {_USER_LIMIT} characters"))
    if request.service_tier is not None:
        if profile.extensions or request.service_tier not in _OTHER_TIERS:
            body["service_tier"] = request.service_tier
        else:
            losses.append(Loss("service_tier", "service_tier", f"chat completions have no tier {request.service_tier}"))
    extras = request.extras
    if extras is None:
        return body
    if extras.dialect == NAME:
        return {**body, **extras.fields}
    if profile.extensions:
        return {**body, "fairlead": write_carried(extras)}
    refuse_essential(extras, "an OpenAI-compatible model")
    alike = _alike(extras, profile)
    losses += [Loss(name, name, "chat completions have no such field") for name in extras.fields if name not in alike]
    return {**body, **{_NAMED.get(name, name): raw for name, raw in alike.items()}}


_OTHER_TIERS = frozenset({"ultrafast"})
"""What only Responses know: https://platform.openai.com/docs/api-reference/responses/create."""
_NAMED = {"text": "verbosity"}


def _alike(extras: Extras, profile: Profile) -> dict[str, Raw]:
    """Fields of Responses that this provider takes in chat completions too; of `text` it is the verbosity."""
    if extras.dialect != "openai-responses":
        return {}
    alike = {name: raw for name, raw in extras.fields.items() if name in profile.takes}
    text = decode_field(extras.fields.get("text", Raw(b"{}")), dict[str, Raw], "text")
    if "verbosity" in profile.takes and text.keys() == {"verbosity"}:
        alike["text"] = text["verbosity"]
    return alike

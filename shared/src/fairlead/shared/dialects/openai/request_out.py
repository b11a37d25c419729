"""Requests as chat completion bodies: full between our services, cut down to what a provider knows otherwise."""

from typing import Any

from msgspec.structs import replace

from fairlead.shared.codec import encode
from fairlead.shared.conversation import (
    Extras,
    OutputFormat,
    Request,
    ServerTool,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
    Unknown,
)
from fairlead.shared.dialect import Encoded
from fairlead.shared.dialects.openai.parts import NAME, write_cache, write_carried
from fairlead.shared.dialects.openai.turns import TurnWriter
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.tool_forms import as_function
from fairlead.shared.wire import openai as wire


def encode_request(request: Request, profile: Profile) -> Encoded:
    """A chat body. Raises FailureError (BAD_REQUEST) where leaving something out would change the answer's meaning."""
    losses: list[Loss] = []
    turns = TurnWriter(profile, losses)
    turns.instructions([part for part in request.instructions if isinstance(part, Text | Unknown)])
    for index, turn in enumerate(request.turns):
        turns.add(turn, f"messages[{index}]")
    body: dict[str, Any] = {"model": request.model, "messages": turns.messages}
    if request.max_tokens is not None:
        body[profile.max_tokens_field] = request.max_tokens
    tools = _write_tools(request, profile, losses)
    if tools:
        body["tools"] = tools
        body.update(_write_tool_choice(request.tool_choice))
    body.update(_write_reasoning(request, profile, losses))
    if request.output_format is not None:
        body["response_format"] = _write_format(request.output_format)
    body.update(_write_sampling(request, profile, losses))
    body.update(_write_stream(request, profile))
    body.update(_write_rest(request, profile, losses))
    return Encoded(encode(body), tuple(losses))


PLACEHOLDER = "DeferredToolPlaceholder"
"""A tool Claude Code offers only to keep its list of deferred tools from being empty; it cannot be called."""


def _write_tools(request: Request, profile: Profile, losses: list[Loss]) -> list[Any]:
    tools: list[Any] = []
    for index, tool in enumerate(request.tools):
        match tool:
            case Tool(extras=None, custom=False, namespace=None) if profile.extensions:
                cache = write_cache(tool.cache)
                tools.append(wire.ToolDefinition(_function(tool), "function", tool.deferred, cache))
            case _ if profile.extensions and not (isinstance(tool, Unknown) and tool.dialect == NAME):
                tools.append(_carry(tool))
            case Tool(name, deferred=True) if name == PLACEHOLDER:
                losses.append(
                    Loss("deferred tool placeholder", f"tools[{index}]", "deferred tools are sent as they are")
                )
            case Tool():
                tools.append(wire.ToolDefinition(_function(as_function(tool)), "function"))
            case Unknown(dialect, raw) if dialect == NAME:
                tools.append(raw)
            case ServerTool(raw=Unknown(dialect)) | Unknown(dialect):
                losses.append(Loss("tool", f"tools[{index}]", f"only {dialect} has this kind of tool"))
    return tools


_VERBATIM = ("parameters", "format", "location")


def _carry(tool: Tool | ServerTool | Unknown) -> dict[str, Any]:
    """A tool in the neutral form, its verbatim JSON beside it."""
    beside = {name: raw for name in _VERBATIM if (raw := getattr(tool, name, None)) is not None}
    return {"type": "fairlead.tool", "tool": replace(tool, **dict.fromkeys(beside)), **beside}


def _function(tool: Tool) -> wire.FunctionDefinition:
    function = wire.FunctionDefinition(tool.name, tool.description, strict=tool.strict)
    if tool.parameters is not None:
        function.parameters = tool.parameters
    return function


_WORDS = {ToolMode.AUTO: "auto", ToolMode.NONE: "none", ToolMode.ANY: "required"}


def _write_tool_choice(choice: ToolChoice | None) -> dict[str, Any]:
    if choice is None:
        return {}
    if choice.mode is ToolMode.NAMED:
        fields: dict[str, Any] = {"tool_choice": {"type": "function", "function": {"name": choice.name}}}
    else:
        fields = {"tool_choice": _WORDS[choice.mode]}
    return fields if choice.parallel is None else {**fields, "parallel_tool_calls": choice.parallel}


def _write_reasoning(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    reasoning = request.reasoning
    fields: dict[str, Any] = {}
    if reasoning.effort is not None:
        if profile.reasoning_effort:
            fields["reasoning_effort"] = reasoning.effort
        else:
            losses.append(Loss("reasoning effort", "reasoning_effort", "the provider is not known to take one"))
    if reasoning.mode is None:
        return fields
    if not profile.extensions:
        if reasoning.mode != "disabled":
            losses.append(Loss("thinking", "thinking", "chat completions have no such switch"))
        return fields
    thinking = wire.Thinking(reasoning.mode, fairlead=write_carried(reasoning.extras))
    if reasoning.budget_tokens is not None:
        thinking.budget_tokens = reasoning.budget_tokens
    if reasoning.display is not None:
        thinking.display = reasoning.display
    return {**fields, "thinking": thinking}


def _write_format(output_format: OutputFormat) -> wire.ResponseFormat:
    if output_format.schema is None:
        return wire.ResponseFormat("json_object")
    name, description = output_format.name or "answer", output_format.description
    strict = True if output_format.name is None else output_format.strict
    return wire.ResponseFormat("json_schema", wire.JsonSchema(name, output_format.schema, strict, description))


def _write_sampling(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    sampling = request.sampling
    fields = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
    body: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    if sampling.top_k is not None:
        if profile.extensions:
            body["top_k"] = sampling.top_k
        else:
            losses.append(Loss("top_k", "top_k", "chat completions have no top_k"))
    stop = list(request.stop)
    if len(stop) > 4 and not profile.extensions:
        losses.append(Loss("stop sequences", "stop", "chat completions take four at most"))
        stop = stop[:4]
    return {**body, "stop": stop} if stop else body


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
    extras = request.extras
    if extras is None:
        return body
    if extras.dialect == NAME:
        return {**body, **extras.fields}
    if profile.extensions:
        return {**body, "fairlead": write_carried(extras)}
    return {**body, **_foreign(extras, losses)}


def _foreign(extras: Extras, losses: list[Loss]) -> dict[str, Any]:
    for name, raw in extras.fields.items():
        if name in _MEANINGFUL and bytes(raw) not in (b"null", b"[]"):
            raise refuse(Kind.BAD_REQUEST, f"{name}: not available with an OpenAI-compatible model", param=name)
        losses.append(Loss(name, name, "chat completions have no such field"))
    return {}


_MEANINGFUL = frozenset({"container", "mcp_servers", "thread"})
"""Fields of other dialects without which the answer would mean something else."""

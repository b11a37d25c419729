"""Tools and the choice among them: https://ai.google.dev/gemini-api/docs/function-calling.

One tool object may hold many functions, and built-in tools beside them; here each is a tool of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Extras, Request, ServerTool, Tool, ToolChoice, ToolMode, Unknown
from fairlead.shared.dialects.gemini.loose import fields_of, many, required
from fairlead.shared.dialects.gemini.models import Family
from fairlead.shared.dialects.gemini.names import legal_name, original_name
from fairlead.shared.dialects.gemini.openapi import read_openapi
from fairlead.shared.dialects.gemini.schemas import is_empty, write_schema
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.essential import refuse_unknown
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.tool_forms import PLACEHOLDER, as_function

AnyTool: TypeAlias = Tool | ServerTool | Unknown

# From the wire ----------------------------------------------------------------------------------


def read_tools(raw: Raw | None) -> tuple[AnyTool, ...]:
    """The `tools` field. Raises FailureError (BAD_REQUEST) with the path of what is misshapen."""
    whole = many(raw, "tools") if raw is not None else []
    tools: list[AnyTool] = []
    for index, one in enumerate(whole):
        path = f"tools[{index}]"
        for name, value in fields_of(one, path).items():
            read = _READERS.get(name)
            tools += read(value, f"{path}.{name}", name) if read is not None else [_other(name, value)]
    return tuple(tools)


def _other(name: str, value: Raw) -> Unknown:
    return Unknown(NAME, Raw(encode({name: value})))


def _functions(raw: Raw, path: str, _name: str) -> list[AnyTool]:
    declarations = decode_field(raw, list[Raw] | None, path) or []
    return [_function(one, f"{path}[{index}]") for index, one in enumerate(declarations)]


def _function(raw: Raw, path: str) -> Tool:
    fields = fields_of(raw, path)
    name = decode_field(required(fields, "name", path), str, f"{path}.name")
    description = decode_field(fields.get("description", Raw(b"null")), str | None, f"{path}.description")
    parameters = fields.get("parametersJsonSchema")
    if parameters is None and "parameters" in fields:
        parameters = read_openapi(fields["parameters"])
    more = {key: value for key, value in fields.items() if key not in _FUNCTION_FIELDS}
    return Tool(original_name(name), description, parameters, extras=Extras(NAME, more) if more else None)


_FUNCTION_FIELDS = frozenset({"name", "description", "parameters", "parametersJsonSchema"})


def _search(raw: Raw, path: str, name: str) -> list[AnyTool]:
    more = fields_of(raw, path)
    domains = decode_field(more.pop("excludeDomains", Raw(b"[]")), list[str], f"{path}.excludeDomains")
    extras = Extras(NAME, more) if more else None
    return [ServerTool("web_search", _other(name, raw), blocked_domains=tuple(domains), extras=extras)]


_READERS: Mapping[str, Callable[[Raw, str, str], list[AnyTool]]] = {
    "functionDeclarations": _functions,
    "googleSearch": _search,
    "googleSearchRetrieval": _search,
}


class Choice(msgspec.Struct, frozen=True):
    """What `toolConfig` says: the choice, the only functions that may be called (all when None), and the rest of it."""

    choice: ToolChoice | None
    allowed: tuple[str, ...] | None
    more: Mapping[str, Raw]


def read_tool_config(raw: Raw | None) -> Choice:
    """The `toolConfig` field. The mode VALIDATED is AUTO with a promise about arguments, which is kept apart."""
    if raw is None:
        return Choice(None, None, {})
    fields = fields_of(raw, "toolConfig")
    path = "toolConfig.functionCallingConfig"
    calling = fields_of(fields.pop("functionCallingConfig", Raw(b"{}")), path)
    mode = decode_field(calling.pop("mode", Raw(b'"AUTO"')), str, f"{path}.mode").upper()
    names = decode_field(calling.pop("allowedFunctionNames", Raw(b"[]")), list[str], f"{path}.allowedFunctionNames")
    allowed = tuple(original_name(name) for name in names)
    if mode == "VALIDATED":
        calling["mode"] = Raw(b'"VALIDATED"')
    if calling:
        fields["functionCallingConfig"] = Raw(encode(calling))
    if mode == "ANY" and len(allowed) == 1:
        return Choice(ToolChoice(ToolMode.NAMED, allowed[0]), None, fields)
    return Choice(ToolChoice(_MODES.get(mode, ToolMode.AUTO)), allowed or None, fields)


_MODES = {"AUTO": ToolMode.AUTO, "VALIDATED": ToolMode.AUTO, "ANY": ToolMode.ANY, "NONE": ToolMode.NONE}


def only(tools: Sequence[AnyTool], allowed: Sequence[str] | None) -> tuple[AnyTool, ...]:
    """The tools that may be used: offering only these says the same as allowing only these."""
    if allowed is None:
        return tuple(tools)
    return tuple([tool for tool in tools if not isinstance(tool, Tool) or tool.name in allowed])


# To the wire ------------------------------------------------------------------------------------


_SERVER_SIDE = "includeServerSideToolInvocations"
"""Wanted by the Gemini API where functions stand beside built-in tools; Vertex AI does not know it."""


def write_tools(
    request: Request, family: Family, profile: Profile, own: Mapping[str, Raw], losses: list[Loss]
) -> dict[str, Any]:
    """The `tools` and `toolConfig` entries, or neither. `own`: what a Gemini client said in `toolConfig` besides."""
    functions: list[Any] = []
    built_in: list[Any] = []
    for index, tool in enumerate(request.tools):
        path = f"tools[{index}]"
        match tool:
            case Tool(name, deferred=True) if name == PLACEHOLDER:
                losses.append(Loss("deferred tool placeholder", path, "deferred tools are sent as they are"))
            case Tool():
                functions.append(_write_function(as_function(tool), family, path, losses))
            case Unknown(dialect, raw) if dialect == NAME:
                built_in.append(raw)
            case ServerTool():
                built_in += _write_server_tool(tool, path, losses)
            case Unknown(dialect):
                refuse_unknown(tool, "a Gemini model", path)
                losses.append(Loss("tool", path, f"only {dialect} has this kind of tool"))
    if functions and built_in and not family.third:
        losses.append(Loss("built-in tools", "tools", "this model takes functions or built-in tools, not both"))
        built_in = []
    if not functions and not built_in:
        return {}
    tools = [{"functionDeclarations": functions}, *built_in] if functions else built_in
    config = _write_config(request, functions, bool(built_in), family, own, losses)
    if _SERVER_SIDE in profile.without:
        config.pop(_SERVER_SIDE, None)
    return {"tools": tools, "toolConfig": config} if config else {"tools": tools}


_NONE = (b"null", b"{}")
"""How others say that a function takes nothing: here it is not said at all."""


def _write_function(tool: Tool, family: Family, path: str, losses: list[Loss]) -> Any:
    own = tool.extras.fields if tool.extras is not None and tool.extras.dialect == NAME else {}
    written: dict[str, Any] = {"name": legal_name(tool.name)}
    if tool.description:
        written["description"] = tool.description
    parameters = tool.parameters
    if parameters is not None and bytes(parameters) not in _NONE and (family.json_schema or not is_empty(parameters)):
        schema, lost = write_schema(parameters, family)
        written["parametersJsonSchema" if family.json_schema else "parameters"] = schema
        if lost:
            losses.append(Loss(", ".join(lost), f"{path}.parameters", "no such words in Gemini's schemas"))
    return {**written, **own}


def _write_server_tool(tool: ServerTool, path: str, losses: list[Loss]) -> list[Any]:
    if tool.raw.dialect == NAME:
        return [tool.raw.raw]
    if tool.name != "web_search":
        losses.append(Loss("tool", path, f"only {tool.raw.dialect} has this kind of tool"))
        return []
    bounds = {
        "allowed domains": tool.allowed_domains,
        "blocked domains": tool.blocked_domains,
        "max uses": tool.max_uses,
        "location": tool.location,
    }
    losses += [Loss(name, path, "Google's search is not bounded so") for name, bound in bounds.items() if bound]
    return [{"googleSearch": {}}]


def _write_config(
    request: Request,
    functions: Sequence[Mapping[str, Any]],
    mixed: bool,
    family: Family,
    own: Mapping[str, Raw],
    losses: list[Loss],
) -> dict[str, Any]:
    more = dict(own)
    kept = decode_field(more.pop("functionCallingConfig", Raw(b"{}")), dict[str, Raw], "toolConfig")
    kept.pop("streamFunctionCallArguments", None)
    calling: dict[str, Any] = {}
    if functions:
        calling = _write_choice(request.tool_choice, {one["name"] for one in functions}, losses)
        strict = all(tool.strict for tool in request.tools if isinstance(tool, Tool))
        if family.third and (strict or mixed) and calling.get("mode", "AUTO") == "AUTO":
            calling["mode"] = "VALIDATED"
        calling.update({name: value for name, value in kept.items() if calling.get("mode", "AUTO") == "AUTO"})
        if mixed:
            more.setdefault(_SERVER_SIDE, Raw(b"true"))
    return {"functionCallingConfig": calling, **more} if calling else more


def _write_choice(choice: ToolChoice | None, names: set[str], losses: list[Loss]) -> dict[str, Any]:
    if choice is None:
        return {}
    if choice.parallel is False and choice.mode is not ToolMode.NONE:
        losses.append(Loss("parallel tool calls", "tool_choice", "Gemini has no switch against them"))
    if choice.mode is not ToolMode.NAMED:
        return {"mode": choice.mode.value.upper()}
    name = legal_name(choice.name or "")
    if name in names:
        return {"mode": "ANY", "allowedFunctionNames": [name]}
    losses.append(Loss("tool choice", "tool_choice", f"no function is called {choice.name}"))
    return {}

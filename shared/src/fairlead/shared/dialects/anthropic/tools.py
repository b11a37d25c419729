"""Tools and the choice among them, between Anthropic's shape and the neutral form."""

from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Extras, Request, ServerTool, Tool, ToolChoice, ToolMode, Unknown
from fairlead.shared.dialects.anthropic.blocks_in import NAME, read_cache
from fairlead.shared.dialects.anthropic.blocks_out import own, write_cache, write_extras
from fairlead.shared.dialects.anthropic.schemas import enforceable
from fairlead.shared.essential import refuse_unknown
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.tool_forms import as_function
from fairlead.shared.wire import anthropic as wire

# From the wire ----------------------------------------------------------------------------------

_TOOL_FIELDS = frozenset({"type", "name", "description", "input_schema", "strict", "defer_loading", "cache_control"})


def read_tools(raw: Raw | None) -> tuple[Tool | ServerTool | Unknown, ...]:
    """All tools. Raises FailureError (BAD_REQUEST) with the path of what is missing or misshapen."""
    if raw is None:
        return ()
    try:
        return tuple([_client_tool(one) for one in _client_tools.decode(raw)])
    except (msgspec.ValidationError, UnicodeDecodeError):
        pass  # something unknown, or wrong: which, the slower look tells
    whole = decode_field(raw, list[Raw] | None, "tools") or []
    return tuple([_read_tool(one, f"tools[{index}]") for index, one in enumerate(whole)])


_client_tools = msgspec.json.Decoder(list[wire.ClientTool])


def _client_tool(tool: wire.ClientTool) -> Tool:
    return Tool(
        name=tool.name,
        description=tool.description,
        parameters=tool.input_schema if isinstance(tool.input_schema, Raw) else None,
        strict=tool.strict,
        deferred=tool.defer_loading or False,
        cache=read_cache(tool.cache_control),
    )


_SEARCH_FIELDS = frozenset({"type", "name", *wire.WebSearchTool.__struct_fields__})


def _read_server_tool(raw: Raw, path: str) -> ServerTool:
    said = decode_field(raw, wire.WebSearchTool, path)
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    more = {name: value for name, value in fields.items() if name not in _SEARCH_FIELDS}
    return ServerTool(
        "web_search",
        Unknown(NAME, raw),
        tuple(said.allowed_domains or ()),
        tuple(said.blocked_domains or ()),
        said.max_uses,
        said.user_location if isinstance(said.user_location, Raw) else None,
        Extras(NAME, more) if more else None,
    )


def _read_tool(raw: Raw, path: str) -> Tool | ServerTool | Unknown:
    fields = decode_field(raw, dict[str, Raw], path)

    def take(name: str, kind: Any) -> Any:
        return decode_field(fields[name], kind, f"{path}.{name}") if name in fields else None

    kind = take("type", str | None)
    if kind not in (None, "custom"):
        return _read_server_tool(raw, path) if kind.startswith("web_search_") else Unknown(NAME, raw)
    name = take("name", str)
    if name is None:
        raise refuse(Kind.BAD_REQUEST, f"{path}.name: Field required", param=f"{path}.name")
    extras = {key: value for key, value in fields.items() if key not in _TOOL_FIELDS}
    return Tool(
        name=name,
        description=take("description", str | None),
        parameters=fields.get("input_schema"),
        strict=take("strict", bool | None),
        deferred=take("defer_loading", bool | None) or False,
        cache=read_cache(take("cache_control", wire.CacheControl | None)),
        extras=Extras(NAME, extras) if extras else None,
    )


_MODES = {"auto": ToolMode.AUTO, "any": ToolMode.ANY, "tool": ToolMode.NAMED, "none": ToolMode.NONE}


def read_tool_choice(choice: wire.ToolChoice | None) -> ToolChoice | None:
    """The choice, whose switch for parallel calls says the opposite of everybody else's."""
    if choice is None:
        return None
    disabled = choice.disable_parallel_tool_use
    name = choice.name if isinstance(choice.name, str) else None
    return ToolChoice(_MODES[choice.type], name, not disabled if isinstance(disabled, bool) else None)


# To the wire ------------------------------------------------------------------------------------


def write_tools(request: Request, losses: list[Loss]) -> list[Any]:
    """All tools in their order; those that Anthropic does not run are put into `losses`."""
    tools: list[Any] = []
    for index, tool in enumerate(request.tools):
        match tool:
            case Tool():
                tools.append(_write_tool(as_function(tool), f"tools[{index}]", losses))
            case ServerTool("web_search"):
                tools.append(own(tool.raw) or _write_web_search(tool))
            case ServerTool(name):
                losses.append(Loss("tool", f"tools[{index}]", f"Anthropic runs no tool {name}"))
            case Unknown(dialect, raw) if dialect == NAME:
                tools.append(raw)
            case Unknown(dialect):
                refuse_unknown(tool, "an Anthropic model", f"tools[{index}]")
                losses.append(Loss("tool", f"tools[{index}]", f"only {dialect} has this kind of tool"))
    return tools


def _write_web_search(tool: ServerTool) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": "web_search_20250305", "name": "web_search"}
    if tool.max_uses is not None:
        fields["max_uses"] = tool.max_uses
    if tool.allowed_domains:
        fields["allowed_domains"] = tool.allowed_domains
    elif tool.blocked_domains:
        fields["blocked_domains"] = tool.blocked_domains
    if tool.location is not None:
        fields["user_location"] = tool.location
    return fields


def _write_tool(tool: Tool, path: str, losses: list[Loss]) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": tool.name}
    if tool.description is not None:
        fields["description"] = tool.description
    fields["input_schema"] = _write_schema(tool.parameters)
    if tool.strict is not None:
        fields["strict"] = tool.strict and _may_be_strict(tool.parameters, path, losses)
    if tool.deferred:
        fields["defer_loading"] = True
    return {**fields, **write_extras(tool.extras), **write_cache(tool.cache)}


def _may_be_strict(parameters: Raw | None, path: str, losses: list[Loss]) -> bool:
    """Whether arguments can be held to a schema: other vendors enforce more than Anthropic does."""
    lost = enforceable(parameters)[1] if parameters is not None else ()
    if lost:
        losses.append(Loss("strict", path, f"Anthropic does not enforce {', '.join(lost)}"))
    return not lost


def _write_schema(parameters: Raw | None) -> Raw:
    """Anthropic wants an object type at the root; a schema without any type gets it, anything else stays verbatim."""
    if parameters is None or bytes(parameters) in (b"null", b"{}"):
        return Raw(b'{"type":"object","properties":{}}')
    fields = decode_field(parameters, dict[str, Raw], "tools[].parameters")
    return parameters if "type" in fields else Raw(encode({"type": "object", **fields}))


def write_tool_choice(choice: ToolChoice | None) -> dict[str, Any]:
    """The `tool_choice` entry, or nothing."""
    if choice is None:
        return {}
    kinds = {mode: kind for kind, mode in _MODES.items()}
    fields: dict[str, Any] = {"type": kinds[choice.mode]}
    if choice.name is not None:
        fields["name"] = choice.name
    if choice.parallel is not None and choice.mode is not ToolMode.NONE:
        fields["disable_parallel_tool_use"] = not choice.parallel
    return {"tool_choice": fields}

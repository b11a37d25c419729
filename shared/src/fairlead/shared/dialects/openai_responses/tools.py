"""Tools and the choice among them, between the Responses shape and the neutral form."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, UnsetType
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Extras, ServerTool, Tool, ToolChoice, ToolMode, Unknown
from fairlead.shared.dialects.openai_responses.parts import write_extras
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.essential import refuse_unknown
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.tool_forms import PLACEHOLDER, with_properties
from fairlead.shared.wire import openai_responses as wire

AnyTool = Tool | ServerTool | Unknown

# From the wire ----------------------------------------------------------------------------------


def read_tools(tools: Iterable[Raw]) -> tuple[AnyTool, ...]:
    """All tools; a namespace becomes its tools. Raises FailureError (BAD_REQUEST) with the path."""
    return tuple([tool for index, raw in enumerate(tools) for tool in _read_tool(raw, f"tools[{index}]")])


def _read_tool(raw: Raw, path: str) -> Iterable[AnyTool]:
    kind = _kind(raw, path)
    if kind.startswith("web_search"):
        return (_read_web_search(raw, path),)
    reader = _READERS.get(kind)
    return (Unknown(NAME, raw),) if reader is None else reader(raw, path)


def _kind(raw: Raw, path: str) -> str:
    kind: str = decode_field(raw, wire.Typed, path).type
    if not kind:
        raise refuse(Kind.BAD_REQUEST, f"{path}.type: field required", param=f"{path}.type")
    return kind


_FUNCTION_FIELDS = frozenset(wire.ToolDefinition.__struct_fields__)


def _read_definition(raw: Raw, path: str) -> tuple[Tool, ...]:
    said: wire.ToolDefinition = decode_field(raw, wire.ToolDefinition, path)
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    extras = {name: value for name, value in fields.items() if name not in _FUNCTION_FIELDS}
    custom = said.type == "custom"
    tool = Tool(
        name=said.name,
        description=said.description,
        parameters=None if custom else _said(said.parameters),
        strict=said.strict,
        deferred=said.defer_loading or False,
        extras=Extras(NAME, extras) if extras else None,
        custom=custom,
        format=_said(said.format),
    )
    return (tool,)


def _said(raw: Raw | UnsetType) -> Raw | None:
    """A value as it was written; None where there is none, or null."""
    return raw if isinstance(raw, Raw) and bytes(raw) != b"null" else None


_NAMESPACE = "namespace"
"""The extra field of a namespace's first tool that holds what belongs to the namespace itself."""


def _read_namespace(raw: Raw, path: str) -> tuple[AnyTool, ...]:
    """Its tools, each under its name; one that holds anything but functions and free-text tools is kept whole."""
    said: wire.NamespaceDefinition = decode_field(raw, wire.NamespaceDefinition, path)
    kinds = [_kind(one, f"{path}.tools[{index}]") for index, one in enumerate(said.tools)]
    if any(kind not in ("function", "custom") for kind in kinds):
        return (Unknown(NAME, raw),)
    nested = [_read_definition(one, f"{path}.tools[{index}]")[0] for index, one in enumerate(said.tools)]
    tools = [replace(tool, namespace=said.name) for tool in nested]
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    own = {name: value for name, value in fields.items() if name not in ("type", "name", "tools")}
    if own and tools:
        kept = {**write_extras(tools[0].extras), _NAMESPACE: Raw(encode(own))}
        tools[0] = replace(tools[0], extras=Extras(NAME, kept))
    return tuple(tools)


_SEARCH_FIELDS = frozenset({"type", *wire.WebSearchDefinition.__struct_fields__})


def _read_web_search(raw: Raw, path: str) -> ServerTool:
    said: wire.WebSearchDefinition = decode_field(raw, wire.WebSearchDefinition, path)
    filters = said.filters or wire.SearchFilters()
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    more = {name: value for name, value in fields.items() if name not in _SEARCH_FIELDS}
    return ServerTool(
        "web_search",
        Unknown(NAME, raw),
        tuple(filters.allowed_domains or ()),
        tuple(filters.blocked_domains or ()),
        location=_said(said.user_location),
        extras=Extras(NAME, more) if more else None,
    )


_READERS: Mapping[str, Callable[[Raw, str], Iterable[AnyTool]]] = {
    "function": _read_definition,
    "custom": _read_definition,
    "namespace": _read_namespace,
}

_MODES = {"auto": ToolMode.AUTO, "none": ToolMode.NONE, "required": ToolMode.ANY}
_NAMED = frozenset({"function", "custom"})


def read_tool_choice(raw: Raw | None, parallel: bool | None) -> tuple[ToolChoice | None, Raw | None]:
    """The choice, and its own words where the neutral form says less than they do."""
    choice: str | wire.ToolChoice | None = None
    if raw is not None:
        choice = decode_field(raw, str | wire.ToolChoice | None, "tool_choice")
    match choice:
        case None:
            return (None if parallel is None else ToolChoice(ToolMode.AUTO, None, parallel)), None
        case wire.ToolChoice(kind, name) if kind in _NAMED and name is not None:
            return ToolChoice(ToolMode.NAMED, name, parallel), None
        case wire.ToolChoice(kind) if kind.startswith("web_search"):
            return ToolChoice(ToolMode.NAMED, "web_search", parallel), None
        case wire.ToolChoice("allowed_tools", _, mode, allowed) if _all_named(allowed):
            names = tuple([tool.name for tool in allowed or () if tool.name is not None])
            return ToolChoice(_MODES.get(mode or "auto", ToolMode.AUTO), None, parallel, names), None
        case wire.ToolChoice(_, _, mode):
            return ToolChoice(_MODES.get(mode or "auto", ToolMode.AUTO), None, parallel), raw
        case str() if choice in _MODES:
            return ToolChoice(_MODES[choice], None, parallel), None
    raise refuse(Kind.BAD_REQUEST, f'tool_choice: unknown value "{choice}"', param="tool_choice")


def _all_named(tools: Iterable[wire.ToolChoice] | None) -> bool:
    """Whether an allowed subset holds nothing but tools that the client runs."""
    return bool(tools) and all(tool.type in _NAMED and tool.name is not None for tool in tools or ())


# To the wire ------------------------------------------------------------------------------------


def write_tools(tools: Iterable[AnyTool], losses: list[Loss], *, strict: bool = True) -> list[Any]:
    """All tools in their order, those of a namespace together where its first one stands. `strict`: they may be."""
    listed = [tool if strict or not isinstance(tool, Tool) else replace(tool, strict=False) for tool in tools]
    findable = searchable(listed)
    written: list[Any] = []
    namespaces: dict[str, list[Any]] = {}
    for index, tool in enumerate(listed):
        match tool:
            case Tool(name, deferred=True) if name == PLACEHOLDER:
                losses.append(Loss("deferred tool placeholder", f"tools[{index}]", "deferred tools are sent at once"))
            case Tool(namespace=str() as namespace):
                _write_into(namespace, tool, findable, namespaces, written)
            case Tool():
                written.append(_write_tool(tool, findable))
            case ServerTool():
                written += _write_server_tool(tool, f"tools[{index}]", losses)
            case Unknown(dialect, raw) if dialect == NAME:
                written.append(raw)
            case Unknown(dialect):
                refuse_unknown(tool, "a Responses model", f"tools[{index}]")
                losses.append(Loss("tool", f"tools[{index}]", f"only {dialect} has this kind of tool"))
    return written


def searchable(tools: Iterable[AnyTool]) -> bool:
    """Whether the model has a way to find deferred tools."""
    return any(
        isinstance(tool, Unknown) and tool.dialect == NAME and _kind(tool.raw, "tools") == "tool_search"
        for tool in tools
    )


def _write_into(
    namespace: str, tool: Tool, findable: bool, namespaces: dict[str, list[Any]], written: list[Any]
) -> None:
    own = write_extras(tool.extras).get(_NAMESPACE)
    if namespace not in namespaces:
        namespaces[namespace] = []
        about = msgspec.json.decode(own, type=dict[str, Raw]) if own is not None else {"description": namespace}
        written.append({"type": "namespace", "name": namespace, **about, "tools": namespaces[namespace]})
    namespaces[namespace].append(_write_tool(tool, findable))


def _write_tool(tool: Tool, findable: bool) -> dict[str, Any]:
    """A function or a free-text tool. Left out, `strict` lets the service rewrite the schema: it is always said."""
    fields: dict[str, Any] = {"type": "custom" if tool.custom else "function", "name": tool.name}
    if tool.description is not None:
        fields["description"] = tool.description
    if not tool.custom:
        fields["parameters"] = with_properties(tool.parameters)
        fields["strict"] = tool.strict or False
    elif tool.format is not None:
        fields["format"] = tool.format
    if tool.deferred and findable:
        fields["defer_loading"] = True
    extras = {name: raw for name, raw in write_extras(tool.extras).items() if name != _NAMESPACE}
    return {**fields, **extras}


def _write_server_tool(tool: ServerTool, path: str, losses: list[Loss]) -> list[Any]:
    if tool.raw.dialect == NAME:
        return [tool.raw.raw]
    if tool.name != "web_search":
        losses.append(Loss("tool", path, f"a Responses provider runs no tool {tool.name}"))
        return []
    fields: dict[str, Any] = {"type": "web_search"}
    if tool.allowed_domains:
        fields["filters"] = {"allowed_domains": tool.allowed_domains}
    if tool.location is not None:
        fields["user_location"] = tool.location
    if tool.blocked_domains:
        losses.append(Loss("blocked domains", path, "a Responses web search knows only allowed domains"))
    if tool.max_uses is not None:
        losses.append(Loss("max_uses", path, "a Responses web search has no limit of its own"))
    return [fields]


_WORDS = {mode: word for word, mode in _MODES.items()}


def write_tool_choice(choice: ToolChoice | None, tools: Iterable[AnyTool]) -> dict[str, Any]:
    """The choice and the switch for parallel calls."""
    if choice is None:
        return {}
    said: Any = _WORDS.get(choice.mode) or _write_named(choice.name or "", tools)
    if choice.allowed:
        allowed = [_write_named(name, tools) for name in choice.allowed]
        said = {"type": "allowed_tools", "mode": said, "tools": allowed}
    fields: dict[str, Any] = {"tool_choice": said}
    return fields if choice.parallel is None else {**fields, "parallel_tool_calls": choice.parallel}


def _write_named(name: str, tools: Iterable[AnyTool]) -> dict[str, Any]:
    for tool in tools:
        match tool:
            case Tool(known, custom=custom) if known == name:
                return {"type": "custom" if custom else "function", "name": name}
            case ServerTool(known, raw) if known == name:
                own = _kind(raw.raw, "tools") if raw.dialect == NAME else "web_search"
                return {"type": own}
    return {"type": "function", "name": name}

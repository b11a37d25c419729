"""Free-text tools and namespaces for dialects that have neither, and back again.

Towards such a dialect a tool becomes a function under a flat name; a free-text tool's function has one string, `input`.
On the way back `Originals` knows from what the client offered which call is really which.
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Request, ServerTool, Tool, ToolCall, ToolChoice, Unknown

PLACEHOLDER = "DeferredToolPlaceholder"
"""A tool Claude Code offers only to keep its list of deferred tools from being empty; it cannot be called."""

_SEPARATOR = "__"
_INPUT = Raw(b'{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}')


class _Input(msgspec.Struct, forbid_unknown_fields=True):
    input: str


_NO_PARAMETERS = Raw(b'{"type":"object","properties":{}}')


def with_properties(parameters: Raw | None) -> Raw:
    """A schema as OpenAI takes it: an object names its properties, even if there are none."""
    if parameters is None or bytes(parameters) in (b"null", b"{}"):
        return _NO_PARAMETERS
    if b'"properties"' in bytes(parameters):
        return parameters
    fields: dict[str, Raw] = decode_field(parameters, dict[str, Raw], "tools[].parameters")
    if fields.get("type") == Raw(b'"object"') and "properties" not in fields:
        return Raw(encode({**fields, "properties": {}}))
    return parameters


_LONGEST = 64
"""Characters a function's name may have: https://platform.openai.com/docs/api-reference/chat/create."""
_DIGEST = 12


def flat_name(name: str, namespace: str | None) -> str:
    """The name of a tool in a dialect without namespaces. One that this makes too long ends in its hash."""
    if namespace is None:
        return name
    flat = f"{namespace}{_SEPARATOR}{name}"
    if len(flat) <= _LONGEST:
        return flat
    digest = sha256(flat.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{flat[: _LONGEST - _DIGEST - 1]}_{digest}"


def as_function(tool: Tool) -> Tool:
    """The tool as any dialect can say it. A format the free text must have is told in the description."""
    name = flat_name(tool.name, tool.namespace)
    if not tool.custom:
        return tool if name == tool.name else msgspec.structs.replace(tool, name=name, namespace=None)
    told = f"The input must have this format: {bytes(tool.format).decode()}" if tool.format is not None else ""
    description = "\n\n".join(text for text in (tool.description, told) if text) or None
    return msgspec.structs.replace(
        tool, name=name, namespace=None, description=description, parameters=_INPUT, custom=False, format=None
    )


def call_as_function(call: ToolCall) -> ToolCall:
    """A call of such a tool as a call of its function."""
    name = flat_name(call.name, call.namespace)
    if not call.custom:
        return call if name == call.name else msgspec.structs.replace(call, name=name, namespace=None)
    arguments = encode({"input": call.arguments}).decode()
    return msgspec.structs.replace(call, name=name, namespace=None, custom=False, arguments=arguments)


def custom_input(arguments: str) -> str:
    """The free text in a function call's arguments; arguments that are not of that form are the text themselves."""
    try:
        return msgspec.json.decode(arguments, type=_Input).input
    except (msgspec.DecodeError, RecursionError):
        return arguments


def narrowed(request: Request) -> Request:
    """The request with no tools but those that may be called: offering only these says the same as allowing only
    these, where there are no words for it. One that must be called has its flat name."""
    choice = request.tool_choice
    if choice is not None and choice.name is not None:
        return _flatly_named(request, choice, choice.name)
    if choice is None or not choice.allowed:
        return request
    tools = tuple([tool for tool in request.tools if not isinstance(tool, Tool) or tool.name in choice.allowed])
    return replace(request, tools=tools, tool_choice=replace(choice, allowed=()))


def _flatly_named(request: Request, choice: ToolChoice, name: str) -> Request:
    """A choice names a tool as its namespace does."""
    meant = [tool.namespace for tool in request.tools if isinstance(tool, Tool) and tool.name == name]
    if not meant or None in meant:
        return request
    return replace(request, tool_choice=replace(choice, name=flat_name(name, meant[0])))


class Originals:
    """What the client offered, by the flat name a provider calls it under."""

    def __init__(self, tools: Iterable[Tool | ServerTool | Unknown]) -> None:
        self._tools = {flat_name(tool.name, tool.namespace): tool for tool in tools if isinstance(tool, Tool)}

    def tool(self, name: str) -> Tool | None:
        """The offered tool a call of `name` means, if any."""
        return self._tools.get(name)

    def call(self, call: ToolCall) -> ToolCall:
        """A whole call as the client knows it."""
        tool = self._tools.get(call.name)
        if tool is None or call.custom or call.namespace is not None:
            return call
        arguments = custom_input(call.arguments) if tool.custom else call.arguments
        return msgspec.structs.replace(
            call, name=tool.name, namespace=tool.namespace, custom=tool.custom, arguments=arguments
        )

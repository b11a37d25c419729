"""Transformers about tools: `tooluse`, `enhancetool`."""

from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.conversation import Request, Text, Tool, ToolChoice, ToolMode, Turn
from fairlead.shared.filters.exit_tool import NAME, ExitTool
from fairlead.shared.filters.tool_arguments import MendedArguments

from .adjustment import Adjustment

_EXIT = Tool(
    NAME,
    "Ends the work with tools. Call it when the task is done, or when no other tool helps, and put everything you want "
    "to say into `response`: the user reads nothing else.",
    Raw(
        b'{"type":"object","properties":{"response":{"type":"string","description":"Your whole answer to the user."}},'
        b'"required":["response"]}'
    ),
)
_RULE = Text(
    "Tool mode is active. In every turn call the one tool that brings the task forward best. When nothing is left to "
    f"do, or no tool fits, call {NAME} with your answer: it is the only way to leave tool mode."
)


def tooluse(_options: object) -> Adjustment:
    """A model that avoids tools must call one each time; the one that means "I am done" is told as text."""
    return Adjustment(rewrites=(_made_to_call,), filters=(ExitTool,))


def enhancetool(_options: object) -> Adjustment:
    """Arguments that are nearly JSON are mended."""
    return Adjustment(filters=(MendedArguments,))


def _made_to_call(request: Request) -> Request:
    """Without tools there is nothing to call, and a client that chose one itself, or none, is right."""
    chosen = request.tool_choice
    if not request.tools or (chosen is not None and chosen.mode in (ToolMode.NONE, ToolMode.NAMED)):
        return request
    parallel = None if chosen is None else chosen.parallel
    return replace(
        request,
        turns=(*request.turns, Turn("system", (_RULE,))),
        tools=(*request.tools, _EXIT),
        tool_choice=ToolChoice(ToolMode.ANY, None, parallel),
    )

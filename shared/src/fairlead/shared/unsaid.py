"""What a request says beside its words, where its target has no place for it: named once for each kind, so that nothing
of it disappears in silence and a long conversation does not make a long list.

Fields of the request itself are the encoders' business; here are those of its blocks, turns and tools.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from fairlead.shared.conversation import (
    Block,
    Citation,
    Extras,
    Image,
    Request,
    ServerTool,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Unknown,
)
from fairlead.shared.loss import Loss
from fairlead.shared.tool_forms import PLACEHOLDER


class Places(Struct, frozen=True):
    """What of all this a target has a place for.

    `marks`: kinds of blocks and tools that may hold a cache mark; `breakpoints`: dialects whose own words for one it
    takes. `shows`: whether reasoning is shown can be said. `weighs`: how likely an earlier answer's tokens were, too.
    """

    dialect: str
    marks: tuple[type, ...] = ()
    names: bool = False
    details: bool = False
    deferred: bool = False
    descriptions: bool = False
    shows: bool = True
    weighs: bool = False
    breakpoints: frozenset[str] = frozenset()
    cites: Callable[[Citation], bool] = lambda _: False


_TOLD = frozenset(
    {
        ("anthropic", "type"),
        ("anthropic", "title"),
        ("anthropic", "content"),
        ("gemini", "fileData"),
        ("gemini", "response"),
        ("openai-responses", "summary"),
    }
)
"""Fields kept beside what the neutral form says of them."""
_MARKS = "prompt_cache_breakpoint"
"""A cache mark's field in its own words, where the block has the mark too."""


def unsaid(request: Request, places: Places) -> list[Loss]:
    """The losses, one for each kind, where it is met first."""
    met: dict[str, Loss] = {}
    for what, where, why in _met(request, places):
        if what not in met:
            met[what] = Loss(what, where, why)
    return list(met.values())


_Met = Iterator[tuple[str, str, str]]


def _met(request: Request, places: Places) -> _Met:
    for part in request.instructions:
        yield from _of_block(part, "system", places)
    for index, turn in enumerate(request.turns):
        if turn.name is not None and not places.names:
            yield "name", f"messages[{index}]", "no author of a message has a name there"
        if turn.extras is not None:
            yield from _of_extras(turn.extras, f"messages[{index}]", places)
        for block in turn.content:
            if not _is_plain(block):
                yield from _of_block(block, f"messages[{index}]", places)
    for index, tool in enumerate(request.tools):
        yield from _of_tool(tool, f"tools[{index}]", places)
    yield from _of_extras(request.reasoning.extras, "reasoning", places)
    if request.reasoning.display is not None and not places.shows:
        yield "thinking display", "thinking.display", f"that reasoning is {request.reasoning.display} cannot be said"
    if request.output_format is not None and request.output_format.description and not places.descriptions:
        yield "description of the answer", "response_format", "a schema has no description beside it there"


def _is_plain(block: Block) -> bool:
    """Whether a block says nothing but its words: most do, and there are many."""
    kind = type(block)
    if kind is Thinking:
        return True
    if kind not in _OFTEN_PLAIN or block.cache is not None or block.extras is not None:  # type: ignore[union-attr]
        return False
    if kind is ToolResult:
        return all(map(_is_plain, block.content))  # type: ignore[union-attr]
    return kind is ToolCall or not block.citations  # type: ignore[union-attr]


_OFTEN_PLAIN = frozenset({Text, ToolCall, ToolResult})


def _of_block(block: Block, path: str, places: Places) -> _Met:
    if isinstance(block, Text) and block.logprobs and not places.weighs:
        yield "logprobs", path, "how likely an earlier answer's tokens were cannot be said there"
    match block:
        case Text(citations=citations) if citations and not all(map(places.cites, citations)):
            yield "citations", path, "what a text cites cannot be told there"
        case Image(detail=detail) if detail not in (None, "auto") and not places.details:
            yield "detail", path, "how closely a picture is looked at cannot be said there"
        case ToolResult(content=content):
            for part in content:
                yield from _of_block(part, path, places)
        case Thinking() | Unknown():
            return  # marks of its maker's own; what is unknown is lost as a whole
    marked, extras = getattr(block, "cache", None) is not None, getattr(block, "extras", None)
    in_words = extras is not None and extras.dialect in places.breakpoints and _MARKS in extras.fields
    if marked and not in_words and not isinstance(block, places.marks):
        yield _CACHED[0], path, _CACHED[1]
    yield from _of_extras(extras, path, places, marked=marked)


_CACHED = ("cache_control", "the provider chooses itself what it caches")


def _of_tool(tool: Tool | ServerTool | Unknown, path: str, places: Places) -> _Met:
    match tool:
        case Tool():
            if tool.deferred and not places.deferred and tool.name != PLACEHOLDER:
                yield "defer_loading", path, "all tools are told of at once"
            if tool.cache is not None and Tool not in places.marks:
                yield _CACHED[0], path, _CACHED[1]
            yield from _of_extras(tool.extras, path, places)
        case ServerTool():
            yield from _of_extras(tool.extras, path, places)


def _of_extras(extras: Extras | None, path: str, places: Places, *, marked: bool = False) -> _Met:
    if extras is None or extras.dialect == places.dialect:
        return
    for name in extras.fields:
        if (extras.dialect, name) not in _TOLD and not (marked and name == _MARKS):
            yield name, path, f"only {extras.dialect} has this field"

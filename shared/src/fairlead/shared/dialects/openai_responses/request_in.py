"""Responses requests into the neutral form."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Raw

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import (
    Block,
    Extras,
    OutputFormat,
    Reasoning,
    Request,
    Sampling,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialects.openai_responses.items import Said, read_items, read_raw_item
from fairlead.shared.dialects.openai_responses.parts import LOGPROBS
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.dialects.openai_responses.tools import read_tool_choice, read_tools
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.fields import NULL, FieldReader
from fairlead.shared.wire import openai_responses as wire

_INSTEAD_OF_INPUT = frozenset({"previous_response_id", "conversation", "prompt"})


def decode_request(fields: Mapping[str, Raw]) -> Request:
    """A Responses body, peeked. Raises FailureError (BAD_REQUEST) with the path of what is missing or misshapen.

    Fields that stand for what only a server holds (`previous_response_id` and its like) are kept as extras: only a
    provider of this dialect can make sense of them, every other encoder refuses them. A field that is null is absent.
    """
    fields = {name: raw for name, raw in fields.items() if raw != NULL}
    if "model" not in fields:
        raise refuse(Kind.BAD_REQUEST, "model: field required", param="model")
    if "input" not in fields and not _INSTEAD_OF_INPUT & fields.keys():
        raise refuse(Kind.BAD_REQUEST, "input: field required", param="input")
    reader = FieldReader(fields)
    if bytes(fields.get("store", b"")) == b"false":
        del reader.fields["store"]  # nobody who is asked by us keeps anything unless told to
    leading, turns = _read_input(reader.fields.pop("input", Raw(b"[]")))
    instructions = _read_instructions(reader.fields.pop("instructions", None))
    parallel = reader.take("parallel_tool_calls", bool)
    choice, own_choice = read_tool_choice(reader.fields.pop("tool_choice", None), parallel)
    user = reader.take("safety_identifier", str)
    return Request(
        model=reader.need("model", str),
        turns=turns,
        instructions=(*instructions, *leading),
        tools=read_tools(reader.take("tools", list[Raw]) or ()),
        tool_choice=choice,
        max_tokens=reader.take("max_output_tokens", int),
        reasoning=_read_reasoning(reader.inner("reasoning")),
        output_format=_read_text(reader),
        sampling=Sampling(reader.take("temperature", float), reader.take("top_p", float)),
        stream=reader.take("stream", bool) or False,
        user=user if user is not None else reader.take("user", str),
        logprobs=_read_logprobs(reader),
        service_tier=reader.take("service_tier", str),
        extras=_rest(reader, own_choice),
    )


def _read_logprobs(reader: FieldReader) -> int | None:
    """Asked for among what is to be included, or by how many alternatives are to be told."""
    alternatives = reader.take("top_logprobs", int)
    raw = reader.fields.get("include")
    included: list[str] = [] if raw is None else decode_field(raw, list[str] | None, "include") or []
    if LOGPROBS not in included:
        return alternatives or None
    rest = [one for one in included if one != LOGPROBS]
    if rest:
        reader.fields["include"] = Raw(encode(rest))
    else:
        del reader.fields["include"]
    return alternatives or 0


def _rest(reader: FieldReader, own_choice: Raw | None) -> Extras | None:
    if own_choice is not None:
        reader.fields["tool_choice"] = own_choice
    return reader.rest(NAME)


def _read_instructions(raw: Raw | None) -> tuple[Text | Unknown, ...]:
    """A text; the shape of a stored answer allows items too, whose texts are taken."""
    if raw is None:
        return ()
    said: str | list[Raw] | None = decode_field(raw, str | list[Raw] | None, "instructions")
    if not isinstance(said, list):
        return (Text(said),) if said else ()
    items = [read_raw_item(one, f"instructions[{index}]") for index, one in enumerate(said)]
    return tuple([block for item in items for block in item.blocks if isinstance(block, Text | Unknown)])


# Input ------------------------------------------------------------------------------------------

_item = msgspec.json.Decoder(wire.Item)
_items = msgspec.json.Decoder(list[wire.Item])


def _read_input(raw: Raw) -> tuple[tuple[Text | Unknown, ...], tuple[Turn, ...]]:
    """What stands before the conversation, and the conversation."""
    if bytes(raw).startswith(b'"'):
        return (), (Turn("user", (Text(decode_field(raw, str, "input")),)),)
    said = _read_list(raw)
    leading = 0
    while leading < len(said) and _is_instruction(said[leading]):
        leading += 1
    before = [block for one in said[:leading] for block in one.blocks if isinstance(block, Text | Unknown)]
    return tuple(before), _turns(said[leading:])


def _read_list(raw: Raw) -> list[Said]:
    """All items: in one pass when every field in them is known, else one by one."""
    try:
        said = read_items(_items.decode(raw))
    except msgspec.ValidationError:
        said = None
    if said is not None:
        return said
    loose: list[Raw] = decode_field(raw, list[Raw], "input")
    return [_read_one(one, f"input[{index}]") for index, one in enumerate(loose)]


def _read_one(raw: Raw, path: str) -> Said:
    """One item; by hand where it has anything unknown."""
    try:
        said = read_items([_item.decode(raw)])
    except msgspec.ValidationError:
        said = None
    return read_raw_item(raw, path) if said is None else said[0]


def _is_instruction(said: Said) -> bool:
    plain = said.extras is None and all(isinstance(block, Text | Unknown) for block in said.blocks)
    return plain and said.role in ("system", "developer")


def _turns(items: Iterable[Said]) -> tuple[Turn, ...]:
    """What an assistant said and called in a row is one turn, and so are tool outputs in a row."""
    groups: list[tuple[Said, list[Block]]] = []
    called: set[str] = set()
    previous, astray = "", False
    for item in items:
        if not item.blocks:
            continue
        group = _group(item)
        if not group or group != previous:
            groups.append((item, []))
        groups[-1][1].extend(item.blocks)
        if group == _RESULTS:
            astray = astray or any(
                block.call_id not in called for block in item.blocks if isinstance(block, ToolResult)
            )
        elif group != previous:
            called = set()
        called.update([block.id for block in item.blocks if isinstance(block, ToolCall)])
        previous = group
    turns = [Turn(first.role, tuple(blocks), extras=first.extras) for first, blocks in groups]
    return _results_after_calls(turns) if astray else tuple(turns)


_RESULTS = "results"


def _group(item: Said) -> str:
    """What an item may share a turn with; messages that are not the assistant's stand alone."""
    if item.role == "assistant":
        return "assistant"
    return _RESULTS if isinstance(item.blocks[0], ToolResult) else ""


def _results_after_calls(turns: list[Turn]) -> tuple[Turn, ...]:
    """Tool outputs may come at any later place here; everywhere else they follow their calls at once."""
    callers: dict[str, int] = {}
    answers: dict[int, list[ToolResult]] = {}
    strays: dict[int, tuple[Block, ...]] = {}
    for index, turn in enumerate(turns):
        callers.update({block.id: index for block in turn.content if isinstance(block, ToolCall)})
        results = [block for block in turn.content if isinstance(block, ToolResult)]
        for result in results:
            if result.call_id in callers:
                answers.setdefault(callers[result.call_id], []).append(result)
        if results:
            strays[index] = tuple(block for block in results if block.call_id not in callers)
    ordered: list[Turn] = []
    for index, turn in enumerate(turns):
        if index not in strays:
            ordered.append(turn)
        elif strays[index]:
            ordered.append(Turn("user", strays[index]))
        if index in answers:
            ordered.append(Turn("user", tuple(answers[index])))
    return tuple(ordered)


# Settings ---------------------------------------------------------------------------------------


def _read_reasoning(reader: FieldReader) -> Reasoning:
    """`summary` asks for one to show; which kind is this dialect's own affair."""
    effort = reader.take("effort", str)
    summary = reader.fields.get("summary")
    shown = summary is not None and bytes(summary) != b"null"
    extras = {name: raw for name, raw in reader.fields.items() if bytes(raw) != b"null"}
    return Reasoning(
        display="summarized" if shown else None, effort=effort, extras=Extras(NAME, extras) if extras else None
    )


_FORMATS = frozenset({"text", "json_object", "json_schema"})


def _read_text(reader: FieldReader) -> OutputFormat | None:
    """The output format; what else `text` says stays behind."""
    inner = reader.inner("text")
    raw = inner.fields.get("format")
    said: wire.TextFormat | None = inner.take("format", wire.TextFormat)
    if raw is not None and said is not None and said.type not in _FORMATS:
        inner.fields["format"], said = raw, None  # it means something to its maker
    if inner.fields:
        reader.fields["text"] = Raw(encode(inner.fields))
    if said is None or said.type == "text":
        return None
    schema = said.schema if isinstance(said.schema, Raw) else None
    return OutputFormat(schema, said.name, said.strict, said.description)

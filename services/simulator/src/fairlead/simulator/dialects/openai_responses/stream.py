"""The stream of the Responses API: numbered events that tell a response, its items and their parts.

stream := created in_progress item* (completed | incomplete)
item   := output_item.added … output_item.done          one after the other
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from ...faults import Event, Part
from ...script import RedactedThinking, Reply, Stop, Thinking, ToolCall, WebSearch, pieces
from ..dialect import Refusal
from ..openai_common import error
from . import answer
from .answer import Json, Placed, Said

_PIECE = 32
"""Characters of thinking or of tool arguments in one delta."""

Told = tuple[Part, str, Json]
"""An event before it has its number: its place in the stream, its type, its fields."""


def events(reply: Reply) -> list[Event]:
    """The stream; its last event counts as its end."""
    return [_numbered(number, *told) for number, told in enumerate(_told(reply))]


def error_event(refusal: Refusal, reply: Reply, before: int) -> Event:
    """`error`, or with the quirk `failed` the event `response.failed`."""
    found = error(refusal)
    code = found["code"] or found["type"]
    if "failed" in reply.quirks:
        failed = answer.response(reply, "failed", [], error={"code": code, "message": found["message"]})
        return _numbered(before, Part.ERROR, "response.failed", {"response": failed})
    fields = {"code": code, "message": found["message"], "param": found["param"]}
    return _numbered(before, Part.ERROR, "error", fields)


def _numbered(number: int, part: Part, name: str, fields: Json) -> Event:
    data = msgspec.json.encode({"type": name, "sequence_number": number, **fields})
    return Event(part, b"event: " + name.encode() + b"\ndata: " + data + b"\n\n")


def _told(reply: Reply) -> Iterator[Told]:
    for name in ("created", "in_progress"):
        yield Part.START, f"response.{name}", {"response": answer.response(reply, "in_progress", [])}
    for placed in answer.outputs(reply):
        yield Part.FRAME, "response.output_item.added", _of(placed, item=answer.begun(reply, placed))
        yield from _inside(reply, placed)
        yield Part.FRAME, "response.output_item.done", _of(placed, item=answer.item(reply, placed))
    yield Part.DONE, f"response.{answer.final_status(reply)}", {"response": answer.final(reply)}


def _of(placed: Placed, **fields: Any) -> Json:
    return {"output_index": placed.at, **fields}


def _inside(reply: Reply, placed: Placed) -> Iterator[Told]:
    match placed.output:
        case Said() as said if reply.script.stop is Stop.REFUSAL:
            yield from _part(reply, placed, said, _refusal(placed, said))
        case Said() as said:
            yield from _part(reply, placed, said, _text(placed, said))
        case Thinking() as thought if answer.summary(reply, thought):
            yield from _summary(placed, thought)
        case Thinking() | RedactedThinking():
            return
        case ToolCall() as call:
            yield from _call(placed, call)
        case WebSearch():
            for stage in ("in_progress", "searching", "completed"):
                fields = _of(placed, item_id=answer.identity(placed))
                yield Part.FRAME, f"response.web_search_call.{stage}", fields


def _part(reply: Reply, placed: Placed, said: Said, inside: Iterator[Told]) -> Iterator[Told]:
    whole = answer.part(reply, said)
    empty = {name: type(value)() if name != "type" else value for name, value in whole.items()}
    where = {"item_id": answer.identity(placed), "content_index": 0}
    yield Part.FRAME, "response.content_part.added", _of(placed, **where, part=empty)
    yield from inside
    yield Part.FRAME, "response.content_part.done", _of(placed, **where, part=whole)


def _text(placed: Placed, said: Said) -> Iterator[Told]:
    where = {"item_id": answer.identity(placed), "content_index": 0}
    name = "response.output_text"
    at = cited = 0
    for step in said.texts:
        for piece in pieces(step.text, step.piece):
            yield Part.CONTENT, f"{name}.delta", _of(placed, **where, delta=piece, logprobs=[])
        for source in step.sources:
            annotation = answer.annotation(source, at, at + len(step.text))
            fields = _of(placed, **where, annotation_index=cited, annotation=annotation)
            yield Part.FRAME, f"{name}.annotation.added", fields
            cited += 1
        at += len(step.text)
    yield Part.FRAME, f"{name}.done", _of(placed, **where, text=said.text, logprobs=[])


def _refusal(placed: Placed, said: Said) -> Iterator[Told]:
    where = {"item_id": answer.identity(placed), "content_index": 0}
    for step in said.texts:
        for piece in pieces(step.text, step.piece):
            yield Part.CONTENT, "response.refusal.delta", _of(placed, **where, delta=piece)
    yield Part.FRAME, "response.refusal.done", _of(placed, **where, refusal=said.text)


def _summary(placed: Placed, thought: Thinking) -> Iterator[Told]:
    where = {"item_id": answer.identity(placed), "summary_index": 0}
    name = "response.reasoning_summary"
    yield Part.FRAME, f"{name}_part.added", _of(placed, **where, part={"type": "summary_text", "text": ""})
    for piece in pieces(thought.text, _PIECE):
        yield Part.CONTENT, f"{name}_text.delta", _of(placed, **where, delta=piece)
    yield Part.FRAME, f"{name}_text.done", _of(placed, **where, text=thought.text)
    yield Part.FRAME, f"{name}_part.done", _of(placed, **where, part={"type": "summary_text", "text": thought.text})


def _call(placed: Placed, call: ToolCall) -> Iterator[Told]:
    where = {"item_id": answer.identity(placed)}
    name, words = ("custom_tool_call_input", "input") if call.custom else ("function_call_arguments", "arguments")
    for piece in pieces(call.arguments, _PIECE):
        yield Part.CONTENT, f"response.{name}.delta", _of(placed, **where, delta=piece)
    yield Part.FRAME, f"response.{name}.done", _of(placed, **where, **{words: call.arguments})

"""Responses requests and streams in the shapes real clients and servers send, for the tests beside this file."""

import json
from collections.abc import Sequence
from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.assembly import assemble, disassemble
from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Block,
    Extras,
    Finish,
    FinishReason,
    Message,
    Request,
    Text,
    Turn,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.dialects.openai_responses.grammar import RESPONSES, State, Step
from fairlead.shared.events import Ended, Event, Failed, Finished, Started
from fairlead.shared.failure import Failure
from fairlead.shared.grammar import Grammar
from fairlead.shared.profile import BETWEEN_SERVICES, Profile
from fairlead.shared.sse import EventParser, ServerEvent

NAME = "openai-responses"
REASONING = replace(BETWEEN_SERVICES, extensions=False, system_role="developer")
"""A provider that reasons."""
USER = Turn("user", (Text("x"),))


def own(**fields: Any) -> Extras:
    """Fields only this dialect knows."""
    return Extras(NAME, {name: Raw(json.dumps(value).encode()) for name, value in fields.items()})


# Requests -----------------------------------------------------------------------------------------


def read(*items: Any, **fields: Any) -> Request:
    """What a request with these input items means."""
    body = {"model": "m", "input": list(items), **fields}
    return OPENAI_RESPONSES.decode_request(peek(json.dumps(body).encode()))


def write(request: Request, profile: Profile = REASONING) -> dict[str, Any]:
    """The body a request becomes."""
    return json.loads(OPENAI_RESPONSES.encode_request(request, profile).body)  # type: ignore[no-any-return]


def losses(request: Request, profile: Profile = REASONING) -> list[str]:
    """What of a request could not be said."""
    return [loss.what for loss in OPENAI_RESPONSES.encode_request(request, profile).losses]


# Items --------------------------------------------------------------------------------------------


def said(text: str, *annotations: Any) -> dict[str, Any]:
    """A part of a message."""
    return {"type": "output_text", "text": text, "annotations": list(annotations)}


def message(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A message of the model."""
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": list(parts), **fields}


def reasoning(*summary: str, **fields: Any) -> dict[str, Any]:
    """A reasoning item with a summary in these parts."""
    parts = [{"type": "summary_text", "text": text} for text in summary]
    return {"type": "reasoning", "id": "rs_1", "summary": parts, **fields}


def call(arguments: str = "", **fields: Any) -> dict[str, Any]:
    """A function call."""
    return {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": arguments, **fields}


# Streams ------------------------------------------------------------------------------------------


def event(name: str, **fields: Any) -> ServerEvent:
    """One event, with its name and its type."""
    full = name if name == "error" else f"response.{name}"
    return ServerEvent(full, json.dumps({"type": full, **fields}).encode())


def end(*output: Any, name: str = "completed", **fields: Any) -> ServerEvent:
    """The last event."""
    response = {"id": "resp_1", "model": "m", "status": name, "output": list(output), **fields}
    return event(name, response=response)


CREATED = event("created", response={"id": "resp_1", "model": "m", "status": "in_progress", "output": []})


def added(at: int, **item: Any) -> ServerEvent:
    """An item is announced."""
    return event("output_item.added", output_index=at, item=item)


def done(at: int, **item: Any) -> ServerEvent:
    """An item is whole."""
    return event("output_item.done", output_index=at, item=item)


def arguments(delta: str, at: int = 0, name: str = "function_call_arguments") -> ServerEvent:
    """More of a call's arguments."""
    return event(f"{name}.delta", item_id="x", output_index=at, delta=delta)


def text(delta: str, at: int = 0, part: int = 0) -> ServerEvent:
    """More of a text."""
    return event("output_text.delta", item_id="msg_1", output_index=at, content_index=part, delta=delta, logprobs=[])


WHOLE = [
    CREATED,
    added(0, **message()),
    event("content_part.added", output_index=0, content_index=0, part=said("")),
    text("a"),
    text("b"),
    event("output_text.done", output_index=0, content_index=0, text="ab"),
    event("content_part.done", output_index=0, content_index=0, part=said("ab")),
    done(0, **message(said("ab"))),
    end(message(said("ab")), usage={"input_tokens": 9, "output_tokens": 2}),
]
"""A text, told with every event the dialect has for one."""


def decode(*events: ServerEvent) -> list[Event]:
    """What a stream means, its end included."""
    decoder = OPENAI_RESPONSES.stream_decoder()
    told = [one for event in events for one in decoder.feed(event)]
    return told + decoder.close()


def answer(*events: ServerEvent) -> Message:
    """The answer a stream tells."""
    return assemble(decode(*events))


def failure(*events: ServerEvent) -> Failure:
    """How a stream fails."""
    last = decode(*events)[-1]
    assert isinstance(last, Failed)
    return last.failure


# Written streams ----------------------------------------------------------------------------------

STEPS = {
    "created": Step.CREATED,
    "in_progress": Step.IN_PROGRESS,
    "output_item.added": Step.ITEM_ADDED,
    "output_item.done": Step.ITEM_DONE,
    "content_part.added": Step.PART_ADDED,
    "reasoning_summary_part.added": Step.PART_ADDED,
    "content_part.done": Step.PART_DONE,
    "reasoning_summary_part.done": Step.PART_DONE,
    "output_text.done": Step.SAID,
    "refusal.done": Step.SAID,
    "reasoning_summary_text.done": Step.SAID,
    "function_call_arguments.done": Step.SAID,
    "custom_tool_call_input.done": Step.SAID,
    "web_search_call.completed": Step.SAID,
    "completed": Step.TERMINAL,
    "incomplete": Step.TERMINAL,
    "failed": Step.TERMINAL,
}


def check(stream: bytes) -> list[dict[str, Any]]:
    """Walks a stream by its grammar, its numbers, its places and its wholes; returns its events."""
    grammar, events = Grammar(RESPONSES, State.INIT), []
    items: list[Any] = []
    pieces = ""
    for number, raw in enumerate(EventParser().feed(stream)):
        event = json.loads(raw.data)
        name = event["type"].removeprefix("response.")
        assert raw.name == event["type"]
        assert event["sequence_number"] == number
        assert grammar.step(STEPS.get(name, Step.DELTA)), (grammar, name)
        if "output_index" in event:
            assert event["output_index"] == len(items)
        if name in ("output_item.added", "content_part.added", "reasoning_summary_part.added"):
            pieces = ""
        elif name.endswith(".delta"):
            pieces += event["delta"]
        elif name.endswith(("_text.done", "refusal.done", "arguments.done", "input.done")):
            (whole,) = [event[key] for key in ("text", "refusal", "arguments", "input") if key in event]
            assert whole == pieces
        elif name == "output_item.done":
            items.append(event["item"])
        events.append(event)
    assert len({event["response"]["id"] for event in events if "response" in event}) <= 1
    if grammar.state is State.END:
        assert events[-1]["response"]["output"] == items
    return events


CONTEXT = ReplyContext("r1", 5, "m")
STARTED = Started("resp_7", "gpt-x")
STOP = Finished(Finish(FinishReason.STOP))
END = (STOP, Ended())


class Told:
    """A stream as it was written."""

    def __init__(self, *events: Event, context: ReplyContext = CONTEXT) -> None:
        encoder = OPENAI_RESPONSES.stream_encoder(context)
        stream = encoder.feed(events)
        assert stream == b"".join(_one_by_one(events, context))
        self.events = check(stream)
        self.violations = dict(encoder.violations)
        self.names = [event["type"].removeprefix("response.") for event in self.events]
        self.last = self.events[-1].get("response", {}) if self.events else {}

    def of(self, name: str) -> list[dict[str, Any]]:
        """Its events of this name."""
        return [event for event in self.events if event["type"] == f"response.{name}"]


def _one_by_one(events: Sequence[Event], context: ReplyContext) -> list[bytes]:
    encoder = OPENAI_RESPONSES.stream_encoder(context)
    return [encoder.feed([event]) for event in events]


def told(*blocks: Block, finish: Finish = STOP.finish, context: ReplyContext = CONTEXT) -> Told:
    """The stream of an answer with these blocks."""
    return Told(*disassemble(Message("resp_7", "gpt-x", blocks, finish, Usage(7, 900, 100, 88, 40))), context=context)

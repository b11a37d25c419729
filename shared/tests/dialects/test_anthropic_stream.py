"""Facts about Messages streams: what is read, and what is repaired or refused when it is written."""

import json
from typing import Any

import pytest

from fairlead.shared.assembly import assemble
from fairlead.shared.conversation import Finish, FinishReason, RedactedThinking, Text, Thinking, ToolCall, Usage
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import (
    ArgumentsDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    Started,
    TextDelta,
    ThinkingDelta,
)
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import EventParser, ServerEvent
from fairlead.shared.translation import answer_from_stream

from ..conftest import anthropic_stream, delta, start, stop

ANTHROPIC = DIALECTS["anthropic"]
CONTEXT = ReplyContext("r1", 5, "m")
STARTED, FINISHED = Started("msg_1", "claude"), Finished(Finish(FinishReason.STOP))


def encode(*events: Event) -> tuple[list[dict[str, Any]], dict[str, int]]:
    encoder = ANTHROPIC.stream_encoder(CONTEXT)
    parsed = EventParser().feed(encoder.feed(events))
    assert all(json.loads(one.data)["type"] == one.name for one in parsed)
    return [json.loads(one.data) for one in parsed], dict(encoder.violations)


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [one["type"].removeprefix("content_") for one in events]


def test_an_agents_answer_is_read_whole(agent_stream: bytes) -> None:
    message = answer_from_stream(ANTHROPIC, agent_stream)
    assert message.content == (
        Thinking("which fïle 🎣", "c2ln", "anthropic"),
        RedactedThinking("b3BhcXVl", "anthropic"),
        Text('Writing "twö" 漢字\n'),
        ToolCall("toolu_1", "Write", '{"file_path": "a.txt"}'),
        ToolCall("toolu_2", "Bash", "{}"),
    )
    assert message.finish == Finish(FinishReason.TOOL_CALLS)


def test_usage_is_cumulative_and_never_added(agent_stream: bytes) -> None:
    assert answer_from_stream(ANTHROPIC, agent_stream).usage == Usage(7, 900, 100, 88, 40)


@pytest.mark.parametrize("nameless", [True, False])
def test_event_names_may_be_missing(nameless: bool, agent_stream: bytes) -> None:
    stream = b"\n".join(line for line in agent_stream.split(b"\n") if not (nameless and line.startswith(b"event:")))
    assert len(answer_from_stream(ANTHROPIC, stream).content) == 5


def test_unknown_events_are_skipped(agent_stream: bytes) -> None:
    stream = b'event: new\ndata: {"type":"new"}\n\n' + agent_stream
    assert answer_from_stream(ANTHROPIC, stream) == answer_from_stream(ANTHROPIC, agent_stream)


def test_a_tool_call_whose_input_came_at_once_keeps_it() -> None:
    decoder = ANTHROPIC.stream_decoder()
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}
    parsed = EventParser().feed(anthropic_stream(start(0, **block), stop(0)))
    events = [event for one in parsed for event in decoder.feed(one)]
    told, _ = encode(STARTED, *events, FINISHED, Ended())
    assert told[1]["content_block"]["input"] == {}
    assert json.loads(told[2]["delta"]["partial_json"]) == {"a": 1}


@pytest.mark.parametrize(
    ("begun", "pieces", "told"),
    [
        ({"a": 1}, ['{"a":', "2}"], '{"a":2}'),
        ({"a": 1}, [""], '{"a": 1}'),
        (None, ['{"a":2}'], '{"a":2}'),
        ("", ['{"a":2}'], '{"a":2}'),
        (None, [], "{}"),
    ],
)
@pytest.mark.parametrize("stopped", [True, False])
def test_input_that_comes_in_pieces_is_told_in_place_of_what_a_call_began_with(
    begun: Any, pieces: list[str], told: str, stopped: bool
) -> None:
    said = [delta(0, type="input_json_delta", partial_json=one) for one in pieces]
    stops = [stop(0)] if stopped else []
    end = {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 1}}
    block = start(0, type="tool_use", id="t", name="f", input=begun)
    stream = anthropic_stream(block, *said, *stops, end, {"type": "message_stop"})
    assert answer_from_stream(ANTHROPIC, stream).content == (ToolCall("t", "f", told),)


def test_an_event_without_a_name_and_data_says_nothing() -> None:
    decoder = ANTHROPIC.stream_decoder()
    assert decoder.feed(ServerEvent("", b"")) == decoder.feed(ServerEvent("", b" ")) == []
    assert decoder.feed(ServerEvent("message_stop", b'{"type":"message_stop"}')) == [Ended()]


def test_blocks_open_side_by_side_are_told_one_after_the_other() -> None:
    told, violations = encode(
        STARTED,
        Opened(0, ToolCall("a", "f", "")),
        Opened(1, ToolCall("b", "g", "")),
        ArgumentsDelta(1, '{"b":'),
        ArgumentsDelta(0, '{"a":1}'),
        ArgumentsDelta(1, "2}"),
        Closed(0),
        Closed(1),
        Finished(Finish(FinishReason.TOOL_CALLS)),
        Ended(),
    )
    assert [one.get("index") for one in told[1:-2]] == [0, 0, 0, 1, 1, 1, 1]
    assert "".join(one["delta"]["partial_json"] for one in told[5:7]) == '{"b":2}'
    assert violations == {}


@pytest.mark.parametrize(
    ("events", "told", "violations"),
    [
        ([Ended()], ["message_start", "message_delta", "message_stop"], {"end without finish": 1}),
        (
            [STARTED, STARTED, FINISHED, Ended()],
            ["message_start", "message_delta", "message_stop"],
            {"second start": 1},
        ),
        (
            [STARTED, Opened(0, Text("")), TextDelta(0, "a"), FINISHED, Ended()],
            ["message_start", "block_start", "block_delta", "block_stop", "message_delta", "message_stop"],
            {"block left open": 1},
        ),
        (
            [STARTED, TextDelta(0, "a"), FINISHED, Ended()],
            ["message_start", "message_delta", "message_stop"],
            {"delta without block": 1},
        ),
        (
            [STARTED, FINISHED, Opened(0, Text("")), TextDelta(0, "a"), Ended()],
            ["message_start", "message_delta", "message_stop"],
            {"content after finish": 1, "delta without block": 1},
        ),
        (
            [STARTED, FINISHED, FINISHED, Ended(), Ended()],
            ["message_start", "message_delta", "message_stop"],
            {"second finish": 1},
        ),
        ([Opened(0, Text("")), Closed(0)], ["message_start", "block_start", "block_stop"], {}),
        ([STARTED, Closed(5)], ["message_start"], {"stop without block": 1}),
    ],
)
def test_what_is_missing_is_supplied_and_what_is_out_of_place_left_out(
    events: list[Event], told: list[str], violations: dict[str, int]
) -> None:
    written, counted = encode(*events)
    assert kinds(written) == told
    assert counted == violations


@pytest.mark.parametrize("before", [(), (STARTED,), (STARTED, Opened(0, Text(""))), (STARTED, FINISHED)])
def test_a_failure_ends_the_stream_wherever_it_comes(before: tuple[Event, ...]) -> None:
    told, _ = encode(*before, Failed(Failure(Kind.OVERLOADED, "busy")), TextDelta(0, "late"), FINISHED, Ended())
    assert told[-1]["type"] == "error"
    assert told[-1]["error"] == {"type": "overloaded_error", "message": "busy"}


def test_usage_at_the_end_is_the_last_that_was_counted() -> None:
    told, _ = encode(Counted(Usage(5)), STARTED, Counted(Usage(5, 1, 2, 9, 0)), FINISHED, Ended())
    assert told[0]["message"]["usage"]["input_tokens"] == 5
    assert told[1]["usage"] == {
        "input_tokens": 5,
        "cache_creation_input_tokens": 2,
        "cache_read_input_tokens": 1,
        "output_tokens": 9,
    }


@pytest.mark.parametrize(
    ("block", "delta"),
    [(Text(""), "text_delta"), (Thinking(""), "thinking_delta"), (ToolCall("t", "f", ""), "input_json_delta")],
)
def test_a_sign_of_life_in_an_open_block_is_an_empty_delta(block: Any, delta: str) -> None:
    encoder = ANTHROPIC.stream_encoder(CONTEXT)
    encoder.feed([STARTED, Opened(0, block)])
    event = EventParser().feed(encoder.keepalive())[0]
    assert json.loads(event.data)["delta"]["type"] == delta
    encoder.feed([Closed(0)])
    assert EventParser().feed(encoder.keepalive())[0].name == "ping"


def test_an_answer_that_thinks_and_speaks_reads_back() -> None:
    events = [
        STARTED,
        Opened(0, Thinking("")),
        ThinkingDelta(0, "a"),
        Closed(0),
        Opened(1, Text("")),
        TextDelta(1, "b"),
    ]
    events += [Closed(1), Counted(Usage(1, 0, 0, 2, 0)), FINISHED, Ended()]
    stream = ANTHROPIC.stream_encoder(CONTEXT).feed(events)
    assert answer_from_stream(ANTHROPIC, stream) == assemble(events)

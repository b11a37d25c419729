"""What is kept verbatim may be written in any way, and reaches a client in one that it can read."""

import json

import pytest
from msgspec import Raw

from fairlead.shared.codec import on_one_line, peek
from fairlead.shared.conversation import (
    Citation,
    Extras,
    Finish,
    FinishReason,
    Message,
    ServerCall,
    ServerResult,
    Text,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import Closed, Ended, Event, Finished, Opened, Started, TextDelta, UnknownDelta
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.translation import answer_from_stream, stream_from_answer

from .walks import WALKS

ALL = pytest.mark.parametrize("target", DIALECTS.values(), ids=DIALECTS)
LANE = ReplyContext("r1", 5, "m", extensions=True)
PLAIN = ReplyContext("r1", 5, "m")
ARGUMENTS = '{\n  "a": "b",\r\n  "c": [\n  ]\n}'


def pretty(dialect: str, kind: str) -> Unknown:
    return Unknown(
        dialect, Raw(b'{\n "type": "%b",\r\n "id": "x", "tool_use_id": "s", "content": [\n]}' % kind.encode())
    )


def in_all_ways(dialect: str) -> Message:
    """An answer in which everything that can be kept verbatim has line breaks in it."""
    cited = Citation("https://e.example", raw=pretty(dialect, "web_search_result_location"))
    return Message(
        "",
        "m",
        (
            Text("a", extras=Extras(dialect, {"of_later": Raw(b'[\n"x"]')}), citations=(cited,)),
            ToolCall("call_1", "f", ARGUMENTS),
            ServerCall("s", "web_search", "{}", pretty(dialect, "web_search_call")),
            ServerResult("s", "web_search", raw=pretty(dialect, "web_search_tool_result")),
            pretty(dialect, "of_next_year"),
        ),
        Finish(FinishReason.TOOL_CALLS, extras=Extras(dialect, {"later": Raw(b"[\n1]")})),
        Usage(1, extras=Extras(dialect, {"more": Raw(b"{\r\n}")})),
        Extras(dialect, {"promptFeedback": Raw(b"{\n}")}),
    )


@ALL
@pytest.mark.parametrize("context", [PLAIN, LANE], ids=["plain", "lane"])
def test_line_breaks_between_values_do_not_break_a_stream(target: Dialect, context: ReplyContext) -> None:
    out = stream_from_answer(in_all_ways(target.name), target, context).body
    assert WALKS[target.name](out) == "complete"
    (call,) = [block for block in answer_from_stream(target, out).content if isinstance(block, ToolCall)]
    assert json.loads(call.arguments) == {"a": "b", "c": []}


def test_line_breaks_inside_values_are_kept() -> None:
    assert json.loads(on_one_line(b'{\n"a": "b\\nc"\r\n}')) == {"a": "b\nc"}


@pytest.mark.parametrize("raw", [b"true", b"[]", b"{}", b'"x"', b'{"type":1}'])
@pytest.mark.parametrize("target", [DIALECTS["anthropic"], DIALECTS["openai-responses"]], ids=lambda one: one.name)
def test_what_is_said_to_be_a_dialects_own_and_is_nothing_is_left_out(target: Dialect, raw: bytes) -> None:
    unknown = Unknown(target.name, Raw(raw))
    events: list[Event] = [
        Started("", "m"),
        Opened(0, unknown),
        Closed(0),
        Opened(1, Text("")),
        TextDelta(1, "a"),
        UnknownDelta(1, unknown),
        Closed(1),
        Finished(Finish(FinishReason.STOP)),
        Ended(),
    ]
    assert WALKS[target.name](target.stream_encoder(PLAIN).feed(events)) == "complete"
    content = (unknown, Text("a", citations=(Citation("https://e.example", raw=unknown),)))
    told = json.loads(target.encode_response(Message("", "m", content, Finish(FinishReason.STOP), Usage()), PLAIN).body)
    assert len(told.get("content") or told.get("output")) == 1


@ALL
def test_an_answer_that_is_no_utf8_is_none(target: Dialect) -> None:
    told = target.encode_response(Message("", "m", (Text("a"),), Finish(FinishReason.STOP), Usage()), PLAIN).body
    with pytest.raises(FailureError) as caught:
        target.decode_response(told[:-1] + b',"later":"\xff"}')
    assert caught.value.failure.kind is Kind.MALFORMED


def test_a_request_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(FailureError) as caught:
        peek(b'{"model":"m","metadata":{"a":"\xff"}}')
    assert caught.value.failure.kind is Kind.BAD_REQUEST


@ALL
@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b'{"error":{"code":"\xff","message":"m"}}'])
def test_an_error_that_came_with_a_200_is_not_answered_with_one(target: Dialect, body: bytes) -> None:
    failure = target.decode_failure(200, body)
    for one in DIALECTS.values():
        assert one.failure_status(failure) >= 400
        json.loads(one.encode_failure(failure, "r1"))


def test_deltas_of_a_block_that_was_never_begun_are_left_out_of_a_whole_answer() -> None:
    anthropic = DIALECTS["anthropic"]
    whole = Message("msg_1", "m", (Text("a"),), Finish(FinishReason.STOP), Usage())
    lost = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":"x"}}\n\n'
    start, rest = stream_from_answer(whole, anthropic, PLAIN).body.split(b"\n\n", 1)
    assert answer_from_stream(anthropic, start + b"\n\n" + lost + rest).content == (Text("a"),)

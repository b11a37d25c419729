"""Facts about Responses streams that come out right whatever went in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.conversation import (
    Citation,
    Finish,
    FinishReason,
    Message,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    Tool,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.events import (
    ArgumentsDelta,
    CitationDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    Pinged,
    SignatureDelta,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
)
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.translation import answer_from_stream, stream_from_answer

from .responses_shapes import CONTEXT, END, NAME, STARTED, STOP, Told, check

# Repairs ----------------------------------------------------------------------------------------

REPAIRS: list[tuple[tuple[Event, ...], str]] = [
    ((STARTED, STARTED, *END), "second start"),
    ((STARTED, TextDelta(0, "a"), *END), "delta without block"),
    ((STARTED, Closed(0), *END), "stop without block"),
    ((STARTED, Opened(0, Text("")), TextDelta(0, "a"), *END), "block left open"),
    ((STARTED, Opened(0, Text("")), Opened(0, Text("")), Closed(0), *END), "block opened twice"),
    ((STARTED, STOP, Opened(0, Text("")), Ended()), "content after finish"),
    ((STARTED, STOP, STOP, Ended()), "second finish"),
    ((STARTED, Ended()), "end without finish"),
    ((STARTED, Opened(0, ServerCall("s", "bash", "{}")), Closed(0), *END), "block without words"),
    ((STARTED, Opened(0, Unknown("anthropic", Raw(b"{}"))), Closed(0), *END), "block without words"),
]


@pytest.mark.parametrize(("events", "name"), REPAIRS)
def test_what_is_out_of_place_is_repaired_and_counted(events: tuple[Event, ...], name: str) -> None:
    one = Told(*events)
    assert one.violations == {name: 1}
    assert one.names[-1] == "completed"


def test_a_stream_that_begins_with_content_or_with_its_end_is_begun() -> None:
    for events in ((Opened(0, Text("")), TextDelta(0, "a"), Closed(0), *END), END):
        one = Told(*events)
        assert one.names[:2] == ["created", "in_progress"]
        assert one.last["id"] == "resp_r1"


def test_blocks_open_side_by_side_are_told_one_after_the_other() -> None:
    one = Told(
        STARTED,
        Opened(0, ToolCall("c1", "f", "")),
        Opened(1, ToolCall("c2", "g", "")),
        ArgumentsDelta(1, "[2]"),
        ArgumentsDelta(0, "[1]"),
        Closed(1),
        Closed(0),
        *END,
    )
    assert [item["arguments"] for item in one.last["output"]] == ["[1]", "[2]"]
    assert one.violations == {}


# Failures ---------------------------------------------------------------------------------------


def fail(kind: Kind = Kind.CUT, message: str = "cut", **fields: Any) -> Failed:
    return Failed(Failure(kind, message, **fields))


def test_a_failure_before_the_beginning_begins_the_answer_first() -> None:
    assert Told(fail()).names == ["created", "in_progress", "failed"]


def test_a_failure_ends_what_is_open_and_nothing_follows() -> None:
    opened = (STARTED, Opened(0, Text("")), TextDelta(0, "a"), Closed(0), Opened(1, ToolCall("c1", "f", "")))
    one = Told(*opened, ArgumentsDelta(1, '{"a'), fail(), ArgumentsDelta(1, "late"), Closed(1), *END)
    assert one.names[-1] == "failed"
    assert [item["status"] for item in one.last["output"]] == ["completed", "incomplete"]
    assert one.last["error"] == {"code": "server_error", "message": "cut"}


@pytest.mark.parametrize(
    ("failed", "code", "message"),
    [
        (fail(Kind.CONTEXT_OVERFLOW, "prompt is too long"), "context_length_exceeded", "prompt is too long"),
        (fail(Kind.RATE_LIMIT, "slow down."), "rate_limit_exceeded", "slow down."),
        (
            fail(Kind.RATE_LIMIT, "slow down.", retry_after=1.5),
            "rate_limit_exceeded",
            "slow down. Please try again in 1.5s.",
        ),
        (
            fail(Kind.RATE_LIMIT, "try again in 3s", retry_after=3.0),
            "rate_limit_exceeded",
            "try again in 3s",
        ),
        (fail(Kind.OVERLOADED, "busy"), "server_is_overloaded", "busy"),
        (fail(Kind.BILLING, "pay"), "insufficient_quota", "pay"),
        (fail(Kind.BAD_REQUEST, "what"), "invalid_prompt", "what"),
        (fail(Kind.AUTHENTICATION, "who"), "invalid_api_key", "who"),
        (fail(Kind.IDLE_TIMEOUT, "silence"), "server_error", "silence"),
        (fail(Kind.UPSTREAM, "broken"), "server_error", "broken"),
    ],
)
def test_clients_are_told_what_they_can_do_about_a_failure(failed: Failed, code: str, message: str) -> None:
    assert Told(STARTED, failed).last["error"] == {"code": code, "message": message}


# Silence ----------------------------------------------------------------------------------------


def test_a_ping_is_a_comment_until_the_end() -> None:
    encoder = OPENAI_RESPONSES.stream_encoder(CONTEXT)
    assert encoder.feed([Pinged()]) == b": ping\n\n"
    encoder.feed([STARTED, *END])
    assert encoder.feed([Pinged()]) == b""


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (Text(""), "output_text.delta"),
        (Text("", refusal=True), "refusal.delta"),
        (Thinking("hm"), "reasoning_summary_text.delta"),
        (ToolCall("c1", "f", ""), "function_call_arguments.delta"),
    ],
)
def test_a_sign_of_life_is_an_empty_delta_where_one_may_come(block: Any, name: str) -> None:
    encoder = OPENAI_RESPONSES.stream_encoder(CONTEXT)
    stream = encoder.feed([STARTED, Opened(0, block)])
    alive = encoder.keepalive()
    assert f"event: response.{name}\n".encode() in alive
    assert b'"delta":""' in alive
    check(stream + alive + encoder.feed([Closed(0), *END]))


def test_a_sign_of_life_is_a_comment_elsewhere() -> None:
    encoder = OPENAI_RESPONSES.stream_encoder(CONTEXT)
    assert encoder.keepalive() == b": ping\n\n"
    encoder.feed([STARTED])
    assert encoder.keepalive() == b": ping\n\n"
    encoder.feed([Opened(0, Text("")), Closed(0)])
    assert encoder.keepalive() == b": ping\n\n"


# Whatever may come ------------------------------------------------------------------------------

INDEX = st.integers(0, 3)
BLOCK = st.sampled_from(
    [
        Text(""),
        Text("x", refusal=True),
        Thinking(""),
        RedactedThinking("b3Bh", "anthropic"),
        ToolCall("c1", "f", ""),
        ToolCall("c.2", "patch", "", custom=True),
        ToolCall("c3", "wrapped", ""),
        ServerCall("s1", "web_search", ""),
        ServerResult("s1", "web_search"),
        ServerCall("s2", "bash", ""),
        Unknown(NAME, Raw(b'{"type":"mcp_call"}')),
        Unknown("anthropic", Raw(b"{}")),
    ]
)
EVENT: st.SearchStrategy[Event] = st.one_of(
    st.just(STARTED),
    st.builds(Opened, INDEX, BLOCK),
    st.builds(TextDelta, INDEX, st.text(max_size=3)),
    st.builds(ThinkingDelta, INDEX, st.text(max_size=3)),
    st.builds(SignatureDelta, INDEX, st.text(max_size=3), st.sampled_from(["", NAME, "anthropic"])),
    st.builds(ArgumentsDelta, INDEX, st.text(max_size=3)),
    st.builds(CitationDelta, INDEX, st.just(Citation("https://e.example"))),
    st.builds(UnknownDelta, INDEX, st.just(Unknown("anthropic", Raw(b"{}")))),
    st.builds(Closed, INDEX),
    st.builds(Counted, st.just(Usage(1, 2, 3, 4, 5))),
    st.builds(Finished, st.builds(Finish, st.sampled_from(FinishReason))),
    st.just(Ended()),
    st.just(fail()),
)
WRAPPED = ReplyContext("r1", 5, "m", tools=(Tool("wrapped", None, None, custom=True),))


@given(st.lists(EVENT, max_size=20))
def test_whatever_comes_in_what_goes_out_is_grammatical(events: list[Event]) -> None:
    Told(*events, context=WRAPPED)


TEXTS = st.builds(Text, st.text(min_size=1), refusal=st.booleans())
BLOCKS = st.lists(
    TEXTS
    | st.builds(Thinking, st.text(), st.text(min_size=1), st.just("anthropic"))
    | st.builds(RedactedThinking, st.text(min_size=1), st.just("anthropic"))
    | st.builds(ToolCall, st.integers(0, 9**9).map(str), st.just("f"), st.text(min_size=1), custom=st.booleans()),
    max_size=6,
    unique_by=lambda block: getattr(block, "id", id(block)),
)
REASONS = st.sampled_from([FinishReason.STOP, FinishReason.LENGTH])


@given(BLOCKS, REASONS)
def test_any_answer_streamed_says_what_it_says_whole(blocks: list[Any], reason: FinishReason) -> None:
    message = Message("resp_7", "gpt-x", tuple(blocks), Finish(reason), Usage(1, 2, 3, 4, 5))
    streamed = stream_from_answer(message, OPENAI_RESPONSES, CONTEXT).body
    whole = json.loads(OPENAI_RESPONSES.encode_response(message, CONTEXT).body)
    assert check(streamed)[-1]["response"] == whole
    back = answer_from_stream(OPENAI_RESPONSES, streamed)
    assert [_without_id(block) for block in back.content] == blocks
    assert back.usage == message.usage


def _without_id(block: Any) -> Any:
    """A block without the id its item was announced under."""
    return Thinking(block.text, block.signature, block.maker) if isinstance(block, Thinking) else block

"""Facts about chat completion streams, in the many ways servers send them."""

import json
from typing import Any

import pytest

from fairlead.shared.assembly import assemble
from fairlead.shared.conversation import (
    Finish,
    FinishReason,
    Message,
    RedactedThinking,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
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
)
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import ServerEvent

OPENAI = DIALECTS["openai"]


def decode(*chunks: dict[str, Any] | bytes) -> list[Event]:
    decoder = OPENAI.stream_decoder()
    events: list[Event] = []
    for chunk in chunks:
        events += decoder.feed(ServerEvent("", chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode()))
    return events + decoder.close()


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def call(index: int | None = 0, id: str | None = None, name: str | None = None, arguments: str = "") -> dict[str, Any]:
    function: dict[str, Any] = {"arguments": arguments}
    if name is not None:
        function["name"] = name
    fields = {"index": index, "id": id, "function": function}
    return chunk(tool_calls=[{key: value for key, value in fields.items() if value is not None}])


def answer(*chunks: dict[str, Any] | bytes) -> Message:
    return assemble(decode(*chunks))


def failure(*chunks: dict[str, Any] | bytes) -> Failure:
    last = decode(*chunks)[-1]
    assert isinstance(last, Failed)
    return last.failure


DONE = b"[DONE]"


def test_text_is_one_block() -> None:
    message = answer(chunk(role="assistant", content=""), chunk(content="a"), chunk(content="b"), chunk("stop"), DONE)
    assert message == Message("c1", "m", (Text("ab"),), Finish(FinishReason.STOP), Usage())


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_both_spellings_of_reasoning_are_read(field: str) -> None:
    message = answer(chunk(**{field: "hm"}), chunk(content="a"), chunk("stop"), DONE)
    assert message.content == (Thinking("hm"), Text("a"))


def test_details_win_over_the_bare_text_they_repeat() -> None:
    detail = {"type": "reasoning.text", "text": "hm", "index": 0}
    message = answer(chunk(reasoning="hm", reasoning_details=[detail]), chunk("stop"), DONE)
    assert message.content == (Thinking("hm"),)


def test_a_signature_ends_its_reasoning() -> None:
    signed = [{"type": "reasoning.text", "signature": "s1", "index": 0}]
    again = [{"type": "reasoning.encrypted", "data": "d", "index": 1}]
    message = answer(
        chunk(reasoning_content="a"),
        chunk(reasoning_details=signed),
        chunk(reasoning_details=again),
        chunk(reasoning_content="b"),
        chunk("stop"),
        DONE,
    )
    assert message.content == (Thinking("a", "s1"), RedactedThinking("d"), Thinking("b"))


def test_text_after_a_call_is_a_block_of_its_own() -> None:
    message = answer(chunk(content="a"), call(0, "x", "f", "{}"), chunk(content="b"), chunk("tool_calls"), DONE)
    assert message.content == (Text("a"), ToolCall("x", "f", "{}"), Text("b"))


def test_interleaved_calls_are_kept_apart() -> None:
    message = answer(
        call(0, "x", "f", '{"a":'),
        call(1, "y", "g", '{"b":'),
        call(0, arguments="1}"),
        call(1, arguments="2}"),
        chunk("tool_calls"),
        DONE,
    )
    assert message.content == (ToolCall("x", "f", '{"a":1}'), ToolCall("y", "g", '{"b":2}'))


def test_a_complete_call_is_closed_when_the_next_begins() -> None:
    events = decode(call(0, "x", "f", "{}"), call(1, "y", "g", "{}"), chunk("tool_calls"), DONE)
    assert events.index(Closed(0)) < events.index(Opened(1, ToolCall("y", "g", "")))


def test_a_server_that_numbers_every_call_0_is_understood() -> None:
    message = answer(call(0, "x", "f", "{}"), call(0, "y", "g", '{"b":1}'), chunk("tool_calls"), DONE)
    assert message.content == (ToolCall("x", "f", "{}"), ToolCall("y", "g", '{"b":1}'))


def test_a_server_that_numbers_no_call_is_understood() -> None:
    message = answer(
        call(None, "x", "f", "{}"), call(None, "y", "g", '{"b":'), call(None, arguments="1}"), chunk("tool_calls"), DONE
    )
    assert message.content == (ToolCall("x", "f", "{}"), ToolCall("y", "g", '{"b":1}'))


def test_a_server_that_repeats_id_and_name_is_understood() -> None:
    message = answer(call(0, "x", "f", '{"a":'), call(0, "x", "f", "1}"), chunk("tool_calls"), DONE)
    assert message.content == (ToolCall("x", "f", '{"a":1}'),)


def test_a_call_without_an_id_gets_the_same_one_every_time() -> None:
    first, second = (answer(call(0, None, "f", "{}"), chunk("tool_calls"), DONE) for _ in range(2))
    assert first == second
    block = first.content[0]
    assert isinstance(block, ToolCall)
    assert block.id.startswith("call_")


def test_a_natural_end_after_calls_asks_to_run_them() -> None:
    assert answer(call(0, "x", "f", "{}"), chunk("stop"), DONE).finish == Finish(FinishReason.TOOL_CALLS)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("length", Finish(FinishReason.LENGTH)),
        ("content_filter", Finish(FinishReason.REFUSAL)),
        ("eos", Finish(FinishReason.OTHER, None, "eos")),
    ],
)
def test_finish_reasons_are_read(said: str, meant: Finish) -> None:
    assert answer(chunk(content="a"), chunk(said), DONE).finish == meant


@pytest.mark.parametrize("together", [True, False])
def test_usage_is_read_wherever_it_stands(together: bool) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 7}}
    end = [{**chunk("stop"), "usage": usage}] if together else [chunk("stop"), {"choices": [], "usage": usage}]
    assert answer(chunk(content="a"), *end, DONE).usage == Usage(3, 7, 0, 4, 0)


def test_a_finish_reason_without_the_end_mark_is_a_complete_answer() -> None:
    assert decode(chunk(content="a"), chunk("stop"))[-1] == Ended()


def test_the_end_mark_without_a_finish_reason_is_a_complete_answer() -> None:
    assert answer(call(0, "x", "f", "{}"), DONE).finish == Finish(FinishReason.TOOL_CALLS)


def test_the_end_of_the_bytes_without_either_is_a_cut() -> None:
    assert failure(chunk(content="a")).kind is Kind.CUT


def test_an_end_mark_alone_is_no_answer() -> None:
    assert failure(DONE).kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "slow down", "type": "rate_limit_error"}, Kind.RATE_LIMIT),
        ({"message": "broken", "code": 502}, Kind.UPSTREAM),
        ({"message": "maximum context length is 10 tokens"}, Kind.CONTEXT_OVERFLOW),
        ("plain words", Kind.UPSTREAM),
    ],
)
def test_an_error_in_the_stream_is_told(error: Any, kind: Kind) -> None:
    assert failure(chunk(content="a"), {"error": error}).kind is kind


def test_a_finish_reason_of_error_is_a_failure() -> None:
    assert failure(chunk(content="a"), {**chunk("error"), "error": None}).kind is Kind.UPSTREAM


def test_going_on_with_a_call_that_had_ended_is_malformed() -> None:
    events = decode(call(0, "x", "f", "{}"), call(1, "y", "g", "{}"), call(0, arguments='"more"'))
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.kind is Kind.MALFORMED


def test_other_choices_are_not_mixed_in() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "z"}, "finish_reason": None}]}
    assert answer(chunk(content="a"), other, chunk("stop"), DONE).content == (Text("a"),)


# Written ---------------------------------------------------------------------------------------------------------------


def encode(*events: Event, usage: bool = True) -> list[Any]:
    out = OPENAI.stream_encoder(ReplyContext("r1", 5, "m", usage)).feed(events)
    pieces = [piece.removeprefix(b"data: ") for piece in out.split(b"\n\n") if piece]
    return [piece if piece == DONE else json.loads(piece) for piece in pieces]


STARTED, FINISHED = Started("chatcmpl-7", "gpt"), Finished(Finish(FinishReason.STOP))


def test_every_chunk_has_the_same_envelope() -> None:
    *chunks, done = encode(STARTED, Opened(0, Text("")), TextDelta(0, "a"), Closed(0), FINISHED, Ended())
    envelope = {"id": "chatcmpl-7", "object": "chat.completion.chunk", "created": 5, "model": "gpt"}
    assert [{key: one[key] for key in envelope} for one in chunks] == [envelope] * 3
    assert [one["choices"][0]["delta"] for one in chunks] == [
        {"role": "assistant", "content": ""},
        {"content": "a"},
        {},
    ]
    assert done == DONE


def test_a_call_without_arguments_is_told_as_an_empty_object() -> None:
    chunks = encode(STARTED, Opened(0, ToolCall("c", "f", "")), Closed(0), FINISHED, Ended())
    pieces = [call["function"]["arguments"] for one in chunks[:-1] for call in _calls(one)]
    assert "".join(pieces) == "{}"


def _calls(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [call for choice in one["choices"] for call in choice["delta"].get("tool_calls", [])]


def test_id_and_name_stand_only_in_a_calls_first_piece() -> None:
    chunks = encode(
        STARTED,
        Opened(3, ToolCall("c", "f", "")),
        ArgumentsDelta(3, '{"a"'),
        ArgumentsDelta(3, ":1}"),
        FINISHED,
        Ended(),
    )
    first, *later = [call for one in chunks[:-1] for call in _calls(one)]
    assert first == {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    assert later == [{"index": 0, "function": {"arguments": piece}} for piece in ('{"a"', ":1}")]


def test_usage_is_told_only_to_those_who_asked() -> None:
    events = (STARTED, Counted(Usage(1, 2, 3, 4, 0)), FINISHED, Ended())
    assert encode(*events)[-2]["usage"]["prompt_tokens"] == 6
    assert not any("usage" in one for one in encode(*events, usage=False) if one != DONE)


def test_nothing_follows_a_failure() -> None:
    chunks = encode(STARTED, Failed(Failure(Kind.CUT, "cut")), TextDelta(0, "late"), FINISHED, Ended())
    assert list(chunks[-1]) == ["error"]


def test_words_of_refusal_are_a_refusal_and_end_naturally_when_told_again() -> None:
    message = answer(chunk(refusal="I will "), chunk(refusal="not."), chunk("stop"), DONE)
    assert message.content == (Text("I will not.", refusal=True),)
    assert message.finish == Finish(FinishReason.REFUSAL)
    told = encode(Opened(0, Text("", refusal=True)), TextDelta(0, "I will not."), Closed(0), Finished(message.finish))
    assert told[1]["choices"][0]["delta"] == {"refusal": "I will not."}
    assert told[2]["choices"][0]["finish_reason"] == "stop"

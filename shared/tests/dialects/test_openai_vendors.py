"""Answers of chat vendors that put things elsewhere than OpenAI does."""

import json
from typing import Any

import pytest

from fairlead.shared.assembly import assemble
from fairlead.shared.conversation import FinishReason, Message, Text, Thinking, ToolCall, Usage
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import Event, Failed
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.sse import EventParser

OPENAI = DIALECTS["openai"]


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {"id": "c", "model": "m", "choices": [{**choice, **more.pop("choice", {})}], **more}


def events(*chunks: dict[str, Any], watched: bool = False) -> list[Event]:
    body = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks) + b"data: [DONE]\n\n"
    decoder = OPENAI.stream_watcher() if watched else OPENAI.stream_decoder()
    return [event for one in EventParser().feed(body) for event in decoder.feed(one)] + decoder.close()


def streamed(*chunks: dict[str, Any]) -> Message:
    return assemble(events(*chunks))


def whole(message: dict[str, Any], finish: str = "stop", **more: Any) -> Message:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return OPENAI.decode_response(json.dumps({"id": "c", "model": "m", "choices": [choice], **more}).encode())


FIGURES = {"prompt_tokens": 10, "completion_tokens": 5}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({**FIGURES, "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 2}, Usage(2, 8, 0, 5)),
        ({**FIGURES, "cached_tokens": 4}, Usage(6, 4, 0, 5)),
        ({**FIGURES, "num_cached_tokens": 3}, Usage(7, 3, 0, 5)),
        (
            {**FIGURES, "prompt_tokens_details": {"cached_tokens": 3, "cache_creation_input_tokens": 2}},
            Usage(5, 3, 2, 5),
        ),
        ({**FIGURES, "total_tokens": 22, "completion_tokens_details": {"reasoning_tokens": 7}}, Usage(10, 0, 0, 12, 7)),
        ({**FIGURES, "total_tokens": 15, "completion_tokens_details": {"reasoning_tokens": 4}}, Usage(10, 0, 0, 5, 4)),
    ],
    ids=["deepseek", "moonshot", "mistral", "qwen", "xai", "openai"],
)
def test_usage_is_read_by_whatever_name(usage: dict[str, Any], expected: Usage) -> None:
    assert whole({"content": "a"}, usage=usage).usage == expected
    assert streamed(chunk({"content": "a"}), chunk({}, "stop"), {"choices": [], "usage": usage}).usage == expected


@pytest.mark.parametrize("place", [{"choice": {"usage": FIGURES}}, {"x_groq": {"id": "r", "usage": FIGURES}}])
@pytest.mark.parametrize("watched", [False, True])
def test_usage_is_read_wherever_it_stands(place: dict[str, Any], watched: bool) -> None:
    told = events(chunk({"content": "a"}), chunk({}, "stop", **place), watched=watched)
    assert [event.usage for event in told if hasattr(event, "usage")] == [Usage(10, 0, 0, 5)]


MISTRALS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "let me "}, {"type": "text", "text": "see"}]},
    {"type": "text", "text": "It is "},
    {"type": "reference", "reference_ids": [1]},
    {"type": "text", "text": "done"},
]


def test_reasoning_in_the_content_is_reasoning() -> None:
    assert whole({"content": MISTRALS}).content == (Thinking("let me see"), Text("It is "), Text("done"))


def test_reasoning_in_the_content_of_a_stream_is_reasoning() -> None:
    message = streamed(*[chunk({"content": [part]}) for part in MISTRALS], chunk({"content": "."}), chunk({}, "stop"))
    assert message.content == (Thinking("let me see"), Text("It is done."))


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("model_length", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.CONTEXT_WINDOW),
        ("sensitive", FinishReason.REFUSAL),
    ],
)
def test_vendors_own_reasons_are_known(word: str, reason: FinishReason) -> None:
    assert whole({"content": "a"}, word).finish.reason is reason
    assert streamed(chunk({"content": "a"}), chunk({}, word)).finish.reason is reason


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("error", Kind.UPSTREAM),
        ("insufficient_system_resource", Kind.OVERLOADED),
        ("network_error", Kind.UPSTREAM),
    ],
)
def test_a_reason_that_means_failure_is_no_success(word: str, kind: Kind) -> None:
    last = events(chunk({"content": "a"}), chunk({}, word))[-1]
    assert isinstance(last, Failed)
    assert last.failure.kind is kind
    with pytest.raises(FailureError) as failed:
        whole({"content": "a"}, word)
    assert failed.value.failure.kind is kind


def test_an_error_beside_the_reason_says_more() -> None:
    with pytest.raises(FailureError) as failed:
        whole({"content": ""}, "error", error={"message": "no capacity", "code": 503})
    assert (failed.value.failure.kind, failed.value.failure.message) == (Kind.OVERLOADED, "no capacity")


def test_an_empty_reason_ends_nothing() -> None:
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a":'}}
    rest = {"index": 0, "function": {"arguments": "1}"}}
    message = streamed(chunk({"tool_calls": [call]}, ""), chunk({"tool_calls": [rest]}, ""))
    assert message.content == (ToolCall("t", "f", '{"a":1}'),)
    assert message.finish.reason is FinishReason.TOOL_CALLS

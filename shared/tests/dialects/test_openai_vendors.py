"""Answers of chat vendors that put things elsewhere than OpenAI does."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.assembly import assemble, disassemble
from fairlead.shared.conversation import (
    FinishReason,
    Image,
    Message,
    RedactedThinking,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    UrlSource,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.events import Ended, Event, Failed, Finished, is_content
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.sse import EventParser, ServerEvent

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


OTHERS: list[tuple[Any, tuple[Any, ...]]] = [
    ({"type": "image_url", "image_url": "https://e.example/a.png"}, (Image(UrlSource("https://e.example/a.png")),)),
    ({"type": "refusal", "refusal": "no"}, (Text("no", refusal=True),)),
    ({"type": "output_text", "text": "b"}, (Text("b"),)),
    ("b", (Text("b"),)),
    (7, ()),
    ({"type": "file", "file_id": "f"}, (Unknown("openai", Raw(b'{"type": "file", "file_id": "f"}')),)),
    ({"type": "later", "x": [1]}, (Unknown("openai", Raw(b'{"type": "later", "x": [1]}')),)),
    ({"type": "thinking", "thinking": [{"type": "tool_reference"}, {"type": "text", "text": "b"}]}, (Thinking("b"),)),
]


@pytest.mark.parametrize(("part", "told"), OTHERS, ids=lambda one: str(one)[:24])
def test_a_part_of_another_kind_is_read_or_kept_and_fails_no_answer(part: Any, told: tuple[Any, ...]) -> None:
    assert whole({"content": [part]}).content == told
    assert streamed(chunk({"content": [part]}), chunk({}, "stop")).content == told
    said = [event for event in events(chunk({"content": [part]}), watched=True) if is_content(event)]
    assert len(said) == len(told)


def test_a_refusal_beside_a_text_is_told_with_it() -> None:
    both = {"content": "a", "refusal": "no"}
    assert whole(both).content == streamed(chunk(both)).content == (Text("a"), Text("no", refusal=True))
    assert whole(both).finish.reason is FinishReason.REFUSAL


ENCRYPTED = {"type": "reasoning.encrypted", "data": "d", "format": "google-gemini-v1", "index": 0, "id": "tool.0"}


def test_encrypted_reasoning_keeps_the_id_and_the_number_it_has_at_its_makers() -> None:
    said = {"content": "a", "reasoning_details": [{"type": "reasoning.text", "text": "hm", "index": 0}, ENCRYPTED]}
    for answer in (whole(said), streamed(chunk(said), chunk({}, "stop"))):
        told = [
            json.loads(OPENAI.encode_response(answer, ReplyContext("r", 5, "m", extensions=lane)).body)
            for lane in (True, False)
        ]
        assert [one["choices"][0]["message"]["reasoning_details"][1] for one in told] == [ENCRYPTED, ENCRYPTED]
        events = OPENAI.stream_encoder(ReplyContext("r", 5, "m")).feed(disassemble(answer))
        assert json.dumps(ENCRYPTED, separators=(",", ":")).encode() in events


def test_an_id_that_is_none_does_not_fail_the_reasoning_it_stands_on() -> None:
    said = {"content": "a", "reasoning_details": [{**ENCRYPTED, "id": 7}]}
    told = (RedactedThinking("d", "google-gemini-v1"), Text("a"))
    assert whole(said).content == streamed(chunk(said), chunk({}, "stop")).content == told


LITELLMS = [
    {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
    {"type": "redacted_thinking", "data": "b3Bh"},
]


def test_reasoning_in_blocks_keeps_its_signatures() -> None:
    told = (Thinking("hm", "c2ln", "litellm"), RedactedThinking("b3Bh", "litellm"), Text("a"))
    assert whole({"content": "a", "reasoning_content": "hm", "thinking_blocks": LITELLMS}).content == told
    pieces: list[dict[str, Any]] = [
        {"reasoning_content": "h", "thinking_blocks": [{"type": "thinking", "thinking": "h", "signature": None}]},
        {"reasoning_content": "m", "thinking_blocks": [{"type": "thinking", "thinking": "m"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "c2ln"}]},
        {"thinking_blocks": LITELLMS[1:]},
        {"content": "a"},
    ]
    assert streamed(*map(chunk, pieces), chunk({}, "stop")).content == told
    assert is_content(events(chunk(pieces[0]), watched=True)[1])


@pytest.mark.parametrize(
    "blocks", [[{"type": "thinking", "thinking": '{"text":"hm"}'}], [{"thinking": "hm"}], "hm", [7]]
)
def test_blocks_that_do_not_say_what_was_thought_are_left_alone(blocks: Any) -> None:
    said = {"content": "a", "reasoning_content": "hm", "thinking_blocks": blocks}
    assert whole(said).content == streamed(chunk(said), chunk({}, "stop")).content == (Thinking("hm"), Text("a"))


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("model_length", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.CONTEXT_WINDOW),
        ("sensitive", FinishReason.REFUSAL),
        ("end_turn", FinishReason.STOP),
        ("max_tokens", FinishReason.LENGTH),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("SAFETY", FinishReason.REFUSAL),
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


BROKEN = {"message": "over capacity", "code": 503}


@pytest.mark.parametrize(
    "told",
    [
        chunk(error=BROKEN),
        chunk(choice={"error": BROKEN}),
        chunk(x_groq={"id": "r", "error": BROKEN}),
        {"object": "error", "message": "over capacity", "code": 503},
        {"code": "ServiceUnavailable", "message": "over capacity", "request_id": "r"},
        {"message": "over capacity", "type": "server_error", "param": None, "code": None},
        {"detail": "over capacity"},
        {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "over capacity"}},
    ],
    ids=["openai", "openrouter", "groq", "vllm", "qwen", "cerebras", "fastapi", "minimax"],
)
@pytest.mark.parametrize("watched", [False, True])
def test_an_error_in_a_stream_is_told_wherever_it_stands(told: dict[str, Any], watched: bool) -> None:
    last = events(chunk({"content": "a"}), told, chunk({}, "stop"), watched=watched)[-1]
    assert isinstance(last, Failed)
    assert last.failure.message == "over capacity"


@pytest.mark.parametrize("nothing", [None, False, "", {}])
@pytest.mark.parametrize("watched", [False, True])
def test_an_error_field_that_says_nothing_is_no_error(nothing: Any, watched: bool) -> None:
    told = events({**chunk({"content": "a"}), "error": nothing}, chunk({}, "stop"), watched=watched)
    assert isinstance(told[-1], Ended)
    assert whole({"content": "a"}, error=nothing).content == (Text("a"),)


@pytest.mark.parametrize("watched", [False, True])
def test_an_event_without_data_keeps_a_stream_alive_and_says_nothing(watched: bool) -> None:
    decoder = OPENAI.stream_watcher() if watched else OPENAI.stream_decoder()
    assert decoder.feed(ServerEvent("", b"")) == decoder.feed(ServerEvent("", b" ")) == []
    assert not isinstance(decoder.feed(ServerEvent("", json.dumps(chunk({"content": "a"})).encode()))[-1], Failed)


@pytest.mark.parametrize("watched", [False, True])
def test_an_event_that_is_named_error_is_one(watched: bool) -> None:
    decoder = OPENAI.stream_watcher() if watched else OPENAI.stream_decoder()
    (last,) = decoder.feed(ServerEvent("error", b'{"message":"over capacity"}'))
    assert isinstance(last, Failed)
    assert last.failure.message == "over capacity"


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [], "error": BROKEN},
        {"choices": None, "error": BROKEN},
        {"choices": [{"message": {"content": ""}, "error": BROKEN, "finish_reason": "error"}]},
        {"code": "ServiceUnavailable", "message": "over capacity", "request_id": "r"},
        {"detail": "over capacity"},
        {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "over capacity"}},
    ],
)
def test_an_error_in_a_whole_answer_is_told_wherever_it_stands(body: dict[str, Any]) -> None:
    with pytest.raises(FailureError) as failed:
        OPENAI.decode_response(json.dumps(body).encode())
    assert failed.value.failure.message == "over capacity"


@pytest.mark.parametrize("watched", [False, True])
def test_a_stream_that_tells_its_answer_whole_is_read(watched: bool) -> None:
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}]}
    told = events(whole, watched=watched)
    assert any(is_content(event) for event in told)
    assert isinstance(told[-1], Ended)
    assert streamed(whole).content == (Text("a"),)


def test_a_stream_that_repeats_its_answer_whole_says_it_once() -> None:
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "ab"}, "finish_reason": "stop"}]}
    assert streamed(chunk({"content": "a"}), chunk({"content": "b"}), whole).content == (Text("ab"),)


@pytest.mark.parametrize("empty", [{"choices": None}, {"choices": [{"index": None, "delta": None}]}, {}])
@pytest.mark.parametrize("watched", [False, True])
def test_pieces_that_hold_nothing_do_no_harm(empty: dict[str, Any], watched: bool) -> None:
    told = events(chunk({"content": "a"}), empty, chunk({}, "stop"), {**empty, "usage": FIGURES}, watched=watched)
    assert isinstance(told[-1], Ended)
    assert [event.usage for event in told if hasattr(event, "usage")] == [Usage(10, 0, 0, 5)]


@pytest.mark.parametrize("beside", [{}, [None], [{"type": "url_citation", "url_citation": 1}], "x"])
def test_annotations_of_another_shape_are_no_reason_to_fail_an_answer(beside: Any) -> None:
    assert whole({"content": "a", "annotations": beside}).content == (Text("a"),)
    assert streamed(chunk({"content": "a", "annotations": beside}), chunk({}, "stop")).content == (Text("a"),)


@pytest.mark.parametrize("nothing", [{}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": None}])
@pytest.mark.parametrize("watched", [False, True])
def test_figures_that_say_nothing_do_not_replace_those_that_did(nothing: dict[str, Any], watched: bool) -> None:
    told = events(chunk({"content": "a"}, usage=FIGURES), chunk({}, "stop", usage=nothing), watched=watched)
    assert [event.usage for event in told if hasattr(event, "usage")] == [Usage(10, 0, 0, 5)]


def test_the_first_choice_is_meant_wherever_it_stands() -> None:
    choices = [{"index": at, "message": {"content": str(at)}, "finish_reason": "stop"} for at in (1, 0)]
    assert OPENAI.decode_response(json.dumps({"choices": choices}).encode()).content == (Text("0"),)


def test_what_minimax_says_of_an_answer_it_gives_is_no_error() -> None:
    fine = {"base_resp": {"status_code": 0, "status_msg": ""}}
    assert whole({"content": "a"}, **fine).content == (Text("a"),)
    assert streamed(chunk({"content": "a"}, **fine), {"choices": [], **fine}, chunk({}, "stop")).content == (Text("a"),)


def test_an_answer_may_have_no_name() -> None:
    assert whole({"content": "a"}, id=None, model=None).content == (Text("a"),)


CALL = {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}


def test_what_comes_after_the_finish_reason_still_belongs_to_the_answer() -> None:
    message = streamed(
        chunk({"content": "a"}), chunk({}, "stop"), chunk({"content": "b"}), chunk({"tool_calls": [CALL]})
    )
    assert message.content == (Text("ab"), ToolCall("t", "f", '{"a":1}'))
    assert message.finish.reason is FinishReason.TOOL_CALLS


def test_a_reason_in_every_piece_ends_the_answer_once_and_the_last_is_meant() -> None:
    told = events(chunk({"content": "a"}, "stop"), chunk({"content": "b"}, "stop"), chunk({"content": "c"}, "length"))
    assert assemble(told).content == (Text("abc"),)
    assert [event.finish.reason for event in told if isinstance(event, Finished)] == [FinishReason.LENGTH]


def test_a_natural_end_repeated_after_another_reason_changes_nothing() -> None:
    assert streamed(chunk({"content": "a"}, "length"), chunk({}, "stop")).finish.reason is FinishReason.LENGTH

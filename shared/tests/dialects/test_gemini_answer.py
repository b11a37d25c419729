"""Facts about whole generateContent answers, read and written."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.conversation import (
    Citation,
    Extras,
    Finish,
    FinishReason,
    Message,
    RedactedThinking,
    SearchHit,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.failure import FailureError, Kind

from .gemini_shapes import model, read, user

CONTEXT = ReplyContext("r1", 5, "m")


def whole(*parts: Any, finish: str | None = "STOP", **candidate: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0, **candidate}
    if finish is not None:
        fields["finishReason"] = finish
    return {"candidates": [fields], "modelVersion": "gemini-x", "responseId": "r"}


def decode(body: Any) -> Message:
    return GEMINI.decode_response(body if isinstance(body, bytes) else json.dumps(body).encode())


NATURAL = Finish(FinishReason.STOP)


def encode(*blocks: Any, finish: Finish = NATURAL, **fields: Any) -> dict[str, Any]:
    message = Message("id7", "gpt", blocks, finish, fields.pop("usage", Usage()), fields.pop("extras", None))
    return json.loads(GEMINI.encode_response(message, CONTEXT).body)  # type: ignore[no-any-return]


def failure(body: Any) -> Any:
    with pytest.raises(FailureError) as caught:
        decode(body)
    return caught.value.failure


def test_an_answer_is_read() -> None:
    body = whole(
        {"text": "hm", "thought": True},
        {"text": "a"},
        {"functionCall": {"id": "c", "name": "f", "args": {"x": 1.0}}, "thoughtSignature": "s"},
    )
    assert decode(body) == Message(
        "r",
        "gemini-x",
        (
            Thinking("hm", "", "gemini"),
            Text("a"),
            Thinking("", "s", "gemini"),
            ToolCall("c", "f", '{"x": 1.0}'),
        ),
        Finish(FinishReason.TOOL_CALLS),
        Usage(),
    )


ANSWERS = [
    whole({"text": "a"}),
    whole({"text": "hm", "thought": True, "thoughtSignature": "dGg="}, {"text": "a", "thoughtSignature": "dA=="}),
    whole({"functionCall": {"id": "c", "name": "f", "args": {"a": [1]}}, "thoughtSignature": "s"}),
    whole({"text": "a"}, {"text": "", "thoughtSignature": "dA=="}),
    whole({"executableCode": {"code": "1"}}, {"text": "a"}, {"inlineData": {"mimeType": "image/png", "data": "AA=="}}),
    whole({"text": "a"}, finish="RECITATION", finishMessage="m", safetyRatings=[{"category": "X"}]),
    whole({"text": "a"}, finish="CONTINUATION", continuationToken="dG9r"),
    whole({"text": "a"}, finish="LANGUAGE"),
    whole(
        {"text": "é1"},
        groundingMetadata={"webSearchQueries": ["q"], "groundingChunks": [{"web": {"uri": "https://e.example/"}}]},
    ),
    {"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "gemini-x", "responseId": "r"},
    {**whole({"text": "a"}), "createTime": "2026-01-01T00:00:00Z"},
]


@pytest.mark.parametrize(
    "usage",
    [
        {"promptTokenCount": 0, "candidatesTokenCount": 0, "totalTokenCount": 0},
        {
            "promptTokenCount": 10,
            "candidatesTokenCount": 4,
            "totalTokenCount": 17,
            "cachedContentTokenCount": 6,
            "thoughtsTokenCount": 3,
        },
        {
            "promptTokenCount": 10,
            "candidatesTokenCount": 4,
            "totalTokenCount": 19,
            "toolUsePromptTokenCount": 5,
            "trafficType": "ON_DEMAND",
        },
    ],
)
@pytest.mark.parametrize("body", ANSWERS)
def test_an_answer_comes_back_as_it_was(body: dict[str, Any], usage: dict[str, Any]) -> None:
    answer = {**body, "usageMetadata": usage}
    assert json.loads(GEMINI.encode_response(decode(answer), CONTEXT).body) == answer


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({}, Usage()),
        ({"promptTokenCount": 9, "candidatesTokenCount": 2, "totalTokenCount": 11}, Usage(9, 0, 0, 2)),
        ({"promptTokenCount": 9, "cachedContentTokenCount": 4, "totalTokenCount": 9}, Usage(5, 4, 0, 0)),
        (
            {"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "totalTokenCount": 14},
            Usage(9, 0, 0, 5, 3),
        ),
        (
            {"promptTokenCount": 9, "candidatesTokenCount": 5, "thoughtsTokenCount": 3, "totalTokenCount": 14},
            Usage(9, 0, 0, 5, 3),
        ),
        ({"promptTokenCount": 9, "candidatesTokenCount": 5, "thoughtsTokenCount": 3}, Usage(9, 0, 0, 8, 3)),
    ],
)
def test_thoughts_are_output_and_what_was_cached_is_prompt(counts: dict[str, int], usage: Usage) -> None:
    assert decode({**whole({"text": "a"}), "usageMetadata": counts}).usage == usage


def test_what_tools_brought_in_is_input() -> None:
    counts = {"promptTokenCount": 9, "toolUsePromptTokenCount": 4, "candidatesTokenCount": 1, "totalTokenCount": 14}
    usage = decode({**whole({"text": "a"}), "usageMetadata": counts}).usage
    assert (usage.prompt, usage.output) == (13, 1)


def test_counts_may_be_missing_or_strange() -> None:
    assert decode({**whole({"text": "a"}), "usageMetadata": {"promptTokenCount": {}}}).usage == Usage()
    assert decode({**whole({"text": "a"}), "usageMetadata": None}).usage == Usage()


@pytest.mark.parametrize("content", [{}, {"content": {"role": "model"}}, {"content": {}}, {"content": {"parts": [{}]}}])
def test_an_answer_may_be_empty(content: Any) -> None:
    message = decode({"candidates": [{"finishReason": "STOP", **content}]})
    assert (message.content, message.finish) == ((), Finish(FinishReason.STOP))


def test_a_finish_reason_left_out_of_a_whole_answer_is_a_natural_end() -> None:
    assert decode(whole({"text": "a"}, finish=None)).finish == Finish(FinishReason.STOP)
    assert failure(whole(finish=None)).kind is Kind.UPSTREAM


@pytest.mark.parametrize(
    "body", [{}, {"candidates": []}, [], b"<html>", b"\xff", b"[{", {"candidates": [{"content": 5}]}]
)
def test_what_is_no_answer_is_malformed(body: Any) -> None:
    assert failure(body).kind is Kind.MALFORMED


@pytest.mark.parametrize("wrap", [lambda error: error, lambda error: [error]])
def test_an_error_with_a_good_status_is_an_error(wrap: Any) -> None:
    error = {"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}}
    told = failure(wrap(error))
    assert (told.kind, told.status) == (Kind.RATE_LIMIT, 429)


def test_an_unusable_answer_is_a_failure() -> None:
    told = failure(whole(finish="MALFORMED_FUNCTION_CALL", finishMessage="bad call"))
    assert told.kind is Kind.MALFORMED
    assert "bad call" in told.message


def test_a_list_of_pieces_is_one_answer() -> None:
    pieces = [
        {"candidates": [{"content": {"parts": [{"text": "He"}]}}], "responseId": "r", "modelVersion": "gemini-x"},
        {"candidates": [{"content": {"parts": [{"text": "llo"}]}, "finishReason": "STOP"}]},
        {"usageMetadata": {"promptTokenCount": 3}},
    ]
    assert decode(pieces) == Message("r", "gemini-x", (Text("Hello"),), Finish(FinishReason.STOP), Usage(3))


def test_a_search_stands_before_the_text_that_cites_it() -> None:
    grounding = {
        "webSearchQueries": ["q"],
        "groundingChunks": [{"web": {"uri": "https://e.example/", "title": "E"}}],
        "groundingSupports": [
            {"segment": {"startIndex": 3, "endIndex": 5}, "groundingChunkIndices": [0]},
            {"segment": {"startIndex": 900, "endIndex": 901}, "groundingChunkIndices": [0]},
        ],
    }
    body = whole(
        {"text": "hm", "thought": True}, {"text": "éabc", "thoughtSignature": "s"}, groundingMetadata=grounding
    )
    thought, call, result, signature, text = decode(body).content
    assert isinstance(thought, Thinking)
    assert isinstance(call, ServerCall)
    assert json.loads(call.arguments) == {"query": "q"}
    assert isinstance(result, ServerResult)
    assert result.hits == (SearchHit("https://e.example/", "E"),)
    assert signature == Thinking("", "s", "gemini")
    assert text == Text("éabc", citations=(Citation("https://e.example/", "E", None, 2, 4),))


# Written ---------------------------------------------------------------------------------------------------------------


def test_an_answer_is_written() -> None:
    assert encode(Text("a"), ToolCall("c", "f", "{}"), usage=Usage(1, 2, 3, 4, 0)) == {
        "candidates": [
            {
                "content": {
                    "parts": [{"text": "a"}, {"functionCall": {"id": "c", "name": "f", "args": {}}}],
                    "role": "model",
                },
                "finishReason": "STOP",
                "index": 0,
            }
        ],
        "usageMetadata": {
            "promptTokenCount": 6,
            "candidatesTokenCount": 4,
            "totalTokenCount": 10,
            "cachedContentTokenCount": 2,
        },
        "modelVersion": "gpt",
        "responseId": "id7",
    }


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (FinishReason.STOP, "STOP"),
        (FinishReason.STOP_SEQUENCE, "STOP"),
        (FinishReason.TOOL_CALLS, "STOP"),
        (FinishReason.PAUSE, "STOP"),
        (FinishReason.LENGTH, "MAX_TOKENS"),
        (FinishReason.CONTEXT_WINDOW, "MAX_TOKENS"),
        (FinishReason.REFUSAL, "SAFETY"),
        (FinishReason.OTHER, "OTHER"),
    ],
)
def test_finish_reasons_are_written(reason: FinishReason, word: str) -> None:
    assert encode(Text("a"), finish=Finish(reason))["candidates"][0]["finishReason"] == word


FOREIGN = (
    Thinking("because", "c2ln", "anthropic", Extras("anthropic", {"x": Raw(b"[1]")})),
    RedactedThinking("b3BhcXVl", "anthropic"),
)


@pytest.mark.parametrize("drops_thoughts", [True, False])
def test_reasoning_of_others_comes_back_whole(drops_thoughts: bool) -> None:
    parts = encode(*FOREIGN, ToolCall("c", "f", "{}"))["candidates"][0]["content"]["parts"]
    assert parts[0] == {"text": "because", "thought": True}
    again = read(user({"text": "q"}), model(*parts[1 if drops_thoughts else 0 :])).turns[1].content
    assert again[1:] == (FOREIGN[1], ToolCall("c", "f", "{}"))
    first = again[0]
    assert isinstance(first, Thinking)
    assert (first.text, first.signature, first.maker) == ("because", "c2ln", "anthropic")
    assert first.extras is not None
    assert bytes(first.extras.fields["x"]) == b"[1]"


def test_arguments_that_are_no_json_end_the_answer_as_malformed() -> None:
    candidate = encode(Text("a"), ToolCall("c", "f", '{"a"'))["candidates"][0]
    assert candidate["finishReason"] == "MALFORMED_FUNCTION_CALL"
    assert candidate["content"]["parts"] == [{"text": "a"}]


def test_what_was_found_elsewhere_than_on_the_web_is_no_web_search_and_goes_back_as_it_was() -> None:
    found = {"groundingChunks": [{"maps": {"uri": "https://maps.example"}}], "retrievalMetadata": {}}
    message = decode(whole({"text": "a"}, groundingMetadata=found))
    assert message.content == (Text("a"),)
    told = json.loads(GEMINI.encode_response(message, CONTEXT).body)
    assert told["candidates"][0]["groundingMetadata"] == found


def test_a_call_that_the_limit_cut_short_ends_the_answer_at_the_limit() -> None:
    cut = Finish(FinishReason.LENGTH)
    candidate = encode(Text("a"), ToolCall("c", "f", '{"a"'), finish=cut)["candidates"][0]
    assert (candidate["finishReason"], candidate["content"]["parts"]) == ("MAX_TOKENS", [{"text": "a"}])


def test_what_others_alone_understand_is_left_out() -> None:
    told = encode(Unknown("anthropic", Raw(b"{}")), Text("a"), extras=Extras("anthropic", {"x": Raw(b"1")}))
    assert told["candidates"][0]["content"]["parts"] == [{"text": "a"}]
    assert "x" not in told


def test_illegal_and_repeated_ids_are_mended() -> None:
    parts = encode(ToolCall("a b", "f", "{}"), ToolCall("c", "f", "{}"), ToolCall("c", "f", "{}"))["candidates"][0][
        "content"
    ]["parts"]
    ids = [part["functionCall"]["id"] for part in parts]
    assert len(set(ids)) == 3
    assert ids[1] == "c"
    assert " " not in ids[0]

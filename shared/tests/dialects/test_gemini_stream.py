"""Facts about streamGenerateContent answers: read in every way they come, written so that clients understand them."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.assembly import assemble
from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Citation,
    Extras,
    Finish,
    FinishReason,
    Image,
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
from fairlead.shared.dialects.gemini.signatures import EMPTY
from fairlead.shared.events import (
    SOMETHING_SAID,
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
    Started,
    TextDelta,
    ThinkingDelta,
)
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import EventParser, ServerEvent
from fairlead.shared.translation import PassedThrough

from .gemini_shapes import model, read, user


def piece(*parts: Any, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0}
    if parts:
        candidate["content"] = {"role": "model", "parts": list(parts)}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "gemini-x", "responseId": "r", **fields}


def decode(*pieces: dict[str, Any] | bytes) -> list[Event]:
    decoder = GEMINI.stream_decoder()
    events: list[Event] = []
    for one in pieces:
        events += decoder.feed(ServerEvent("", one if isinstance(one, bytes) else json.dumps(one).encode()))
    return events + decoder.close()


def answer(*pieces: dict[str, Any] | bytes) -> Message:
    return assemble(decode(*pieces))


def failure(*pieces: dict[str, Any] | bytes) -> Failure:
    last = decode(*pieces)[-1]
    assert isinstance(last, Failed)
    return last.failure


STOP = piece(finish="STOP")
ALONE = Thinking("", "s", "gemini", EMPTY)


# Read ------------------------------------------------------------------------------------------------------------------


def test_text_is_one_block_that_comes_at_once() -> None:
    decoder = GEMINI.stream_decoder()
    events = decoder.feed(ServerEvent("", json.dumps(piece({"text": "a"})).encode()))
    assert events == [Started("r", "gemini-x"), Opened(0, Text("")), TextDelta(0, "a")]
    assert answer(piece({"text": "a"}), piece({"text": "b"}, {"text": "c"}), STOP) == Message(
        "r", "gemini-x", (Text("abc"),), Finish(FinishReason.STOP), Usage()
    )


def test_thoughts_and_text_are_blocks_of_their_own() -> None:
    thought = {"text": "hm", "thought": True}
    message = answer(piece(thought), piece(thought, {"text": "a"}), piece({"text": "b"}), STOP)
    assert message.content == (Thinking("hmhm", "", "gemini"), Text("ab"))


def test_a_call_comes_whole_and_asks_to_be_run() -> None:
    events = decode(piece({"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}), STOP)
    assert events[1:5] == [
        Opened(0, ToolCall("c", "f", "")),
        ArgumentsDelta(0, '{"a": 1}'),
        Closed(0),
        Finished(Finish(FinishReason.TOOL_CALLS)),
    ]


def test_a_call_without_arguments_has_none() -> None:
    assert answer(piece({"functionCall": {"id": "c", "name": "f"}}), STOP).content == (ToolCall("c", "f", "{}"),)


def test_calls_without_ids_get_different_ones_the_same_every_time() -> None:
    call = {"functionCall": {"name": "f", "args": {}}}
    first, second = (answer(piece(call, call), STOP) for _ in range(2))
    assert first == second
    ids = [block.id for block in first.content if isinstance(block, ToolCall)]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("parts", "content"),
    [
        (
            [
                {"functionCall": {"id": "c", "name": "f"}, "thoughtSignature": "s"},
                {"functionCall": {"id": "d", "name": "f"}},
            ],
            (Thinking("", "s", "gemini"), ToolCall("c", "f", "{}"), ToolCall("d", "f", "{}")),
        ),
        (
            [{"text": "a"}, {"text": "b", "thoughtSignature": "s"}, {"text": "c"}],
            (Text("a"), Thinking("", "s", "gemini"), Text("b"), Text("c")),
        ),
        ([{"text": "a"}, {"text": "", "thoughtSignature": "s"}], (Text("a"), ALONE)),
        ([{"text": "a"}, {"thoughtSignature": "s"}], (Text("a"), ALONE)),
        (
            [{"text": "", "thoughtSignature": "s"}, {"text": "a"}],
            (ALONE, Text("a")),
        ),
        (
            [{"text": "a", "thought": True}, {"text": "b", "thought": True, "thoughtSignature": "s"}, {"text": "c"}],
            (Thinking("ab", "s", "gemini"), Text("c")),
        ),
    ],
)
def test_a_signature_belongs_to_its_own_part(parts: list[Any], content: Any) -> None:
    assert answer(piece(*parts), STOP).content == content
    assert answer(*[piece(part) for part in parts], STOP).content == content


def test_a_part_of_another_kind_is_kept_verbatim() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "1"}}
    message = answer(piece({"text": "a"}, code), piece({"text": "b"}), STOP)
    assert [type(block) for block in message.content] == [Text, Unknown, Text]
    unknown = message.content[1]
    assert isinstance(unknown, Unknown)
    assert json.loads(bytes(unknown.raw)) == code


def test_a_picture_has_its_signature_before_it_and_one_that_is_thought_is_kept_verbatim() -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "thoughtSignature": "s"}
    signature, picture = answer(piece(part), STOP).content
    assert (signature, picture) == (Thinking("", "s", "gemini"), Image(Base64Source("image/png", "AAAA")))
    draft = {"thought": True, "inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    (unknown,) = answer(piece(draft), STOP).content
    assert isinstance(unknown, Unknown)
    assert json.loads(bytes(unknown.raw)) == draft


def test_sound_in_pieces_is_one_sound() -> None:
    pieces = [{"inlineData": {"mimeType": "audio/pcm", "data": data}} for data in ("AAA=", "BBBB")]
    (sound,) = answer(*(piece(one) for one in pieces), STOP).content
    assert sound == Audio(Base64Source("audio/pcm", "AAAEEEE="))


def test_what_follows_the_finish_reason_still_counts() -> None:
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 2, "totalTokenCount": 9}
    message = answer(
        piece({"text": "a"}, finish="STOP"),
        piece({"text": "", "thoughtSignature": "s"}),
        {"usageMetadata": usage},
    )
    assert message.content == (Text("a"), ALONE)
    assert message.usage == Usage(7, 0, 0, 2)


def test_usage_is_the_last_said_and_never_a_sum() -> None:
    said = [{"promptTokenCount": 10, "candidatesTokenCount": count} for count in (1, 2, 3)]
    events = decode(*[piece({"text": "a"}, usageMetadata=one) for one in said], STOP)
    assert [event.usage.output for event in events if isinstance(event, Counted)] == [1, 3]


def test_what_was_read_is_known_before_the_start() -> None:
    events = decode(piece({"text": "a"}, usageMetadata={"promptTokenCount": 10}), STOP)
    assert events[:2] == [Counted(Usage(10)), Started("r", "gemini-x")]


def test_pieces_without_content_are_nothing() -> None:
    nothing = {"candidates": [{"content": {"role": "model"}, "index": 0}], "responseId": "r"}
    assert answer(nothing, {"usageMetadata": {}}, piece({"text": ""}), {}, piece({"text": "a"}), STOP).content == (
        Text("a"),
    )


def test_a_call_that_says_more_than_is_known_of_calls_is_a_call() -> None:
    said = {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}, "mood": "calm"}}
    assert answer(piece(said, finish="STOP")).content == (ToolCall("c", "f", '{"a": 1}'),)


def test_a_call_in_the_midst_of_a_thought_is_a_call() -> None:
    said = {"thought": True, "functionCall": {"id": "c", "name": "f"}, "thoughtSignature": "s"}
    assert answer(piece(said, finish="STOP")).content == (
        Thinking("", "s", "gemini"),
        ToolCall("c", "f", "{}"),
    )


def test_fields_that_are_null_are_absent() -> None:
    said = {"candidates": [{"index": None, "content": {"parts": [{"text": "a", "functionCall": None}]}}]}
    nothing = {"candidates": [{"index": None, "content": None}], "promptFeedback": None}
    assert answer(nothing, said, nothing, STOP).content == (Text("a"),)


def test_what_a_text_comes_from_is_kept_wherever_it_is_told() -> None:
    said = answer(
        piece({"text": "a"}) | {"candidates": [{"content": model({"text": "a"}), "citationMetadata": {"x": 1}}]},
        STOP,
        {"candidates": [{"urlContextMetadata": {"urlMetadata": []}}]},
    )
    assert said.finish.extras is not None
    assert said.finish.extras.fields == {
        "citationMetadata": Raw(b'{"x": 1}'),
        "urlContextMetadata": Raw(b'{"urlMetadata": []}'),
    }


def test_other_candidates_are_not_mixed_in() -> None:
    other = {"candidates": [{"content": {"parts": [{"text": "z"}]}, "index": 1, "finishReason": "STOP"}]}
    assert answer(piece({"text": "a"}), other, STOP).content == (Text("a"),)


def test_an_answer_without_a_word_is_complete() -> None:
    assert answer(piece(finish="STOP")).content == ()


def test_the_end_of_the_bytes_without_a_finish_reason_is_a_cut() -> None:
    assert failure(piece({"text": "a"})).kind is Kind.CUT
    assert failure().kind is Kind.CUT


def test_a_refused_prompt_is_a_refusal_with_its_usage() -> None:
    feedback = {"blockReason": "SAFETY"}
    message = answer({"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 4}, "responseId": "r"})
    assert message.finish == Finish(FinishReason.REFUSAL)
    assert message.usage == Usage(4)
    assert message.extras is not None
    assert json.loads(bytes(message.extras.fields["promptFeedback"])) == feedback


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("STOP", FinishReason.STOP),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("CONTINUATION", FinishReason.LENGTH),
        ("SAFETY", FinishReason.REFUSAL),
        ("RECITATION", FinishReason.REFUSAL),
        ("PROHIBITED_CONTENT", FinishReason.REFUSAL),
        ("SPII", FinishReason.REFUSAL),
        ("LANGUAGE", FinishReason.OTHER),
        ("WORD_OF_NEXT_YEAR", FinishReason.OTHER),
    ],
)
def test_finish_reasons_are_read(word: str, reason: FinishReason) -> None:
    assert answer(piece({"text": "a"}), piece(finish=word)).finish.reason is reason


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("MALFORMED_FUNCTION_CALL", Kind.MALFORMED),
        ("UNEXPECTED_TOOL_CALL", Kind.MALFORMED),
        ("MISSING_THOUGHT_SIGNATURE", Kind.BAD_REQUEST),
        ("OTHER", Kind.UPSTREAM),
        ("FINISH_REASON_UNSPECIFIED", Kind.UPSTREAM),
    ],
)
def test_an_unusable_answer_is_a_failure(word: str, kind: Kind) -> None:
    told = piece(finish=word)
    told["candidates"][0]["finishMessage"] = "because"
    assert failure(told).kind is kind
    assert "because" in failure(told).message


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"error": {"code": 503, "message": "m", "status": "UNAVAILABLE"}}, Kind.OVERLOADED),
        (b'[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]', Kind.RATE_LIMIT),
        (b"{", Kind.MALFORMED),
        (b"\xff\xfe", Kind.MALFORMED),
        (b'{"candidates":[{"content":{"parts":[{"text":1}]}}]}', Kind.MALFORMED),
        (piece({"functionCall": {"name": "f", "willContinue": True}}), Kind.MALFORMED),
    ],
)
def test_a_failure_in_the_stream_is_told_and_what_was_spent(data: Any, kind: Kind) -> None:
    events = decode(piece({"text": "a"}, usageMetadata={"promptTokenCount": 3}), data, STOP)
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.kind is kind
    assert events[-2] == Counted(Usage(3))


GROUNDING = {
    "webSearchQueries": ["who", "when"],
    "groundingChunks": [{"web": {"uri": "https://e.example/1", "title": "One"}}, {"maps": {}}],
    "groundingSupports": [
        {"segment": {"endIndex": 3, "text": "é1"}, "groundingChunkIndices": [0]},
        {"segment": {"startIndex": 4, "endIndex": 6}, "groundingChunkIndices": [0, 1, 9]},
    ],
    "searchEntryPoint": {"renderedContent": "<b>"},
}


def test_figures_that_cannot_be_read_are_not_told_and_fail_no_answer() -> None:
    told = GEMINI.stream_decoder().feed(ServerEvent("", b'{"responseId":"r","usageMetadata":{"\x80":1}}'))
    assert told == [Started("r", "")]


def test_a_search_is_a_server_tool_with_citations_counted_in_characters() -> None:
    last = piece(finish="STOP")
    last["candidates"][0]["groundingMetadata"] = GROUNDING
    text, call, result = answer(piece({"text": "é1"}), piece({"text": ",ab"}), last).content
    assert isinstance(text, Text)
    assert text.citations == (
        Citation("https://e.example/1", "One", None, 0, 2),
        Citation("https://e.example/1", "One", None, 3, 5),
    )
    assert isinstance(call, ServerCall)
    assert json.loads(call.arguments) == {"query": "who", "queries": ["who", "when"]}
    assert isinstance(result, ServerResult)
    assert (result.call_id, result.hits) == (call.id, (SearchHit("https://e.example/1", "One"),))


def test_what_was_found_elsewhere_than_on_the_web_is_no_web_search() -> None:
    found = {"groundingChunks": [{"retrievedContext": {"uri": "gs://b/x"}}]}
    said = answer(piece({"text": "a"}), piece(finish="STOP") | {"candidates": [{"groundingMetadata": found}]}, STOP)
    assert said.content == (Text("a"),)
    assert said.finish.extras == Extras("gemini", {"groundingMetadata": Raw(json.dumps(found).encode())})


def test_a_watcher_sees_content_usage_and_the_end_without_the_deltas() -> None:
    watcher = GEMINI.stream_watcher()
    pieces = [
        piece({"text": ""}, usageMetadata={"promptTokenCount": 3}),
        piece({"text": "a"}),
        piece({"text": "b"}, {"functionCall": {"name": "f"}}),
        piece(finish="STOP", usageMetadata={"promptTokenCount": 3, "candidatesTokenCount": 2}),
    ]
    seen = [watcher.feed(ServerEvent("", json.dumps(one).encode())) for one in pieces]
    assert seen == [[Counted(Usage(3)), Started("r", "gemini-x")], [SOMETHING_SAID], [], []]
    assert watcher.close()[-3:] == [Counted(Usage(3, 0, 0, 2)), Finished(Finish(FinishReason.TOOL_CALLS)), Ended()]


# Written ---------------------------------------------------------------------------------------------------------------


def encode(*feeds: list[Event]) -> list[dict[str, Any]]:
    encoder = GEMINI.stream_encoder(ReplyContext("r1", 5, "m"))
    parser = EventParser()
    return [json.loads(event.data) for feed in feeds for event in parser.feed(encoder.feed(feed))]


def parts(chunks: list[dict[str, Any]]) -> list[Any]:
    return [part for one in chunks for part in one["candidates"][0].get("content", {}).get("parts", [])]


STARTED = Started("id7", "gpt")
END: list[Event] = [Finished(Finish(FinishReason.STOP)), Ended()]


def test_text_of_one_feed_is_one_chunk() -> None:
    chunks = encode(
        [STARTED, Opened(0, Text("")), TextDelta(0, "a"), TextDelta(0, "b")],
        [TextDelta(0, "c")],
        [Closed(0), Counted(Usage(1, 2, 0, 5, 3)), *END],
    )
    envelope = {"modelVersion": "gpt", "responseId": "id7"}
    assert chunks == [
        {"candidates": [{"content": {"parts": [{"text": "ab"}], "role": "model"}, "index": 0}], **envelope},
        {"candidates": [{"content": {"parts": [{"text": "c"}], "role": "model"}, "index": 0}], **envelope},
        {
            "candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {
                "promptTokenCount": 3,
                "candidatesTokenCount": 2,
                "totalTokenCount": 8,
                "cachedContentTokenCount": 2,
                "thoughtsTokenCount": 3,
            },
            **envelope,
        },
    ]


def test_who_answers_is_known_even_if_the_provider_did_not_say() -> None:
    (chunk,) = encode([Started("", ""), *END])
    assert (chunk["modelVersion"], chunk["responseId"]) == ("m", "r1")


def test_a_call_is_told_once_it_is_whole() -> None:
    feeds: list[list[Event]] = [
        [STARTED, Opened(0, ToolCall("c", "f", "")), ArgumentsDelta(0, '{"a"')],
        [ArgumentsDelta(0, ": 1}")],
        [Closed(0)],
    ]
    assert encode(*feeds[:2]) == []
    assert parts(encode(*feeds)) == [{"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}]


def test_calls_side_by_side_keep_their_order() -> None:
    chunks = encode(
        [
            STARTED,
            Opened(0, ToolCall("a", "f", "")),
            Opened(1, ToolCall("b", "g", "")),
            ArgumentsDelta(1, "{}"),
            Closed(1),
        ],
        [ArgumentsDelta(0, '{"x":1}'), Closed(0), *END],
    )
    assert [part["functionCall"]["id"] for part in parts(chunks)] == ["a", "b"]
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"


@pytest.mark.parametrize(
    ("arguments", "args"), [("", {}), ("[1]", {"input": [1]}), ('"x"', {"input": "x"}), (' {"a":1} ', {"a": 1})]
)
def test_arguments_are_an_object(arguments: str, args: Any) -> None:
    chunks = encode([STARTED, Opened(0, ToolCall("c", "f", "")), ArgumentsDelta(0, arguments), Closed(0), *END])
    assert parts(chunks)[0]["functionCall"]["args"] == args


def test_arguments_that_are_no_json_end_the_answer_as_malformed() -> None:
    chunks = encode([STARTED, Opened(0, ToolCall("c", "f", "")), ArgumentsDelta(0, '{"a":'), Closed(0), *END])
    assert [part for part in parts(chunks) if "functionCall" in part] == []
    assert chunks[-1]["candidates"][0]["finishReason"] == "MALFORMED_FUNCTION_CALL"


def test_a_call_that_the_limit_cut_short_ends_the_answer_at_the_limit() -> None:
    cut = [Opened(0, ToolCall("c", "f", "")), ArgumentsDelta(0, '{"a":'), Closed(0)]
    (*_, last) = encode([STARTED, *cut, Finished(Finish(FinishReason.LENGTH)), Ended()])
    assert last["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert last["candidates"][0]["finishMessage"] == "The arguments of f are no JSON."


def test_thoughts_are_told_as_thoughts() -> None:
    chunks = encode(
        [STARTED, Opened(0, Thinking("")), ThinkingDelta(0, "h")], [ThinkingDelta(0, "m")], [Closed(0), *END]
    )
    assert parts(chunks)[:2] == [{"text": "h", "thought": True}, {"text": "m", "thought": True}]


def test_geminis_own_signatures_stand_on_their_parts() -> None:
    chunks = encode(
        [
            STARTED,
            Opened(0, Thinking("")),
            ThinkingDelta(0, "hm"),
            SignatureDelta(0, "dGg=", "gemini"),
            Closed(0),
            Opened(1, Thinking("")),
            SignatureDelta(1, "Y2FsbA==", "gemini"),
            Closed(1),
            Opened(2, ToolCall("c", "f", "{}")),
            Closed(2),
            Opened(3, Thinking("", "dGV4dA==", "gemini")),
            Closed(3),
            *END,
        ]
    )
    assert parts(chunks) == [
        {"text": "hm", "thought": True, "thoughtSignature": "dGg="},
        {"functionCall": {"id": "c", "name": "f", "args": {}}, "thoughtSignature": "Y2FsbA=="},
        {"text": "", "thoughtSignature": "dGV4dA=="},
    ]


FOREIGN: list[Event] = [
    STARTED,
    Opened(0, Thinking("")),
    ThinkingDelta(0, "be"),
    ThinkingDelta(0, "cause"),
    SignatureDelta(0, "c2ln", "anthropic"),
    Closed(0),
    Opened(1, RedactedThinking("b3BhcXVl", "anthropic")),
    Closed(1),
]
THOUGHT = (Thinking("because", "c2ln", "anthropic"), RedactedThinking("b3BhcXVl", "anthropic"))


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("drops_thoughts", [True, False])
def test_reasoning_of_others_comes_back_whole_on_the_part_after_it(size: int, drops_thoughts: bool) -> None:
    called: list[Event] = [Opened(2, ToolCall("c", "f", "{}")), Closed(2), *END]
    events = FOREIGN + called
    told = parts(encode(*[events[at : at + size] for at in range(0, len(events), size)]))
    assert [part["text"] for part in told if part.get("thought")] in (["because"], ["be", "cause"])
    kept = [part for part in told if not (drops_thoughts and part.get("thought"))]
    again = read(user({"text": "q"}), model(*kept))
    assert again.turns[1].content == (*THOUGHT, ToolCall("c", "f", "{}"))


def test_reasoning_of_others_at_the_end_comes_back_too() -> None:
    told = parts(encode([*FOREIGN, *END]))
    assert read(user({"text": "q"}), model(*told)).turns[1].content == THOUGHT


def test_reasoning_of_others_before_a_text_does_not_part_it() -> None:
    said: list[Event] = [Opened(2, Text("")), TextDelta(2, "He")]
    told = parts(encode(FOREIGN + said, [TextDelta(2, "llo"), Closed(2)], END))
    assert read(user({"text": "q"}), model(*told)).turns[1].content == (*THOUGHT, Text("Hello"))


def test_a_refusal_is_told_as_one() -> None:
    (chunk,) = encode([STARTED, Finished(Finish(FinishReason.REFUSAL)), Ended()])
    assert chunk["candidates"][0]["finishReason"] == "SAFETY"
    assert chunk["candidates"][0]["finishMessage"]


def test_a_search_and_its_citations_are_grounding_counted_in_bytes() -> None:
    hits = (SearchHit("https://e.example/1", "One"), SearchHit("https://e.example/2", "Two"))
    chunks = encode(
        [
            STARTED,
            Opened(0, ServerCall("s", "web_search", "")),
            ArgumentsDelta(0, '{"query":"who"}'),
            Closed(0),
            Opened(1, ServerResult("s", "web_search", hits)),
            Closed(1),
            Opened(2, Text("")),
            TextDelta(2, "é1"),
            CitationDelta(2, Citation("https://e.example/2", "Two")),
            Closed(2),
            Opened(3, Text("")),
            TextDelta(3, "zéa"),
            CitationDelta(3, Citation("https://e.example/1", "One", None, 1, 2)),
            Closed(3),
            *END,
        ]
    )
    assert chunks[-1]["candidates"][0]["groundingMetadata"] == {
        "webSearchQueries": ["who"],
        "groundingChunks": [
            {"web": {"uri": "https://e.example/1", "title": "One"}},
            {"web": {"uri": "https://e.example/2", "title": "Two"}},
        ],
        "groundingSupports": [
            {"segment": {"endIndex": 3}, "groundingChunkIndices": [1]},
            {"segment": {"startIndex": 4, "endIndex": 6}, "groundingChunkIndices": [0]},
        ],
    }


def test_googles_own_grounding_is_told_as_it_was() -> None:
    last = piece(finish="STOP")
    last["candidates"][0]["groundingMetadata"] = GROUNDING
    chunks = encode(decode(piece({"text": "é1,ab"}), last))
    assert chunks[-1]["candidates"][0]["groundingMetadata"] == GROUNDING


def test_what_only_gemini_says_is_told_verbatim_and_what_others_alone_say_is_left_out() -> None:
    encoder = GEMINI.stream_encoder(ReplyContext("r1", 5, "m"))
    encoder.feed([STARTED, Opened(0, Unknown("anthropic", Raw(b'{"x":1}'))), Closed(0)])
    assert encoder.violations == {"block without words": 1}
    code = b'{"executableCode":{"code":"1"}}'
    assert code in encoder.feed([Opened(1, Unknown("gemini", Raw(code))), Closed(1)])


def test_a_failure_ends_the_stream_without_a_finish_reason() -> None:
    chunks = encode(
        [STARTED, Opened(0, Text("")), TextDelta(0, "a")],
        [Failed(Failure(Kind.CUT, "cut"))],
        [TextDelta(0, "late"), Closed(0), *END],
    )
    assert len(chunks) == 2
    assert chunks[1]["error"]["message"] == "cut"
    assert "finishReason" not in json.dumps(chunks)


def test_nothing_follows_the_end() -> None:
    chunks = encode([STARTED, *END], [Opened(0, Text("")), TextDelta(0, "late"), Pinged(), *END])
    assert len(chunks) == 1


def test_a_stream_without_a_start_or_a_finish_is_made_whole() -> None:
    encoder = GEMINI.stream_encoder(ReplyContext("r1", 5, "m"))
    out = encoder.feed([Opened(0, Text("")), TextDelta(0, "a"), Ended()])
    assert b'"finishReason":"STOP"' in out
    assert encoder.violations == {"block left open": 1, "end without finish": 1}


def test_a_sign_of_life_is_a_chunk_with_content_that_says_nothing() -> None:
    encoder = GEMINI.stream_encoder(ReplyContext("r1", 5, "m"))
    alive = json.loads(encoder.keepalive().removeprefix(b"data: "))
    assert alive["candidates"][0]["content"]["parts"] == [{"text": "", "thought": True}]
    encoder.feed([STARTED, *END])
    assert encoder.keepalive() == b""


def test_a_sign_of_life_before_the_beginning_says_whose_answer_it_is_and_that_id_stays() -> None:
    encoder = GEMINI.stream_encoder(ReplyContext("r1", 5, "m"))
    out = encoder.keepalive() + encoder.feed([Started("theirs", "gemini-x"), *END])
    alive, last = [json.loads(event.data) for event in EventParser().feed(out)]
    assert (alive["responseId"], alive["modelVersion"]) == ("r1", "m")
    assert (last["responseId"], last["modelVersion"]) == ("r1", "gemini-x")


def test_a_sign_of_life_before_there_is_a_stream_says_what_is_known() -> None:
    (event,) = EventParser().feed(GEMINI.alive("r1", "m"))
    told = json.loads(event.data)
    assert (told["responseId"], told["modelVersion"]) == ("r1", "m")
    assert GEMINI.alive("", "") == GEMINI.ping


def test_a_sign_of_life_in_a_stream_that_is_passed_on_bears_its_providers_names() -> None:
    pipe = PassedThrough(GEMINI, "r1")
    pipe.feed(b"data: " + json.dumps(piece({"text": "a"})).encode() + b"\n\n")
    assert pipe.keepalive() == GEMINI.alive("r", "gemini-x")


def test_a_word_of_geminis_own_is_told_as_it_was() -> None:
    last = piece(finish="RECITATION")
    last["candidates"][0] |= {"finishMessage": "cited", "safetyRatings": [1], "continuationToken": "t"}
    (chunk,) = encode(decode(last))
    assert chunk["candidates"][0]["finishReason"] == "RECITATION"
    assert chunk["candidates"][0]["finishMessage"] == "cited"
    assert chunk["candidates"][0]["continuationToken"] == "t"


def test_a_refused_prompt_is_told_as_it_was() -> None:
    (chunk,) = encode(decode({"promptFeedback": {"blockReason": "SAFETY"}, "responseId": "r"}))
    assert chunk["promptFeedback"] == {"blockReason": "SAFETY"}
    assert "candidates" not in chunk


def test_extras_of_others_are_not_told() -> None:
    (chunk,) = encode([Started("a", "m", Extras("anthropic", {"x": Raw(b"1")})), *END])
    assert set(chunk) == {"candidates", "usageMetadata", "modelVersion", "responseId"}


def test_an_error_that_is_null_is_none() -> None:
    decoder = GEMINI.stream_decoder()
    told = {**piece({"text": "a"}, finish="STOP"), "error": None}
    events = decoder.feed(ServerEvent("", json.dumps(told).encode())) + decoder.close()
    assert assemble(events).content == (Text("a"),)

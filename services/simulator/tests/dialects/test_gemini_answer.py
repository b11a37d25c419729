"""The Gemini API: answers and errors."""

import json
from typing import Any

import pytest

from fairlead.simulator.dialects import Endpoint, Refusal
from fairlead.simulator.dialects.gemini import Gemini
from fairlead.simulator.faults import Event, Part
from fairlead.simulator.http1 import Request
from fairlead.simulator.script import (
    RedactedThinking,
    Reply,
    Script,
    Source,
    Stop,
    Text,
    ToolCall,
    Usage,
    WebSearch,
    say,
    signed,
)
from fairlead.simulator.turn import Turn

DIALECT = Gemini()
DIGEST = "0123456789abcdef" * 4
SOURCES = (Source("https://example.com/a", "A", "quoted"), Source("https://example.com/b", "B", "so"))
SCRIPTS = [
    say(signed("a thought that is long enough for two deltas, if it is said at length"), Text("Hello, 世界!", piece=3)),
    say(Text("one "), ToolCall("write", '{"path":"/a/b.txt"}'), ToolCall("bash", "{}", id="given")),
    say(signed("hm")),
    say(RedactedThinking("x"), Text("after")),
    say(WebSearch("q", SOURCES), Text("Es heißt: "), Text("so", sources=SOURCES[1:]), Text(".")),
    Script((Text("cut"),), Stop.LENGTH),
    Script(()),
]


def read(said: list[dict[str, Any]], answers: list[dict[str, Any]]) -> Turn | Refusal:
    """What is made of an answer that comes back with the answers to its calls."""
    contents = [
        {"parts": [{"text": "go"}]},
        {"role": "model", "parts": said},
        {"role": "user", "parts": answers},
    ]
    request = Request("POST", "/v1beta/models/m:generateContent", (), json.dumps({"contents": contents}).encode())
    return DIALECT.read(request, Endpoint.GENERATE, strict=True)


def reply(script: Script, *, name: str = "sim-x", **more: Any) -> Reply:
    usage = Usage(fresh=7, cache_read=90, cache_write=10, output=42, thinking=9)
    return Reply(DIGEST, name, script, usage, **more)


def whole(script: Script, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(DIALECT.buffered(reply(script, **more)))
    return made


def parts(script: Script, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = whole(script, **more)["candidates"][0]["content"].get("parts", [])
    return found


def data(event: Event) -> dict[str, Any]:
    text = event.data.decode()
    assert text.startswith("data: ")
    assert text.endswith("\n\n")
    parsed: dict[str, Any] = json.loads(text.removeprefix("data: "))
    return parsed


def accumulated(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a client makes of the chunks: text parts of one kind add up until one of them is signed."""
    made: list[dict[str, Any]] = []
    for chunk in chunks:
        for part in chunk["candidates"][0].get("content", {}).get("parts", ()):
            last = made[-1] if made else {}
            grows = "text" in part and "text" in last and "thoughtSignature" not in last
            if grows and part.get("thought") == last.get("thought"):
                made[-1] = {**last, **part, "text": last["text"] + part["text"]}
            else:
                made.append(part)
    return made


def joined(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return accumulated([{"candidates": [{"content": {"parts": found}}]}])


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_chunks_add_up_to_the_whole_response(script: Script) -> None:
    chunks = [data(event) for event in DIALECT.events(reply(script))]
    assert accumulated(chunks) == joined(parts(script))
    *rest, last = chunks
    assert all("finishReason" not in chunk["candidates"][0] for chunk in rest)
    end = whole(script)
    for name in ("finishReason", "groundingMetadata"):
        assert last["candidates"][0].get(name) == end["candidates"][0].get(name)
    assert last["usageMetadata"] == end["usageMetadata"]
    totals = [chunk["usageMetadata"]["totalTokenCount"] for chunk in chunks]
    assert totals == sorted(totals)


def test_a_call_is_signed_for_its_function_and_whole() -> None:
    text, first, second = parts(SCRIPTS[1])
    assert text == {"text": "one "}
    assert first["functionCall"]["args"] == {"path": "/a/b.txt"}
    assert first["functionCall"]["id"]
    assert second == {"functionCall": {"id": "given", "name": "bash"}}
    answers = [{"functionResponse": {"name": name, "response": {}}} for name in ("write", "bash")]
    assert isinstance(read([text, first, second], answers), Turn)
    assert "thoughtSignature" not in parts(SCRIPTS[1], name="gemini-2.5-pro")[1]
    assert "id" not in parts(SCRIPTS[1], quirks=frozenset({"no-ids"}))[1]["functionCall"]


def test_thoughts_are_shown_to_those_who_ask_and_signed_for_all() -> None:
    thought, text = parts(SCRIPTS[0])
    assert (thought["thought"], "thoughtSignature" in thought) == (True, False)
    assert text["thoughtSignature"]
    assert [part["text"] for part in parts(SCRIPTS[0], shows_thinking=False)] == ["Hello, 世界!"]
    hm, bare = parts(SCRIPTS[2])
    assert (hm["text"], bare["text"]) == ("hm", "")
    assert bare["thoughtSignature"]
    *_, last = DIALECT.events(reply(SCRIPTS[2]))
    assert data(last)["candidates"][0]["content"]["parts"] == [bare]


def test_usage_counts_thoughts_apart_and_leaves_zeros_out() -> None:
    assert whole(SCRIPTS[0])["usageMetadata"] == {
        "promptTokenCount": 107,
        "cachedContentTokenCount": 90,
        "candidatesTokenCount": 33,
        "thoughtsTokenCount": 9,
        "totalTokenCount": 149,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 107}],
    }


def test_grounding_counts_bytes() -> None:
    candidate = whole(SCRIPTS[4])["candidates"][0]
    text = "".join(part["text"] for part in candidate["content"]["parts"]).encode()
    grounding = candidate["groundingMetadata"]
    (support,) = grounding["groundingSupports"]
    segment = support["segment"]
    assert text[segment["startIndex"] : segment["endIndex"]].decode() == segment["text"] == "so"
    assert [grounding["groundingChunks"][at]["web"]["uri"] for at in support["groundingChunkIndices"]] == [
        SOURCES[1].url
    ]
    assert grounding["webSearchQueries"] == ["q"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (say(Text("a")), "STOP"),
        (say(ToolCall("f", "{}")), "STOP"),
        (Script((Text("a"),), Stop.LENGTH), "MAX_TOKENS"),
        (Script((Text("a"),), Stop.REFUSAL), "SAFETY"),
        (say(ToolCall("f", "{'a': 1}")), "MALFORMED_FUNCTION_CALL"),
        (say(ToolCall("f", "[]")), "MALFORMED_FUNCTION_CALL"),
    ],
)
def test_the_finish_reason_is_the_service_s_own(script: Script, reason: str) -> None:
    candidate = whole(script)["candidates"][0]
    assert candidate["finishReason"] == reason
    assert ("finishMessage" in candidate) == (reason == "MALFORMED_FUNCTION_CALL")


def test_a_blocked_prompt_has_no_candidate() -> None:
    quirks = frozenset({"blocked"})
    assert whole(SCRIPTS[0], quirks=quirks)["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    (event,) = DIALECT.events(reply(SCRIPTS[0], quirks=quirks))
    assert "candidates" not in data(event)


def test_chunks_with_parts_are_the_content_and_the_finish_is_the_end() -> None:
    events = DIALECT.events(reply(SCRIPTS[0]))
    assert [event.part for event in events[:-1]] == [Part.CONTENT] * (len(events) - 1)
    assert events[-1].part is Part.DONE


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (400, "INVALID_ARGUMENT"),
        (401, "UNAUTHENTICATED"),
        (404, "NOT_FOUND"),
        (429, "RESOURCE_EXHAUSTED"),
        (500, "INTERNAL"),
        (503, "UNAVAILABLE"),
    ],
)
def test_errors_are_named_by_their_status(status: int, word: str) -> None:
    error = {"error": {"code": status, "message": "m", "status": word}}
    assert json.loads(DIALECT.error(Refusal(status, "m"), DIGEST)) == error
    assert data(DIALECT.error_event(Refusal(status, "m"), reply(SCRIPTS[0]), 3)) == error


def test_the_details_say_where_and_when() -> None:
    def details(refusal: Refusal) -> Any:
        return json.loads(DIALECT.error(refusal, DIGEST))["error"]["details"]

    assert details(Refusal(429, "m", retry_after="7")) == [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}
    ]
    (violated,) = details(Refusal(400, "m", param="contents[0]"))
    assert violated["fieldViolations"] == [{"field": "contents[0]", "description": "m"}]
    assert details(DIALECT.bad_key)[0]["reason"] == "API_KEY_INVALID"


def test_overflow_has_both_numbers() -> None:
    assert DIALECT.overflow(7, 5).message == (
        "The input token count (7) exceeds the maximum number of tokens allowed (5)."
    )

"""The Responses API: answers and errors."""

import json
from typing import Any

import pytest

from fairlead.simulator.dialects import Endpoint, Refusal
from fairlead.simulator.dialects.openai_responses import OpenAIResponses
from fairlead.simulator.faults import Event, Part
from fairlead.simulator.http1 import Request
from fairlead.simulator.script import (
    RedactedThinking,
    Reply,
    Script,
    Source,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
    WebSearch,
    say,
    signed,
)
from fairlead.simulator.turn import Turn

DIALECT = OpenAIResponses()
DIGEST = "0123456789abcdef" * 4
TOOL = {"type": "function", "name": "write", "parameters": {"type": "object", "properties": {}}}


def read(*items: dict[str, Any]) -> Turn:
    body = {"model": "m", "input": [{"role": "user", "content": "go"}, *items], "tools": [TOOL]}
    found = DIALECT.read(
        Request("POST", "/v1/responses", (), json.dumps(body).encode()), Endpoint.GENERATE, strict=True
    )
    assert isinstance(found, Turn), found
    return found


SOURCE = Source("https://example.com/a", "A", "quoted")
SCRIPTS = [
    say(signed("a thought that is long enough for two deltas"), Text("Hello, 世界!", piece=3)),
    say(
        RedactedThinking("x"),
        Text("one "),
        Text("two"),
        ToolCall("write", '{"path":"/a/b.txt","content":"long enough"}'),
    ),
    say(ToolCall("f", "{}", id="given"), ToolCall("patch", "free text", namespace="ns", custom=True)),
    say(WebSearch("q", (SOURCE,)), Text("It is "), Text("so", sources=(SOURCE,)), Text(".")),
    Script((Text("no"),), Stop.REFUSAL),
    Script((Thinking("cut", "s"), Text("this is cu")), Stop.LENGTH),
    Script(()),
]


def reply(script: Script, **more: Any) -> Reply:
    usage = Usage(fresh=7, cache_read=90, cache_write=10, output=42, thinking=9)
    return Reply(DIGEST, "sim-x", script, usage, echo=read().echo, **more)


def whole(script: Script, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(DIALECT.buffered(reply(script, **more)))
    return made


def data(event: Event) -> dict[str, Any]:
    name, line, *_ = event.data.decode().split("\n")
    parsed: dict[str, Any] = json.loads(line.removeprefix("data: "))
    assert name == f"event: {parsed['type']}"
    assert event.data.endswith(b"\n\n")
    return parsed


def told(script: Script, **more: Any) -> list[dict[str, Any]]:
    return [data(event) for event in DIALECT.events(reply(script, **more))]


def accumulated(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items, with every text put together from its deltas alone."""
    items: list[dict[str, Any]] = []
    for event in events:
        kind = event["type"].removeprefix("response.")
        if kind == "output_item.added":
            assert event["output_index"] == len(items)
            items.append({"id": event["item"]["id"], "said": ""})
        elif kind.endswith(".delta"):
            assert event["item_id"] == items[-1]["id"]
            items[-1]["said"] += event["delta"]
        elif kind == "output_item.done":
            assert event["item"]["id"] == items[-1]["id"]
            items[-1] |= event["item"]
    return items


def words(item: dict[str, Any]) -> str:
    match item["type"]:
        case "message":
            return str(item["content"][0].get("text", item["content"][0].get("refusal")))
        case "reasoning":
            return "".join(part["text"] for part in item["summary"])
        case _:
            return str(item.get("arguments", item.get("input", "")))


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_stream_tells_the_buffered_response(script: Script) -> None:
    events = told(script, shows_thinking=True)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert all(event["response"]["usage"] is None and event["response"]["output"] == [] for event in events[:2])
    response = whole(script, shows_thinking=True)
    assert events[-1] == {
        "type": f"response.{response['status']}",
        "sequence_number": len(events) - 1,
        "response": response,
    }
    items = accumulated(events)
    assert [item.pop("said") for item in items] == [words(item) for item in response["output"]]
    assert items == response["output"]


def test_items_are_of_the_kinds_of_the_service() -> None:
    thought, message = whole(SCRIPTS[0], shows_thinking=True)["output"]
    assert thought["summary"] == [{"type": "summary_text", "text": "a thought that is long enough for two deltas"}]
    assert message["content"] == [{"type": "output_text", "annotations": [], "logprobs": [], "text": "Hello, 世界!"}]
    assert (message["role"], message["phase"]) == ("assistant", "final_answer")
    redacted, said, call = whole(SCRIPTS[1])["output"]
    assert (redacted["type"], redacted["summary"]) == ("reasoning", [])
    assert (said["content"][0]["text"], said["phase"]) == ("one two", "commentary")
    assert (call["type"], call["name"]) == ("function_call", "write")
    given, custom = whole(SCRIPTS[2])["output"]
    assert given["call_id"] == "given"
    assert (custom["type"], custom["input"], custom["namespace"]) == ("custom_tool_call", "free text", "ns")


def test_what_comes_out_may_come_back() -> None:
    for script in SCRIPTS:
        items = whole(script)["output"]
        outputs = [
            {"type": f"{item['type']}_output", "call_id": item["call_id"], "output": "ok"}
            for item in items
            if "call_id" in item
        ]
        assert len(read(*items, *outputs).rounds) == bool(outputs)


def test_a_summary_is_there_only_for_those_who_ask() -> None:
    assert whole(SCRIPTS[0], shows_thinking=False)["output"][0]["summary"] == []
    assert not [event for event in told(SCRIPTS[0], shows_thinking=False) if "reasoning_summary" in event["type"]]


def test_encrypted_reasoning_is_whole_only_when_its_item_is_done() -> None:
    items = [event["item"] for event in told(SCRIPTS[0]) if "item" in event and event["item"]["type"] == "reasoning"]
    begun, done = (item["encrypted_content"] for item in items)
    assert done.startswith("gAAAA")
    assert done.startswith(begun)
    assert begun != done


def test_a_search_cites_what_it_found() -> None:
    search, message = whole(SCRIPTS[3])["output"]
    assert search["action"] == {"type": "search", "query": "q", "queries": ["q"]}
    (citation,) = message["content"][0]["annotations"]
    text = message["content"][0]["text"]
    assert text[citation["start_index"] : citation["end_index"]] == "so"
    assert (citation["type"], citation["url"]) == ("url_citation", SOURCE.url)
    stages = [event["type"] for event in told(SCRIPTS[3]) if "web_search_call" in event["type"]]
    assert stages == [f"response.web_search_call.{stage}" for stage in ("in_progress", "searching", "completed")]
    assert [event["annotation"] for event in told(SCRIPTS[3]) if "annotation" in event] == [citation]
    shown = whole(SCRIPTS[3], shows_sources=True)["output"][0]["action"]["sources"]
    assert shown == [{"type": "url", "url": SOURCE.url}]


def test_a_limit_makes_the_response_and_its_last_item_incomplete() -> None:
    response = whole(SCRIPTS[5])
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert response["output"][-1]["status"] == "incomplete"


def test_the_response_repeats_the_request_and_counts() -> None:
    response = whole(SCRIPTS[0])
    assert response["tools"] == [TOOL]
    assert (response["tool_choice"], response["store"], response["truncation"]) == ("auto", True, "disabled")
    assert response["usage"] == {
        "input_tokens": 107,
        "input_tokens_details": {"cached_tokens": 90, "cache_write_tokens": 10},
        "output_tokens": 42,
        "output_tokens_details": {"reasoning_tokens": 9},
        "total_tokens": 149,
    }


def test_content_events_are_the_deltas_and_the_last_one_is_the_end() -> None:
    events = DIALECT.events(reply(SCRIPTS[1]))
    assert all(data(event)["type"].endswith(".delta") for event in events if event.part is Part.CONTENT)
    assert [event.part for event in events].index(Part.DONE) == len(events) - 1


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal(401, "m"), {"type": "invalid_request_error", "param": None, "code": "invalid_api_key"}),
        (Refusal(429, "m"), {"type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"}),
        (
            DIALECT.overflow(7, 5),
            {"type": "invalid_request_error", "param": "input", "code": "context_length_exceeded"},
        ),
    ],
)
def test_errors_are_named_by_their_status(refusal: Refusal, error: dict[str, Any]) -> None:
    assert json.loads(DIALECT.error(refusal, DIGEST))["error"] == {"message": refusal.message, **error}


def test_an_error_in_a_stream_is_an_event_of_its_own_or_a_failed_response() -> None:
    found = data(DIALECT.error_event(Refusal(529, "m"), reply(SCRIPTS[0]), 5))
    assert found == {
        "type": "error",
        "sequence_number": 5,
        "code": "server_is_overloaded",
        "message": "m",
        "param": None,
    }
    failed = data(DIALECT.error_event(Refusal(500, "m"), reply(SCRIPTS[0], quirks=frozenset({"failed"})), 5))
    assert (failed["type"], failed["sequence_number"]) == ("response.failed", 5)
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"] == {"code": "server_error", "message": "m"}

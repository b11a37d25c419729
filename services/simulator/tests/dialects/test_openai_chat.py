"""Chat Completions, request and answer."""

import json
from typing import Any

import pytest

from fairlead.simulator.dialects import Endpoint, Refusal
from fairlead.simulator.dialects.openai_chat import OpenAIChat
from fairlead.simulator.faults import Event
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
)
from fairlead.simulator.turn import ANY_TOOL, Call, Turn

DIALECT = OpenAIChat()
DIGEST = "0123456789abcdef" * 4
TOOL = {
    "type": "function",
    "function": {"name": "write", "parameters": {"type": "object", "properties": {"cache_control": {}}}},
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "write", "arguments": "{}"}}


def user(content: object, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **more}


def called(*calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **more}


def result(identity: str = "call_1", content: object = "ok") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identity, "content": content}


def body(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": list(messages) or [user("hi")], **more}


def read(sent: object, *, strict: bool = True) -> Turn | Refusal:
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return DIALECT.read(Request("POST", "/v1/chat/completions", (), data), Endpoint.GENERATE, strict=strict)


def turn(sent: object) -> Turn:
    found = read(sent)
    assert isinstance(found, Turn), found
    return found


def test_paths_are_told_by_their_end() -> None:
    assert DIALECT.claims("/openai/v1/chat/completions") is Endpoint.GENERATE
    assert DIALECT.claims("/v1/completions") is None


def test_a_request_is_read_in_every_form_agents_send() -> None:
    found = turn(
        body(
            {"role": "system", "content": [{"type": "text", "text": "be good"}]},
            {"role": "developer", "content": "Working directory: /w"},
            user([{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "data:,"}}]),
            called(CALL, {**CALL, "id": "call_2"}, reasoning_content="hm"),
            result("call_2", [{"type": "text", "text": "two"}]),
            result("call_1", "one"),
            tools=[TOOL],
            tool_choice="required",
            max_tokens=5,
            stop="X",
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert (found.prompt, found.stream, found.wants_usage, found.forced) == ("look", True, True, ANY_TOOL)
    assert found.rounds == ((Call("write", "one"), Call("write", "two")),)
    assert (found.max_tokens, found.stops) == (5, ("X",))
    assert found.background[:2] == ("be good", "Working directory: /w")


def test_usage_in_a_stream_must_be_asked_for() -> None:
    assert not turn(body(stream=True)).wants_usage
    assert turn(body()).wants_usage


def test_a_named_choice_and_a_schema_are_read() -> None:
    schema = {"type": "object"}
    found = turn(
        body(
            tools=[TOOL],
            tool_choice={"type": "function", "function": {"name": "write"}},
            response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
        )
    )
    assert (found.forced, found.schema) == ("write", schema)


EMPTY = "empty array. Expected an array with minimum length 1, but got an empty array instead."


@pytest.mark.parametrize(
    ("sent", "message", "param", "code"),
    [
        ({"messages": [user("hi")]}, "you must provide a model parameter", None, None),
        ({"model": "m"}, "Missing required parameter: 'messages'.", "messages", "missing_required_parameter"),
        (
            {"model": "m", "messages": "hi"},
            "Invalid type for 'messages': expected an array, but got a string instead.",
            "messages",
            "invalid_type",
        ),
        ({"model": "m", "messages": []}, f"Invalid 'messages': {EMPTY}", "messages", "empty_array"),
        (body(tools=[]), f"Invalid 'tools': {EMPTY}", "tools", "empty_array"),
        (
            body(user("a"), called()),
            f"Invalid 'messages[1].tool_calls': {EMPTY}",
            "messages[1].tool_calls",
            "empty_array",
        ),
        (body(thinking={}), "Unknown parameter: 'thinking'.", "thinking", "unknown_parameter"),
        (
            body(user("a", reasoning_details=[])),
            "Unknown parameter: 'messages[0].reasoning_details'.",
            "messages[0].reasoning_details",
            "unknown_parameter",
        ),
        (
            body(user([{"type": "text", "text": "a", "cache_control": {}}])),
            "Unknown parameter: 'messages[0].content[0].cache_control'.",
            "messages[0].content[0].cache_control",
            "unknown_parameter",
        ),
        (
            body(tools=[{**TOOL, "cache_control": {}}]),
            "Unknown parameter: 'tools[0].cache_control'.",
            "tools[0].cache_control",
            "unknown_parameter",
        ),
        (
            body(user("a"), called({**CALL, "index": 0}), result()),
            "Unknown parameter: 'messages[1].tool_calls[0].index'.",
            "messages[1].tool_calls[0].index",
            "unknown_parameter",
        ),
        (
            body(user("a"), called(CALL), user("b")),
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The "
            "following tool_call_ids did not have response messages: call_1",
            "messages[2].role",
            None,
        ),
        (
            body(user("a"), called(CALL)),
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The "
            "following tool_call_ids did not have response messages: call_1",
            "messages[2].role",
            None,
        ),
        (
            body(user("a"), result()),
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
            "messages[1].role",
            None,
        ),
        (
            body(user("a"), called({**CALL, "id": "x" * 65}), result("x" * 65)),
            "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 64, but got a "
            "string with length 65 instead.",
            "messages[1].tool_calls[0].id",
            "string_above_max_length",
        ),
        (body(user(None)), "Invalid value for 'content': expected a string, got null.", "messages[0].content", None),
        (
            body(user("a"), called(CALL), result(content=[{"type": "image_url", "image_url": {"url": "data:,"}}])),
            "Invalid 'messages[2].content[0]'. 'image_url' parts are only allowed for messages with role 'user', but this "
            "message has role 'tool'.",
            "messages[2].content[0]",
            "invalid_value",
        ),
        (
            body(stream_options={"include_usage": True}),
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            "stream_options",
            "invalid_value",
        ),
        (
            body(tool_choice="auto"),
            "'tool_choice' is only allowed when 'tools' are specified.",
            "tool_choice",
            "invalid_value",
        ),
        (
            body({"role": "human", "content": "x"}),
            "Invalid value: 'human'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
            "messages[0].role",
            "invalid_value",
        ),
    ],
)
def test_mistakes_are_refused_in_the_words_of_the_service(
    sent: dict[str, Any], message: str, param: str | None, code: str | None
) -> None:
    assert read(sent) == Refusal(400, message, "invalid_request_error", param, code)


def test_leniency_takes_what_can_be_read() -> None:
    assert isinstance(read(body(user("a"), called(CALL), user("b"), thinking={}, tools=[]), strict=False), Turn)


def test_a_body_that_is_not_json_is_refused() -> None:
    refused = read(b"nope")
    assert isinstance(refused, Refusal)
    assert refused.message.startswith("We could not parse the JSON body")


def reply(script: Script, *quirks: str, wants_usage: bool = True) -> Reply:
    usage = Usage(fresh=7, cache_read=90, cache_write=10, output=42, thinking=9)
    return Reply(DIGEST, "sim-x", script, usage, wants_usage, quirks=frozenset(quirks))


def chunks(script: Script, *quirks: str, wants_usage: bool = True) -> list[dict[str, Any]]:
    *events, done = DIALECT.events(reply(script, *quirks, wants_usage=wants_usage))
    assert done.data == b"data: [DONE]\n\n"
    return [data(event) for event in events]


def data(event: Event) -> dict[str, Any]:
    text = event.data.decode()
    assert text.startswith("data: ")
    assert text.endswith("\n\n")
    parsed: dict[str, Any] = json.loads(text.removeprefix("data: "))
    return parsed


def accumulated(found: list[dict[str, Any]]) -> dict[str, Any]:
    """What a client makes of the chunks: strings add up, calls by their index."""
    message: dict[str, Any] = {}
    for chunk in found:
        for choice in chunk["choices"]:
            for key, value in choice["delta"].items():
                if key == "tool_calls":
                    for part in value:
                        calls = message.setdefault("tool_calls", [])
                        if part["index"] == len(calls):
                            calls.append({name: each for name, each in part.items() if name != "index"})
                        else:
                            assert set(part) == {"index", "function"}
                            calls[part["index"]]["function"]["arguments"] += part["function"]["arguments"]
                else:
                    message[key] = value if message.get(key) is None else message[key] + value
    return message


SCRIPTS = [
    say(Thinking("a thought that is long enough for two", "s"), RedactedThinking("x"), Text("Hello, 世界!", piece=3)),
    say(ToolCall("write", '{"path":"/a/b.txt","content":"some text that spans"}'), ToolCall("bash", "{}", id="given")),
    say(Text("I will"), ToolCall("write", "{}")),
    Script(()),
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_stream_accumulates_to_the_buffered_message(script: Script) -> None:
    (choice,) = json.loads(DIALECT.buffered(reply(script)))["choices"]
    assert choice["message"].pop("annotations") == []
    found = chunks(script)
    assert accumulated(found) == choice["message"]
    reasons = [each["choices"][0]["finish_reason"] for each in found if each["choices"]]
    assert [reason for reason in reasons if reason] == [choice["finish_reason"]]


def test_a_refusal_is_its_own_field() -> None:
    script = Script((Text("no"),), Stop.REFUSAL)
    (choice,) = json.loads(DIALECT.buffered(reply(script)))["choices"]
    assert (choice["message"]["content"], choice["message"]["refusal"], choice["finish_reason"]) == (None, "no", "stop")
    assert accumulated(chunks(script))["refusal"] == "no"


def test_usage_is_the_last_chunk_where_it_is_wanted_and_null_before() -> None:
    *rest, last = chunks(say(Text("x")))
    assert last["choices"] == []
    assert last["usage"]["prompt_tokens"] == 107
    assert last["usage"]["total_tokens"] == 149
    assert last["usage"]["prompt_tokens_details"]["cached_tokens"] == 90
    assert last["usage"]["completion_tokens_details"]["reasoning_tokens"] == 9
    assert all(chunk["usage"] is None for chunk in rest)
    assert all("usage" not in chunk for chunk in chunks(say(Text("x")), wants_usage=False))


def test_all_chunks_share_id_and_date() -> None:
    assert len({(chunk["id"], chunk["created"]) for chunk in chunks(SCRIPTS[0])}) == 1


def delta_calls(*quirks: str) -> list[dict[str, Any]]:
    found = chunks(SCRIPTS[1], *quirks)
    deltas = [choice["delta"] for chunk in found for choice in chunk["choices"]]
    return [call for delta in deltas for call in delta.get("tool_calls", ())]


def test_a_quirk_gives_every_call_index_0_or_takes_its_id() -> None:
    assert {call["index"] for call in delta_calls()} == {0, 1}
    assert {call["index"] for call in delta_calls("index0")} == {0}
    assert sum("id" in call for call in delta_calls()) == 2
    assert not any("id" in call for call in delta_calls("no-ids"))
    (choice,) = json.loads(DIALECT.buffered(reply(SCRIPTS[1], "no-ids")))["choices"]
    assert not any("id" in call for call in choice["message"]["tool_calls"])


def test_a_quirk_names_thinking_otherwise() -> None:
    (choice,) = json.loads(DIALECT.buffered(reply(SCRIPTS[0], "reasoning")))["choices"]
    assert "reasoning_content" not in choice["message"]
    thought = choice["message"]["reasoning"]
    assert thought == accumulated(chunks(SCRIPTS[0], "reasoning"))["reasoning"]


def test_a_quirk_puts_usage_beside_the_finish_reason() -> None:
    *rest, last = chunks(SCRIPTS[2], "usage-in-finish")
    assert last["choices"][0]["finish_reason"] == "tool_calls"
    assert last["usage"]["total_tokens"] == 149
    assert all(chunk["usage"] is None for chunk in rest)


def test_a_quirk_finishes_calls_as_if_there_were_none() -> None:
    (choice,) = json.loads(DIALECT.buffered(reply(SCRIPTS[2], "finish-stop")))["choices"]
    assert choice["finish_reason"] == "stop"
    assert chunks(SCRIPTS[2], "finish-stop")[-2]["choices"][0]["finish_reason"] == "stop"


def test_cited_text_is_annotated() -> None:
    source = Source("https://example.com/a", "A", "quoted")
    script = say(WebSearch("q", (source,)), Text("It is "), Text("so", sources=(source,)))
    (choice,) = json.loads(DIALECT.buffered(reply(script)))["choices"]
    (annotation,) = choice["message"]["annotations"]
    where = annotation["url_citation"]
    assert choice["message"]["content"][where["start_index"] : where["end_index"]] == "so"
    assert accumulated(chunks(script))["annotations"] == [annotation]
    assert turn(body(web_search_options={})).searches


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal(401, "m"), {"type": "invalid_request_error", "param": None, "code": "invalid_api_key"}),
        (Refusal(429, "m"), {"type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"}),
        (Refusal(500, "m"), {"type": "server_error", "param": None, "code": None}),
        (Refusal(429, "m", "tokens"), {"type": "tokens", "param": None, "code": None}),
        (
            DIALECT.overflow(7, 5),
            {"type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"},
        ),
    ],
)
def test_errors_are_named_by_their_status(refusal: Refusal, error: dict[str, Any]) -> None:
    assert json.loads(DIALECT.error(refusal, DIGEST))["error"] == {"message": refusal.message, **error}
    assert data(DIALECT.error_event(refusal, reply(Script(())), 3))["error"] == {"message": refusal.message, **error}

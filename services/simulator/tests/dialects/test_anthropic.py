"""Anthropic Messages, request and answer."""

import json
from typing import Any

import pytest

from fairlead.simulator.dialects import Endpoint, Refusal
from fairlead.simulator.dialects.anthropic import Anthropic
from fairlead.simulator.faults import Event, Part
from fairlead.simulator.http1 import Request
from fairlead.simulator.script import (
    RedactedThinking,
    Reply,
    Script,
    Source,
    Step,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
    WebSearch,
    redacted,
    say,
    signed,
)
from fairlead.simulator.turn import ANY_TOOL, Call, Turn

DIALECT = Anthropic()
DIGEST = "0123456789abcdef" * 4
TOOL = {"name": "Write", "input_schema": {"type": "object", "properties": {}}}
USE = {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}


def request(body: object, version: str | None = "2023-06-01") -> Request:
    headers = () if version is None else (("Anthropic-Version", version),)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", "/v1/messages?beta=true", headers, data)


def body(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 10, "messages": list(messages) or [user("hi")], **more}


def user(content: object) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(*content: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(content)}


def read(sent: object, *, strict: bool = True, version: str | None = "2023-06-01") -> Turn | Refusal:
    return DIALECT.read(request(sent, version), Endpoint.GENERATE, strict=strict)


def turn(sent: object) -> Turn:
    found = read(sent)
    assert isinstance(found, Turn), found
    return found


def complaint(sent: object, **options: Any) -> str:
    found = read(sent, **options)
    assert isinstance(found, Refusal)
    assert found.status == 400
    return found.message


def test_paths_are_told_by_their_end() -> None:
    assert DIALECT.claims("/base/v1/messages") is Endpoint.GENERATE
    assert DIALECT.claims("/v1/messages/count_tokens") is Endpoint.COUNT
    assert DIALECT.claims("/v1/messages/other") is None


def test_a_request_is_read_in_every_form_agents_send() -> None:
    found = turn(
        body(
            user([{"type": "text", "text": "<system-reminder>x</system-reminder>"}, {"type": "text", "text": "do it"}]),
            {"role": "system", "content": "Working directory: /w"},
            assistant(
                {"type": "thinking", "thinking": "hm", "signature": signed("hm").signature},
                {"type": "text", "text": "yes"},
                USE,
            ),
            user([{**RESULT, "content": [{"type": "text", "text": "a"}, {"type": "image", "source": {}}]}]),
            {"role": "system", "content": [{"type": "text", "text": "late"}]},
            system=[{"type": "text", "text": "be good", "cache_control": {"type": "ephemeral"}}],
            tools=[
                TOOL,
                {"type": "web_search_20250305", "name": "web_search"},
                {**TOOL, "name": "L", "defer_loading": True},
            ],
            tool_choice={"type": "any"},
            stream=True,
            stop_sequences=["X"],
            output_config={"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
            anything_new={"a": 1},
        )
    )
    assert (found.prompt, found.stream, found.forced, found.stops) == ("do it", True, ANY_TOOL, ("X",))
    assert found.rounds == ((Call("Write", "a\n[image]"),),)
    assert [each.name for each in found.tools] == ["Write"]
    assert found.schema == {"type": "object"}
    assert "Working directory: /w" in found.background
    assert found.caches


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"messages": [], "max_tokens": 1}, "model: Field required"),
        ({"model": "m", "max_tokens": 1}, "messages: Field required"),
        ({"model": "m", "messages": [user("hi")]}, "max_tokens: Field required"),
        ({**body(), "max_tokens": "1"}, "max_tokens: Input should be a valid integer"),
        (body({"role": "user"}), "messages.0.content: Field required"),
        (body(user(7)), "messages.0.content: Input should be a valid string or list"),
        ({**body(), "messages": []}, "messages: at least one message is required"),
        (body(reasoning_effort="high"), "reasoning_effort: Extra inputs are not permitted"),
        (body(stop=["x"]), "stop: Extra inputs are not permitted"),
        (
            body(user("a"), {"role": "assistant", "content": "b", "tool_calls": []}, user("c")),
            "messages.1.tool_calls: Extra inputs are not permitted",
        ),
        (
            body({"role": "tool", "content": "x"}),
            'messages: Unexpected role "tool". Allowed roles are "user" or "assistant".',
        ),
        (
            body(user("")),
            "messages.0: all messages must have non-empty content except for the optional final assistant message",
        ),
        (body(user([{"type": "text", "text": ""}])), "messages: text content blocks must be non-empty"),
        (
            body(user([{"type": "text", "text": " \n"}])),
            "messages: text content blocks must contain non-whitespace text",
        ),
        (body(system=[{"type": "text", "text": ""}]), "system: text content blocks must be non-empty"),
        (
            body(user([{"type": "image_url", "image_url": {}}])),
            "messages.0.content.0: Input tag 'image_url' found using 'type' does not match any of the expected tags",
        ),
        (
            body(user("a"), assistant({"type": "thinking", "thinking": "x"}), user("b")),
            "messages.1.content.0.thinking.signature: Field required",
        ),
        (
            body(
                user("a"), assistant({**USE, "id": "functions.f:0"}), user([{**RESULT, "tool_use_id": "functions.f:0"}])
            ),
            "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
        ),
        (
            body(user("a"), assistant(USE, USE), user([RESULT])),
            "messages.1: `tool_use` ids must be unique",
        ),
        (
            body(user("a"), assistant(USE), user("b")),
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each `tool_use` "
            "block must have a corresponding `tool_result` block in the next message.",
        ),
        (
            body(user("a"), assistant(USE), {"role": "system", "content": "x"}, user([RESULT])),
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each `tool_use` "
            "block must have a corresponding `tool_result` block in the next message.",
        ),
        (
            body(user([RESULT])),
            "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each `tool_result` block "
            "must have a corresponding `tool_use` block in the previous message.",
        ),
        (
            body(user("a"), assistant({**USE, "input": "{}"}), user([RESULT])),
            "messages.1.content.0.tool_use.input: Input should be a valid dictionary",
        ),
        (body(user([USE])), "messages.0.content.0: `tool_use` blocks can only be in `assistant` messages"),
        (body(tools=[TOOL, TOOL]), "tools: Tool names must be unique."),
        (body(tools=[{"name": "f"}]), "tools.0.custom.input_schema: Field required"),
        (
            body(tools=[{"name": "f", "input_schema": {"type": "string"}}]),
            "tools.0.custom.input_schema.type: Input should be 'object'",
        ),
        (
            body(tools=[{**TOOL, "name": "a.b"}]),
            "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
        (body(tools=[TOOL], tool_choice={"type": "tool", "name": "x"}), "Tool 'x' not found in provided tools"),
        (
            body(user([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}] * 5)),
            "A maximum of 4 blocks with cache_control may be provided. Found 5.",
        ),
    ],
)
def test_mistakes_are_refused_in_the_words_of_the_service(sent: dict[str, Any], message: str) -> None:
    assert complaint(sent) == message


def test_the_version_header_is_required_and_decides_about_sampling() -> None:
    assert complaint(body(), version=None) == "anthropic-version: header is required"
    assert isinstance(read(body(temperature=1)), Turn)
    assert complaint(body(temperature=1), version="2026-10-21") == "temperature: Extra inputs are not permitted"


def test_leniency_takes_what_can_be_read() -> None:
    assert isinstance(read(body(user("a"), assistant(USE), user("b"), stop="x"), strict=False, version=None), Turn)
    assert complaint({"model": "m"}, strict=False) == "messages: Field required"


def test_a_body_that_is_not_json_is_refused() -> None:
    assert complaint(b"{").startswith("The request body is not valid JSON")
    assert complaint(b"[]") == "Input should be a valid dictionary"


def test_turns_of_one_role_in_a_row_count_as_one() -> None:
    second = {**USE, "id": "toolu_2"}
    sent = body(
        user("a"), assistant(USE), assistant(second), user([RESULT]), user([{**RESULT, "tool_use_id": "toolu_2"}])
    )
    assert isinstance(read(sent), Turn)


def test_counting_takes_no_generation_keys() -> None:
    def counted(sent: dict[str, Any]) -> Turn | Refusal:
        return DIALECT.read(request(sent), Endpoint.COUNT, strict=True)

    found = counted({"model": "m", "messages": [user("x" * 390)], "tools": []})
    assert isinstance(found, Turn)
    assert json.loads(DIALECT.count(found)) == {"input_tokens": found.sizes.total_tokens}
    assert found.sizes.total_tokens > 100
    refused = counted(body())
    assert isinstance(refused, Refusal)
    assert refused.message == "max_tokens: Extra inputs are not permitted"


SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}


def test_only_thinking_of_this_service_is_taken_back() -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": signed("hm").signature}
    secret = {"type": "redacted_thinking", "data": redacted("hm").data}
    assert isinstance(read(body(user("a"), assistant(thought, secret), user("b"))), Turn)
    invalid = "messages.1.content.1: Invalid `signature` in `thinking` block"
    altered = {**thought, "thinking": "hmm"}
    for bad in (altered, {**thought, "signature": "Zm9yZWlnbg=="}, {**thought, "signature": ""}):
        sent = body(user("a"), assistant(thought, bad), user("b"))
        assert complaint(sent) == invalid
        assert isinstance(read(sent, strict=False), Turn)
        assert isinstance(
            DIALECT.read(request(body(user("a"), assistant(thought))), Endpoint.GENERATE, strict=True), Turn
        )
    foreign = body(user("a"), assistant({**secret, "data": "Zm9yZWlnbg=="}), user("b"))
    assert complaint(foreign) == "messages.1.content.0: Invalid `data` in `redacted_thinking` block"


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (
            [{**SEARCH, "id": "toolu_1"}],
            "messages.1.content.0.server_tool_use.id: String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'",
        ),
        (
            [SEARCH],
            "messages.1: `web_search` tool use with id `srvtoolu_1` was found without a corresponding "
            "`web_search_tool_result` block",
        ),
        (
            [FOUND, SEARCH],
            "messages.1.content.0: unexpected `tool_use_id` found in `web_search_tool_result` blocks: srvtoolu_1. Each "
            "`web_search_tool_result` block must have a corresponding `server_tool_use` block before it.",
        ),
        (
            [SEARCH, {**FOUND, "content": [{"type": "web_search_result", "encrypted_content": "Zm9yZWlnbg=="}]}],
            "messages.1.content.1.content.0: Invalid `encrypted_content` in `web_search_result` block",
        ),
        (
            [
                {
                    "type": "text",
                    "text": "a",
                    "citations": [{"type": "web_search_result_location", "encrypted_index": "x"}],
                }
            ],
            "messages.1.content.0.citations.0: Invalid `encrypted_index` in `web_search_result_location`",
        ),
    ],
)
def test_searches_come_back_whole_and_unchanged(blocks: list[dict[str, Any]], message: str) -> None:
    assert complaint(body(user("a"), assistant(*blocks), user("b"))) == message


def test_a_search_that_is_not_done_may_be_last() -> None:
    assert isinstance(read(body(user("a"), assistant(SEARCH))), Turn)


def test_what_a_search_gave_out_may_come_back() -> None:
    script = say(WebSearch("q", SOURCES), Text("It is "), Text("so", sources=SOURCES))
    message = json.loads(DIALECT.buffered(reply(script)))
    text, *_ = [block for block in message["content"] if block.get("citations")]
    assert (text["text"], text["citations"][0]["url"]) == ("so", SOURCES[0].url)
    assert message["usage"]["server_tool_use"] == {"web_search_requests": 1, "web_fetch_requests": 0}
    assert isinstance(read(body(user("a"), assistant(*message["content"]), user("b"))), Turn)


def test_the_tool_lets_the_provider_search() -> None:
    assert turn(body(tools=[{"type": "web_search_20260318", "name": "web_search"}])).searches
    assert not turn(body(tools=[TOOL])).searches


SOURCES = (Source("https://example.com/a", "A", "quoted"),)
STEPS: tuple[Step, ...] = (
    Thinking("a thought that is long enough for two deltas", "c2ln"),
    RedactedThinking("ZGF0"),
    Text("Hello, 世界!", piece=4),
    ToolCall("Write", '{"file_path":"/a/b.txt","content":"some text that spans deltas"}'),
    ToolCall("Bash", "{}", id="given"),
    WebSearch("q", SOURCES),
    Text("found", sources=SOURCES),
)


def reply(script: Script) -> Reply:
    return Reply(DIGEST, "sim-x", script, Usage(fresh=7, cache_read=90, cache_write=10, output=42, thinking=9))


def data(event: Event) -> dict[str, Any]:
    name, line, *_ = event.data.decode().split("\n")
    parsed: dict[str, Any] = json.loads(line.removeprefix("data: "))
    assert name == f"event: {parsed['type']}"
    assert event.data.endswith(b"\n\n")
    return parsed


def accumulated(events: list[Event]) -> dict[str, Any]:
    """What a client makes of the stream, by the rules of the protocol."""
    message: dict[str, Any] = {}
    texts: dict[int, str] = {}
    for event in map(data, events):
        match event["type"]:
            case "message_start":
                message = event["message"]
                assert (message["content"], message["stop_reason"], message["usage"]["output_tokens"]) == ([], None, 1)
            case "content_block_start":
                assert event["index"] == len(message["content"])
                message["content"].append(event["content_block"])
            case "content_block_delta":
                kind, value = (event["delta"][key] for key in event["delta"])
                block = message["content"][event["index"]]
                if kind == "citations_delta":
                    block["citations"].append(value)
                elif kind == "input_json_delta":
                    texts[event["index"]] = texts.get(event["index"], "") + value
                else:
                    field = kind.removesuffix("_delta")
                    block[field] = value if field == "signature" else block[field] + value
            case "content_block_stop":
                if event["index"] in texts:
                    message["content"][event["index"]]["input"] = json.loads(texts[event["index"]])
            case "message_delta":
                message.update(event["delta"])
                message["usage"].update(event["usage"])
    return message


@pytest.mark.parametrize("script", [say(*STEPS), say(Text("x")), Script(()), Script((Text("no"),), Stop.REFUSAL)])
def test_the_stream_accumulates_to_the_buffered_message(script: Script) -> None:
    streamed = accumulated(list(DIALECT.events(reply(script))))
    assert streamed["usage"].pop("output_tokens_details") == {"thinking_tokens": 9}
    assert streamed == json.loads(DIALECT.buffered(reply(script)))


def test_the_buffered_message_is_complete() -> None:
    message = json.loads(DIALECT.buffered(reply(say(*STEPS))))
    assert [block["type"] for block in message["content"]] == [
        "thinking",
        "redacted_thinking",
        "text",
        "tool_use",
        "tool_use",
        "server_tool_use",
        "web_search_tool_result",
        "text",
    ]
    assert message["content"][0] == {"type": "thinking", "thinking": STEPS[0].text, "signature": "c2ln"}  # type: ignore[union-attr]
    assert message["content"][4]["id"] == "given"
    assert message["stop_reason"] == "tool_use"
    assert message["usage"]["cache_read_input_tokens"] == 90
    assert message["usage"]["cache_creation"]["ephemeral_5m_input_tokens"] == 10


def test_the_stream_pings_after_the_first_block_has_begun() -> None:
    kinds = [data(event)["type"] for event in DIALECT.events(reply(say(Text("x"))))]
    assert kinds == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_content_events_are_the_deltas() -> None:
    events = DIALECT.events(reply(say(Text("abcdefgh", piece=2))))
    assert [data(event)["delta"]["text"] for event in events if event.part is Part.CONTENT] == ["ab", "cd", "ef", "gh"]


def test_minted_ids_differ_within_an_answer_and_fit_the_pattern() -> None:
    message = json.loads(DIALECT.buffered(reply(say(ToolCall("f", "{}"), ToolCall("f", "{}")))))
    first, second = (block["id"] for block in message["content"])
    assert first != second
    assert first.startswith("toolu_")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
        (529, "overloaded_error"),
    ],
)
def test_errors_are_named_by_their_status(status: int, kind: str) -> None:
    error = {"type": "error", "error": {"type": kind, "message": "m"}, "request_id": "req_0123456789abcdef01234567"}
    assert json.loads(DIALECT.error(Refusal(status, "m"), DIGEST)) == error
    assert data(DIALECT.error_event(Refusal(status, "m"), reply(Script(())), 3)) == error


def test_overflow_has_the_wording_agents_know() -> None:
    assert DIALECT.overflow(7, 5) == Refusal(400, "prompt is too long: 7 tokens > 5 maximum")

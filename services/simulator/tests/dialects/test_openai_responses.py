"""The Responses API: requests."""

import json
from typing import Any

import pytest

from fairlead.simulator.dialects import Endpoint, Refusal
from fairlead.simulator.dialects.openai_responses import OpenAIResponses
from fairlead.simulator.dialects.openai_responses.encrypted import encrypted
from fairlead.simulator.http1 import Request
from fairlead.simulator.script import signed
from fairlead.simulator.turn import ANY_TOOL, Call, Tool, Turn

DIALECT = OpenAIResponses()
TOOL = {"type": "function", "name": "write", "parameters": {"type": "object", "properties": {"cache_control": {}}}}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "write", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "ok"}
OURS = encrypted(signed("hm"))
REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": OURS}


def user(content: object, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **more}


def assistant(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(parts), **more}


def body(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m", "input": list(items) or [user("hi")], **more}


def read(sent: object, *, strict: bool = True, endpoint: Endpoint = Endpoint.GENERATE) -> Turn | Refusal:
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return DIALECT.read(Request("POST", "/v1/responses", (), data), endpoint, strict=strict)


def turn(sent: object) -> Turn:
    found = read(sent)
    assert isinstance(found, Turn), found
    return found


def test_paths_are_told_by_their_end() -> None:
    assert DIALECT.claims("/openai/v1/responses") is Endpoint.GENERATE
    assert DIALECT.claims("/v1/responses/input_tokens") is Endpoint.COUNT
    assert DIALECT.claims("/v1/responses/resp_1") is None


def test_a_request_is_read_as_an_agent_sends_it() -> None:
    found = turn(
        body(
            {
                "type": "message",
                "id": "msg_0",
                "role": "developer",
                "content": [{"type": "input_text", "text": "good"}],
            },
            user([{"type": "input_text", "text": "look"}, {"type": "input_image", "image_url": "data:,"}]),
            REASONING,
            assistant({"type": "output_text", "text": "I will"}, id="msg_1", status="completed", phase="commentary"),
            CALL,
            {**CALL, "id": "fc_2", "call_id": "call_2"},
            {**OUTPUT, "call_id": "call_2", "output": [{"type": "input_text", "text": "two"}]},
            OUTPUT,
            {**CALL, "id": "fc_3", "call_id": "call_3"},
            {**OUTPUT, "call_id": "call_3"},
            instructions="Working directory: /w",
            tools=[
                TOOL,
                {"type": "namespace", "name": "agents", "tools": [{**TOOL, "name": "spawn"}]},
                {"type": "custom", "name": "patch", "format": {"type": "text"}},
                {**TOOL, "name": "later", "defer_loading": True},
                {"type": "web_search", "external_web_access": True},
            ],
            tool_choice="required",
            max_output_tokens=16,
            stream=True,
            store=False,
            reasoning={"effort": "high", "summary": "auto"},
            include=["reasoning.encrypted_content", "web_search_call.action.sources"],
            parallel_tool_calls=True,
            prompt_cache_key="k",
            client_metadata={"a": "b"},
        )
    )
    assert (found.prompt, found.stream, found.forced, found.max_tokens) == ("look\n[input_image]", True, ANY_TOOL, 16)
    assert found.rounds == ((Call("write", "ok"), Call("write", "two")), (Call("write", "ok"),))
    schema = TOOL["parameters"]
    assert isinstance(schema, dict)
    assert found.tools == (Tool("write", schema), Tool("spawn", schema, "agents"), Tool("patch", {}, None, True))
    assert found.background[:2] == ("Working directory: /w", "good")
    assert (found.searches, found.shows_thinking, found.shows_sources) == (True, True, True)


def test_a_string_is_one_message_of_the_user() -> None:
    found = turn({"model": "m", "input": "hello there", "tools": []})
    assert (found.prompt, found.rounds, found.shows_thinking, found.searches) == ("hello there", (), False, False)


def test_a_named_choice_and_a_schema_are_read() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    wanted = {"type": "json_schema", "name": "n", "schema": schema, "strict": True}
    found = turn(body(tools=[TOOL], tool_choice={"type": "function", "name": "write"}, text={"format": wanted}))
    assert (found.forced, found.schema) == ("write", schema)


def too_long(path: str, length: int) -> str:
    return (
        f"Invalid '{path}': string too long. Expected a string with maximum length 64, but got a string with length "
        f"{length} instead."
    )


def moved(key: str, to: str) -> str:
    return (
        f"Unsupported parameter: '{key}'. In the Responses API, this parameter has moved to '{to}'. Try again with the "
        "new parameter."
    )


STRICT = {**TOOL, "strict": True, "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}
CLOSED = {**STRICT["parameters"], "additionalProperties": False}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("sent", "message", "param", "code"),
    [
        ({"input": "hi"}, "you must provide a model parameter", None, None),
        (
            {"model": "m"},
            """One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided.""",
            "input",
            "missing_required_parameter",
        ),
        (
            {"model": "m", "input": 7},
            "Invalid type for 'input': expected a string or an array or null, but got an integer instead.",
            "input",
            "invalid_type",
        ),
        (body(messages=[]), moved("messages", "input"), "messages", "unsupported_parameter"),
        (body(max_tokens=9), moved("max_tokens", "max_output_tokens"), "max_tokens", "unsupported_parameter"),
        (body(stop=["x"]), "Unknown parameter: 'stop'.", "stop", "unknown_parameter"),
        (
            body(user("a", cache_control={})),
            "Unknown parameter: 'input[0].cache_control'.",
            "input[0].cache_control",
            "unknown_parameter",
        ),
        (
            body(user([{"type": "input_text", "text": "a", "cache_control": {}}])),
            "Unknown parameter: 'input[0].content[0].cache_control'.",
            "input[0].content[0].cache_control",
            "unknown_parameter",
        ),
        (
            body(max_output_tokens=15),
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.",
            "max_output_tokens",
            "integer_below_min_value",
        ),
        (
            body(tools=[{"type": "function", "function": {"name": "f"}}]),
            "Missing required parameter: 'tools[0].name'.",
            "tools[0].name",
            "missing_required_parameter",
        ),
        (
            body(tools=[{**TOOL, "function": {"name": "f"}}]),
            "Unknown parameter: 'tools[0].function'.",
            "tools[0].function",
            "unknown_parameter",
        ),
        (
            body(tools=[{**TOOL, "name": "a.b"}]),
            "Invalid 'tools[0].name': string does not match pattern. Expected a string that matches the pattern "
            "'^[a-zA-Z0-9_-]+$'.",
            "tools[0].name",
            "invalid_value",
        ),
        (
            body(tools=[STRICT]),
            "Invalid schema for function 'write': In context=(), 'additionalProperties' is required to be supplied and "
            "to be false.",
            "tools[0].parameters",
            "invalid_function_parameters",
        ),
        (
            body(tools=[{**STRICT, "parameters": CLOSED}]),
            "Invalid schema for function 'write': In context=(), 'required' is required to be supplied and to be an "
            "array including every key in properties. Missing 'a'.",
            "tools[0].parameters",
            "invalid_function_parameters",
        ),
        (
            body(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "write"}}),
            "Missing required parameter: 'tool_choice.name'.",
            "tool_choice.name",
            "missing_required_parameter",
        ),
        (
            body(tools=[TOOL], tool_choice={"type": "function", "name": "x"}),
            "Tool choice 'x' not found in 'tools' parameter.",
            "tool_choice",
            None,
        ),
        (
            body(tools=[], tool_choice="required"),
            "Tool choice 'required' must be specified with 'tools' parameter.",
            "tool_choice",
            None,
        ),
        (
            body(user("a"), assistant({"type": "input_text", "text": "b"})),
            "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
            "input[1].content[0]",
            "invalid_value",
        ),
        (
            body(user([{"type": "text", "text": "b"}])),
            "Invalid value: 'text'. Supported values are: 'input_text', 'input_image', and 'input_file'.",
            "input[0].content[0]",
            "invalid_value",
        ),
        (
            body({"role": "tool", "content": "b"}),
            "Invalid value: 'tool'. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
            "input[0].role",
            "invalid_value",
        ),
        (body(user("a"), CALL), "No tool output found for function call call_1.", "input", None),
        (
            body(user("a"), OUTPUT),
            "No tool call found for function call output with call_id call_1.",
            "input",
            None,
        ),
        (
            body(user("a"), OUTPUT, CALL),
            "No tool call found for function call output with call_id call_1.",
            "input",
            None,
        ),
        (
            body(user("a"), {**CALL, "id": "call_1"}, OUTPUT),
            "Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'.",
            "input[1].id",
            "invalid_value",
        ),
        (
            body(user("a"), {**REASONING, "id": "msg_1"}),
            "Invalid 'input[1].id': 'msg_1'. Expected an ID that begins with 'rs'.",
            "input[1].id",
            "invalid_value",
        ),
        (
            body(user("a", id="msg_" + "x" * 61)),
            too_long("input[0].id", 65),
            "input[0].id",
            "string_above_max_length",
        ),
        (
            body(user("a"), {**CALL, "call_id": "c" * 65}, {**OUTPUT, "call_id": "c" * 65}),
            too_long("input[1].call_id", 65),
            "input[1].call_id",
            "string_above_max_length",
        ),
        (
            body(user("a"), {**CALL, "arguments": None}, OUTPUT),
            "Missing required parameter: 'input[1].arguments'.",
            "input[1].arguments",
            "missing_required_parameter",
        ),
        (
            body(user("a"), {"type": "reasoning", "encrypted_content": OURS}),
            "Missing required parameter: 'input[1].summary'.",
            "input[1].summary",
            "missing_required_parameter",
        ),
        (
            body(previous_response_id="resp_1"),
            "Previous response with id 'resp_1' not found.",
            "previous_response_id",
            "previous_response_not_found",
        ),
        (
            body(text={"format": {"type": "json_schema", "json_schema": {"name": "n"}}}),
            "Missing required parameter: 'text.format.name'.",
            "text.format.name",
            "missing_required_parameter",
        ),
    ],
)
def test_mistakes_are_refused_in_the_words_of_the_service(
    sent: dict[str, Any], message: str, param: str | None, code: str | None
) -> None:
    assert read(sent) == Refusal(400, message, "invalid_request_error", param, code)


def test_an_unknown_item_is_refused_with_the_known_ones() -> None:
    found = read(body({"type": "tool_result", "content": "x"}))
    assert isinstance(found, Refusal)
    assert found.message.startswith("Invalid value: 'tool_result'. Supported values are: 'message', 'reasoning',")


@pytest.mark.parametrize(
    "content", ["garbage", "gAAAAAforeign==", OURS[:-4], OURS.rstrip("="), f"A{OURS[1:]}", "", signed("hm").signature]
)
def test_encrypted_reasoning_of_others_is_refused(content: str) -> None:
    found = read(body(user("a"), {"type": "reasoning", "summary": [], "encrypted_content": content}))
    assert isinstance(found, Refusal)
    assert (found.status, found.code) == (400, "invalid_encrypted_content")
    assert "could not be verified" in found.message


def test_encrypted_reasoning_of_this_service_is_taken_with_and_without_its_id() -> None:
    assert isinstance(read(body(user("a"), REASONING)), Turn)
    assert isinstance(read(body(user("a"), {**REASONING, "summary": [{"type": "summary_text", "text": "x"}]})), Turn)
    assert isinstance(read(body(user("a"), {"type": "reasoning", "summary": [], "encrypted_content": OURS})), Turn)
    assert isinstance(read(body(user("a"), {"type": "reasoning", "summary": [], "content": None})), Turn)


@pytest.mark.parametrize(
    "item",
    [{"type": "item_reference", "id": "rs_1"}, {**REASONING, "encrypted_content": None}],
)
def test_what_would_have_to_be_looked_up_is_not_found(item: dict[str, Any]) -> None:
    found = read(body(user("a"), item))
    assert isinstance(found, Refusal)
    assert found.status == 404
    assert found.message.startswith("Item with id 'rs_1' not found.")


def test_outputs_need_not_follow_their_calls_at_once() -> None:
    assert isinstance(read(body(user("a"), CALL, assistant({"type": "output_text", "text": "b"}), OUTPUT)), Turn)


def test_leniency_takes_what_can_be_read() -> None:
    foreign = {**REASONING, "encrypted_content": "x"}
    assert isinstance(read(body(user("a"), foreign, CALL, messages=[], max_output_tokens=1), strict=False), Turn)


def test_counting_takes_its_own_keys_and_counts() -> None:
    found = read(body(user("x" * 400)), endpoint=Endpoint.COUNT)
    assert isinstance(found, Turn)
    assert json.loads(DIALECT.count(found)) == {
        "object": "response.input_tokens",
        "input_tokens": found.sizes.total_tokens,
    }
    assert found.sizes.total_tokens > 100
    refused = read(body(stream=False), endpoint=Endpoint.COUNT)
    assert isinstance(refused, Refusal)
    assert refused.message == "Unknown parameter: 'stream'."

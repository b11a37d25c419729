"""From Responses to chat between our services and back: nothing is lost on the way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Message, Text, Thinking, ToolCall
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.profile import BETWEEN_SERVICES
from fairlead.shared.sse import EventParser
from fairlead.shared.translation import Translated, answer_from_stream

from .responses_shapes import CREATED, REASONING, WHOLE, added, call, done, end, message, read, reasoning, said, text

CHAT = DIALECTS["openai"]
LANE = ReplyContext("r1", 5, "m", extensions=True)
CONTEXT = ReplyContext("r1", 5, "m")

ITEMS: list[dict[str, Any]] = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}], "tempo": 2},
    reasoning("one", "two", encrypted_content="gA"),
    message(said("a"), {"type": "refusal", "refusal": "b"}, phase="commentary"),
    call('{"a": 1.0}', caller={"type": "direct"}),
    call("{}", call_id="call_2", namespace="agents"),
    {"type": "custom_tool_call", "call_id": "call_3", "name": "patch", "input": "raw"},
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
    {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_image", "file_id": "file-1"}]},
    {"type": "function_call_output", "call_id": "call_2", "output": "done"},
    {"type": "custom_tool_call_output", "call_id": "call_3", "output": "done"},
    {"type": "mcp_call", "id": "mcp_1", "name": "n"},
    {"type": "shell_call_output", "call_id": "call_9", "output": []},
    {"type": "message", "role": "user", "content": [{"type": "input_smell", "rose": True}]},
    {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "hurry"}]},
]
FIELDS: dict[str, Any] = {
    "instructions": "be good",
    "tools": [
        {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False},
        {"type": "custom", "name": "patch", "format": {"type": "text"}},
        {"type": "namespace", "name": "agents", "description": "d", "tools": [{"type": "custom", "name": "g"}]},
        {"type": "web_search", "external_web_access": True},
        {"type": "image_generation"},
    ],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
    "parallel_tool_calls": False,
    "reasoning": {"effort": "high"},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}, "verbosity": "low"},
    "max_output_tokens": 99,
    "temperature": 0.5,
    "stream": True,
    "safety_identifier": "me" * 50,
    "prompt_cache_key": "k",
    "service_tier": "flex",
    "previous_response_id": "resp_1",
}


def there_and_back(*items: Any, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body for a Responses provider, with and without the lane in between."""
    request = read(*items, **fields)
    lane = CHAT.encode_request(request, BETWEEN_SERVICES)
    assert lane.losses == ()
    back = CHAT.decode_request(peek(lane.body))
    direct, indirect = (OPENAI_RESPONSES.encode_request(one, REASONING).body for one in (request, back))
    return json.loads(direct), json.loads(indirect)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["type"])
def test_every_kind_of_item_crosses_the_lane(item: dict[str, Any]) -> None:
    direct, indirect = there_and_back({"role": "user", "content": "x"}, item)
    assert indirect["input"] == direct["input"]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_crosses_the_lane(field: str) -> None:
    tools = {"tools": FIELDS["tools"]} if field in ("tool_choice", "parallel_tool_calls") else {}
    direct, indirect = there_and_back({"role": "user", "content": "x"}, **{field: FIELDS[field]}, **tools)
    assert indirect == direct


def test_a_whole_request_crosses_the_lane() -> None:
    direct, indirect = there_and_back(*ITEMS, **FIELDS)
    assert indirect == direct


def without_ids(answer: Message) -> list[Any]:
    """An answer's blocks, reasoning without the id its item was announced under."""
    return [
        Thinking(block.text, block.signature, block.maker) if isinstance(block, Thinking) else block
        for block in answer.content
    ]


SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}
OTHER = {"type": "mcp_call", "id": "mcp_1", "name": "n"}
CITED = {"type": "url_citation", "url": "https://e.example", "title": "E", "start_index": 0, "end_index": 1}
OUTPUT = [
    reasoning("one", "two", encrypted_content="gA"),
    SEARCH,
    message(said("a", CITED), said("b"), phase="commentary"),
    OTHER,
    call('{"a": 1.0}'),
    call("{}", call_id="call_2", id="fc_2", namespace="agents"),
    {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_3", "name": "patch", "input": "raw"},
]


@given(st.lists(st.sampled_from(OUTPUT), max_size=5, unique_by=lambda item: item["id"]))
def test_a_whole_answer_crosses_the_lane(output: list[Any]) -> None:
    answer = {"id": "resp_1", "model": "m", "status": "completed", "output": output}
    told = OPENAI_RESPONSES.decode_response(json.dumps(answer).encode())
    back = CHAT.decode_response(CHAT.encode_response(told, LANE).body)
    assert without_ids(back) == without_ids(told)
    assert (back.finish, back.usage) == (told.finish, told.usage)


@given(st.lists(st.sampled_from(OUTPUT), max_size=5, unique_by=lambda item: item["id"]))
def test_a_stream_crosses_the_lane(output: list[Any]) -> None:
    events = [CREATED, *[one for at, item in enumerate(output) for one in (added(at, **item), done(at, **item))], end()]
    stream = b"".join(b"event: %b\ndata: %b\n\n" % (one.name.encode(), one.data) for one in events)
    lane, back = Translated(OPENAI_RESPONSES, CHAT, LANE), Translated(CHAT, OPENAI_RESPONSES, CONTEXT)
    written = back.feed(lane.feed(stream) + lane.close()) + back.close()
    assert lane.encoder.violations == back.encoder.violations == {}
    direct, told = answer_from_stream(OPENAI_RESPONSES, stream), answer_from_stream(OPENAI_RESPONSES, written)
    assert without_ids(told) == without_ids(direct)
    assert told.finish == direct.finish


def test_a_streamed_text_crosses_the_lane_piece_by_piece() -> None:
    stream = b"".join(b"event: %b\ndata: %b\n\n" % (one.name.encode(), one.data) for one in [*WHOLE[:4], text("b")])
    lane, back = Translated(OPENAI_RESPONSES, CHAT, LANE), Translated(CHAT, OPENAI_RESPONSES, CONTEXT)
    events = EventParser().feed(back.feed(lane.feed(stream)))
    assert [json.loads(one.data)["delta"] for one in events if one.name.endswith("text.delta")] == ["a", "b"]


def test_what_a_client_was_given_comes_back_through_the_lane_to_its_maker() -> None:
    answer = {"id": "resp_1", "model": "m", "status": "completed", "output": OUTPUT}
    told = CHAT.decode_response(
        CHAT.encode_response(OPENAI_RESPONSES.decode_response(json.dumps(answer).encode()), LANE).body
    )
    given_to_client = json.loads(OPENAI_RESPONSES.encode_response(told, CONTEXT).body)["output"]
    request = read({"role": "user", "content": "x"}, *given_to_client)
    body = json.loads(OPENAI_RESPONSES.encode_request(request, REASONING).body)
    assert [item["type"] for item in body["input"][1:]] == [item["type"] for item in OUTPUT]
    thought = body["input"][1]
    assert (thought["id"], thought["encrypted_content"], len(thought["summary"])) == ("rs_1", "gA", 2)
    assert isinstance(request.turns[1].content[-1], ToolCall)
    assert any(isinstance(block, Text) for block in request.turns[1].content)

"""The openai lane is lossless: from Anthropic to chat and back is the identity on meaning."""

import json
from typing import Any

import pytest

from fairlead.shared.codec import peek
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.profile import BETWEEN_SERVICES, PLAIN
from fairlead.shared.translation import Translated, answer_from_stream

ANTHROPIC, OPENAI = DIALECTS["anthropic"], DIALECTS["openai"]
CONTEXT = ReplyContext("r1", 5, "m")


def there_and_back(request: dict[str, Any]) -> dict[str, Any]:
    lane = OPENAI.encode_request(ANTHROPIC.decode_request(peek(json.dumps(request).encode())), BETWEEN_SERVICES)
    assert lane.losses == ()
    back = ANTHROPIC.encode_request(OPENAI.decode_request(peek(lane.body)), PLAIN)
    assert back.losses == ()
    return json.loads(back.body)  # type: ignore[no-any-return]


def test_an_agents_request_comes_through_whole(agent_request: dict[str, Any]) -> None:
    assert there_and_back(agent_request) == agent_request


def test_arguments_and_schemas_keep_every_byte(agent_request: dict[str, Any]) -> None:
    body = json.dumps(agent_request).replace('{"n": 1.0', '{"n":  1.50e1').encode()
    lane = OPENAI.encode_request(ANTHROPIC.decode_request(peek(body)), BETWEEN_SERVICES)
    back = ANTHROPIC.encode_request(OPENAI.decode_request(peek(lane.body)), PLAIN)
    assert b'{"n":  1.50e1, "file_path": "\\u00e9"}' in back.body
    assert json.dumps(agent_request["tools"][0]["input_schema"]).encode() in back.body


UNKNOWN_BLOCKS = [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result"}]},
    {"type": "text", "text": "as they say", "citations": [{"type": "web_search_result_location"}]},
    {"type": "block_of_next_year", "anything": [1, {"a": None}]},
    {"type": "text", "text": "with a new field", "mood": {"a": 1}},
]


@pytest.mark.parametrize("block", UNKNOWN_BLOCKS, ids=lambda block: "-".join(block))
def test_what_only_anthropic_knows_is_carried_verbatim(block: dict[str, Any], agent_request: dict[str, Any]) -> None:
    agent_request["messages"][2]["content"].insert(2, block)
    assert there_and_back(agent_request) == agent_request


def test_a_new_field_on_a_message_or_a_tool_is_carried(agent_request: dict[str, Any]) -> None:
    agent_request["messages"][1]["clear_at"] = "next_user_message"
    agent_request["tools"][0]["input_examples"] = [{"file_path": "x"}]
    agent_request["tools"].append({"type": "web_search_20250305", "name": "web_search", "max_uses": 8})
    agent_request["tools"].append({"name": "Late", "input_schema": {"type": "object"}, "defer_loading": True})
    assert there_and_back(agent_request) == agent_request


def test_the_same_request_gives_the_same_bytes_every_time(agent_request: dict[str, Any]) -> None:
    body = json.dumps(agent_request).encode()
    first, second = (
        OPENAI.encode_request(ANTHROPIC.decode_request(peek(body)), BETWEEN_SERVICES).body for _ in range(2)
    )
    assert first == second


def test_an_answer_comes_through_whole() -> None:
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "ZGF0"},
            {"type": "text", "text": "ok"},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": [1, 2]}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 7,
            "cache_creation_input_tokens": 1,
            "cache_read_input_tokens": 2,
            "output_tokens": 3,
            "output_tokens_details": {"thinking_tokens": 1},
        },
    }
    lane = OPENAI.encode_response(ANTHROPIC.decode_response(json.dumps(answer).encode()), CONTEXT)
    back = ANTHROPIC.encode_response(OPENAI.decode_response(lane), CONTEXT)
    assert json.loads(back) == {**answer, "id": "msg_r1"}


def test_a_stream_comes_through_whole(agent_stream: bytes) -> None:
    there, back = Translated(ANTHROPIC, OPENAI, CONTEXT), Translated(OPENAI, ANTHROPIC, CONTEXT)
    out = back.feed(there.feed(agent_stream) + there.close()) + back.close()
    told, original = answer_from_stream(ANTHROPIC, out), answer_from_stream(ANTHROPIC, agent_stream)
    assert told.content == original.content
    assert told.finish == original.finish
    assert told.usage == original.usage
    assert there.encoder.violations == back.encoder.violations == {}

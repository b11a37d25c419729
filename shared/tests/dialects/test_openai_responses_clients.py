"""Requests of real clients, with text of our own."""

import json
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES

from .responses_shapes import losses, write

# Real clients -----------------------------------------------------------------------------------

CODEX: dict[str, Any] = {
    "model": "my-gpt",
    "stream": True,
    "input": [
        {
            "type": "message",
            "id": "msg_0",
            "role": "developer",
            "content": [{"type": "input_text", "text": "be an agent"}, {"type": "input_text", "text": "carefully"}],
        },
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "make a file"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": None, "encrypted_content": None},
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "exec_command",
            "arguments": '{"cmd":"echo hi > f"}',
            "status": "completed",
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "Exit code: 0"},
    ],
    "tools": [
        {
            "type": "function",
            "name": "exec_command",
            "description": "d",
            "strict": False,
            "parameters": {"type": "object", "properties": {}},
        },
        {
            "type": "namespace",
            "name": "multi_agent_v1",
            "description": "d",
            "tools": [
                {
                    "type": "function",
                    "name": "spawn",
                    "strict": False,
                    "parameters": {"type": "object", "properties": {}},
                }
            ],
        },
        {"type": "web_search", "external_web_access": True},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "k",
    "client_metadata": {"a": "b"},
}


def test_a_codex_request_goes_to_a_responses_model_with_nothing_but_ids_and_empty_reasoning_gone() -> None:
    request = OPENAI_RESPONSES.decode_request(peek(json.dumps(CODEX).encode()))
    expected = json.loads(json.dumps(CODEX))
    expected["input"] = [
        {name: value for name, value in item.items() if name not in ("id", "status")}
        for item in expected["input"]
        if item["type"] != "reasoning"
    ]
    assert write(request) == expected
    assert losses(request) == []


OPENCODE: dict[str, Any] = {
    "model": "my-resp",
    "input": [
        {"role": "developer", "content": "be an agent"},
        {"role": "user", "content": [{"type": "input_text", "text": "make a file"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "yes"}], "id": "msg_1"},
        {"type": "function_call", "call_id": "call_1", "name": "write", "arguments": "{}", "id": "fc_1"},
        {"type": "function_call_output", "call_id": "call_1", "output": "done"},
    ],
    "max_output_tokens": 32_000,
    "store": False,
    "tools": [
        {"type": "function", "name": "write", "description": "d", "parameters": {"type": "object", "properties": {}}}
    ],
    "tool_choice": "auto",
    "stream": True,
}


def test_an_opencode_request_is_understood() -> None:
    request = OPENAI_RESPONSES.decode_request(peek(json.dumps(OPENCODE).encode()))
    assert request.instructions == (Text("be an agent"),)
    assert request.turns == (
        Turn("user", (Text("make a file"),)),
        Turn("assistant", (Text("yes"), ToolCall("call_1", "write", "{}"))),
        Turn("user", (ToolResult("call_1", (Text("done"),)),)),
    )
    assert request.tools == (Tool("write", "d", Raw(b'{"type": "object", "properties": {}}')),)
    assert request.max_tokens == 32_000

"""Conversations and streams in the shapes real clients and providers send, with text of our own."""

import json
from typing import Any

import pytest

TOOLS: list[dict[str, Any]] = [
    {
        "name": "Write",
        "description": "Writes a file",
        "input_schema": {"type": "object", "properties": {"file_path": {"type": "string"}}, "required": ["file_path"]},
    },
    {"name": "Bash", "input_schema": {"type": "object", "properties": {}}, "cache_control": {"type": "ephemeral"}},
]

AGENT_REQUEST: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "<system-reminder>today</system-reminder>"},
                {"type": "text", "text": "write a file", "cache_control": {"type": "ephemeral"}},
            ],
        },
        {"role": "system", "content": [{"type": "text", "text": "plan mode is off"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "which file", "signature": "c2lnbmVk"},
                {"type": "redacted_thinking", "data": "b3BhcXVl"},
                {"type": "text", "text": "I will write two."},
                {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": {"n": 1.0, "file_path": "é"}},
                {"type": "text", "text": "And look."},
                {"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "content": [
                        {"type": "text", "text": "listing"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}},
                        {
                            "type": "document",
                            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                            "title": "manual.pdf",
                        },
                        {"type": "tool_reference", "tool_name": "Bash"},
                    ],
                    "is_error": True,
                },
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "done"}]},
                {"type": "text", "text": "go on"},
            ],
        },
        {"role": "system", "content": [{"type": "text", "text": "be brief"}]},
    ],
    "max_tokens": 32000,
    "system": [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.0;"},
        {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ],
    "tools": TOOLS,
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    "thinking": {"type": "adaptive", "display": "updates", "block_binding": {"prefix_mismatch_behavior": "error"}},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}, "task": 1},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "metadata": {"user_id": '{"device_id":"d","account_uuid":"","session_id":"s"}'},
    "temperature": 1.0,
    "top_p": 0.5,
    "top_k": 3,
    "stop_sequences": ["</block>"],
    "stream": True,
}


@pytest.fixture
def agent_request() -> dict[str, Any]:
    """What a coding agent sends in the middle of its work, with a bit of everything."""
    return json.loads(json.dumps(AGENT_REQUEST))  # type: ignore[no-any-return]


def anthropic_stream(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in events)


def start(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": fields}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


@pytest.fixture
def agent_stream() -> bytes:
    """A Messages stream with every block a coding agent meets: thinking, redacted, text, two parallel calls."""
    usage = {"input_tokens": 7, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 900, "output_tokens": 1}
    message = {"id": "msg_01", "type": "message", "role": "assistant", "model": "claude-x", "content": []}
    return anthropic_stream(
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None, "usage": usage}},
        {"type": "ping"},
        start(0, type="thinking", thinking="", signature=""),
        delta(0, type="thinking_delta", thinking="which "),
        delta(0, type="thinking_delta", thinking="fïle 🎣"),
        delta(0, type="signature_delta", signature="c2ln"),
        stop(0),
        start(1, type="redacted_thinking", data="b3BhcXVl"),
        stop(1),
        start(2, type="text", text=""),
        delta(2, type="text_delta", text="Writing "),
        delta(2, type="text_delta", text='"twö" 漢字\n'),
        stop(2),
        start(3, type="tool_use", id="toolu_1", name="Write", input={}),
        delta(3, type="input_json_delta", partial_json=""),
        delta(3, type="input_json_delta", partial_json='{"file_path":'),
        delta(3, type="input_json_delta", partial_json=' "a.txt"}'),
        stop(3),
        start(4, type="tool_use", id="toolu_2", name="Bash", input={}),
        stop(4),
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": 88, "output_tokens_details": {"thinking_tokens": 40}},
        },
        {"type": "message_stop"},
    )


def chat_chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-9", "object": "chat.completion.chunk", "created": 5, "model": "gpt-x"}
    return b"data: " + json.dumps({**head, "choices": [choice], **more}).encode() + b"\n\n"


@pytest.fixture
def chat_stream() -> bytes:
    """A chat completion stream with reasoning, text and two calls whose fragments come one after the other."""
    usage = {
        "prompt_tokens": 1007,
        "completion_tokens": 88,
        "total_tokens": 1095,
        "prompt_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 100},
        "completion_tokens_details": {"reasoning_tokens": 40},
    }
    return b"".join(
        [
            chat_chunk({"role": "assistant", "content": ""}),
            chat_chunk({"reasoning_content": "which "}),
            chat_chunk({"reasoning_content": "fïle"}),
            chat_chunk({"content": "Writing "}),
            b": keep-alive\n\n",
            chat_chunk({"content": "two 漢字"}),
            chat_chunk(
                {
                    "tool_calls": [
                        {"index": 0, "id": "call_1", "type": "function", "function": {"name": "Write", "arguments": ""}}
                    ]
                }
            ),
            chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"file_path":'}}]}),
            chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"a.txt"}'}}]}),
            chat_chunk(
                {
                    "tool_calls": [
                        {
                            "index": 1,
                            "id": "call_2",
                            "type": "function",
                            "function": {"name": "Bash", "arguments": "{}"},
                        }
                    ]
                }
            ),
            chat_chunk({}, "tool_calls"),
            b'data: {"id":"chatcmpl-9","choices":[],"usage":' + json.dumps(usage).encode() + b"}\n\n",
            b"data: [DONE]\n\n",
        ]
    )

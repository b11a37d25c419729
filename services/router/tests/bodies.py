"""Requests shaped like the ones coding agents send; every word in them is made up."""

import json
from typing import Any

SESSION = "3f0c9a52-7c1e-4a41-9d2e-5b1f0c6f2a11"


def claude_code(**changed: Any) -> dict[str, Any]:
    """A main call of Claude Code for a model name it does not know, early in a conversation."""
    body: dict[str, Any] = {
        "model": "my-model",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "<system-reminder>Today is a day.</system-reminder>"},
                    {"type": "text", "text": "Write a file", "cache_control": {"type": "ephemeral"}},
                ],
            },
            {"role": "system", "content": "Tools may be deferred."},
        ],
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.0.1; cc_entrypoint=sdk-cli;"},
            {"type": "text", "text": "You are a coding agent.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Be brief.\nBe right.", "cache_control": {"type": "ephemeral"}},
        ],
        "tools": [tool("Bash"), tool("Write")],
        "metadata": {"user_id": json.dumps({"device_id": "00", "account_uuid": "", "session_id": SESSION})},
        "max_tokens": 32000,
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
        "stream": True,
    }
    return {key: value for key, value in (body | changed).items() if value is not ...}


def tool(name: str, description: str = "Does what it says.") -> dict[str, Any]:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"argument": {"type": "string", "description": "What to do it with"}},
        "required": ["argument"],
        "additionalProperties": False,
    }
    return {"name": name, "description": description, "input_schema": schema}


def user(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def picture() -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}


def document() -> dict[str, Any]:
    return {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}


def tool_use(call: str = "toolu_1") -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": "Read", "input": {"file_path": "a.png"}}


def tool_result(*parts: dict[str, Any], call: str = "toolu_1") -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call, "content": list(parts)}


def long_body(kilobytes: int) -> bytes:
    """About that many kilobytes with 25 tools, in a conversation of many turns."""
    tools = [tool(f"Tool{number}", "A long description. " * 75) for number in range(25)]
    messages: list[dict[str, Any]] = []
    written = len(json.dumps(tools))
    while written < kilobytes * 1000:
        turn = [
            user(text('please look at "this" and that\n' * 20)),
            assistant(text("I did:\n\tcode = 1\n" * 30), tool_use(f"toolu_{len(messages)}")),
            user(tool_result(text("line of output\n" * 40), call=f"toolu_{len(messages)}")),
        ]
        messages += turn
        written += len(json.dumps(turn))
    return json.dumps(claude_code(messages=messages, tools=tools)).encode()

"""Words for the tests that talk to the normalizer over sockets: bodies to send, and answers read back."""

import json
from typing import Any

import httpx2

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
PROMPT = [{"role": "user", "content": "hi"}]
TEXT = "Hello from the simulator. This text is streamed in a few pieces."
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = {
    CHAT: [{"type": "function", "function": {"name": "get_weather", "description": "Weather.", "parameters": SCHEMA}}],
    MESSAGES: [{"name": "get_weather", "description": "Weather.", "input_schema": SCHEMA}],
}
PAIRS = [(path, provider) for path in (CHAT, MESSAGES) for provider in ("ant", "oai")]
UPSTREAM = {"ant": "/v1/messages", "oai": "/v1/chat/completions"}


def body(model: str, **more: Any) -> dict[str, Any]:
    return {"model": model, "max_tokens": 500, "messages": PROMPT, **more}


def events(text: str) -> list[dict[str, Any]]:
    """The JSON of each event of a stream."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def text_of(path: str, answer: dict[str, Any]) -> str:
    if path == CHAT:
        return answer["choices"][0]["message"]["content"]
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text")


def text_of_stream(path: str, text: str) -> str:
    if path == CHAT:
        deltas = [choice["delta"] for event in events(text) for choice in event["choices"]]
        return "".join(delta.get("content") or "" for delta in deltas)
    return "".join(event["delta"].get("text", "") for event in events(text) if event["type"] == "content_block_delta")


def calls_of(path: str, answer: dict[str, Any]) -> list[tuple[str, Any]]:
    if path == CHAT:
        calls = answer["choices"][0]["message"]["tool_calls"]
        return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]
    return [(block["name"], block["input"]) for block in answer["content"] if block["type"] == "tool_use"]


def told(response: httpx2.Response) -> tuple[str, str]:
    """The dialect an error is told in, and its message."""
    error = response.json()
    if error.get("type") == "error":
        assert set(error) == {"type", "error", "request_id"}
        return "anthropic", error["error"]["message"]
    assert set(error["error"]) == {"message", "type", "param", "code"}
    return "openai", error["error"]["message"]

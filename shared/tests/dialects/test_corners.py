"""Corners where one dialect's legal request is another's refused one."""

import json
from typing import Any

import pytest

from fairlead.shared.codec import peek
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.profile import PLAIN

ASKED = {"messages": [{"role": "user", "content": "x"}]}


def translated(source: str, target: str, body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    request = DIALECTS[source].decode_request(peek(json.dumps({"model": "m", **body}).encode()))
    encoded = DIALECTS[target].encode_request(request, PLAIN)
    return json.loads(encoded.body), [loss.what for loss in encoded.losses]


def test_a_grammar_is_nested_in_chat_and_flat_in_responses() -> None:
    nested = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}
    custom = {"type": "custom", "custom": {"name": "patch", "format": nested}}
    body, _ = translated("openai", "openai-responses", {**ASKED, "tools": [custom]})
    assert body["tools"][0]["format"] == {"type": "grammar", "syntax": "lark", "definition": "x"}


def test_a_stop_that_claude_refuses_is_named() -> None:
    body, losses = translated("openai", "anthropic", {**ASKED, "stop": ["\n", "END"]})
    assert body["stop_sequences"] == ["END"]
    assert losses == ["stop"]


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "f"}}])
def test_claude_made_to_call_a_tool_is_not_made_to_think(choice: Any) -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    asked = {**ASKED, "tools": tools, "reasoning_effort": "high"}
    body, losses = translated("openai", "anthropic", {**asked, "tool_choice": choice})
    assert "thinking" not in body
    assert body["output_config"] == {"effort": "high"}
    assert losses == ["thinking"]
    assert translated("openai", "anthropic", {**asked, "tool_choice": "auto"})[0]["thinking"] == {"type": "adaptive"}


def test_a_budget_leaves_room_for_an_answer_whose_limit_is_ours() -> None:
    asked = {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}
    thinking = {"thinkingConfig": {"thinkingBudget": 32_768}}
    body, losses = translated("gemini", "anthropic", {**asked, "generationConfig": thinking})
    assert body["thinking"]["budget_tokens"] == body["max_tokens"] - 4_096
    assert losses == ["thinking budget"]


def test_an_object_without_properties_names_none_for_openai() -> None:
    tool = {"name": "f", "input_schema": {"type": "object"}}
    body, _ = translated("anthropic", "openai", {**ASKED, "max_tokens": 5, "tools": [tool]})
    assert body["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}

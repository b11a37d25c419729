"""Corners where one dialect's legal request is another's refused one."""

import json
from typing import Any

import pytest

from fairlead.shared.assembly import assemble
from fairlead.shared.codec import peek
from fairlead.shared.conversation import FinishReason, Usage
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.profile import PLAIN
from fairlead.shared.sse import ServerEvent

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


def test_a_budget_leaves_room_for_an_answer_whose_limit_is_ours() -> None:
    asked = {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}
    thinking = {"thinkingConfig": {"thinkingBudget": 32_768}}
    body, losses = translated("gemini", "anthropic", {**asked, "generationConfig": thinking})
    assert body["thinking"]["budget_tokens"] == body["max_tokens"] - 4_096
    assert losses == ["thinking budget"]


@pytest.mark.parametrize(
    ("limit", "budget", "told"),
    [
        (8_192, 4_096, 4_096),
        (8_192, 8_192, 4_096),
        (2_000, 2_048, 1_024),
        (8_192, 512, 1_024),
        (1_024, 1_024, None),
        (100, 512, None),
    ],
)
def test_a_budget_of_geminis_is_within_what_claude_takes(limit: int, budget: int, told: int | None) -> None:
    asked = {"contents": [{"role": "user", "parts": [{"text": "x"}]}]}
    config = {"maxOutputTokens": limit, "thinkingConfig": {"thinkingBudget": budget}}
    body, losses = translated("gemini", "anthropic", {**asked, "generationConfig": config})
    assert body["max_tokens"] == limit
    assert body.get("thinking", {}).get("budget_tokens") == told
    assert bool(losses) == (told != budget)


def test_an_object_without_properties_names_none_for_openai() -> None:
    tool = {"name": "f", "input_schema": {"type": "object"}}
    body, _ = translated("anthropic", "openai", {**ASKED, "max_tokens": 5, "tools": [tool]})
    assert body["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}


def test_calls_that_are_announced_but_never_come_are_no_reason_to_wait() -> None:
    chat = DIALECTS["openai"]
    choice = {"index": 0, "message": {"content": "done"}, "delta": {"content": "done"}, "finish_reason": "tool_calls"}
    body = json.dumps({"id": "c", "model": "m", "choices": [choice]}).encode()
    assert chat.decode_response(body).finish.reason is FinishReason.STOP
    decoder = chat.stream_decoder()
    events = decoder.feed(ServerEvent("", body)) + decoder.feed(ServerEvent("", b"[DONE]"))
    assert assemble(events).finish.reason is FinishReason.STOP


def test_citations_beside_a_picture_are_no_fault() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    cited = {"type": "url_citation", "url_citation": {"url": "https://e.example", "title": "t"}}
    message = {"content": [picture], "annotations": [cited]}
    body = json.dumps({"id": "c", "model": "m", "choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    assert len(DIALECTS["openai"].decode_response(body).content) == 1


def test_the_cache_mark_of_an_empty_text_moves_to_the_block_before_it() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    content = [{"type": "text", "text": "a"}, {"type": "text", "text": " ", **mark}]
    asked = {"max_tokens": 5, "messages": [{"role": "user", "content": content}]}
    body, _ = translated("anthropic", "anthropic", asked)
    assert body["messages"][0]["content"] == [{"type": "text", "text": "a", **mark}]


def test_an_answer_of_claudes_kind_may_count_nothing() -> None:
    body = {"content": [{"type": "text", "text": "a"}], "stop_reason": None, "usage": None}
    answer = DIALECTS["anthropic"].decode_response(json.dumps({"id": "msg_1", "model": "m", **body}).encode())
    assert (answer.usage, answer.finish.reason) == (Usage(), FinishReason.STOP)


@pytest.mark.parametrize("messages", [[{"role": "system", "content": "s"}], [{"role": "user", "content": ""}]])
@pytest.mark.parametrize(("target", "field"), [("anthropic", "messages"), ("gemini", "contents")])
def test_where_nothing_is_said_a_user_says_a_dot_to_those_who_refuse_silence(
    target: str, field: str, messages: list[Any]
) -> None:
    body, losses = translated("openai", target, {"model": "m", "messages": messages})
    assert len(body[field]) == 1
    assert body[field][0]["role"] == "user"
    assert '"."' in json.dumps(body[field])
    assert "first message" in losses

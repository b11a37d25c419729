"""What Claude Code says of its requests against what their bodies let one guess: the confusions are known, and no more."""

import json
from collections import Counter
from typing import Any

import pytest

from fairlead.router import facts
from fairlead.router.work import CLASSES
from fairlead.shared import codec

from .bodies import assistant, claude_code, text, tool, tool_result, tool_use, user

THINKS = {"thinking": {"type": "adaptive"}}
UNTHINKING = {"thinking": {"type": "disabled"}}
COMPACT = "CRITICAL: Respond with TEXT ONLY. Do not call any tools.\nSum up the conversation so far."
AGENT = {"x-claude-code-agent-id": "acdd767349cf110d4"}
TURNS = [user(text("Go")), assistant(tool_use()), user(tool_result(text("done")))]
BILLED = "x-anthropic-billing-header: cc_version=2.1.197.1; cc_entrypoint=cli; cc_is_subagent=true;"
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
TITLE = {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {"title": {"type": "string"}}}}}

# What it says (by header), what it sends, and with which headers beside that one.
REQUESTS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("main", claude_code(**THINKS), {}),
    ("main", claude_code(messages=TURNS, **THINKS), {}),
    ("main", claude_code(messages=TURNS), {}),
    ("main", claude_code(tools=[], **THINKS), {}),  # --tools ""
    ("main", claude_code(tools=[], **UNTHINKING), {}),  # --tools "" and thinking turned off
    ("main", claude_code(model="claude-haiku-5-5", **THINKS), {}),
    ("main", claude_code(messages=[user(text("Read it")), user(tool_result(text(COMPACT)))]), {}),
    ("subagent", claude_code(tools=[tool("Read")], **UNTHINKING), AGENT),
    ("subagent", claude_code(messages=TURNS, **THINKS), AGENT),
    ("subagent", claude_code(system=[text(BILLED), text("You find things.")]), {}),
    ("subagent", claude_code(messages=[*TURNS, user(text(COMPACT))]), AGENT),
    ("workflow", claude_code(**THINKS), AGENT),
    ("compaction", claude_code(messages=[*TURNS, user(text(COMPACT))], **THINKS), {}),
    ("compaction", claude_code(messages=[*TURNS, {"role": "user", "content": COMPACT}]), {}),
    ("compaction", claude_code(messages=[user(text(COMPACT)), {"role": "system", "content": "Deferred."}]), {}),
    ("auxiliary", claude_code(tools=[], output_config=TITLE, **UNTHINKING), {}),
    ("auxiliary", claude_code(tools=[], output_config=TITLE), {}),
    ("auxiliary", claude_code(tools=[], model="claude-haiku-4-5-20251001"), {}),  # a page to sum up
    ("auxiliary", claude_code(tools=[SEARCH], tool_choice={"type": "auto"}), {}),
    ("auxiliary", claude_code(tools=..., stream=..., max_tokens=2112, stop_sequences=["</block>"]), {}),
    ("side_reply", claude_code(messages=TURNS, **THINKS), {}),
]

# Said, guessed: how often. What is not on the diagonal cannot be seen in a body.
MATRIX = {
    ("main", "main"): 6,
    ("main", "auxiliary"): 1,
    ("subagent", "subagent"): 4,
    ("workflow", "subagent"): 1,
    ("compaction", "compaction"): 3,
    ("auxiliary", "auxiliary"): 5,
    ("side_reply", "main"): 1,
}


def read(body: dict[str, Any], headers: dict[str, str]) -> facts.Facts:
    data = json.dumps(body).encode()
    return facts.read(headers, codec.peek(data), len(data))


def test_guesses_are_confused_as_the_matrix_says_and_not_otherwise() -> None:
    matrix = Counter((said, read(body, headers).guessed) for said, body, headers in REQUESTS)
    assert dict(matrix) == MATRIX


def test_every_class_is_among_the_requests() -> None:
    assert {said for said, _, _ in REQUESTS} == CLASSES


@pytest.mark.parametrize(("said", "body", "headers"), REQUESTS)
def test_what_is_said_counts_before_what_is_guessed(said: str, body: dict[str, Any], headers: dict[str, str]) -> None:
    assert read(body, headers | {"x-claude-code-request-class": said}).work == said


@pytest.mark.parametrize(("said", "body", "headers"), REQUESTS)
def test_a_class_nobody_knows_yet_is_as_good_as_none(said: str, body: dict[str, Any], headers: dict[str, str]) -> None:
    seen = read(body, headers | {"x-claude-code-request-class": "of-tomorrow"})
    assert seen.work == seen.guessed is not None


def test_other_clients_are_not_guessed_at() -> None:
    assert read(claude_code(system="You sum up pages.", tools=[]), {"user-agent": "anthropic/2.10"}).work is None
    assert (
        read(claude_code(system="Attribution is off."), {"user-agent": "claude-cli/2.1.328 (external, cli)"}).work
        == "main"
    )


def test_types_of_agents_and_side_calls_are_kept() -> None:
    seen = read(claude_code(), {"x-claude-code-agent-type": "Explore", "x-claude-code-auxiliary-type": "title"})
    assert (seen.agent_type, seen.auxiliary_type) == ("Explore", "title")

"""Facts of requests as coding agents send them."""

import json
import math
from typing import Any

import pytest
from msgspec import Raw

from fairlead.router import facts
from fairlead.router.facts import Facts
from fairlead.shared import codec, tokens
from fairlead.shared.conversation import (
    Image,
    Reasoning,
    Request,
    ServerTool,
    Text,
    Tool,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.failure import FailureError, Kind

from .bodies import (
    SESSION,
    assistant,
    claude_code,
    document,
    long_body,
    picture,
    text,
    tool,
    tool_result,
    tool_use,
    user,
)


def read(body: dict[str, Any], headers: dict[str, str] | None = None) -> Facts:
    data = json.dumps(body).encode()
    return facts.read(headers or {}, codec.peek(data), len(data))


def test_the_beta_for_long_prompts_is_read_among_others() -> None:
    assert read(claude_code(), {"anthropic-beta": "effort-2025-11-24, context-1m-2025-08-07"}).long_context
    assert not read(claude_code(), {"anthropic-beta": "effort-2025-11-24"}).long_context


def test_a_plain_call_of_claude_code_is_read() -> None:
    body = claude_code()
    assert read(body) == Facts(
        model="my-model",
        stream=True,
        size=len(json.dumps(body)),
        token_bound=len(json.dumps(body)),
        tools=2,
        session=SESSION,
        most_output=body["max_tokens"],
        guessed="main",
        tool_names=("Bash", "Write"),
    )


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"type": "enabled", "budget_tokens": 31999}, True),
        ({"type": "adaptive", "display": "updates"}, True),
        ({"type": "disabled"}, False),
        ({"type": "between_tools"}, False),
        ({"type": "something-new"}, False),
        (None, False),
        (..., False),
    ],
)
def test_only_a_mode_that_reasons_is_thinking(thinking: Any, expected: bool) -> None:
    assert read(claude_code(thinking=thinking)).thinking is expected


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ([{"type": "web_search_20250305", "name": "web_search", "max_uses": 8}], True),
        ([tool("Bash"), {"type": "web_search_20260209", "name": "web_search"}], True),
        ([tool("web_search")], False),
        ([tool("WebSearch"), {"type": None, "name": "x", "input_schema": {}}], False),
        ([], False),
        (None, False),
        (..., False),
    ],
)
def test_a_web_search_tool_is_known_by_its_type(tools: Any, expected: bool) -> None:
    assert read(claude_code(tools=tools)).web_search is expected


@pytest.mark.parametrize(("stream", "expected"), [(True, True), (False, False), (None, False), (..., False)])
def test_only_an_explicit_true_streams(stream: Any, expected: bool) -> None:
    assert read(claude_code(stream=stream)).stream is expected


PICTURES: list[tuple[str, list[dict[str, Any]], bool, bool]] = [
    ("in the only turn", [user(text("see"), picture())], True, True),
    ("in a tool's result", [user(text("go")), assistant(tool_use()), user(tool_result(picture()))], True, True),
    ("in one of several results", [user(tool_result(text("a")), tool_result(picture(), call="b"))], True, True),
    ("before the model answered", [user(picture()), assistant(text("nice")), user(text("now write"))], False, True),
    ("before a system message", [user(picture()), {"role": "system", "content": "Plan."}], True, True),
    ("in the first of two user messages", [user(picture()), user(text("what is it"))], True, True),
    ("only talked about", [user(text('{"type": "image"}')), assistant(text("no"))], False, False),
    ("only named in a result", [user(tool_result(text('"image"')))], False, False),
    ("not there, but a document is", [user(document())], False, False),
    ("not there, content is a string", [{"role": "user", "content": "the image"}], False, False),
]


@pytest.mark.parametrize(("messages", "now", "ever"), [row[1:] for row in PICTURES], ids=[row[0] for row in PICTURES])
def test_a_picture_is_seen(messages: list[dict[str, Any]], now: bool, ever: bool) -> None:
    seen = read(claude_code(messages=messages))
    assert (seen.image_now, seen.images) == (now, ever)


def test_what_a_few_bytes_may_stand_for_widens_the_bound_on_tokens() -> None:
    plain = read(claude_code(messages=[user(text("x"))]))
    attached = read(claude_code(messages=[user(text("x"), picture(), tool_result(document()))]))
    grown = attached.size - plain.size
    assert attached.token_bound == plain.token_bound + grown + 2 * 3_100


def test_no_attachment_is_counted_as_more_than_the_bound_has_for_it() -> None:
    most = max(tokens.IMAGE_TOKENS, tokens.REMOTE_DOCUMENT_TOKENS)
    assert most + tokens.BLOCK_TOKENS <= facts.ATTACHMENT_TOKENS


def test_the_bound_is_that_of_the_model() -> None:
    """Of the newest ones of Anthropic a byte may be more than a token."""
    told = read(claude_code(model="claude-opus-4-7"))
    assert told.token_bound == math.ceil(told.size * 1.45)


OLD_USER = "user_0a1b_account__session_6a7f"


@pytest.mark.parametrize(
    ("headers", "user_id", "session"),
    [
        ({"x-claude-code-session-id": "h"}, json.dumps({"session_id": "b"}), "h"),
        ({}, json.dumps({"device_id": "d", "session_id": "b"}), "b"),
        ({"x-session-id": "x"}, json.dumps({"session_id": "b"}), "b"),
        ({}, OLD_USER, "6a7f"),
        ({"x-session-id": "x"}, "someone", "x"),
        ({"x-session-id": "x"}, "{not json", "x"),
        ({}, json.dumps({"session_id": 7}), None),
        ({}, json.dumps({"account_uuid": ""}), None),
        ({"x-session-id": "two\r\nlines"}, None, None),
        ({"x-claude-code-session-id": "x" * 257, "x-session-id": "x"}, None, "x"),
        ({}, None, None),
    ],
)
def test_the_session_is_found_where_each_client_puts_it(
    headers: dict[str, str], user_id: str | None, session: str | None
) -> None:
    assert read(claude_code(metadata={"user_id": user_id}), headers).session == session


def test_agents_and_the_kind_of_request_are_told_by_headers() -> None:
    seen = read(
        claude_code(),
        {
            "x-claude-code-agent-id": "acdd767349cf110d4",
            "x-claude-code-parent-agent-id": "a0",
            "x-claude-code-request-class": "subagent",
        },
    )
    assert (seen.agent, seen.parent_agent, seen.request_class) == ("acdd767349cf110d4", "a0", "subagent")


def test_only_the_headers_that_conditions_look_at_are_kept() -> None:
    headers = {"x-team": "core", "authorization": "Bearer s", "x-other": "1"}
    assert facts.heard(headers, {"x-team", "x-absent"}) == {"x-team": "core"}


def test_the_names_of_all_tools_are_kept() -> None:
    search = {"type": "web_search_20250305", "name": "web_search"}
    assert read(claude_code(tools=[tool("Bash"), search])).tool_names == ("Bash", "web_search")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"model": ...}, "model"),
        ({"model": ""}, "model"),
        ({"model": 7}, "model"),
        ({"messages": ...}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": [{"content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [user(tool_result()), {"role": "user", "content": ["x"]}]}, "messages[1].content[0]"),
        ({"stream": "yes"}, "stream"),
        ({"tools": {}}, "tools"),
        ({"thinking": "hard"}, "thinking"),
        ({"metadata": {"user_id": 3}}, "metadata.user_id"),
    ],
)
def test_a_body_no_model_could_read_is_refused_with_the_path(changed: dict[str, Any], path: str) -> None:
    with pytest.raises(FailureError) as refused:
        read(claude_code(**changed))
    assert refused.value.failure.kind is Kind.BAD_REQUEST
    assert refused.value.failure.param == path


def test_fields_that_are_unknown_or_not_looked_at_do_not_matter() -> None:
    odd = claude_code(tool_choice=5, safeguards={"x": [1]}, max_tokens="many", temperature=[])
    assert read(odd).model == "my-model"


def test_facts_of_a_large_body_are_read_from_its_fields_alone() -> None:
    body = long_body(136)
    assert 120_000 < len(body) < 160_000
    seen = facts.read({}, codec.peek(body), len(body))
    assert (seen.tools, seen.images, seen.session) == (25, False, SESSION)


# Clients of other dialects ---------------------------------------------------------------------------------------------


def of(request: Request, **headers: str) -> Facts:
    return facts.of_request({name.replace("_", "-"): value for name, value in headers.items()}, request, 100)


PICTURE = Image(UrlSource("https://e.example/x.png"))


def test_a_request_in_any_dialect_says_what_routing_looks_at() -> None:
    request = Request(
        "m",
        (Turn("user", (Text("a"), PICTURE)), Turn("assistant", (Text("b"),)), Turn("user", (Text("c"),))),
        tools=(Tool("f", None, None), ServerTool("web_search", Unknown("gemini", Raw(b"{}")))),
        stream=True,
    )
    seen = of(request, session_id="s1")
    assert (seen.model, seen.stream, seen.tools, seen.web_search, seen.session) == ("m", True, 2, True, "s1")
    assert (seen.images, seen.image_now) == (True, False)


def test_a_picture_in_a_tools_answer_is_a_picture_now() -> None:
    request = Request("m", (Turn("assistant", (Text("a"),)), Turn("user", (ToolResult("c", (PICTURE,)),))))
    assert of(request).image_now


@pytest.mark.parametrize(
    ("reasoning", "thinks"),
    [
        (Reasoning(), False),
        (Reasoning(effort="high"), True),
        (Reasoning(effort="none"), False),
        (Reasoning(mode="disabled", effort="high"), False),
        (Reasoning(mode="enabled"), True),
    ],
)
def test_reasoning_is_seen_however_it_was_asked_for(reasoning: Reasoning, thinks: bool) -> None:
    assert of(Request("m", (Turn("user", (Text("a"),)),), reasoning=reasoning)).thinking is thinks


def test_instructions_alone_can_be_answered() -> None:
    assert of(Request("m", (), (Text("Say hi"),))).images is False


@pytest.mark.parametrize("request_", [Request("", (Turn("user", (Text("a"),)),)), Request("m", ())])
def test_a_request_without_model_or_conversation_is_refused(request_: Request) -> None:
    with pytest.raises(FailureError) as refused:
        of(request_)
    assert refused.value.failure.kind is Kind.BAD_REQUEST

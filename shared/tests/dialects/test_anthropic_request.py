"""Facts about Messages requests, read and written."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Base64Source,
    CacheHint,
    Document,
    OutputFormat,
    Reasoning,
    RedactedThinking,
    Request,
    Sampling,
    Source,
    Text,
    TextSource,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN, Profile

ANTHROPIC = DIALECTS["anthropic"]


def read(**fields: Any) -> Request:
    return ANTHROPIC.decode_request(peek(json.dumps({"model": "m", "messages": [], **fields}).encode()))


def write(request: Request, profile: Profile = PLAIN) -> dict[str, Any]:
    return json.loads(ANTHROPIC.encode_request(request, profile).body)  # type: ignore[no-any-return]


def losses(request: Request, profile: Profile = PLAIN) -> list[str]:
    return [loss.what for loss in ANTHROPIC.encode_request(request, profile).losses]


def ask(*turns: Turn, **fields: Any) -> Request:
    return Request("m", turns, **fields)


def test_an_agents_request_is_written_as_it_was_read(agent_request: dict[str, Any]) -> None:
    request = ANTHROPIC.decode_request(peek(json.dumps(agent_request).encode()))
    assert write(request) == agent_request


def test_system_may_be_a_string() -> None:
    assert read(system="be brief").instructions == (Text("be brief"),)


def test_content_may_be_a_string() -> None:
    assert read(messages=[{"role": "user", "content": "hi"}]).turns == (Turn("user", (Text("hi"),)),)


def test_a_cache_marker_keeps_its_time_to_live() -> None:
    block = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    turn = read(messages=[{"role": "user", "content": [block]}]).turns[0]
    assert turn.content == (Text("a", CacheHint("1h")),)


def test_a_block_of_unknown_type_is_kept_beside_known_ones() -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "later", "x": 1}]
    content = read(messages=[{"role": "user", "content": blocks}]).turns[0].content
    assert content[0] == Text("a")
    assert isinstance(content[1], Unknown)
    assert json.loads(bytes(content[1].raw)) == {"type": "later", "x": 1}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"messages": "x"}, "messages"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type"),
        ({"model": 5}, "model"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"tools": [{"input_schema": {}}]}, "tools[0].name"),
        ({"tools": {}}, "tools"),
        ({"tool_choice": {"type": "maybe"}}, "tool_choice.type"),
        ({"stream": "yes"}, "stream"),
        ({"system": [{"type": "tool_use", "id": "i", "name": "n", "input": {}}]}, "system[0]"),
    ],
)
def test_a_misshapen_request_is_refused_with_the_path(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(FailureError) as caught:
        read(**fields)
    assert caught.value.failure.kind is Kind.BAD_REQUEST
    assert caught.value.failure.message.startswith(path), caught.value.failure.message


@pytest.mark.parametrize("missing", ["model", "messages"])
def test_what_must_be_there_is_named_when_it_is_not(missing: str) -> None:
    fields = {"model": "m", "messages": []}
    del fields[missing]
    with pytest.raises(FailureError, match=f"{missing}: Field required"):
        ANTHROPIC.decode_request(peek(json.dumps(fields).encode()))


def test_disabled_thinking_is_said() -> None:
    assert read(thinking={"type": "disabled"}).reasoning == Reasoning(mode="disabled")


def test_consecutive_turns_of_one_role_become_one_message() -> None:
    request = ask(Turn("user", (Text("a"),)), Turn("user", (Text("b"),)), Turn("assistant", (Text("c"),)))
    assert [message["role"] for message in write(request)["messages"]] == ["user", "assistant"]


def test_results_come_first_in_the_turn_after_the_calls() -> None:
    call = ToolCall("call_1", "f", "{}")
    request = ask(
        Turn("assistant", (call,)),
        Turn("user", (Text("look"), ToolResult("call_1", (Text("r"),)))),
    )
    assert [block["type"] for block in write(request)["messages"][1]["content"]] == ["tool_result", "text"]


def test_illegal_tool_ids_are_made_legal_on_both_sides() -> None:
    call = ToolCall("functions.f:0", "f", "{}")
    request = ask(Turn("assistant", (call,)), Turn("user", (ToolResult("functions.f:0", ()),)))
    assistant, user = write(request)["messages"]
    assert assistant["content"][0]["id"] == user["content"][0]["tool_use_id"]
    assert "." not in assistant["content"][0]["id"]


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ("", {}),
        ("  ", {}),
        ('{"a":1}', {"a": 1}),
        ("{broken", {"__unparsedToolInput": {"raw": "{broken", "len": 7}}),
        ("null", {}),
        ("[1]", {"__unparsedToolInput": {"raw": "[1]", "len": 3}}),
    ],
)
def test_arguments_become_an_object_and_are_never_repaired(arguments: str, written: dict[str, Any]) -> None:
    request = ask(Turn("assistant", (ToolCall("c", "f", arguments),)))
    assert write(request)["messages"][0]["content"][0]["input"] == written


def test_empty_text_is_left_out_and_so_is_a_message_of_nothing_else() -> None:
    request = ask(Turn("user", (Text("a"),)), Turn("assistant", (Text(" "),)), Turn("user", (Text("b"),)))
    assert write(request)["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    ]


def test_an_answer_to_go_on_from_does_not_end_in_space() -> None:
    told = [Turn("user", (Text("a "),)), Turn("assistant", (Text("b "), Text("c \n")))]
    assert [block["text"] for block in write(ask(*told))["messages"][-1]["content"]] == ["b ", "c"]
    assert write(ask(*told, Turn("user", (Text("d "),))))["messages"][1]["content"][-1]["text"] == "c \n"


def test_unsigned_reasoning_is_not_sent_because_it_would_be_refused() -> None:
    request = ask(Turn("assistant", (Thinking("hm"), RedactedThinking("x"), Text("a"))))
    assert [block["type"] for block in write(request)["messages"][0]["content"]] == ["redacted_thinking", "text"]
    assert losses(request) == ["thinking"]


def test_a_system_turn_where_none_may_stand_is_told_in_a_user_turn() -> None:
    request = ask(Turn("assistant", (Text("a"),)), Turn("system", (Text("s"),)))
    last = write(request)["messages"][-1]
    assert last == {"role": "user", "content": [{"type": "text", "text": "<system>\ns\n</system>"}]}
    assert losses(request) == ["system message"]


def test_a_model_without_system_turns_is_told_in_a_user_turn() -> None:
    request = ask(Turn("user", (Text("a"),)), Turn("developer", (Text("s"),)))
    roles = [message["role"] for message in write(request, Profile(system_turns=False))["messages"]]
    assert roles == ["user"]


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (None, {"type": "object", "properties": {}}),
        (b"{}", {"type": "object", "properties": {}}),
        (b'{"properties":{"a":{}}}', {"type": "object", "properties": {"a": {}}}),
        (b'{"type":"object"}', {"type": "object"}),
    ],
)
def test_a_schema_is_given_the_object_type_anthropic_demands(schema: bytes | None, written: Any) -> None:
    tool = Tool("f", None, None if schema is None else Raw(schema))
    assert write(ask(tools=(tool,)))["tools"][0]["input_schema"] == written


def test_a_choice_of_tool_without_tools_is_left_out() -> None:
    assert "tool_choice" not in write(ask(tool_choice=ToolChoice(ToolMode.ANY)))


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice(ToolMode.ANY), {"type": "any"}),
        (ToolChoice(ToolMode.NAMED, "f"), {"type": "tool", "name": "f"}),
        (ToolChoice(ToolMode.AUTO, None, False), {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice(ToolMode.NONE, None, True), {"type": "none"}),
    ],
)
def test_the_choice_of_tool_is_written(choice: ToolChoice, written: dict[str, Any]) -> None:
    assert write(ask(tools=(Tool("f", None, None),), tool_choice=choice))["tool_choice"] == written


def test_an_answer_without_a_limit_gets_the_profiles() -> None:
    assert write(ask(), Profile(default_max_tokens=77))["max_tokens"] == 77


@pytest.mark.parametrize(
    ("effort", "written"),
    [
        ("none", {"thinking": {"type": "disabled"}}),
        ("minimal", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        ("high", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
    ],
)
def test_another_vendors_effort_becomes_adaptive_thinking(effort: str, written: dict[str, Any]) -> None:
    body = write(ask(reasoning=Reasoning(effort=effort)))
    assert {key: body[key] for key in ("thinking", "output_config") if key in body} == written


def test_a_temperature_beyond_the_scale_is_clamped_and_said() -> None:
    request = ask(sampling=Sampling(temperature=1.7, seed=3))
    assert write(request)["temperature"] == 1
    assert losses(request) == ["temperature", "seed"]


def test_json_without_a_schema_is_a_loss() -> None:
    assert losses(ask(output_format=OutputFormat(None))) == ["json_object"]


@pytest.mark.parametrize(
    "field", ['"messages":[{"role":"user","content":"%s"}]', '"messages":[],"tools":[{"name":"%s"}]']
)
def test_text_that_is_not_utf_8_is_refused(field: str) -> None:
    body = b'{"model":"m",' + (field % "X").encode().replace(b"X", b"\xff\xfe") + b"}"
    with pytest.raises(FailureError) as caught:
        ANTHROPIC.decode_request(peek(body))
    assert caught.value.failure.kind is Kind.BAD_REQUEST


@pytest.mark.parametrize("target", ["anthropic", "gemini", "openai"])
def test_instructions_that_say_nothing_are_not_told(target: str) -> None:
    silent = Turn("system", (Text(""),))
    request = ask(Turn("user", (Text("hi"),)), Turn("assistant", (Text("a"),)), silent, Turn("user", (Text("b"),)))
    encoded = DIALECTS[target].encode_request(request, Profile(system_turns=False))
    assert (b"system" in encoded.body, encoded.losses) == (False, ())


def test_what_instructions_hold_of_another_dialect_is_told_to_be_lost() -> None:
    request = ask(Turn("user", (Text("hi"),)), instructions=(Text("a"), Unknown("gemini", Raw(b'{"hologram":1}'))))
    assert write(request)["system"] == [{"type": "text", "text": "a"}]
    assert losses(request) == ["system block"]


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (Base64Source("text/csv", "YSxi"), {"type": "text", "media_type": "text/plain", "data": "a,b"}),
        (TextSource("a,b", "text/csv"), {"type": "text", "media_type": "text/plain", "data": "a,b"}),
        (Base64Source("text/csv", "/w=="), {"type": "base64", "media_type": "text/csv", "data": "/w=="}),
    ],
)
def test_a_document_of_any_kind_of_text_is_plain_text(source: Source, written: Any) -> None:
    (block,) = write(ask(Turn("user", (Document(source),))))["messages"][0]["content"]
    assert block == {"type": "document", "source": written}

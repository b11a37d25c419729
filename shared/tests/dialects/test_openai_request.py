"""Facts about chat completion requests, read and written."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Base64Source,
    Document,
    Extras,
    Image,
    OutputFormat,
    Reasoning,
    RedactedThinking,
    Request,
    Sampling,
    ServerTool,
    Text,
    TextSource,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN, Profile

OPENAI = DIALECTS["openai"]


def read(*messages: dict[str, Any], **fields: Any) -> Request:
    return OPENAI.decode_request(peek(json.dumps({"model": "m", "messages": messages, **fields}).encode()))


def write(request: Request, profile: Profile = PLAIN) -> dict[str, Any]:
    return json.loads(OPENAI.encode_request(request, profile).body)  # type: ignore[no-any-return]


def losses(request: Request, profile: Profile = PLAIN) -> list[str]:
    return [loss.what for loss in OPENAI.encode_request(request, profile).losses]


def ask(*turns: Turn, **fields: Any) -> Request:
    return Request("m", turns, **fields)


def call(id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_leading_instructions_stand_before_the_conversation_and_later_ones_in_it() -> None:
    request = read(
        {"role": "system", "content": "a"},
        {"role": "developer", "content": [{"type": "text", "text": "b"}]},
        {"role": "user", "content": "c"},
        {"role": "system", "content": "d"},
    )
    assert request.instructions == (Text("a"), Text("b"))
    assert request.turns == (Turn("user", (Text("c"),)), Turn("system", (Text("d"),)))


def test_calls_and_their_results_are_read() -> None:
    request = read(
        {"role": "assistant", "content": None, "tool_calls": [call("c1", "f", '{"a": 1}'), call("c2", "g", "")]},
        {"role": "tool", "tool_call_id": "c2", "content": "r2"},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "r1"}]},
    )
    assert request.turns == (
        Turn("assistant", (ToolCall("c1", "f", '{"a": 1}'), ToolCall("c2", "g", ""))),
        Turn("user", (ToolResult("c2", (Text("r2"),)),)),
        Turn("user", (ToolResult("c1", (Text("r1"),)),)),
    )


def test_pictures_and_files_are_read() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://e.example/a.png"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,BBBB", "filename": "a.pdf"}},
        {"type": "file", "file": {"file_data": "data:text/plain;base64,w6k="}},
    ]
    assert read({"role": "user", "content": parts}).turns[0].content == (
        Image(Base64Source("image/png", "AAAA"), "low"),
        Image(UrlSource("https://e.example/a.png")),
        Document(Base64Source("application/pdf", "BBBB"), "a.pdf"),
        Document(TextSource("é")),
    )


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_both_names_of_the_limit_are_read(name: str) -> None:
    assert read(**{name: 9}).max_tokens == 9


def test_usage_in_a_stream_is_wanted_only_when_asked_for() -> None:
    assert not read(stream=True).stream_usage
    assert read(stream=True, stream_options={"include_usage": True}).stream_usage


def test_of_both_names_for_a_user_the_newer_one_counts() -> None:
    request = read({"role": "user", "content": "q"}, user="old", safety_identifier="new")
    assert (request.user, request.extras) == ("new", None)


def test_a_refusal_beside_a_text_is_read_with_it() -> None:
    request = read({"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "refusal": "no"})
    assert request.turns[1].content == (Text("a"), Text("no", refusal=True))


def test_a_thought_put_together_from_a_stream_keeps_its_words_under_its_signature() -> None:
    def thought(*details: dict[str, Any]) -> Any:
        told = {"role": "assistant", "content": "a", "reasoning_content": "hm", "reasoning_details": details}
        return read({"role": "user", "content": "q"}, told).turns[1].content[:-1]

    signed = {"type": "reasoning.text", "signature": "s", "format": "anthropic", "index": 0}
    sealed = {"type": "reasoning.encrypted", "data": "d", "format": "anthropic", "index": 1}
    assert thought(signed, sealed) == (Thinking("hm", "s", "anthropic"), RedactedThinking("d", "anthropic"))
    assert thought(signed, {**signed, "index": 1}) == (Thinking("", "s", "anthropic"),) * 2
    assert thought({**signed, "format": "gemini"}) == (Thinking("", "s", "gemini"),)


def test_unknown_fields_are_kept_as_openais_own() -> None:
    request = read(logit_bias={"5": 1}, seed=4)
    assert request.extras is not None
    assert {name: bytes(raw) for name, raw in request.extras.fields.items()} == {"logit_bias": b'{"5": 1}'}
    assert write(request)["logit_bias"] == {"5": 1}


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({"role": "robot", "content": "x"}, "messages[0].role"),
        ({"content": "x"}, "messages[0]"),
        ({"role": "user", "content": 5}, "messages[0].content"),
        ({"role": "tool", "content": "x"}, "messages[0]"),
        ({"role": "user", "content": [{"type": "text"}]}, "messages[0].content[0]"),
        ({"role": "user", "content": [{"type": "hologram"}]}, "messages[0].content[0].type"),
        ({"role": "assistant", "tool_calls": [{"id": "x", "type": "custom"}]}, "messages[0].tool_calls[0]"),
        ({"role": "user", "content": [{"type": "file", "file": {}}]}, "messages[0].content[0].file"),
    ],
)
def test_a_misshapen_message_is_refused_with_the_path(message: dict[str, Any], path: str) -> None:
    with pytest.raises(FailureError) as caught:
        read(message)
    assert caught.value.failure.kind is Kind.BAD_REQUEST
    assert caught.value.failure.message.startswith(path), caught.value.failure.message


def test_several_answers_from_anthropic_are_refused_not_dropped() -> None:
    with pytest.raises(FailureError, match="n: not available"):
        DIALECTS["anthropic"].encode_request(read({"role": "user", "content": "x"}, n=2), PLAIN)


# Towards a server nothing more is known of ----------------------------------------------------------------------------


def test_text_goes_out_as_one_string() -> None:
    request = ask(Turn("user", (Text("a"), Text("b"))), instructions=(Text("s"), Text("t")))
    assert write(request)["messages"] == [
        {"role": "system", "content": "s\n\nt"},
        {"role": "user", "content": "a\n\nb"},
    ]


def test_a_picture_makes_parts_of_its_message() -> None:
    request = ask(Turn("user", (Text("look"), Image(Base64Source("image/png", "AA")))))
    assert write(request)["messages"][0]["content"] == [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
    ]


def test_a_picture_in_a_result_follows_in_a_user_message_after_all_results() -> None:
    request = ask(
        Turn("assistant", (ToolCall("c1", "f", "{}"), ToolCall("c2", "f", "{}"))),
        Turn(
            "user",
            (
                ToolResult("c1", (Text("see"), Image(UrlSource("https://e.example/x.png")))),
                ToolResult("c2", (Text("ok"),)),
                Text("go on"),
            ),
        ),
    )
    messages = write(request)["messages"]
    assert [message["role"] for message in messages] == ["assistant", "tool", "tool", "user"]
    assert [part["type"] for part in messages[3]["content"]] == ["text", "image_url", "text"]
    assert "c1" in messages[3]["content"][0]["text"]


def test_what_nobody_understands_in_a_result_is_lost_there_and_nothing_is_attached() -> None:
    known, later = Unknown("openai", Raw(b'{"type":"later"}')), Unknown("anthropic", Raw(b'{"type":"browser_state"}'))
    asked = Turn("assistant", (ToolCall("c1", "f", "{}"),))
    request = ask(asked, Turn("user", (ToolResult("c1", (Text("ok"), later)),)))
    assert [message["role"] for message in write(request)["messages"]] == ["assistant", "tool"]
    assert losses(request) == ["Unknown"]
    request = ask(asked, Turn("user", (ToolResult("c1", (Text("ok"), known)),)))
    assert write(request)["messages"][2]["content"][1] == {"type": "later"}


def test_no_extension_field_reaches_a_provider(agent_request: dict[str, Any]) -> None:
    request = DIALECTS["anthropic"].decode_request(peek(json.dumps(agent_request).encode()))
    body = OPENAI.encode_request(request, PLAIN).body
    for name in (b"cache_control", b"reasoning_", b"is_error", b"fairlead", b"thinking", b"defer_loading", b"top_k"):
        assert b'"' + name not in body, name


def test_an_empty_list_of_tools_is_left_out() -> None:
    body = write(ask(Turn("user", (Text("a"),)), tools=(), tool_choice=ToolChoice(ToolMode.AUTO)))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(body)


def test_tools_only_anthropic_has_are_left_out_and_said() -> None:
    request = ask(tools=(Unknown("anthropic", Raw(b"{}")), Tool("DeferredToolPlaceholder", None, None, deferred=True)))
    assert "tools" not in write(request)
    assert losses(request) == ["tool", "deferred tool placeholder"]


def test_a_deferred_tool_is_an_ordinary_one_and_its_reference_is_told() -> None:
    request = ask(
        Turn("assistant", (ToolCall("c", "ToolSearch", "{}"),)),
        Turn("user", (ToolResult("c", (ToolReference("WebFetch"),)),)),
        tools=(Tool("WebFetch", None, None, deferred=True),),
    )
    body = write(request)
    assert body["tools"] == [{"type": "function", "function": {"name": "WebFetch"}}]
    assert body["messages"][1]["content"] == "Tool WebFetch may be called from now on."


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice(ToolMode.ANY), {"tool_choice": "required"}),
        (ToolChoice(ToolMode.NONE), {"tool_choice": "none"}),
        (ToolChoice(ToolMode.NAMED, "f"), {"tool_choice": {"type": "function", "function": {"name": "f"}}}),
        (ToolChoice(ToolMode.AUTO, None, False), {"tool_choice": "auto", "parallel_tool_calls": False}),
    ],
)
def test_the_choice_of_tool_is_written(choice: ToolChoice, written: dict[str, Any]) -> None:
    body = write(ask(tools=(Tool("f", None, None),), tool_choice=choice))
    assert {key: body[key] for key in ("tool_choice", "parallel_tool_calls") if key in body} == written


def test_a_tool_that_only_another_provider_runs_cannot_be_forced() -> None:
    search = ServerTool("web_search", Unknown("anthropic", Raw(b"{}")))
    request = ask(tools=(Tool("f", None, None), search), tool_choice=ToolChoice(ToolMode.NAMED, "web_search"))
    assert write(request)["tool_choice"] == "auto"
    assert losses(request) == ["tool choice", "tool"]


def test_a_tool_without_arguments_is_called_with_an_empty_object() -> None:
    body = write(ask(Turn("assistant", (ToolCall("c", "f", ""),))))
    assert body["messages"][0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_reasoning_is_not_replayed_and_an_empty_turn_disappears() -> None:
    request = ask(Turn("user", (Text("a"),)), Turn("assistant", (Thinking("hm", "s"),)))
    assert [message["role"] for message in write(request)["messages"]] == ["user"]
    assert losses(request) == ["thinking"]


def test_effort_goes_only_to_those_known_to_take_it() -> None:
    request = ask(reasoning=Reasoning(mode="adaptive", effort="high"))
    assert "reasoning_effort" not in write(request)
    assert write(request, Profile(reasoning=("reasoning_effort",)))["reasoning_effort"] == "high"


def test_the_limit_has_the_name_the_profile_says() -> None:
    assert write(ask(max_tokens=5))["max_tokens"] == 5
    assert write(ask(max_tokens=5), Profile(max_tokens_field="max_completion_tokens"))["max_completion_tokens"] == 5


def test_a_stream_always_asks_for_its_usage() -> None:
    assert write(ask(stream=True))["stream_options"] == {"include_usage": True}
    assert "stream_options" not in write(ask(stream=True), Profile(stream_usage=False))


@pytest.mark.parametrize("strict", [True, False])
def test_a_schema_for_the_answer_is_named_and_strict_if_it_may_be(strict: bool) -> None:
    schema = {"type": "object", "additionalProperties": not strict}
    body = write(ask(output_format=OutputFormat(Raw(json.dumps(schema).encode()))))
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": strict},
    }


def test_a_document_by_url_is_refused_because_leaving_it_out_would_change_the_answer() -> None:
    with pytest.raises(FailureError, match="no documents by URL"):
        write(ask(Turn("user", (Document(UrlSource("https://e.example/a.pdf")),))))


def test_a_field_whose_absence_changes_the_answer_is_refused() -> None:
    with pytest.raises(FailureError, match="container: not available"):
        write(ask(extras=Extras("anthropic", {"container": Raw(b'"c_1"')})))


def test_what_chat_has_no_words_for_is_said() -> None:
    request = ask(
        sampling=Sampling(top_k=4),
        stop=("a", "b", "c", "d", "e"),
        user="x" * 65,
        extras=Extras("anthropic", {"context_management": Raw(b"{}")}),
    )
    assert losses(request) == ["top_k", "stop sequences", "user", "context_management"]


@pytest.mark.parametrize(
    "field",
    [
        '"messages":[{"role":"user","content":"%s"}]',
        '"messages":[],"tools":[{"type":"function","function":{"name":"%s"}}]',
    ],
)
def test_text_that_is_not_utf_8_is_refused(field: str) -> None:
    body = b'{"model":"m",' + (field % "X").encode().replace(b"X", b"\xff\xfe") + b"}"
    with pytest.raises(FailureError) as caught:
        OPENAI.decode_request(peek(body))
    assert caught.value.failure.kind is Kind.BAD_REQUEST

"""Each capability a profile declares, in the chat body it makes."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.conversation import (
    Base64Source,
    Block,
    CacheHint,
    Document,
    Extras,
    Image,
    OutputFormat,
    Reasoning,
    RedactedThinking,
    Request,
    Sampling,
    Text,
    TextSource,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
    UrlSource,
)
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.openai.schemas import without_keywords
from fairlead.shared.profile import PLAIN, Profile, efforts

OPENAI = DIALECTS["openai"]
F = Tool("f", None, None)


def write(request: Request, profile: Profile = PLAIN) -> dict[str, Any]:
    return json.loads(OPENAI.encode_request(request, profile).body)  # type: ignore[no-any-return]


def losses(request: Request, profile: Profile = PLAIN) -> list[str]:
    return [loss.what for loss in OPENAI.encode_request(request, profile).losses]


def ask(*turns: Turn, **fields: Any) -> Request:
    return Request("m", turns, **fields)


def user(*blocks: Block) -> Turn:
    return Turn("user", blocks)


def assistant(*blocks: Block) -> Turn:
    return Turn("assistant", blocks)


CALLED = (assistant(Text("a"), ToolCall("t", "f", "{}")), user(ToolResult("t", (Text("r"),))), assistant(Text("b")))


# Efforts ----------------------------------------------------------------------------------------


def test_a_level_that_a_model_lacks_is_the_nearest_lower_one_or_the_lowest() -> None:
    assert efforts("low", "high") == {
        "minimal": "low",
        "low": "low",
        "medium": "low",
        "high": "high",
        "xhigh": "high",
        "max": "high",
    }


def test_off_is_a_word_only_where_it_is_accepted_and_documented_words_win() -> None:
    assert efforts("none", "high", medium="none")["none"] == "none"
    assert efforts("none", "high", medium="none")["medium"] == "none"
    assert efforts("none", "default")["low"] == "default"


@pytest.mark.parametrize(
    ("budget", "level"),
    [(1_024, "minimal"), (1_025, "low"), (4_096, "low"), (12_288, "medium"), (24_576, "high"), (40_961, "max")],
)
def test_a_budget_comes_to_a_level(budget: int, level: str) -> None:
    request = ask(reasoning=Reasoning("enabled", budget))
    assert write(request, Profile(reasoning=("reasoning_effort",)))["reasoning_effort"] == level
    assert losses(request, Profile(reasoning=("reasoning_effort",))) == ["thinking budget"]


def test_every_other_word_than_the_clients_is_a_loss() -> None:
    profile = Profile(reasoning=("reasoning_effort",), efforts=efforts("low", "high"))
    assert losses(ask(reasoning=Reasoning(effort="max")), profile) == ["reasoning effort"]
    assert losses(ask(reasoning=Reasoning(effort="high")), profile) == []
    assert losses(ask(reasoning=Reasoning("disabled")), profile) == ["reasoning off"]


def test_who_says_nothing_about_reasoning_asks_for_nothing() -> None:
    ways = ("reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget")
    assert write(ask(), Profile(reasoning=ways)) == {"model": "m", "messages": []}


@pytest.mark.parametrize(
    ("way", "reasoning", "field"),
    [
        ("reasoning", Reasoning("adaptive"), {"enabled": True}),
        ("reasoning", Reasoning("adaptive", effort="xhigh"), {"effort": "xhigh"}),
        ("reasoning", Reasoning("enabled", 2_000), {"max_tokens": 2_000}),
        ("thinking", Reasoning("adaptive"), {"type": "enabled"}),
        ("enable_thinking", Reasoning(effort="low"), True),
        ("thinking_budget", Reasoning(effort="high"), 24_576),
        ("thinking_budget", Reasoning("enabled", 77), 77),
    ],
)
def test_reasoning_is_told_in_each_vendors_way(way: Any, reasoning: Reasoning, field: Any) -> None:
    assert write(ask(reasoning=reasoning), Profile(reasoning=(way,)))[way] == field


# Earlier reasoning ------------------------------------------------------------------------------


def test_blank_reasoning_stands_in_where_calls_demand_some() -> None:
    every = Profile(replay="reasoning_content", replay_required="all", thinks=True)
    calls = Profile(replay="reasoning_content", replay_required="calls", thinks=True)
    told = {name: [one.get("reasoning_content") for one in write(ask(*CALLED), profile)["messages"]] for name, profile in {"all": every, "calls": calls}.items()}  # fmt: skip
    assert told == {"all": [" ", None, " "], "calls": [" ", None, None]}


def test_no_blank_reasoning_without_calls_or_thought() -> None:
    profile = Profile(replay="reasoning_content", replay_required="all", reasoning=("thinking",), thinks=True)
    silent = write(ask(assistant(Text("a"))), profile)
    off = write(ask(*CALLED, reasoning=Reasoning("disabled")), profile)
    assert b"reasoning_content" not in json.dumps([silent, off]).encode()


def test_details_go_back_only_to_those_who_made_them() -> None:
    profile = Profile(replay="reasoning_details", replay_makers=("anthropic-claude-", "openai-responses-"))
    turn = assistant(
        Thinking("a", "sig", "anthropic-claude-v1"),
        RedactedThinking("enc", "openai-responses-v1"),
        Thinking("sum", "s2", "openai-responses-v1"),
        Thinking("own", "s3", "anthropic"),
        RedactedThinking("no", "gemini"),
        Text("b"),
    )
    assert write(ask(turn), profile)["messages"][0] == {
        "role": "assistant",
        "content": "b",
        "reasoning": "asum",
        "reasoning_details": [
            {"type": "reasoning.text", "text": "a", "signature": "sig", "format": "anthropic-claude-v1", "index": 0},
            {"type": "reasoning.encrypted", "data": "enc", "format": "openai-responses-v1", "index": 1},
            {"type": "reasoning.summary", "summary": "sum", "signature": "s2", "format": "openai-responses-v1", "index": 2},
        ],
    }  # fmt: skip
    assert losses(ask(turn), profile) == ["thinking"]


@pytest.mark.parametrize(
    ("maker", "told"),
    [
        ("google-gemini-v1", {"type": "reasoning.text", "text": "hm", "format": "google-gemini-v1", "index": 0}),
        ("openai-responses-v1", {"type": "reasoning.summary", "summary": "hm", "format": "openai-responses-v1", "index": 0}),
    ],
)  # fmt: skip
def test_text_that_nobody_signed_goes_back_as_its_makers_own(maker: str, told: dict[str, Any]) -> None:
    profile = Profile(replay="reasoning_details", replay_makers=("google-", "openai-"))
    turn = assistant(Thinking("hm"), RedactedThinking("d", maker), Text("a"))
    assert write(ask(turn), profile)["messages"][0]["reasoning_details"][0] == told
    both = replace(turn, content=(*turn.content, RedactedThinking("e", "google-x")))
    first = write(ask(both), profile)["messages"][0]["reasoning_details"][0]
    assert first == {"type": "reasoning.text", "text": "hm", "index": 0}


def test_encrypted_reasoning_goes_back_by_the_id_of_its_call_whatever_that_is_now() -> None:
    def details(maker: str) -> list[dict[str, Any]]:
        profile = Profile(replay="reasoning_details", replay_makers=("google-gemini-",))
        turn = assistant(RedactedThinking("d", maker), ToolCall("t.0", "f", "{}"))
        (said,) = write(ask(turn), profile)["messages"]
        return [{**one, "call": said["tool_calls"][0]["id"]} for one in said["reasoning_details"]]

    told = {"type": "reasoning.encrypted", "data": "d", "format": "google-gemini-v1", "index": 3}
    (detail,) = details("google-gemini-v1=" + urlsafe_b64encode(b'[3,"t.0"]').decode().rstrip("="))
    assert detail == {**told, "id": detail["call"], "call": detail["call"]}
    (other,) = details("google-gemini-v1=" + urlsafe_b64encode(b'[3,"else"]').decode().rstrip("="))
    assert other == {**told, "id": "else", "call": detail["call"]}
    for damaged in ("google-gemini-v1=é", "google-gemini-v1=AAAA"):
        assert [(one["format"], one["index"]) for one in details(damaged)] == [(damaged, 0)]


def test_blocks_of_reasoning_come_back_to_who_made_them_beside_the_text() -> None:
    turn = assistant(
        Thinking("hm", "c2ln", "litellm"), RedactedThinking("b3Bh", "litellm"), Thinking("mine", "x", "anthropic")
    )
    request = ask(replace(turn, content=(*turn.content, Text("a")), extras=Extras("openai", {"mood": Raw(b'"b"')})))
    profile = Profile(replay="thinking_blocks", replay_makers=("litellm",))
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "b3Bh"},
    ]
    told = {"role": "assistant", "content": "a", "reasoning_content": "hmmine", "thinking_blocks": blocks, "mood": "b"}
    assert write(request, profile)["messages"] == [told]
    assert losses(request, profile) == []
    assert losses(ask(assistant(Text("a"), RedactedThinking("b3Bh", "x"))), profile) == ["thinking"]


def test_what_a_bare_signature_says_is_no_text_to_replay() -> None:
    turn = assistant(Thinking("", "sig", "gemini"), Text("b"))
    assert write(ask(turn), Profile(replay="reasoning_content"))["messages"] == [{"role": "assistant", "content": "b"}]


# Messages ---------------------------------------------------------------------------------------


def test_roles_take_turns_where_they_must() -> None:
    profile = Profile(alternate=True)
    request = ask(
        user(Text("a")), user(Text("b")), assistant(Text("c")), assistant(Text("d")), *CALLED[:2], user(Text("e"))
    )
    roles = [(one["role"], one["content"]) for one in write(request, profile)["messages"]]
    assert roles == [
        ("user", "a\n\nb"),
        ("assistant", "c\n\nd\n\na"),
        ("tool", "r"),
        ("assistant", "OK."),
        ("user", "e"),
    ]
    assert losses(request, profile) == ["turns"]


def test_instructions_inside_the_conversation_are_told_in_a_user_turn_where_none_may_stand() -> None:
    request = ask(user(Text("a")), Turn("system", (Text("be brief"),)), instructions=(Text("s"),))
    told = write(request, Profile(system_turns=False))["messages"]
    assert told[0] == {"role": "system", "content": "s"}
    assert told[2] == {"role": "user", "content": "<system>\nbe brief\n</system>"}


def test_the_developer_is_the_system_for_who_does_not_know_it() -> None:
    request = ask(user(Text("a")), Turn("developer", (Text("b"),)))
    assert write(request)["messages"][1]["role"] == "system"
    assert write(request, Profile(system_role="developer"))["messages"][1]["role"] == "developer"


def test_names_and_empty_texts_are_spared_those_who_refuse_them() -> None:
    request = ask(
        Turn("user", (Text("a"),), name="Ann"), assistant(ToolCall("t", "f", "{}")), user(ToolResult("t", ()))
    )
    plain, spared = write(request)["messages"], write(request, Profile(names=False, empty_text="(empty)"))["messages"]
    assert (plain[0]["name"], plain[2]["content"]) == ("Ann", "")
    assert ("name" in spared[0], spared[2]["content"]) == (False, "(empty)")


def test_short_ids_are_alike_for_call_and_result_and_kept_if_short_already() -> None:
    request = ask(
        assistant(ToolCall("toolu_01", "f", "{}"), ToolCall("abcDEF123", "f", "{}")),
        user(ToolResult("toolu_01", ()), ToolResult("abcDEF123", ())),
    )
    calls, first, second = write(request, Profile(short_ids=True))["messages"]
    ids = [call["id"] for call in calls["tool_calls"]]
    assert ids == [first["tool_call_id"], second["tool_call_id"]]
    assert ids[1] == "abcDEF123"
    assert all(len(id) == 9 and id.isalnum() for id in ids)


@pytest.mark.parametrize(
    ("taken", "seen"), [("url", ["image_url", "image_url"]), ("data", ["text", "image_url"]), ("none", None)]
)
def test_a_picture_that_cannot_be_shown_is_told_of(taken: Any, seen: list[str] | None) -> None:
    request = ask(user(Image(UrlSource("https://e.example/a.png")), Image(Base64Source("image/png", "AA"))))
    content = write(request, Profile(images=taken))["messages"][0]["content"]
    assert (content.count("left out") == 2) if seen is None else ([part["type"] for part in content] == seen)
    assert losses(request, Profile(images=taken)) == ["Image"] * {"url": 0, "data": 1, "none": 2}[taken]


def test_a_document_that_cannot_be_given_is_told_of_and_text_is_given_all_the_same() -> None:
    pdf = Document(Base64Source("application/pdf", "JVBERi0="), "plan")
    request = ask(
        assistant(ToolCall("t", "f", "{}")), user(ToolResult("t", (pdf,)), pdf, Document(TextSource("notes"), "n"))
    )
    without = Profile(documents=False)
    assert [part["type"] for part in write(request)["messages"][2]["content"]] == ["text", "file", "file", "text"]
    told = write(request, without)["messages"][2]["content"]
    assert (told.count("document (plan) was left out"), "notes" in told) == (2, True)
    assert losses(request, without) == ["files in a tool result", "Document", "Document"]


def test_marks_for_caching_keep_their_lifetime_and_their_places() -> None:
    hour = CacheHint("1h")
    request = ask(
        user(Text("a"), Text("b", hour)),
        assistant(ToolCall("t", "f", "{}")),
        user(ToolResult("t", (Text("r", hour),))),
        tools=(Tool("f", None, None, cache=hour),),
    )
    mark = {"type": "ephemeral", "ttl": "1h"}
    body = write(request, Profile(cache_hints=True))
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b", "cache_control": mark}]
    assert body["messages"][0]["content"] == parts
    assert body["messages"][2]["content"] == [{"type": "text", "text": "r", "cache_control": mark}]
    assert body["tools"][0]["cache_control"] == mark
    assert "cache_control" not in json.dumps(write(request))


# Tools ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "choices", "written"),
    [
        (ToolMode.ANY, {ToolMode.AUTO}, {"tools", "tool_choice=auto"}),
        (ToolMode.NAMED, {ToolMode.AUTO}, {"tools", "tool_choice=auto"}),
        (ToolMode.ANY, set(), {"tools"}),
        (ToolMode.AUTO, set(), {"tools"}),
        (ToolMode.NONE, {ToolMode.AUTO}, set()),
        (ToolMode.NONE, {ToolMode.NONE}, {"tools", "tool_choice=none"}),
    ],
)
def test_a_choice_that_is_not_understood_becomes_the_nearest(
    mode: ToolMode, choices: set[ToolMode], written: set[str]
) -> None:
    request = ask(tools=(F,), tool_choice=ToolChoice(mode, "f" if mode is ToolMode.NAMED else None))
    body = write(request, Profile(tool_choices=frozenset(choices)))
    told = {"tools"} & body.keys() | ({f"tool_choice={body['tool_choice']}"} if "tool_choice" in body else set())
    assert told == written
    forced = mode in (ToolMode.ANY, ToolMode.NAMED)
    assert losses(request, Profile(tool_choices=frozenset(choices))) == (["tool choice"] if forced else [])


@pytest.mark.parametrize(
    ("reasoning", "thinks", "choice"),
    [
        (Reasoning(), False, "required"),
        (Reasoning(), True, "auto"),
        (Reasoning("enabled", 2_000), False, "auto"),
        (Reasoning("disabled"), True, "required"),
    ],
)
def test_a_tool_is_not_forced_on_a_model_that_thinks_where_that_is_refused(
    reasoning: Reasoning, thinks: bool, choice: str
) -> None:
    profile = Profile(forced_while_thinking=False, reasoning=("thinking",), thinks=thinks)
    request = ask(tools=(F,), tool_choice=ToolChoice(ToolMode.ANY), reasoning=reasoning)
    assert write(request, profile)["tool_choice"] == choice


SCHEMA = Raw(
    b'{"$schema": "x", "type": "object", "properties": {"$schema": {"type": "string", "$schema": "y"}}, '
    b'"enum": [{"$schema": 1}], "items": [{"$schema": "z", "a": 1}]}'
)


def test_keywords_are_cut_but_not_properties_and_values_of_that_name() -> None:
    assert json.loads(bytes(without_keywords(SCHEMA, frozenset({"$schema"})))) == {
        "type": "object",
        "properties": {"$schema": {"type": "string"}},
        "enum": [{"$schema": 1}],
        "items": [{"a": 1}],
    }


def test_a_schema_without_such_keywords_keeps_its_bytes() -> None:
    assert without_keywords(SCHEMA, frozenset({"minLength"})) is SCHEMA
    named = Raw(b'{ "properties": {"$schema": {}} }')
    assert without_keywords(named, frozenset({"$schema"})) is named


# Everything else --------------------------------------------------------------------------------


def test_a_limit_beyond_the_cap_is_cut_and_said() -> None:
    assert write(ask(max_tokens=9), Profile(max_tokens_cap=8))["max_tokens"] == 8
    assert losses(ask(max_tokens=9), Profile(max_tokens_cap=8)) == ["max_tokens"]
    assert losses(ask(max_tokens=8), Profile(max_tokens_cap=8)) == []


def test_fields_are_left_out_or_renamed_as_declared() -> None:
    request = ask(sampling=Sampling(0.5, 0.9, 4, 7), user="u")
    profile = Profile(
        without=frozenset({"temperature"}), renames={"seed": "random_seed", "user": "user_id"}, top_k=True
    )
    assert write(request, profile) == {
        "model": "m", "messages": [], "top_p": 0.9, "top_k": 4, "random_seed": 7, "user_id": "u",
    }  # fmt: skip
    assert losses(request, profile) == ["temperature"]


def test_stop_strings_end_where_the_provider_ends() -> None:
    assert write(ask(stop=("a", "b")), Profile(max_stops=1))["stop"] == ["a"]
    assert "stop" not in write(ask(stop=("a", "b")), Profile(max_stops=0))


def test_a_schema_for_the_answer_is_told_in_words_where_only_json_can_be_asked_for() -> None:
    request = ask(output_format=OutputFormat(Raw(b'{"type":"object"}')))
    body = write(request, Profile(json_schema=False))
    assert body["response_format"] == {"type": "json_object"}
    assert body["messages"][0]["content"].endswith('JSON that fits this schema: {"type":"object"}')


def test_fields_for_streams_with_tools_go_only_there() -> None:
    profile = Profile(tool_stream={"tool_stream": True})
    assert write(ask(tools=(F,), stream=True), profile)["tool_stream"] is True
    assert "tool_stream" not in write(ask(tools=(F,)), profile) | write(ask(stream=True), profile)

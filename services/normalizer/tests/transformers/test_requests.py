"""Each transformer, with each of its options: what of a request changes upstream, and that nothing else does."""

import json
from typing import Any

import pytest

from fairlead.normalizer.lane import Prepared, Wanted, prepare
from fairlead.normalizer.transformers import TRANSFORMERS
from fairlead.normalizer.upstreams import Upstream, upstreams
from fairlead.shared.codec import peek
from fairlead.shared.config import parse
from fairlead.shared.config.transformers import OPTIONS
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.filters.exit_tool import ExitTool
from fairlead.shared.filters.think_tags import ThinkTags
from fairlead.shared.filters.tool_arguments import MendedArguments
from fairlead.shared.surfaces import SURFACES, Operation

from ..world import NOBODY

SURFACE = {one.dialect: one for one in SURFACES if one.operation is Operation.ANSWER}
CHAT_URL, MESSAGES_URL = "https://h.example/v1/chat/completions", "https://h.example/v1/messages"
MARK = {"type": "ephemeral"}
ASKED: dict[str, Any] = {
    "model": "m",
    "max_tokens": 20_000,
    "stream": True,
    "temperature": 0.5,
    "system": [{"type": "text", "text": "s", "cache_control": MARK}],
    "messages": [{"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": MARK}]}],
}
PLAINLY: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}],
    "max_tokens": 20_000,
    "temperature": 0.5,
    "stream": True,
    "stream_options": {"include_usage": True},
}
TOOL = {"name": "f", "input_schema": {"$schema": "x", "type": "object", "properties": {}}}


def upstream(transformer: Any, url: str = CHAT_URL) -> Upstream:
    provider = {"name": "p", "api_base_url": url, "api_key": "k", "models": ["m"], "transformer": transformer}
    loaded = parse(json.dumps({"Providers": [provider]}), {}, file="c")
    assert loaded.warnings == ()
    return upstreams(loaded.config, DIALECTS, "us/1", NOBODY)[0]["p"]


def asked(body: bytes, dialect: str, *, own_words: bool = True) -> Wanted:
    return Wanted(DIALECTS[dialect], SURFACE[dialect], peek(body), body, own_words)


def prepared(to: Upstream, wanted: Wanted, model: str = "m") -> Prepared:
    return prepare(wanted, to.dialect, to.vendor.profile_of(model), model, to.adjustment_of(model))


def sent(transformers: list[Any], *, model: str = "m", url: str = CHAT_URL, **changes: Any) -> dict[str, Any]:
    """What a Messages client's request becomes; a field of None is not asked for."""
    fields = {name: value for name, value in {**ASKED, "model": model, **changes}.items() if value is not None}
    body = prepared(upstream({"use": transformers}, url), asked(json.dumps(fields).encode(), "anthropic"), model).body
    return json.loads(body)  # type: ignore[no-any-return]


def test_without_a_transformer_a_request_is_plain() -> None:
    assert sent([]) == PLAINLY


def test_every_transformer_that_has_options_has_a_row() -> None:
    assert TRANSFORMERS.keys() == OPTIONS.keys() - {"anthropic"}


REASONING = {"thinking": {"type": "enabled", "budget_tokens": 5_000}}
COMPLETION = {"max_completion_tokens": 20_000, "max_tokens": None}


@pytest.mark.parametrize(
    ("transformer", "said", "changed"),
    [
        ("Anthropic", {}, {}),
        ("OpenAI", {}, {}),
        ("openai", {}, {}),
        ("extrathinktag", {}, {}),
        ("enhancetool", {}, {}),
        ("tooluse", {}, {}),
        ("cleancache", {}, {}),
        ("maxtoken", {}, {}),
        (["maxtoken", {"max_tokens": 8_000}], {}, {"max_tokens": 8_000}),
        (["MaxToken", {"max_tokens": "8000"}], {}, {"max_tokens": 8_000}),
        (["maxtoken", {"max_tokens": 30_000}], {}, {}),
        (["maxtoken", {"max_tokens": 8_000}], {"max_tokens": None}, {"max_tokens": None}),
        ("maxcompletiontokens", {}, COMPLETION),
        ("sampling", {}, {}),
        (["sampling", {"max_tokens": 9}], {}, {"max_tokens": 9}),
        (["sampling", {"temperature": 0}], {}, {"temperature": 0}),
        (["sampling", {"temperature": 1.5}], {"temperature": None}, {"temperature": 1.5}),
        (["sampling", {"top_p": 0.9}], {}, {"top_p": 0.9}),
        (["sampling", {"top_k": 40}], {"top_k": 3}, {"top_k": 40}),
        (["sampling", {"repetition_penalty": 1.1}], {}, {"repetition_penalty": 1.1}),
        ("streamoptions", {}, {}),
        ("streamoptions", {"stream": False}, {"stream": None, "stream_options": None}),
        ("customparams", {}, {}),
        (["customparams", {"top_a": 1, "list": [1]}], {}, {"top_a": 1, "list": [1]}),
        (["customparams", {"temperature": 0.9, "stream": False}], {}, {}),
        (
            ["customparams", {"stream_options": {"include_usage": False, "more": {"a": 1}}}],
            {},
            {"stream_options": {"include_usage": False, "more": {"a": 1}}},
        ),
        ("openrouter", {}, {}),
        (["openrouter", {"provider": {"only": ["a"]}}], {}, {"provider": {"only": ["a"]}}),
        (["openrouter", {"temperature": 1}], {}, {"temperature": 1}),
        ("openrouter", REASONING, {"reasoning": {"max_tokens": 5_000}}),
        (["vercel", {"providerOptions": {"a": 1}}], REASONING, {"providerOptions": {"a": 1}, "reasoning": {"max_tokens": 5_000}}),
        ("deepseek", {}, {"max_tokens": 8_192}),
        ("deepseek", {"max_tokens": 100}, {"max_tokens": 100}),
        ("deepseek", REASONING, {"max_tokens": 8_192, "thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        ("groq", {}, COMPLETION),
        ("cerebras", {}, COMPLETION),
        ("reasoning", {}, {}),
        ("reasoning", REASONING, {**REASONING, "enable_thinking": True}),
        (["reasoning", {"enable": True}], {"thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}, "enable_thinking": False}),
        (["reasoning", {"enable": False}], {}, {"thinking": {"type": "disabled"}, "enable_thinking": False}),
        (["reasoning", {"enable": False}], REASONING, {"thinking": {"type": "disabled"}, "enable_thinking": False}),
    ],
)  # fmt: skip
def test_what_a_transformer_changes(transformer: Any, said: dict[str, Any], changed: dict[str, Any]) -> None:
    expected = {name: value for name, value in {**PLAINLY, **changed}.items() if value is not None}
    assert sent([transformer], **said) == expected


def test_options_of_openrouter_go_along_and_claude_keeps_its_marks() -> None:
    parts = [[{"type": "text", "text": text, "cache_control": MARK}] for text in ("s", "hi")]
    for model, contents in (("claude-5", parts), ("llama", ["s", "hi"])):
        assert [one["content"] for one in sent(["openrouter"], model=model)["messages"]] == contents
        assert [one["content"] for one in sent(["vercel"], model=model)["messages"]] == contents


def test_cleancache_takes_marks_even_from_who_would_understand_them() -> None:
    assert [one["content"] for one in sent(["openrouter", "cleancache"], model="claude-5")["messages"]] == ["s", "hi"]


def test_cleancache_leaves_no_mark_anywhere_for_anthropic_either() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "r", "cache_control": MARK}], "cache_control": MARK}  # fmt: skip
    call = {"type": "tool_use", "id": "t", "name": "f", "input": {}, "cache_control": MARK}
    odd = {"type": "block_of_next_year", "cache_control": MARK, "a": {"cache_control": 1}}
    asks = {
        "tools": [{**TOOL, "cache_control": MARK}],
        "messages": [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result, odd]}],
        "cache_control": MARK,
    }
    body = sent(["cleancache"], url=MESSAGES_URL, **asks)
    assert json.dumps(body).count("cache_control") == 1
    assert body["messages"][1]["content"][1] == {"type": "block_of_next_year", "a": {"cache_control": 1}}


@pytest.mark.parametrize("name", ["groq", "Groq"])
def test_groq_takes_the_schemas_name_out_of_tools(name: str) -> None:
    assert sent([name], tools=[TOOL])["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert "$schema" in sent([], tools=[TOOL])["tools"][0]["function"]["parameters"]


def test_tooluse_adds_a_way_out_a_rule_and_the_duty_to_call() -> None:
    body = sent(["tooluse"], tools=[TOOL])
    assert [tool["function"]["name"] for tool in body["tools"]] == ["f", "ExitTool"]
    assert body["tools"][1]["function"]["parameters"]["required"] == ["response"]
    assert body["tool_choice"] == "required"
    assert body["messages"][:-1] == PLAINLY["messages"]
    assert body["messages"][-1]["role"] == "system"
    assert "ExitTool" in body["messages"][-1]["content"]


@pytest.mark.parametrize("choice", [{"type": "tool", "name": "f"}, {"type": "none"}])
def test_tooluse_respects_a_choice_the_client_made(choice: dict[str, Any]) -> None:
    assert sent(["tooluse"], tools=[TOOL], tool_choice=choice) == sent([], tools=[TOOL], tool_choice=choice)


THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "sig"}


def test_forcereasoning_reminds_of_thoughts_and_asks_for_more_at_the_end_of_the_prompt() -> None:
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [THOUGHT, {"type": "text", "text": "b"}]},
        {"role": "user", "content": "c"},
    ]
    *_, assistant, user = sent(["forcereasoning"], messages=messages)["messages"]
    assert assistant == {"role": "assistant", "content": "<reasoning_content>hm</reasoning_content>\nb"}
    assert user["content"].startswith("c\n\n")
    assert "<reasoning_content>" in user["content"]


def test_forcereasoning_asks_in_a_turn_of_its_own_after_a_tool() -> None:
    messages = [
        {"role": "assistant", "content": [THOUGHT, {"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}]},
    ]
    _, assistant, tool, user = sent(["forcereasoning"], messages=messages)["messages"]
    assert assistant["content"] == "<reasoning_content>hm</reasoning_content>\n"
    assert [call["function"]["name"] for call in assistant["tool_calls"]] == ["f"]
    assert (tool["role"], tool["content"]) == ("tool", "r")
    assert user["role"] == "user"


def test_forcereasoning_remembers_ten_turns_and_older_ones_that_hold_nothing_else() -> None:
    spoken = {"role": "assistant", "content": [THOUGHT, {"type": "text", "text": "b"}]}
    silent = {"role": "assistant", "content": [THOUGHT]}
    messages = [turn for said in (spoken, silent, *[spoken] * 10) for turn in ({"role": "user", "content": "a"}, said)]
    told = [
        one["content"] for one in sent(["forcereasoning"], messages=messages)["messages"] if one["role"] == "assistant"
    ]
    assert told == ["b", "<reasoning_content>hm</reasoning_content>\n", *["<reasoning_content>hm</reasoning_content>\nb"] * 10]  # fmt: skip


# Chains ---------------------------------------------------------------------------------------------------------------


def test_a_chain_is_followed_in_its_order() -> None:
    assert sent([["sampling", {"max_tokens": 90}], ["maxtoken", {"max_tokens": 80}]])["max_tokens"] == 80
    assert sent([["openrouter", {"a": {"b": 1}}], ["customparams", {"a": {"c": 2}, "d": 3}]])["a"] == {"b": 1, "c": 2}
    assert sent([["customparams", {"a": 1}], ["openrouter", {"a": 2}]])["a"] == 2
    assert sent(["deepseek", "groq"])["max_completion_tokens"] == 20_000


def test_a_models_own_chain_follows_its_providers_and_is_for_that_model_alone() -> None:
    to = upstream({"use": [["customparams", {"a": 1}]], "big": {"use": [["customparams", {"a": 2, "b": 2}]]}})
    body = json.dumps(ASKED).encode()
    told = {model: json.loads(prepared(to, asked(body, "anthropic"), model).body) for model in ("big", "small")}
    assert (told["big"]["a"], told["big"]["b"]) == (1, 2)
    assert (told["small"]["a"], "b" in told["small"]) == (1, False)


def test_answers_take_a_chain_in_reverse_and_a_models_own_chain_last() -> None:
    to = upstream({"use": ["enhancetool", "tooluse"], "m": {"use": ["extrathinktag"]}})
    assert to.adjustment_of("m").filters == (ExitTool, MendedArguments, ThinkTags)
    assert to.adjustment_of("n").filters == (ExitTool, MendedArguments)


def test_an_upstream_of_anthropics_is_adjusted_like_any_other() -> None:
    body = sent(
        [["maxtoken", {"max_tokens": 8}], ["sampling", {"top_k": 5}], ["customparams", {"x": 1}]], url=MESSAGES_URL
    )
    assert (body["max_tokens"], body["top_k"], body["x"]) == (8, 5, 1)
    assert body["messages"] == ASKED["messages"]
    assert body["system"] == ASKED["system"]


# The native lane ------------------------------------------------------------------------------------------------------

NATIVE = b'{ "model":"m", "max_tokens":5,"messages":[{"role":"user", "content":"h\\u00e9"}],"odd":1.50 }'


@pytest.mark.parametrize("transformers", [[], ["Anthropic"], ["extrathinktag"], ["enhancetool"], ["customparams"]])
@pytest.mark.parametrize(("dialect", "url"), [("anthropic", MESSAGES_URL), ("openai", CHAT_URL)])
def test_what_changes_no_request_leaves_every_byte(transformers: list[Any], dialect: str, url: str) -> None:
    assert prepared(upstream({"use": transformers}, url), asked(NATIVE, dialect)).body is NATIVE


def test_an_added_field_leaves_the_bytes_of_all_others() -> None:
    to = upstream({"use": [["customparams", {"x": {"y": 1}, "odd": 2}]]})
    assert prepared(to, asked(NATIVE, "openai")).body == NATIVE[:-2] + b',"x":{"y":1} }'


def test_a_request_that_is_rewritten_is_no_longer_the_clients_bytes() -> None:
    to = upstream({"use": [["maxtoken", {"max_tokens": 3}]]})
    assert json.loads(prepared(to, asked(NATIVE, "openai")).body) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hé"}],
        "max_tokens": 3,
        "odd": 1.5,
    }


def test_streamoptions_has_usage_told_to_a_client_that_did_not_ask() -> None:
    body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}).encode()
    counted = prepared(upstream({"use": ["streamoptions"]}), asked(body, "openai"))
    assert json.loads(counted.body)["stream_options"] == {"include_usage": True}
    assert counted.usage


def test_the_same_request_gives_the_same_bytes() -> None:
    to = upstream({"use": ["tooluse", "forcereasoning", ["customparams", {"b": 1, "a": 2}]]})
    body = json.dumps({**ASKED, "tools": [TOOL]}).encode()
    assert len({prepared(to, asked(body, "anthropic")).body for _ in range(3)}) == 1

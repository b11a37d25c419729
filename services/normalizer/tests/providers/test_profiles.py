"""What each vendor is sent for one and the same request: with tools, thinking, pictures, caching and a stream."""

import json
from typing import Any

import pytest

from fairlead.normalizer.providers import PROVIDERS
from fairlead.normalizer.providers.openai import OPENAI
from fairlead.shared.codec import peek
from fairlead.shared.dialects import DIALECTS

MARK = {"type": "ephemeral"}
REQUEST: dict[str, Any] = {
    "model": "m",
    "max_tokens": 200_000,
    "stream": True,
    "temperature": 0.5,
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "medium"},
    "system": [{"type": "text", "text": "s", "cache_control": MARK}],
    "tools": [
        {
            "name": "f",
            "input_schema": {"$schema": "x", "type": "object", "properties": {}, "additionalProperties": False},
            "strict": True,
        }
    ],
    "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
    "metadata": {"user_id": "user-1"},
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "url", "url": "https://e.example/a.png"}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "", "cache_control": MARK},
                {"type": "text", "text": "go on"},
            ],
        },
    ],
}


def sent(vendor: str, model: str, **changes: Any) -> dict[str, Any]:
    request = DIALECTS["anthropic"].decode_request(peek(json.dumps({**REQUEST, "model": model, **changes}).encode()))
    profile = (OPENAI if vendor == "api.openai.com" else PROVIDERS[vendor]).profile_of(model)
    return json.loads(DIALECTS["openai"].encode_request(request, profile).body)  # type: ignore[no-any-return]


COUNTED = {"stream": True, "stream_options": {"include_usage": True}}
FREE = {"tool_choice": "required", "parallel_tool_calls": False}
LIMIT, NEWER_LIMIT = {"max_tokens": 200_000}, {"max_completion_tokens": 200_000}
WARM, USER = {"temperature": 0.5}, {"user": "user-1"}
USUAL = {**FREE, **WARM, **COUNTED, **USER}
MISTRALS = {**LIMIT, **FREE, **WARM, "stream": True}
ZHIPUS = {
    "max_tokens": 131_072,
    "tool_choice": "auto",
    **WARM,
    "stream": True,
    "tool_stream": True,
    "user_id": "user-1",
}
QWENS = {**LIMIT, **USUAL, "tool_choice": "auto"}
KIMIS = {**LIMIT, "tool_choice": "auto", **COUNTED, **USER}
DEEPSEEKS = {**LIMIT, "tool_choice": "auto", "thinking": {"type": "enabled"}, "reasoning_effort": "high"}

TOP_LEVEL: list[tuple[str, str, dict[str, Any]]] = [
    # Tools and reasoning exclude each other there, in chat.
    ("api.openai.com", "gpt-5.9", {**NEWER_LIMIT, **FREE, "reasoning_effort": "none", **COUNTED, **USER}),
    ("api.openai.com", "gpt-5.2", {**NEWER_LIMIT, **FREE, "reasoning_effort": "medium", **COUNTED, **USER}),
    ("api.openai.com", "gpt-4.1", {**NEWER_LIMIT, **USUAL}),
    ("openai", "anything", {**LIMIT, **USUAL}),
    ("factory-common", "glm-5", {**LIMIT, **USUAL}),
    ("deepseek", "deepseek-v4-pro", {**DEEPSEEKS, **WARM, **COUNTED, **USER}),
    ("openrouter", "anthropic/claude-sonnet-5", {**LIMIT, "reasoning": {"effort": "medium"}, **USUAL}),
    ("openrouter", "z-ai/glm-5", {**LIMIT, "reasoning": {"effort": "medium"}, **USUAL}),
    ("vercel", "openai/gpt-5", {**LIMIT, "reasoning": {"effort": "medium"}, **USUAL}),
    ("groq", "openai/gpt-oss-120b", {**NEWER_LIMIT, "reasoning_effort": "medium", **USUAL}),
    ("groq", "qwen/qwen3-32b", {**NEWER_LIMIT, "reasoning_effort": "default", **USUAL}),
    ("groq", "llama-4", {**NEWER_LIMIT, **USUAL}),
    ("cerebras", "zai-glm-4.7", {**NEWER_LIMIT, "reasoning_effort": "medium", **USUAL}),
    ("cerebras", "llama-4", {**NEWER_LIMIT, **USUAL}),
    ("azure", "gpt-5", {**NEWER_LIMIT, **FREE, "reasoning_effort": "medium", **COUNTED, **USER}),
    ("azure", "our-llama", {**LIMIT, **USUAL}),
    ("github-models", "openai/gpt-5", {**NEWER_LIMIT, **FREE, "reasoning_effort": "medium", **COUNTED, **USER}),
    ("github-models", "meta/llama-4", {**LIMIT, **USUAL}),
    ("ollama", "gpt-oss:20b", {**LIMIT, "reasoning_effort": "medium", **WARM, **COUNTED}),
    ("ollama", "llama3.3", {**LIMIT, **WARM, **COUNTED}),
    ("litellm", "my-claude", {**LIMIT, "reasoning_effort": "medium", **USUAL}),
    ("litellm", "gpt-4o", {**LIMIT, **USUAL}),
    ("mistral", "mistral-large-latest", {**MISTRALS, "reasoning_effort": "high"}),
    ("mistral", "codestral-latest", MISTRALS),
    ("xai", "grok-4.20-reasoning", {**LIMIT, **USUAL}),
    ("xai", "grok-4.7", {**LIMIT, "reasoning_effort": "medium", **USUAL}),
    ("moonshot", "kimi-k3", {**KIMIS, "reasoning_effort": "high"}),
    ("moonshot", "kimi-k2.5", {**KIMIS, "thinking": {"type": "enabled"}}),
    ("moonshot", "kimi-k2.7-code", KIMIS),
    ("moonshot", "kimi-k2-0905", {**KIMIS, **WARM}),
    ("zhipu", "glm-5.1", {**ZHIPUS, "thinking": {"type": "enabled"}}),
    ("zhipu", "glm-5.3", {**ZHIPUS, "reasoning_effort": "high"}),
    ("qwen", "qwen3-max", {**QWENS, "enable_thinking": True, "thinking_budget": 8_192}),
    ("qwen", "qwen3.8-plus", {**QWENS, "reasoning_effort": "medium"}),
    ("qwen", "qwen3-coder-plus", {**LIMIT, **USUAL, "tool_choice": "auto"}),
]


@pytest.mark.parametrize(("vendor", "model", "fields"), TOP_LEVEL)
def test_the_fields_of_a_body(vendor: str, model: str, fields: dict[str, Any]) -> None:
    body = sent(vendor, model)
    assert {name: value for name, value in body.items() if name not in ("model", "messages", "tools")} == fields
    assert body["model"] == model


def test_every_chat_vendor_has_its_fields_stated() -> None:
    chat = {name for name, vendor in PROVIDERS.items() if vendor.dialect == "openai"}
    assert chat == {vendor for vendor, _, _ in TOP_LEVEL} - {"api.openai.com"}


@pytest.mark.parametrize(
    ("vendor", "model", "off"),
    [
        ("api.openai.com", "gpt-5.1", {"reasoning_effort": "none"}),
        ("api.openai.com", "gpt-5", {"reasoning_effort": "minimal"}),
        ("api.openai.com", "o3", {"reasoning_effort": "low"}),
        ("deepseek", "deepseek-v4-pro", {"thinking": {"type": "disabled"}}),
        ("openrouter", "x", {"reasoning": {"effort": "none"}}),
        ("groq", "gpt-oss-20b", {"reasoning_effort": "low"}),
        ("groq", "qwen3-32b", {"reasoning_effort": "none"}),
        ("cerebras", "glm-4.7", {"reasoning_effort": "none"}),
        ("ollama", "qwen3:8b", {"reasoning_effort": "none"}),
        ("litellm", "claude", {"reasoning_effort": "none"}),
        ("mistral", "mistral-medium-latest", {"reasoning_effort": "none"}),
        ("xai", "grok-4.3", {"reasoning_effort": "none"}),
        ("xai", "grok-4.5", {"reasoning_effort": "low"}),
        ("moonshot", "k3", {"reasoning_effort": "low"}),
        ("moonshot", "kimi-k2.6", {"thinking": {"type": "disabled"}}),
        ("zhipu", "glm-4.7", {"thinking": {"type": "disabled"}}),
        ("zhipu", "glm-5.2", {"reasoning_effort": "none"}),
        ("zhipu", "glm-5.3", {"reasoning_effort": "low"}),
        ("qwen", "qwen-plus", {"enable_thinking": False}),
        ("openai", "x", {}),
        ("groq", "llama-4", {}),
    ],
)
def test_thinking_is_turned_off_as_far_as_it_can_be(vendor: str, model: str, off: dict[str, Any]) -> None:
    body = sent(vendor, model, thinking={"type": "disabled"}, output_config={})
    steering = {"reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget"}
    assert {name: body[name] for name in steering & body.keys()} == off


@pytest.mark.parametrize(
    ("vendor", "model", "words"),
    [
        ("api.openai.com", "gpt-5.2", "low low medium high xhigh xhigh"),
        ("api.openai.com", "gpt-5", "minimal low medium high high high"),
        ("deepseek", "deepseek-v4-pro", "low low high high high max"),
        ("groq", "gpt-oss-120b", "low low medium high high high"),
        ("groq", "qwen3.8-plus", "low low medium high high high"),
        ("cerebras", "glm-4.7", "low low medium high high high"),
        ("ollama", "deepseek-r1", "low low medium high max max"),
        ("litellm", "claude", "minimal low medium high xhigh max"),
        ("mistral", "mistral-small-latest", "none high high high high high"),
        ("xai", "grok-4.6", "low low medium high xhigh xhigh"),
        ("xai", "grok-3-mini", "low low low high high high"),
        ("moonshot", "kimi-k3.1", "low low high high max max"),
        ("zhipu", "glm-5.3", "low low high high max max"),
        ("qwen", "qwen3.8-max", "low low medium high xhigh xhigh"),
    ],
)
def test_each_level_is_told_in_a_word_the_model_knows(vendor: str, model: str, words: str) -> None:
    levels = ("minimal", "low", "medium", "high", "xhigh", "max")
    told = [sent(vendor, model, output_config={"effort": level})["reasoning_effort"] for level in levels]
    assert " ".join(told) == words


@pytest.mark.parametrize(
    ("vendor", "model", "fields"),
    [
        ("openrouter", "anthropic/claude-sonnet-5", {"reasoning": {"max_tokens": 5_000}}),
        ("qwen", "qwen-plus", {"enable_thinking": True, "thinking_budget": 5_000}),
        ("deepseek", "deepseek-v4-pro", {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        ("groq", "gpt-oss-20b", {"reasoning_effort": "medium"}),
    ],
)
def test_a_budget_is_told_as_one_or_as_the_level_it_comes_to(vendor: str, model: str, fields: dict[str, Any]) -> None:
    body = sent(vendor, model, thinking={"type": "enabled", "budget_tokens": 5_000}, output_config={})
    assert body.items() >= fields.items()


def test_open_weights_of_qwen_think_only_in_a_stream() -> None:
    assert sent("qwen", "qwen3-32b")["enable_thinking"] is True
    assert sent("qwen", "qwen3-32b", stream=False)["enable_thinking"] is False
    assert sent("qwen", "qwen3-32b", stream=False)["tool_choice"] == "auto"


TEXT_TOO = {"type": "text", "text": "go on"}
CALL = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("vendor", "model", "replayed"),
    [
        ("deepseek", "deepseek-v4-pro", {"reasoning_content": "hm"}),
        (
            "openrouter",
            "x",
            {"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm", "index": 0}]},
        ),
        ("groq", "gpt-oss-20b", {"reasoning": "hm"}),
        ("groq", "llama-4", {}),
        ("cerebras", "gpt-oss-120b", {"reasoning": "hm"}),
        ("github-models", "openai/gpt-5", {}),
        ("ollama", "qwen3:8b", {"reasoning": "hm"}),
        ("litellm", "claude", {"reasoning_content": "hm"}),
        ("xai", "grok-4.5", {}),
        ("moonshot", "kimi-k3", {"reasoning_content": "hm"}),
        ("zhipu", "glm-5.1", {"reasoning_content": "hm"}),
        ("qwen", "qwen3-max", {"reasoning_content": "hm"}),
        ("openai", "x", {}),
    ],
)
def test_earlier_reasoning_comes_back_where_it_is_looked_for(vendor: str, model: str, replayed: dict[str, Any]) -> None:
    assert sent(vendor, model)["messages"][2] == {"role": "assistant", **replayed, "tool_calls": [CALL]}


def test_mistral_gets_reasoning_as_content_short_ids_no_empty_text_and_a_word_between_tool_and_user() -> None:
    *_, assistant, tool, between, user = sent("mistral", "mistral-large-latest")["messages"]
    id = assistant["tool_calls"][0]["id"]
    assert assistant["content"] == [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]
    assert (len(id), id.isalnum()) == (9, True)
    assert tool == {"role": "tool", "tool_call_id": id, "content": "(empty)"}
    assert (between["role"], user) == ("assistant", {"role": "user", "content": "go on"})


def test_mistral_gets_instructions_inside_a_conversation_as_a_users_for_it_refuses_them_after_tools() -> None:
    told = [*REQUEST["messages"][:2], {**REQUEST["messages"][2], "content": REQUEST["messages"][2]["content"][:1]}]
    for said, after in ((told, "tool"), ([{"role": "user", "content": "q"}], "user")):
        messages = sent("mistral", "mistral-small-4", messages=[*said, {"role": "system", "content": "mid"}])[
            "messages"
        ]
        assert [one["role"] for one in messages if one["role"] == "system"] == ["system"]
        assert (messages[-1]["role"], "mid" in messages[-1]["content"]) == ("user", True)
        assert messages[-2]["role"] == ("assistant" if after == "tool" else "system")


def test_kimi_that_cannot_stop_thinking_gets_its_reasoning_back_and_is_made_to_call_nothing() -> None:
    asked = {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}]}
    messages = [REQUEST["messages"][0], asked, REQUEST["messages"][2]]
    body = sent("moonshot", "kimi-k3", messages=messages, thinking={"type": "disabled"}, output_config={})
    assert (body["reasoning_effort"], body["messages"][2]["reasoning_content"]) == ("low", " ")
    assert body["tool_choice"] == "auto"


@pytest.mark.parametrize(("vendor", "model"), [("openrouter", "x"), ("litellm", "claude-x")])
def test_tools_that_were_called_are_declared_to_who_demands_it_though_none_is_offered(vendor: str, model: str) -> None:
    function = {"name": "f", "parameters": {"type": "object", "properties": {}}}
    body = sent(vendor, model, tools=[], tool_choice=None)
    assert (body["tools"], body["tool_choice"]) == ([{"type": "function", "function": function}], "none")
    assert "tools" not in sent("groq", "x", tools=[], tool_choice=None)
    uncalled = sent(vendor, model, tools=[], tool_choice=None, messages=REQUEST["messages"][:1])
    assert not {"tools", "tool_choice"} & uncalled.keys()


@pytest.mark.parametrize(
    ("vendor", "model", "kinds"),
    [
        ("openrouter", "x", ["url", "data"]),
        ("groq", "llama-4", ["url", "data"]),
        ("cerebras", "glm-4.7", ["told", "data"]),
        ("ollama", "llama3.3", ["told", "data"]),
        ("moonshot", "kimi-k2.5", ["told", "data"]),
        ("zhipu", "glm-5.1", ["told", "told"]),
        ("zhipu", "glm-4.6v", ["url", "data"]),
        ("deepseek", "deepseek-v4-pro", ["told", "told"]),
        ("deepseek", "deepseek-flash", ["url", "data"]),
    ],
)
def test_pictures_go_where_they_can_be_seen_and_are_told_of_elsewhere(
    vendor: str, model: str, kinds: list[str]
) -> None:
    content = sent(vendor, model)["messages"][1]["content"]
    if isinstance(content, str):
        content = [{"text": text} for text in content.split("\n\n")]
    urls = {"https://e.example/a.png": "url", "data:image/png;base64,AA": "data"}
    assert [urls[part["image_url"]["url"]] if "image_url" in part else "told" for part in content] == kinds
    assert all("left out" in part["text"] for part in content if "image_url" not in part)


@pytest.mark.parametrize(
    ("vendor", "model"),
    [
        ("deepseek", "deepseek-flash"),
        ("zhipu", "glm-4.6v"),
        ("groq", "openai/gpt-oss-120b"),
        ("cerebras", "glm-4.7"),
        ("ollama", "qwen3"),
        ("moonshot", "kimi-k3"),
        ("qwen", "qwen3-max"),
        ("mistral", "mistral-small-latest"),
    ],
)
def test_a_document_does_not_end_the_conversation_with_who_takes_none(vendor: str, model: str) -> None:
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}
    content = sent(vendor, model, messages=[{"role": "user", "content": [pdf]}])["messages"][1]["content"]
    assert "document was left out" in content
    assert sent("openrouter", "x", messages=[{"role": "user", "content": [pdf]}])["messages"][1]["content"] != content


@pytest.mark.parametrize(
    ("vendor", "model", "cut"),
    [
        ("groq", "llama-4", {"$schema"}),
        ("xai", "grok-3", {"additionalProperties", "strict"}),
        ("cerebras", "llama-4", {"strict"}),
        ("deepseek", "deepseek-v4-pro", {"strict"}),
        ("zhipu", "glm-5.1", {"strict"}),
        ("openrouter", "x", set()),
    ],
)
def test_tools_lack_what_would_be_refused(vendor: str, model: str, cut: set[str]) -> None:
    function = sent(vendor, model)["tools"][0]["function"]
    offered = {*function["parameters"], *function}
    everything = {"$schema", "additionalProperties", "strict", "type", "properties", "name", "parameters"}
    assert offered == everything - cut


@pytest.mark.parametrize(
    ("vendor", "model", "marked"),
    [
        ("openrouter", "anthropic/claude-sonnet-5", True),
        ("openrouter", "z-ai/glm-5", False),
        ("vercel", "anthropic/claude-sonnet-5", True),
        ("litellm", "claude", True),
        ("qwen", "qwen3-max", True),
        ("groq", "llama-4", False),
        ("deepseek", "deepseek-v4-pro", False),
    ],
)
def test_the_prompt_is_marked_for_caching_where_that_is_understood(vendor: str, model: str, marked: bool) -> None:
    system, _, _, tool, *_ = sent(vendor, model)["messages"]
    parts = (
        [{"type": "text", "text": "s", "cache_control": MARK}],
        [{"type": "text", "text": "", "cache_control": MARK}],
    )
    assert (system["content"], tool["content"]) == (parts if marked else ("s", ""))

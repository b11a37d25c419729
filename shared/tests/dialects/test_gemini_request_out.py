"""Facts about generateContent requests that are written."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.conversation import (
    Extras,
    OutputFormat,
    Reasoning,
    Sampling,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.essential import refuse_essential
from fairlead.shared.failure import FailureError

from .gemini_shapes import HELLO, NEW, OLD, ask, losses, read, user, write

# Written: what stands around -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [b"{}", b"null"])
def test_a_function_without_parameters_has_no_schema(nothing: bytes) -> None:
    (tool,) = write(ask(HELLO, tools=(Tool("f", None, Raw(nothing)),)))["tools"]
    assert tool == {"functionDeclarations": [{"name": "f"}]}


def test_instructions_are_parts() -> None:
    request = ask(HELLO, instructions=(Text("a"), Text(""), Unknown("anthropic", Raw(b"{}"))))
    assert write(request)["systemInstruction"] == {"parts": [{"text": "a"}]}
    assert losses(request) == ["system block"]


def test_sampling_is_written_within_bounds() -> None:
    request = ask(HELLO, sampling=Sampling(3.0, 0.5, 7, 1), stop=tuple("abcdef"), max_tokens=9, user="u")
    assert write(request)["generationConfig"] == {
        "maxOutputTokens": 9,
        "temperature": 2.0,
        "topP": 0.5,
        "topK": 7,
        "seed": 1,
        "stopSequences": list("abcde"),
    }
    assert losses(request) == ["temperature", "stop sequences", "user"]


def test_a_long_answer_of_gemini_4_has_to_be_streamed() -> None:
    request = ask(HELLO, model="gemini-4-argon", max_tokens=60_000)
    assert write(request)["generationConfig"]["maxOutputTokens"] == 32_768
    assert losses(request) == ["max_tokens"]
    streamed = ask(HELLO, model="gemini-4-argon", max_tokens=60_000, stream=True)
    assert write(streamed)["generationConfig"]["maxOutputTokens"] == 60_000


def thinking(model: str, **fields: Any) -> Any:
    return (
        write(ask(HELLO, model=model, reasoning=Reasoning(**fields))).get("generationConfig", {}).get("thinkingConfig")
    )


@pytest.mark.parametrize(
    ("model", "fields", "config"),
    [
        (NEW, {}, None),
        (NEW, {"effort": "high"}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"effort": "xhigh"}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"effort": "minimal", "display": "omitted"}, {"thinkingLevel": "LOW"}),
        ("gemini-3-flash-preview", {"effort": "minimal", "display": "omitted"}, {"thinkingLevel": "MINIMAL"}),
        ("google/gemini-3-pro-preview", {"effort": "medium"}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"mode": "enabled", "budget_tokens": 4096}, {"includeThoughts": True, "thinkingLevel": "LOW"}),
        (NEW, {"mode": "enabled", "budget_tokens": 31_999}, {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, {"mode": "adaptive"}, {"includeThoughts": True}),
        (NEW, {"mode": "disabled"}, {"thinkingLevel": "LOW"}),
        (NEW, {"display": "summarized"}, {"includeThoughts": True}),
        (OLD, {"effort": "low"}, {"includeThoughts": True, "thinkingBudget": 1024}),
        (OLD, {"mode": "enabled", "budget_tokens": 31_999}, {"includeThoughts": True, "thinkingBudget": 24_576}),
        (OLD, {"mode": "adaptive"}, {"includeThoughts": True, "thinkingBudget": -1}),
        (OLD, {"effort": "none"}, {"thinkingBudget": 0}),
        ("gemini-2.5-pro", {"mode": "disabled"}, {"thinkingBudget": 128}),
        (
            "gemini-2.5-flash-lite",
            {"mode": "enabled", "budget_tokens": 9},
            {"includeThoughts": True, "thinkingBudget": 512},
        ),
        ("gemini-2.0-flash", {"effort": "high"}, None),
        ("gemini-of-the-future", {"effort": "medium"}, {"includeThoughts": True, "thinkingLevel": "MEDIUM"}),
    ],
)
def test_thinking_is_written_on_the_models_own_scale(model: str, fields: Any, config: Any) -> None:
    assert thinking(model, **fields) == config


@pytest.mark.parametrize("config", [{"thinkingLevel": "HIGH"}, {"thinkingLevel": "LOW", "includeThoughts": True}])
def test_a_level_comes_back_as_it_was(config: Any) -> None:
    assert write(read(user({"text": "a"}), generationConfig={"thinkingConfig": config}))["generationConfig"] == {
        "thinkingConfig": config
    }


@pytest.mark.parametrize(
    "config", [{"thinkingBudget": 77}, {"thinkingBudget": -1, "includeThoughts": True}, {"thinkingBudget": 0}]
)
def test_a_budget_comes_back_as_it_was(config: Any) -> None:
    request = read(user({"text": "a"}), generationConfig={"thinkingConfig": config}, model=OLD)
    assert write(request)["generationConfig"] == {"thinkingConfig": config}


SCHEMA = Raw(b'{"type": "object", "properties": {"a": {"type": "string"}}}')


def test_structured_output_is_written() -> None:
    config = write(ask(HELLO, output_format=OutputFormat(SCHEMA, "n", True)))["generationConfig"]
    assert config == {"responseMimeType": "application/json", "responseJsonSchema": json.loads(bytes(SCHEMA))}
    assert write(ask(HELLO, output_format=OutputFormat(None)))["generationConfig"] == {
        "responseMimeType": "application/json"
    }


def test_structured_output_beside_tools_is_asked_for_in_words_where_the_model_has_not_both() -> None:
    request = ask(HELLO, model=OLD, output_format=OutputFormat(SCHEMA), tools=(Tool("f", None, None),))
    written = write(request)
    assert "generationConfig" not in written
    assert bytes(SCHEMA).decode() in written["systemInstruction"]["parts"][0]["text"]
    assert losses(request) == ["output format"]


SEARCH = ServerTool("web_search", Unknown("anthropic", Raw(b"{}")), allowed_domains=("e.example",), max_uses=3)


def test_a_search_is_googles_own() -> None:
    request = ask(HELLO, tools=(SEARCH,))
    assert write(request)["tools"] == [{"googleSearch": {}}]
    assert "toolConfig" not in write(request)
    assert losses(request) == ["allowed domains", "max uses"]


def test_a_search_beside_functions_is_left_out_where_the_model_has_not_both() -> None:
    tools = (Tool("f", None, None), SEARCH)
    assert write(ask(HELLO, tools=tools))["tools"] == [{"functionDeclarations": [{"name": "f"}]}, {"googleSearch": {}}]
    assert write(ask(HELLO, tools=tools))["toolConfig"]["includeServerSideToolInvocations"] is True
    old = ask(HELLO, tools=tools, model=OLD)
    assert write(old)["tools"] == [{"functionDeclarations": [{"name": "f"}]}]
    assert "built-in tools" in losses(old)


def test_no_tools_means_neither_tools_nor_a_choice() -> None:
    assert set(write(ask(HELLO, tool_choice=ToolChoice(ToolMode.ANY)))) == {"contents"}


@pytest.mark.parametrize(
    ("choice", "config", "told"),
    [
        (ToolChoice(ToolMode.AUTO), {"mode": "AUTO"}, []),
        (ToolChoice(ToolMode.ANY, None, False), {"mode": "ANY"}, ["parallel tool calls"]),
        (ToolChoice(ToolMode.NONE), {"mode": "NONE"}, []),
        (ToolChoice(ToolMode.NAMED, "f"), {"mode": "ANY", "allowedFunctionNames": ["f"]}, []),
        (ToolChoice(ToolMode.NAMED, "nobody"), None, ["tool choice"]),
    ],
)
def test_choices_are_written(choice: ToolChoice, config: Any, told: list[str]) -> None:
    request = ask(HELLO, tools=(Tool("f", None, None),), tool_choice=choice)
    assert write(request).get("toolConfig", {}).get("functionCallingConfig") == config
    assert losses(request) == told


@pytest.mark.parametrize("name", ["3d", "-x", "a b", "é", "_:x", "a:b", "mcp__server.tool-1", "n" * 128])
def test_a_name_gemini_refuses_is_known_again(name: str) -> None:
    tools = (Tool(name, None, None),)
    turns = (HELLO, Turn("assistant", (ToolCall("c", name, "{}"),)), Turn("user", (ToolResult("c", ()),)))
    written = write(ask(*turns, tools=tools, tool_choice=ToolChoice(ToolMode.NAMED, name)))
    legal = written["tools"][0]["functionDeclarations"][0]["name"]
    assert legal == written["contents"][1]["parts"][0]["functionCall"]["name"]
    assert legal == written["contents"][2]["parts"][0]["functionResponse"]["name"]
    assert legal == written["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"][0]
    assert legal[0].isascii()
    assert legal[0].isalpha() or legal[0] == "_"
    assert all(letter.isascii() and (letter.isalnum() or letter in "_.:-") for letter in legal)
    again = read(*written["contents"], tools=written["tools"])
    assert [tool.name for tool in again.tools if isinstance(tool, Tool)] == [name]
    assert [block.name for block in again.turns[1].content if isinstance(block, ToolCall)] == [name]


def test_fields_of_others_are_told_and_those_that_matter_are_refused() -> None:
    request = ask(HELLO, extras=Extras("openai", {"logit_bias": Raw(b"{}")}))
    assert losses(request) == ["logit_bias"]
    with pytest.raises(FailureError, match="n: not available"):
        write(ask(HELLO, extras=Extras("openai", {"n": Raw(b"2")})))


def test_writing_a_request_leaves_it_as_it_was() -> None:
    config = {"candidateCount": 1, "frequencyPenalty": 1}
    tools = [{"functionDeclarations": [{"name": "f", "behavior": "BLOCKING"}]}, {"googleSearch": {}}]
    choice = {"functionCallingConfig": {"mode": "VALIDATED"}, "retrievalConfig": {}}
    request = read(user({"text": "a"}), generationConfig=config, tools=tools, toolConfig=choice, labels={})
    assert write(request) == write(request)
    assert write(request)["generationConfig"] == config


@pytest.mark.parametrize(
    ("fields", "asks"),
    [
        ({"generationConfig": {"candidateCount": 2}}, True),
        ({"generationConfig": {"candidateCount": 1}}, False),
        ({"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}, True),
        ({"generationConfig": {"responseModalities": ["TEXT"]}}, False),
        ({"generationConfig": {"responseMimeType": "text/x.enum"}}, True),
        ({"cachedContent": "cachedContents/1"}, True),
        ({"safetySettings": []}, False),
    ],
)
def test_what_changes_an_answers_meaning_is_essential_to_all_others(fields: Any, asks: bool) -> None:
    refused = False
    try:
        refuse_essential(read(user({"text": "a"}), **fields).extras, "another model")
    except FailureError:
        refused = True
    assert refused is asks

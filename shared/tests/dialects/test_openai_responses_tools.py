"""Facts about tools in Responses requests, read and written."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Extras,
    Request,
    ServerTool,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
    Turn,
    Unknown,
)
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.profile import PLAIN

NAME = "openai-responses"
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def read(*tools: Any, **fields: Any) -> Request:
    body = {"model": "m", "input": "x", "tools": list(tools), **fields}
    return OPENAI_RESPONSES.decode_request(peek(json.dumps(body).encode()))


def write(*tools: Any, choice: ToolChoice | None = None) -> dict[str, Any]:
    request = Request("m", (Turn("user", (Text("x"),)),), tools=tools, tool_choice=choice)
    return json.loads(OPENAI_RESPONSES.encode_request(request, PLAIN).body)  # type: ignore[no-any-return]


def losses(*tools: Any) -> list[str]:
    request = Request("m", (Turn("user", (Text("x"),)),), tools=tools)
    return [loss.what for loss in OPENAI_RESPONSES.encode_request(request, PLAIN).losses]


FUNCTION = {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA, "strict": True}
PATCH = {"type": "custom", "name": "patch", "format": {"type": "grammar", "syntax": "lark", "definition": "x"}}
AGENTS = {
    "type": "namespace",
    "name": "agents",
    "description": "work together",
    "tools": [{**FUNCTION, "name": "spawn"}, {**PATCH, "name": "tell"}],
}
SEARCH = {
    "type": "web_search",
    "external_web_access": True,
    "filters": {"allowed_domains": ["e.example"]},
    "user_location": {"type": "approximate", "country": "DE"},
}


def test_functions_and_free_text_tools_are_read() -> None:
    assert read(FUNCTION, PATCH).tools == (
        Tool("f", "d", raw(SCHEMA), True),
        Tool("patch", None, None, custom=True, format=raw(PATCH["format"])),
    )


def test_a_namespace_becomes_its_tools() -> None:
    first, second = read(AGENTS).tools
    assert isinstance(first, Tool)
    assert isinstance(second, Tool)
    assert [(tool.name, tool.namespace, tool.custom) for tool in (first, second)] == [
        ("spawn", "agents", False),
        ("tell", "agents", True),
    ]


def test_a_web_search_is_a_tool_the_provider_runs() -> None:
    assert read(SEARCH, {"type": "web_search_preview"}).tools == (
        ServerTool(
            "web_search",
            Unknown(NAME, raw(SEARCH)),
            ("e.example",),
            location=raw(SEARCH["user_location"]),
            extras=Extras(NAME, {"external_web_access": raw(True)}),
        ),
        ServerTool("web_search", Unknown(NAME, raw({"type": "web_search_preview"}))),
    )


def test_a_tool_of_another_kind_is_kept_whole() -> None:
    other = {"type": "image_generation", "quality": "high"}
    mixed = {**AGENTS, "tools": [{"type": "shell"}]}
    assert read(other, mixed).tools == (Unknown(NAME, raw(other)), Unknown(NAME, raw(mixed)))


@pytest.mark.parametrize(
    "tool",
    [FUNCTION, PATCH, AGENTS, SEARCH, {"type": "mcp", "server_label": "x"}, {**FUNCTION, "output_schema": SCHEMA}],
    ids=lambda tool: tool["type"],
)
def test_a_tool_comes_back_as_it_was(tool: dict[str, Any]) -> None:
    assert write(*read(tool).tools)["tools"] == [tool]


def test_a_deferred_tool_is_sent_as_such_only_if_it_can_be_found() -> None:
    deferred = {**FUNCTION, "defer_loading": True}
    search = {"type": "tool_search", "execution": "server"}
    assert write(*read(deferred, search).tools)["tools"] == [deferred, search]
    assert write(*read(deferred).tools)["tools"] == [FUNCTION]


def test_the_placeholder_for_deferred_tools_is_left_out() -> None:
    placeholder = Tool("DeferredToolPlaceholder", None, None, deferred=True)
    assert "tools" not in write(placeholder)
    assert losses(placeholder) == ["deferred tool placeholder"]


def test_a_schema_is_never_left_to_be_rewritten() -> None:
    assert write(Tool("f", None, raw(SCHEMA)))["tools"][0]["strict"] is False
    assert write(Tool("f", None, raw(SCHEMA), True))["tools"][0]["strict"] is True


@pytest.mark.parametrize("parameters", [None, b"{}", b"null", b'{"type":"object"}'])
def test_a_function_without_parameters_gets_an_empty_object(parameters: bytes | None) -> None:
    tool = Tool("f", None, None if parameters is None else Raw(parameters))
    assert write(tool)["tools"][0]["parameters"] == {"type": "object", "properties": {}}


def test_what_a_tool_says_is_null_is_not_said() -> None:
    (tool,) = read({"type": "function", "name": "f", "parameters": None, "format": None}).tools
    assert tool == Tool("f", None, None)


def test_another_providers_web_search_is_told_in_our_words() -> None:
    theirs = ServerTool(
        "web_search",
        Unknown("anthropic", Raw(b'{"type":"web_search_20250305"}')),
        ("e.example",),
        ("f.example",),
        8,
        raw({"type": "approximate", "city": "X"}),
    )
    assert write(theirs)["tools"] == [
        {
            "type": "web_search",
            "filters": {"allowed_domains": ["e.example"]},
            "user_location": {"type": "approximate", "city": "X"},
        }
    ]
    assert losses(theirs) == ["blocked domains", "max_uses"]


def test_other_tools_of_other_providers_are_lost_and_said_to_be() -> None:
    shell = ServerTool("bash", Unknown("anthropic", Raw(b'{"type":"bash_x"}')))
    unknown = Unknown("anthropic", Raw(b'{"type":"computer_x"}'))
    assert "tools" not in write(shell, unknown)
    assert losses(shell, unknown) == ["tool", "tool"]


def test_a_namespace_made_elsewhere_gets_a_description() -> None:
    tools = [Tool("a", None, None, namespace="n"), Tool("b", None, None), Tool("c", None, None, namespace="n")]
    written = write(*tools)["tools"]
    assert [tool["name"] for tool in written] == ["n", "b"]
    assert written[0]["description"] == "n"
    assert [tool["name"] for tool in written[0]["tools"]] == ["a", "c"]


# Choice -----------------------------------------------------------------------------------------

CHOICES: list[tuple[Any, ToolChoice]] = [
    ("auto", ToolChoice(ToolMode.AUTO)),
    ("none", ToolChoice(ToolMode.NONE)),
    ("required", ToolChoice(ToolMode.ANY)),
    ({"type": "function", "name": "f"}, ToolChoice(ToolMode.NAMED, "f")),
    ({"type": "custom", "name": "patch"}, ToolChoice(ToolMode.NAMED, "patch")),
    ({"type": "web_search"}, ToolChoice(ToolMode.NAMED, "web_search")),
    (
        {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]},
        ToolChoice(ToolMode.ANY, allowed=("f",)),
    ),
]


@pytest.mark.parametrize(("said", "meant"), CHOICES)
def test_every_choice_is_read_and_written(said: Any, meant: ToolChoice) -> None:
    request = read(FUNCTION, PATCH, SEARCH, tool_choice=said)
    assert request.tool_choice == meant
    assert request.extras is None
    assert write(*request.tools, choice=request.tool_choice)["tool_choice"] == said


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        ({"type": "allowed_tools", "mode": "required", "tools": [{"type": "image_generation"}]}, ToolMode.ANY),
        ({"type": "allowed_tools", "mode": "auto", "tools": []}, ToolMode.AUTO),
        ({"type": "mcp", "server_label": "x"}, ToolMode.AUTO),
    ],
)
def test_a_choice_with_more_to_it_is_kept_beside_what_others_understand(said: Any, mode: ToolMode) -> None:
    request = read(FUNCTION, tool_choice=said)
    assert request.tool_choice == ToolChoice(mode)
    assert request.extras == Extras(NAME, {"tool_choice": raw(said)})
    assert json.loads(OPENAI_RESPONSES.encode_request(request, PLAIN).body)["tool_choice"] == said


def test_parallel_calls_are_switched_beside_the_choice() -> None:
    written = write(Tool("f", None, None), choice=ToolChoice(ToolMode.ANY, None, False))
    assert (written["tool_choice"], written["parallel_tool_calls"]) == ("required", False)


def test_without_tools_there_is_no_choice() -> None:
    assert "tool_choice" not in write(choice=ToolChoice(ToolMode.AUTO))


def test_a_tool_nobody_offered_is_chosen_as_a_function() -> None:
    written = write(Tool("f", None, None), choice=ToolChoice(ToolMode.NAMED, "g"))
    assert written["tool_choice"] == {"type": "function", "name": "g"}

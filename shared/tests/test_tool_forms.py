"""Facts about free-text tools and namespaces where a dialect has neither."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.conversation import Request, Tool, ToolCall, ToolChoice, ToolMode
from fairlead.shared.tool_forms import Originals, as_function, call_as_function, narrowed

PATCH = Tool("apply_patch", "Patches files", None, custom=True, format=Raw(b'{"type":"text"}'))
NESTED = Tool("spawn", None, Raw(b'{"type":"object"}'), namespace="agents")
PLAIN = Tool("read", None, None)


def test_an_ordinary_tool_and_its_call_stay_as_they_are() -> None:
    call = ToolCall("c", "read", "{}")
    assert as_function(PLAIN) is PLAIN
    assert call_as_function(call) is call
    assert Originals([PLAIN]).call(call) is not None


def test_a_free_text_tool_becomes_a_function_with_one_string() -> None:
    function = as_function(PATCH)
    assert not function.custom
    assert function.parameters is not None
    assert b'"required":["input"]' in bytes(function.parameters)
    assert "format" in (function.description or "")


def test_only_the_allowed_tools_are_offered_where_there_are_no_words_for_it() -> None:
    request = Request("m", (), tools=(PATCH, PLAIN), tool_choice=ToolChoice(ToolMode.ANY, allowed=("read",)))
    assert narrowed(request).tools == (PLAIN,)
    assert narrowed(request).tool_choice == ToolChoice(ToolMode.ANY)


def test_without_a_list_of_them_all_tools_are_offered() -> None:
    request = Request("m", (), tools=(PATCH, PLAIN), tool_choice=ToolChoice(ToolMode.ANY))
    assert narrowed(request) is request


def test_a_namespace_becomes_part_of_the_name() -> None:
    assert as_function(NESTED).name == "agents__spawn"


def test_a_tool_that_must_be_called_is_named_as_it_is_offered() -> None:
    named = Request("m", (), tools=(PLAIN, NESTED), tool_choice=ToolChoice(ToolMode.NAMED, "spawn", False))
    assert narrowed(named).tool_choice == ToolChoice(ToolMode.NAMED, "agents__spawn", False)
    plain = Tool("spawn", None, None)
    for tools, name in (((PLAIN, NESTED), "read"), ((NESTED, plain), "spawn"), ((), "spawn")):
        request = Request("m", (), tools=tools, tool_choice=ToolChoice(ToolMode.NAMED, name))
        assert narrowed(request) is request


def test_a_name_that_its_namespace_makes_too_long_is_cut_and_still_its_own() -> None:
    tools = [Tool(f"{'x' * 60}{end}", None, None, namespace="mcp__things") for end in "ab"]
    names = [as_function(tool).name for tool in tools]
    assert [len(name) for name in names] == [64, 64]
    assert names[0] != names[1]
    assert names[0].startswith("mcp__things__xxx")
    for tool, name in zip(tools, names, strict=True):
        call = ToolCall("c", tool.name, "{}", namespace=tool.namespace)
        assert call_as_function(call).name == name
        assert Originals(tools).call(ToolCall("c", name, "{}")) == call


@given(st.text())
def test_a_call_comes_back_as_the_client_knows_it(text: str) -> None:
    originals = Originals([PATCH, NESTED, PLAIN])
    for call in (
        ToolCall("c", "apply_patch", text, custom=True),
        ToolCall("c", "spawn", "{}", namespace="agents"),
        ToolCall("c", "read", "{}"),
    ):
        assert originals.call(call_as_function(call)) == call


def test_arguments_that_are_not_of_the_form_are_the_text_themselves() -> None:
    assert Originals([PATCH]).call(ToolCall("c", "apply_patch", "*** Begin")).arguments == "*** Begin"

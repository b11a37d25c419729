"""Calls of the tools a client offers."""

import json
from typing import Any

import pytest

from fairlead.simulator import hands
from fairlead.simulator.script import ToolCall
from fairlead.simulator.turn import Sizes, Tool, Turn


def tool(name: str, *required: str, **properties: dict[str, Any]) -> Tool:
    return Tool(
        name,
        {
            "type": "object",
            "properties": {**{each: {"type": "string"} for each in required}, **properties},
            "required": list(required),
        },
    )


def turn(*tools: Tool, background: tuple[str, ...] = ()) -> Turn:
    return Turn(
        model="m",
        stream=False,
        prompt="",
        rounds=(),
        background=background,
        tools=tools,
        schema=None,
        forced=None,
        max_tokens=None,
        stops=(),
        sizes=Sizes(0, 0, 0),
        caches=False,
    )


def arguments(call: ToolCall | None) -> dict[str, Any]:
    assert call is not None
    made = json.loads(call.arguments)
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    "text",
    [
        "Env:\n - Primary working directory: /x/y\n - Platform: linux",
        "Working directory: /x/y",
        "<env>\n<cwd> /x/y </cwd>",
        "cwd: `/x/y`",
        "Your working directory is /x/y\n",
        "I'm currently working in the directory: /x/y\n",
    ],
)
def test_the_working_directory_is_found(text: str) -> None:
    assert hands.working_directory(["nothing here", text]) == "/x/y"


def test_a_file_name_becomes_absolute_where_the_directory_is_known() -> None:
    assert hands.absolute("a/../b.txt", turn(background=("Working directory: /x",))) == "/x/b.txt"
    assert hands.absolute("/y/b.txt", turn(background=("Working directory: /x",))) == "/y/b.txt"
    assert hands.absolute("b.txt", turn()) == "b.txt"


@pytest.mark.parametrize(
    ("offered", "path"),
    [
        (tool("Write", "file_path", "content"), "file_path"),
        (tool("write", "filePath", "content"), "filePath"),
        (tool("mcp__files__write_file", "path", "content"), "path"),
    ],
)
def test_a_writing_tool_is_used_under_its_own_names(offered: Tool, path: str) -> None:
    call = hands.write(turn(tool("Bash", "command"), offered), "a.txt", "hi")
    assert call is not None
    assert call.name == offered.name
    assert arguments(call) == {path: "a.txt", "content": "hi"}


def test_a_shell_writes_where_no_writing_tool_is_offered_and_replaces_nothing() -> None:
    call = hands.write(turn(tool("bash", "command", "description")), "d/it's.txt", "it's")
    command = "set -C; mkdir -p d && printf %s 'it'\"'\"'s' > 'd/it'\"'\"'s.txt'"
    assert arguments(call) == {"command": command, "description": "Simulated description"}


def test_a_shell_that_takes_words_gets_words() -> None:
    call = hands.run(turn(tool("shell", command={"type": "array"})), "ls")
    assert arguments(call) == {"command": ["bash", "-lc", "ls"]}


def test_without_a_fitting_tool_there_is_no_call() -> None:
    assert hands.write(turn(tool("Write", "somewhere", "content"), tool("Look", "path")), "a", "b") is None
    assert hands.read(turn(tool("Bash", "command")), "a") is None


def test_an_edit_names_both_texts() -> None:
    call = hands.edit(turn(tool("Edit", "file_path", "old_string", "new_string")), "a", "old", "new")
    assert arguments(call) == {"file_path": "a", "old_string": "old", "new_string": "new"}


def test_a_call_keeps_the_kind_and_the_namespace_of_its_tool() -> None:
    custom = hands.any_call(turn(), Tool("patch", {}, custom=True))
    assert (custom.arguments, custom.custom) == ("Simulated input", True)
    spaced = Tool("Bash", tool("Bash", "command").schema, namespace="ns")
    run = hands.run(turn(spaced), "ls")
    assert run is not None
    assert (run.namespace, hands.any_call(turn(), spaced).namespace) == ("ns", "ns")

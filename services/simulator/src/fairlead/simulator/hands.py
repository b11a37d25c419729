"""Finds among the tools a client offers those that touch files or run commands, and words calls of them."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .fitting import fitting_object
from .script import ToolCall
from .turn import Tool, Turn

_WRITERS = frozenset({"write", "write_file", "create_file"})
_READERS = frozenset({"read", "read_file"})
_EDITORS = frozenset({"edit", "edit_file", "replace"})
_SHELLS = frozenset({"bash", "shell", "exec_command", "run_shell_command", "execute_command", "run_command"})

_PATH = ("file_path", "filePath", "absolute_path", "path", "filename")
_CONTENT = ("content", "contents", "file_text", "text")
_OLD = ("old_string", "oldString", "old_str")
_NEW = ("new_string", "newString", "new_str")
_COMMAND = ("command", "cmd")

_DIRECTORY = re.compile(
    r"(?:working directory|working in the directory|\bcwd)\b\s*(?:is\s*)?[:=]?\s*[`'\"]?(?P<said>/[^\s`'\"<]*)"
    r"|<cwd>\s*(?P<tagged>[^<]+?)\s*</cwd>",
    re.IGNORECASE,
)


def working_directory(texts: Sequence[str]) -> str | None:
    """The directory that the first of these texts to do so names as the working one."""
    for text in texts:
        if found := _DIRECTORY.search(text):
            return found["said"] or found["tagged"]
    return None


def absolute(name: str, turn: Turn) -> str:
    """`name` made absolute with the working directory, where the request names one."""
    directory = working_directory(turn.background)
    return posixpath.normpath(posixpath.join(directory, name)) if directory else name


def write(turn: Turn, name: str, content: str) -> ToolCall | None:
    """A call that makes this file: of a writing tool, else of a shell, which then does not replace a file."""
    path = absolute(name, turn)
    call = _call(turn, _WRITERS, {_PATH: path, _CONTENT: content})
    if call:
        return call
    folder = posixpath.dirname(path)
    prepare = f"mkdir -p {shlex.quote(folder)} && " if folder else ""
    return run(turn, f"set -C; {prepare}printf %s {shlex.quote(content)} > {shlex.quote(path)}")


def read(turn: Turn, name: str) -> ToolCall | None:
    """A call that reads this file."""
    return _call(turn, _READERS, {_PATH: absolute(name, turn)})


def edit(turn: Turn, name: str, old: str, new: str) -> ToolCall | None:
    """A call that replaces `old` by `new` in this file."""
    return _call(turn, _EDITORS, {_PATH: absolute(name, turn), _OLD: old, _NEW: new})


def run(turn: Turn, command: str) -> ToolCall | None:
    """A call that runs this shell command."""
    return _call(turn, _SHELLS, {_COMMAND: command})


def any_call(turn: Turn, tool: Tool) -> ToolCall:
    """A call of this tool with arguments that fit its schema."""
    text = "Simulated input" if tool.custom else _json(fitting_object(tool.schema, {}))
    return ToolCall(tool.name, text, namespace=tool.namespace, custom=tool.custom)


def _call(turn: Turn, names: frozenset[str], values: Mapping[tuple[str, ...], str]) -> ToolCall | None:
    for tool in turn.tools:
        if tool.name.rsplit("__", 1)[-1].lower() not in names:
            continue
        given = {
            name: _shaped(tool, name, value)
            for candidates, value in values.items()
            if (name := next((each for each in candidates if each in tool.properties), None))
        }
        if len(given) == len(values):
            return ToolCall(tool.name, _json(fitting_object(tool.schema, given)), namespace=tool.namespace)
    return None


def _shaped(tool: Tool, name: str, value: str) -> Any:
    """Some shells take their command as a list of words."""
    wanted = tool.properties[name]
    return ["bash", "-lc", value] if isinstance(wanted, dict) and wanted.get("type") == "array" else value


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

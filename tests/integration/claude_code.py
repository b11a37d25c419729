"""The real Claude Code, headless: which versions are here, one run of it, and what its transcript says."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from .stack import ROOT, required

PACKAGE = "node_modules/@anthropic-ai/claude-code/package.json"
COMMAND = "node_modules/.bin/claude"
STOP_AFTER = 180.0
"""Seconds; a run against the simulated provider takes two."""


class Installed(msgspec.Struct, frozen=True):
    """One version that can be run."""

    version: str
    command: Path


class Run(msgspec.Struct, frozen=True):
    """What a run said. `events` are the lines of its transcript, the last of which is the result."""

    code: int
    events: list[dict[str, Any]]
    complaints: str

    @property
    def result(self) -> dict[str, Any]:
        """The last word; work in the background may add turns, each with a result."""
        results = [event for event in self.events if event.get("type") == "result"]
        assert results, f"no result: {self}"
        return results[-1]

    @property
    def succeeded(self) -> bool:
        return self.code == 0 and self.result["is_error"] is False

    @property
    def retries(self) -> list[dict[str, Any]]:
        """The times the client itself asked again, which a person would have waited for."""
        return [event for event in self.events if event.get("subtype") == "api_retry"]

    def blocks(self, role: str, kind: str) -> list[dict[str, Any]]:
        """The content blocks of one kind in the messages of one role."""
        contents = (event["message"]["content"] for event in self.events if event.get("type") == role)
        return [
            block for content in contents if isinstance(content, list) for block in content if block["type"] == kind
        ]

    @property
    def tools(self) -> list[str]:
        """The names of the tools that were called, in order."""
        return [block["name"] for block in self.blocks("assistant", "tool_use")]

    @property
    def failed_tools(self) -> list[dict[str, Any]]:
        return [block for block in self.blocks("user", "tool_result") if block.get("is_error")]

    @property
    def said(self) -> str:
        return "".join(block["text"] for block in self.blocks("assistant", "text"))


class ClaudeCode:
    """One installed version, with a home that holds nothing, in a project folder."""

    def __init__(self, installed: Installed, base_url: str, key: str, home: Path, project: Path) -> None:
        self.version = installed.version
        self.project = project
        self._command = installed.command
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "IS_SANDBOX": "1",
            "ANTHROPIC_BASE_URL": base_url,
            "ANTHROPIC_AUTH_TOKEN": key,
            "DISABLE_TELEMETRY": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_MAX_RETRIES": "2",
        }

    def run(self, prompt: str, *flags: str, model: str, **variables: str) -> Run:
        """`claude -p PROMPT` to its end, every tool allowed. `variables` are added to its environment."""
        command = [str(self._command), "-p", prompt, "--output-format", "stream-json", "--verbose"]
        done = subprocess.run(
            [*command, "--dangerously-skip-permissions", *flags],
            cwd=self.project,
            env={**self._env, "ANTHROPIC_MODEL": model, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=STOP_AFTER,
            check=False,
        )
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Run(done.returncode, events, done.stderr)


def installed() -> list[Installed]:
    """Those of FAIRLEAD_CLAUDE_CODE, a list of commands or of folders with `node_modules`, else those of `.clients`."""
    named = os.environ.get("FAIRLEAD_CLAUDE_CODE")
    folders = map(Path, named.split(os.pathsep)) if named else sorted((ROOT / ".clients").glob("claude-code-*"))
    return [found for folder in folders for found in _at(folder)]


def _at(place: Path) -> Iterator[Installed]:
    command = place if place.is_file() else place / COMMAND
    if command.is_file():
        yield Installed(_version(command), command)


def _version(command: Path) -> str:
    """Of the package that holds the command, wherever a link to it stands."""
    for folder in command.resolve().parents:
        described = folder / "package.json"
        if described.is_file():
            return str(json.loads(described.read_text())["version"])
    return command.name


_ABSENT = "Claude Code is not installed: neither in .clients nor where FAIRLEAD_CLAUDE_CODE says"


def versions() -> list[Any]:
    """Test parameters: one for each version, or one that is skipped, or fails where Claude Code has to be there."""
    found = installed()
    absent = () if required("claude-code") else (pytest.mark.skip(reason=_ABSENT),)
    return [pytest.param(each, id=each.version) for each in found] or [
        pytest.param(None, id="not-installed", marks=absent)
    ]


def present(found: Installed | None) -> Installed:
    if found is None:
        pytest.fail(_ABSENT)
    return found

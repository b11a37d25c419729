"""Other coding agents work too: each in its own dialect, with a provider of every dialect behind."""

import json
from pathlib import Path

import pytest

from .claude_code import ClaudeCode, Installed, present, versions
from .other_clients import AIDER, CLIENTS, Client, ask
from .provider import Provider
from .stack import CLIENT_KEY, Stack, required

PROVIDERS = ("native", "chat", "responses", "gemini")

# What containers could add here is shown by Claude Code and the SDKs.
pytestmark = pytest.mark.parametrize("stack", ["processes"], indirect=True, scope="session")


def completion(text: str) -> str:
    """A whole answer of a chat provider."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
    return json.dumps({"id": "c", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage})


def here(client: Client) -> Client:
    """The client, or the end of the test where it is not installed."""
    if client.command is None:
        absent = f"{client.name} is not installed: neither in .clients nor where FAIRLEAD_CLIENTS says"
        if required("other-clients"):
            pytest.fail(absent)
        pytest.skip(absent)
    return client


@pytest.mark.parametrize("behind", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_it_writes_a_file(
    client: Client, behind: str, stack: Stack, provider: Provider, tmp_path: Path, project: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = ask(here(client), stack, f"{behind},simulated", home, project)
    written = project / "wanted.txt"
    assert written.is_file(), f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert written.read_text().startswith("hello from afar")
    assert {record["status"] for record in provider.requests()} <= {200, None}


def test_aider_writes_a_file_out_of_an_answer(stack: Stack, provider: Provider, tmp_path: Path, project: Path) -> None:
    provider.answers_next({"body": completion("wanted.txt\n```\nhello from afar\n```\n")})
    home = tmp_path / "home"
    home.mkdir()
    done = ask(here(AIDER), stack, "chat,gpt-main", home, project)
    written = project / "wanted.txt"
    assert written.is_file(), f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert written.read_text() == "hello from afar\n"


@pytest.mark.claude_code
@pytest.mark.parametrize("behind", ["responses", "gemini"])
@pytest.mark.parametrize("installed", versions())
def test_claude_code_writes_a_file(
    installed: Installed | None, behind: str, stack: Stack, provider: Provider, tmp_path: Path, project: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    claude = ClaudeCode(present(installed), stack.router, CLIENT_KEY, home, project)
    run = claude.run("Create a file wanted.txt containing hello from afar", model=f"{behind},simulated")
    assert run.succeeded, run.complaints
    assert run.retries == []
    assert (project / "wanted.txt").read_text() == "hello from afar"

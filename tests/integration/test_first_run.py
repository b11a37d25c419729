"""Somebody has cloned the repository and has no key yet: one command, and the first request answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import anthropic
import httpx2
import openai
import pytest

from .checkout import FirstRun, first_run
from .claude_code import ClaudeCode, Installed, present, versions
from .containers import FIRST_RUN, compose_stack, skip_without_engine

# To install everything takes as long as the network takes; the limit is for what a test does.
pytestmark = pytest.mark.timeout(300, func_only=True)


class Up(Protocol):
    """Where the services are."""

    router: str
    normalizer: str


@pytest.fixture(scope="module")
def by_script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstRun]:
    with first_run(tmp_path_factory.mktemp("first-run")) as running:
        yield running


@pytest.fixture(scope="module", params=["script", pytest.param("compose", marks=pytest.mark.compose)])
def up(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`./fairlead up`, and `docker compose up`."""
    if request.param == "script":
        yield request.getfixturevalue("by_script")
        return
    skip_without_engine()
    with compose_stack(tmp_path_factory.mktemp("compose"), FIRST_RUN) as stack:
        yield stack


def test_the_first_request_is_answered_by_somebody_who_says_that_it_is_simulated(up: Up) -> None:
    with anthropic.Anthropic(api_key="any", base_url=up.router, max_retries=0) as client:
        message = client.messages.create(
            model="claude-opus-5-5", max_tokens=500, messages=[{"role": "user", "content": "Who are you?"}]
        )
    assert message.content[0].type == "text"
    assert "simulated" in message.content[0].text


def test_an_openai_client_is_answered_too(up: Up) -> None:
    with openai.OpenAI(api_key="any", base_url=f"{up.normalizer}/v1", max_retries=0) as client:
        [model, *_] = [each.id for each in client.models.list() if "gpt" in each.id]
        completion = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hello"}])
    assert "simulated" in (completion.choices[0].message.content or "")


@pytest.mark.claude_code
@pytest.mark.parametrize("found", versions())
def test_claude_code_writes_a_file(up: Up, found: Installed | None, tmp_path: Path, project: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    claude = ClaudeCode(present(found), up.router, "any", home, project)
    run = claude.run("Create a file hello.txt containing hello world", model="claude-opus-4-8")
    assert run.succeeded, run.result
    assert run.tools == ["Write"]
    assert (project / "hello.txt").read_text().strip() == "hello world"


def test_a_page_in_a_browser_may_not_ask(up: Up) -> None:
    """Without a key whoever is on this machine is served, and a page of another host is not on this machine."""
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    for url in (f"{up.router}/v1/messages", f"{up.normalizer}/v1/chat/completions"):
        response = httpx2.post(url, json=body, headers={"origin": "https://example.com"}, trust_env=False)
        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers


def test_the_command_says_how_to_point_a_client_at_it(by_script: FirstRun) -> None:
    assert f"ANTHROPIC_BASE_URL={by_script.router}" in by_script.told
    assert f"OPENAI_BASE_URL={by_script.normalizer}/v1" in by_script.told
    assert "simulated" in by_script.told
    assert "Traceback" not in by_script.told


def test_it_stops_when_it_is_told_to(by_script: FirstRun) -> None:
    """Comes last in this file: nothing is left to ask afterwards."""
    assert by_script.stop() == 0
    for url in (by_script.router, by_script.normalizer):
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(url, trust_env=False)

"""Claude Code at work while its provider fails in every way before it says anything: it sees nothing of that."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .claude_code import ClaudeCode, Installed, present, versions
from .processes import ProcessStack, process_stack
from .provider import Provider
from .stack import CLIENT_KEY
from .test_claude_code import FAILURES, assert_succeeded, statuses

pytestmark = pytest.mark.claude_code

CONFIG = Path(__file__).with_name("healthy.json5")
SILENT: dict[str, Any] = {"status": 200, "chunks": ["event: ping\ndata: {}\n\n"], "fault": "stall=0"}
FAULTS = {**{name: FAILURES[name] for name in ("529", "500", "429", "reset", "cut", "error-event")}, "silent": SILENT}


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessStack]:
    with process_stack(tmp_path_factory.mktemp("healthy"), CONFIG) as running:
        yield running


@pytest.fixture
def stack(processes: ProcessStack) -> ProcessStack:
    """With a router that knows nothing yet: what a test teaches it of its providers is not for the next."""
    processes.stop("router")
    processes.start("router")
    return processes


@pytest.fixture(params=versions()[-1:])
def claude(request: pytest.FixtureRequest, stack: ProcessStack, tmp_path: Path, project: Path) -> ClaudeCode:
    found: Installed | None = request.param
    home = tmp_path / "home"
    home.mkdir()
    return ClaudeCode(present(found), stack.router, CLIENT_KEY, home, project)


def asked(provider: Provider) -> list[str]:
    return [json.loads(record["body"])["model"] for record in provider.requests()]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_provider_that_fails_before_it_says_anything_is_not_noticed(
    claude: ClaudeCode, provider: Provider, fault: str
) -> None:
    provider.answers_next(FAULTS[fault])
    run = claude.run("Create a file hello.txt containing hello world", model="claude-main")
    assert_succeeded(run)
    assert run.tools == ["Write"]
    assert (claude.project / "hello.txt").read_text().strip() == "hello world"
    assert asked(provider)[:2] == ["claude-main", "gpt-main"]


def test_a_provider_that_throttles_is_left_alone_as_long_as_it_asks(
    stack: ProcessStack, claude: ClaudeCode, provider: Provider
) -> None:
    provider.answers_next(FAULTS["429"])
    run = claude.run("Create a file hello.txt containing hello world", model="claude-main")
    assert_succeeded(run)
    assert run.tools == ["Write"]
    assert statuses(provider) == [429, 200, 200]
    assert asked(provider) == ["claude-main", "gpt-main", "gpt-main"]
    told = httpx2.get(f"{stack.router}/api/providers", headers={"x-api-key": CLIENT_KEY}, trust_env=False).json()
    throttled = {each["provider"]: each["models"][0]["throttled"] for each in told["providers"]}
    assert throttled == {"native": True, "chat": False}

"""The command line as a person meets it: typed into a terminal, read from its screen, interrupted when it takes too long."""

import json
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from .claude_code import Installed, installed, present, versions
from .processes import Process
from .stack import PROVIDER_KEY, free_ports
from .tmux import Terminal, terminal

NARROW = 80
COLOUR = "\x1b[3"
CONFIG = """{{
  Providers: [
    {{name: "sim", type: "anthropic", api_base_url: "{url}/v1/messages", api_key: "{key}",
      models: ["claude-opus-5-5", "claude-haiku-4-5"]}},
    {{name: "chat", api_base_url: "{url}/v1/chat/completions", api_key: "{key}", models: ["sim-tool"]}},
    {{name: "silent", api_base_url: "http://127.0.0.1:{silent}/v1/chat/completions", api_key: "{key}", models: ["m"]}},
  ],
  Router: {{default: "sim,claude-opus-5-5"}},
}}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of somebody with three providers, one of which never says a word."""
    folder = tmp_path_factory.mktemp("home")
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = ["fairlead.simulator", "--port", str(port), "--key", PROVIDER_KEY]
    simulator = Process("simulator", command, env, folder / "simulator.log", url)
    (folder / ".fairlead").mkdir()
    # Whoever used Claude Code before is not asked which colours he likes, and whether he trusts this folder.
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    known = {"hasCompletedOnboarding": True, "theme": "dark", "projects": {str(folder.resolve()): trusted}}
    (folder / ".claude.json").write_text(json.dumps(known))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = CONFIG.format(url=url, key=PROVIDER_KEY, silent=silent.getsockname()[1])
        (folder / ".fairlead/config.json").write_text(text)
        simulator.start()
        yield folder
        simulator.stop()


@pytest.fixture(scope="module")
def variables(home: Path) -> Mapping[str, str]:
    """What the shell has set."""
    router, normalizer = free_ports(2)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PORT": str(router),
        "NORMALIZER_PORT": str(normalizer),
        "CLAUDE_PATH": str(found[-1].command) if (found := installed()) else "claude",
        "IS_SANDBOX": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }


@pytest.fixture(scope="module")
def started(home: Path, variables: Mapping[str, str]) -> Iterator[tuple[Terminal, str]]:
    """A terminal in which the services have been started, and what was said of it."""
    with terminal(home, variables) as window:
        code, said = window.runs("fairlead start")
        try:
            assert code == 0, said
            yield window, said
        finally:
            window.runs("fairlead stop")


@pytest.fixture
def window(started: tuple[Terminal, str]) -> Terminal:
    return started[0]


def test_who_types_nothing_or_something_wrong_is_told_what_there_is(window: Terminal) -> None:
    code, said = window.runs("fairlead")
    assert code == 2
    assert "Start both services in the background." in said
    code, said = window.runs("fairlead statsu")
    assert code == 2
    assert "there is no statsu; did you mean status?" in said


def test_a_start_says_where_everything_is_and_what_comes_next(
    started: tuple[Terminal, str], variables: Mapping[str, str]
) -> None:
    _, said = started
    assert said.startswith("fairlead runs (process ")
    assert f"router      http://127.0.0.1:{variables['PORT']}\n" in said
    assert "Next: fairlead code starts Claude Code behind it" in said


def test_what_is_said_fits_a_narrow_terminal(window: Terminal) -> None:
    window.is_wide(NARROW)
    for command in ("fairlead status", "fairlead doctor --provider sim"):
        code, said = window.runs(command)
        assert code == 0, said
        assert "sim" in said
        assert [line for line in said.splitlines() if len(line) > NARROW and " " in line.strip()] == []


def test_colours_are_for_terminals_whose_owner_likes_them(window: Terminal, home: Path) -> None:
    code, said = window.runs("fairlead doctor --no-calls")
    assert (code, said.splitlines()[-1]) == (0, "All is well")
    assert COLOUR in window.screen("-e")
    assert window.runs("NO_COLOR=1 fairlead doctor --no-calls")[0] == 0
    assert COLOUR not in window.screen("-e")
    assert window.runs("fairlead doctor --no-calls > doctor.txt; fairlead status > status.txt")[0] == 0
    for name in ("doctor.txt", "status.txt"):
        assert "\x1b" not in (home / name).read_text()


def test_who_loses_patience_has_the_prompt_back(window: Terminal) -> None:
    window.begins("fairlead doctor --provider silent")
    window.until(re.compile(r"checking silent,m message … \d+ s"))
    window.presses("C-c")
    code, said = window.ends()
    assert code == 1
    assert "fairlead doctor: interrupted" in said
    assert window.runs("fairlead status")[0] == 0


def test_a_model_is_picked_by_parts_of_names(window: Terminal) -> None:
    window.begins("fairlead model")
    window.answers("Change which.*$", "think")
    window.answers("Which.*$", "haiku")
    window.answers(r"think +sim,claude-haiku-4-5 +\(new\)(.*\n)+Change which.*$", "")
    window.answers("Write this.*$", "y")
    code, said = window.ends()
    assert code == 0
    assert "the running services use it from now on" in said
    assert window.runs("fairlead model think") == (0, "sim,claude-haiku-4-5\n")


def test_who_leaves_the_menu_has_changed_nothing_and_sees_what_he_types(window: Terminal, home: Path) -> None:
    before = (home / ".fairlead/config.json").read_text()
    window.begins("fairlead model")
    window.answers("Change which.*$", "background")
    window.until(re.compile("Which.*$"))
    window.presses("C-c")
    code, said = window.ends()
    assert code == 1
    assert "fairlead model: interrupted" in said
    assert (home / ".fairlead/config.json").read_text() == before
    assert window.runs("stty | grep -c -- -echo") == (1, "0\n")


def test_env_points_a_shell_at_the_services(window: Terminal, variables: Mapping[str, str]) -> None:
    code, said = window.runs('(eval "$(fairlead env)"; echo $ANTHROPIC_BASE_URL $OPENAI_BASE_URL)')
    router, normalizer = variables["PORT"], variables["NORMALIZER_PORT"]
    assert (code, said) == (0, f"http://127.0.0.1:{router} http://127.0.0.1:{normalizer}/v1\n")


def test_ui_says_where_it_is_where_there_is_no_browser(window: Terminal, variables: Mapping[str, str]) -> None:
    code, said = window.runs("fairlead ui --print")
    assert (code, said) == (0, f"http://127.0.0.1:{variables['PORT']}/ui\n")


@pytest.mark.claude_code
@pytest.mark.parametrize("found", versions()[-1:])
def test_claude_code_is_talked_to_and_its_requests_are_explained(found: Installed | None, window: Terminal) -> None:
    present(found)
    window.begins("fairlead code --model claude-opus-4-8")
    window.answers("auto mode|for shortcuts", "Create a file hello.txt containing hi")
    window.until(re.compile("This answer is simulated; no model took part"))
    window.presses("C-c")
    window.until(re.compile("again to exit"))
    window.presses("C-c")
    assert window.ends()[0] == 0
    assert window.runs("cat hello.txt; echo") == (0, "hi\n")
    code, said = window.runs("fairlead explain")
    assert code == 0
    assert "sim,claude-" in said
    assert "sim,claude" in window.runs("fairlead status")[1]


def test_what_is_restarted_is_another_process_and_what_is_stopped_is_gone(window: Terminal) -> None:
    code, said = window.runs("fairlead restart")
    assert code == 0
    ended, began = re.findall(r"\(process (\d+)\)", said)
    assert ended != began
    code, said = window.runs("fairlead stop")
    assert code == 0
    assert said.startswith("fairlead is stopped (process ")
    code, said = window.runs("fairlead status")
    assert (code, said.splitlines()[0]) == (1, "fairlead does not run; fairlead start starts it")

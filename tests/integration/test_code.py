"""`fairlead code` with the real Claude Code: nothing runs yet, one command, and a file is written."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .claude_code import Installed, present, versions
from .stack import free_ports

WITHIN = 180.0


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of somebody with nothing configured; their services are stopped at the end."""
    home = tmp_path / "home"
    home.mkdir()
    router, normalizer = free_ports(2)
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "IS_SANDBOX": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "PORT": str(router),
        "NORMALIZER_PORT": str(normalizer),
    }
    yield variables
    fairlead("stop", env=variables, cwd=tmp_path)


def fairlead(*arguments: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "fairlead.cli", *arguments],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


@pytest.mark.claude_code
@pytest.mark.parametrize("found", versions())
def test_claude_code_is_started_behind_services_that_are_started_for_it(
    found: Installed | None, env: dict[str, str], project: Path
) -> None:
    env["CLAUDE_PATH"] = str(present(found).command)
    prompt = "Create a file hello.txt containing hello world"
    flags = ("--output-format", "json", "--permission-mode", "acceptEdits", "--model", "claude-opus-4-8")
    run = fairlead("code", "-p", prompt, *flags, env=env, cwd=project)
    assert run.returncode == 0, run
    assert json.loads(run.stdout)["is_error"] is False
    assert (project / "hello.txt").read_text().strip() == "hello world"
    status = fairlead("status", env=env, cwd=project)
    assert status.returncode == 0
    assert "simulated,claude-simulated  answered" in status.stdout
    assert fairlead("code", "--version", env=env, cwd=project).stdout.startswith(present(found).version)

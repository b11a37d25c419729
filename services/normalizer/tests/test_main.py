"""The command: what it answers to bad input, and that it serves and stops."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

PROVIDER = '{name: "one", api_base_url: "http://h.example/v1", api_key: "${ONE_KEY}", models: ["m"]}'


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fairlead.normalizer", *arguments]


def environment(home: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), **more}


def run(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = environment(home, **more)
    return subprocess.run(command(*arguments), env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(f"{{\n  Providers: [{PROVIDER}],\n}}")
    return path


def test_wrong_usage_exits_with_two(tmp_path: Path) -> None:
    done = run(tmp_path, "--no-such-flag")
    assert done.returncode == 2
    assert "--no-such-flag" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--config", "missing.json"], "missing.json"), (["--port", "many"], "--port"), (["--log-level", "loud"], "loud")],
)
def test_what_cannot_be_used_is_named_and_nothing_is_served(
    arguments: list[str], words: str, tmp_path: Path, config: Path
) -> None:
    done = run(tmp_path, "--config", str(config), *arguments, ONE_KEY="k")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_configuration_is_refused_with_file_line_and_key(tmp_path: Path, config: Path) -> None:
    config.write_text('{\n  Providers: [\n    {name: "one", api_base_url: 7, models: ["m"]},\n  ],\n}')
    done = run(tmp_path, "--config", str(config))
    assert done.returncode == 1
    assert f"{config}:3: Providers[0].api_base_url" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path, config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "--config", str(config), "--port", port, ONE_KEY="k")
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_serves_and_stops_when_told_to_without_showing_a_key(tmp_path: Path, config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = environment(tmp_path, CONFIG_PATH=str(config), PORT=str(port), ONE_KEY="canary-key-1")
    with subprocess.Popen(command(), env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline()]
        while '"listening"' not in lines[-1]:
            assert lines[-1], "".join(lines)
            lines.append(process.stderr.readline())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready") as response:
            assert response.status == 200
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(30) == 0
    assert "canary" not in "".join(lines) + rest

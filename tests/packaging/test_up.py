"""`./fairlead up` as a person meets it: real processes, the first request, and every way in which it ends."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from ..integration.stack import free_ports

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
_HI = [{"role": "user", "content": "hi"}]


class Up:
    """One run of the command, whose home is empty and whose ports are free ones unless they are said."""

    def __init__(self, home: Path, arguments: Sequence[str] = (), env: Mapping[str, str] | None = None) -> None:
        self.port, self.normalizer_port = free_ports(2)
        plain = {name: value for name, value in os.environ.items() if not name.endswith(("_KEY", "_URL", "_PATH"))}
        ports = {"PORT": str(self.port), "NORMALIZER_PORT": str(self.normalizer_port)}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "fairlead.cli", "up", *arguments],
            env={**plain, **ports, "HOME": str(home), "PATH": os.environ["PATH"], **(env or {})},
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until_up(self) -> str:
        """What it says when it is up."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                return said
        raise AssertionError(f"not up: {said}{self.rest()}")

    def rest(self) -> tuple[int, str, str]:
        """Waits for the end: the exit code, and what else it said on stdout and stderr."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def children(self) -> dict[str, int]:
        """Service → process id."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "ppid=,pid=,args="], capture_output=True, text=True, check=True
        ).stdout
        ours = re.finditer(rf"^ *{self.process.pid} +(\d+) .* -m fairlead\.(\w+)", listed, re.MULTILINE)
        return {match[2]: int(match[1]) for match in ours}

    @contextlib.contextmanager
    def ask(self, port: int, path: str, body: Any) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("POST", path, json.dumps(body), {"content-type": "application/json", "x-api-key": "any"})
            with connection.getresponse() as answer:
                yield answer

    def post(self, port: int, path: str, body: Any) -> tuple[int, Any]:
        with self.ask(port, path, body) as answer:
            return answer.status, json.loads(answer.read())

    def stream(self, chunks: int) -> AbstractContextManager[http.client.HTTPResponse]:
        """An answer of so many pieces, one every twentieth of a second."""
        model = f"simulated,sim-text!chunks={chunks}!gap=0.05"
        body = {"model": model, "max_tokens": 100_000, "messages": _HI, "stream": True}
        return self.ask(self.port, "/v1/messages", body)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[list[Up]]:
    """What was started, for the end of a test that failed half way."""
    started: list[Up] = []
    yield started
    for one in started:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGTERM)
        one.process.communicate(timeout=PATIENCE)


@pytest.fixture
def up(tmp_path: Path, runs: list[Up]) -> Up:
    runs.append(Up(tmp_path))
    return runs[0]


def test_without_a_configuration_the_first_request_is_answered_and_says_that_it_is_simulated(up: Up) -> None:
    said = up.until_up()
    assert f"ANTHROPIC_BASE_URL=http://127.0.0.1:{up.port}\n" in said
    assert f"OPENAI_BASE_URL=http://127.0.0.1:{up.normalizer_port}/v1\n" in said
    assert "there is no configuration, so a simulated provider stands in" in said
    request = {"model": "claude-opus-5-5", "max_tokens": 100, "messages": _HI}
    status, answer = up.post(up.port, "/v1/messages", request)
    assert status == 200
    assert "simulated" in answer["content"][0]["text"]
    status, answer = up.post(up.normalizer_port, "/v1/chat/completions", {"model": "gpt-simulated", "messages": _HI})
    assert status == 200
    assert "simulated" in answer["choices"][0]["message"]["content"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_service_and_is_no_failure(up: Up, number: signal.Signals) -> None:
    up.until_up()
    children = up.children()
    assert sorted(children) == ["normalizer", "router", "simulator"]
    up.process.send_signal(number)
    code, out, err = up.rest()
    assert (code, out, err) == (0, "fairlead: stopping; a second Ctrl-C stops at once\n", "")
    assert not any(map(alive, children.values()))


def test_a_signal_before_everything_is_ready_leaves_nothing_behind(up: Up) -> None:
    while len(children := up.children()) < 2:
        assert up.process.poll() is None
    up.process.send_signal(signal.SIGINT)
    code, out, _ = up.rest()
    assert code == 0
    assert "fairlead is up" not in out
    assert not any(map(alive, children.values()))


def test_a_stream_that_runs_when_the_signal_comes_is_finished(up: Up) -> None:
    up.until_up()
    with up.stream(20) as answer:
        first = answer.readline()
        up.process.send_signal(signal.SIGTERM)
        events = re.findall(rb"^event: (\w+)", first + answer.read(), re.MULTILINE)
    assert events.count(b"content_block_delta") == 20
    assert events[-1] == b"message_stop"
    assert up.rest()[0] == 0


def test_a_second_signal_waits_for_nothing(up: Up) -> None:
    up.until_up()
    children = up.children()
    with up.stream(10_000) as answer:
        answer.readline()
        up.process.send_signal(signal.SIGINT)
        assert up.process.stdout is not None
        assert "stopping" in up.process.stdout.readline()
        up.process.send_signal(signal.SIGINT)
        assert up.rest()[0] == 0
    assert not any(map(alive, children.values()))


@pytest.mark.parametrize("name", ["router", "normalizer"])
def test_a_service_that_dies_takes_the_others_with_it(up: Up, name: str) -> None:
    up.until_up()
    children = up.children()
    os.kill(children[name], signal.SIGKILL)
    code, out, _ = up.rest()
    assert (code, out) == (1, f"fairlead: the {name} was ended by SIGKILL; stopping the others\n")
    assert not any(map(alive, children.values()))


def test_a_port_that_is_taken_is_named_with_the_way_to_another(tmp_path: Path, runs: list[Up]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for variable, way in (
            ("PORT", "--port N or PORT=N"),
            ("NORMALIZER_PORT", "--normalizer-port N or NORMALIZER_"),
        ):
            runs.append(Up(tmp_path, env={variable: port}))
            code, out, err = runs[-1].rest()
            assert (code, out, err.count("\n")) == (1, "", 1)
            assert f"port {port} on 127.0.0.1" in err
            assert f"is taken by another program; choose another with {way}" in err


def test_a_flag_wins_over_the_environment(tmp_path: Path, runs: list[Up]) -> None:
    [port] = free_ports(1)
    runs.append(Up(tmp_path, ["--port", str(port)]))
    assert f"ANTHROPIC_BASE_URL=http://127.0.0.1:{port}\n" in runs[0].until_up()


@pytest.mark.parametrize("arguments", [["--prot", "1"], ["extra"]])
def test_wrong_usage_is_2(tmp_path: Path, runs: list[Up], arguments: list[str]) -> None:
    runs.append(Up(tmp_path, arguments))
    code, out, err = runs[0].rest()
    assert (code, out) == (2, "")
    assert "usage: fairlead up" in err


def test_a_broken_configuration_is_told_with_its_line_and_nothing_is_served(tmp_path: Path, runs: list[Up]) -> None:
    file = tmp_path / "mine.json5"
    file.write_text('{\n  Providers: [{name: "a", api_base_url: "nowhere"}],\n}')
    runs.append(Up(tmp_path, ["--config", "mine.json5"]))
    code, out, err = runs[0].rest()
    assert (code, out) == (1, "")
    assert re.search(r"mine\.json5:2(:\d+)?: Providers\[0\]\.api_base_url: must begin with http", err)


def test_the_configuration_in_the_home_is_served_when_it_has_a_key(tmp_path: Path, runs: list[Up]) -> None:
    file = tmp_path / ".fairlead/config.json"
    file.parent.mkdir()
    provider = '{name: "mine", api_base_url: "http://127.0.0.1:1/v1/messages", api_key: "$MINE", models: ["m"]}'
    file.write_text(f'{{Providers: [{provider}], Router: {{default: "mine,m"}}, APIKEY: "a-client-key"}}')
    runs.append(Up(tmp_path, env={"MINE": "sk-mine-1234567890"}))
    said = runs[0].until_up()
    assert f"configured  {file}\n" in said
    assert "simulated" not in said
    assert "a-client-key" not in said
    assert sorted(runs[0].children()) == ["normalizer", "router"]

"""A service that cannot start says why, once and in plain words, and serves nothing."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from .processes import Process
from .stack import CONFIG, free_ports

START_WITHIN = 120.0
SERVICES = pytest.mark.parametrize("service", ["router", "normalizer"])


class Refused:
    """What was said by a service that did not start."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.said = done.stdout + done.stderr
        assert "Traceback" not in self.said


def start(folder: Path, service: str, *flags: str, **variables: str) -> Refused:
    """Runs a service that is expected to end by itself."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    command = [sys.executable, "-m", f"fairlead.{service}", *flags]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=START_WITHIN, check=False)
    return Refused(done)


@contextmanager
def served(folder: Path, service: str, text: str, **variables: str) -> Iterator[tuple[str, Path]]:
    """A service with this configuration: its URL and its log."""
    config, log = folder / "config.json", folder / f"{service}.log"
    config.write_text(text)
    [port] = free_ports(1)
    env: Mapping[str, str] = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    command = [f"fairlead.{service}", "--port", str(port), "--config", str(config)]
    process = Process(service, command, env, log, f"http://127.0.0.1:{port}")
    process.start()
    try:
        yield process.url, log
    finally:
        assert process.stop() == 0


@pytest.mark.parametrize("service", ["router", "normalizer", "simulator"])
def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path, service: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = start(tmp_path, service, "--port", str(port))
    assert refused.code == 1
    [line] = [line for line in refused.said.splitlines() if str(port) in line]
    assert f"cannot listen on 127.0.0.1:{port}" in line
    assert "address already in use" in line.lower()


PROVIDER = '{name: "p", api_base_url: "http://127.0.0.1:9/v1", api_key: "k", models: ["m"]}'
BROKEN: dict[str, tuple[str, str]] = {
    "syntax": ("{\n  Providers: [,]\n}", "config.json:2"),
    "type": ('{\n  Providers: "many"\n}', "config.json:2: Providers"),
    "no-such-provider": (
        f'{{Providers: [{PROVIDER}],\n\n  Router: {{default: "q,m"}}}}',
        "config.json:3: Router.default",
    ),
    "no-url": ('{Providers: [\n {name: "p", models: []}\n]}', "config.json:2: Providers[0].api_base_url"),
    "limit": ("{limits: {\n\n\n body_bytes: -5}}", "config.json:4: limits.body_bytes"),
}


@SERVICES
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_configuration_is_told_with_its_place_and_nothing_is_served(
    tmp_path: Path, service: str, fault: str
) -> None:
    text, place = BROKEN[fault]
    config = tmp_path / "config.json"
    config.write_text(text)
    [port] = free_ports(1)
    refused = start(tmp_path, service, "--config", str(config), "--port", str(port))
    assert refused.code == 1
    assert place in refused.said
    assert "nothing is served" in refused.said


def test_a_variable_that_a_route_needs_and_nobody_set_is_named(tmp_path: Path) -> None:
    refused = start(tmp_path, "normalizer", "--config", str(CONFIG), CLIENT_KEY="k", SIMULATOR_URL="http://127.0.0.1:9")
    assert refused.code == 1
    assert "PROVIDER_KEY" in refused.said
    assert "stack.json5:" in refused.said


def test_the_key_of_a_provider_is_nothing_the_router_asks_for(tmp_path: Path) -> None:
    variables = {"CLIENT_KEY": "k", "SIMULATOR_URL": "http://127.0.0.1:9"}
    with served(tmp_path, "router", CONFIG.read_text(), **variables) as (url, _):
        assert httpx2.get(f"{url}/health", trust_env=False).status_code == 200


@SERVICES
def test_a_file_that_is_not_there_is_named(tmp_path: Path, service: str) -> None:
    refused = start(tmp_path, service, "--config", str(tmp_path / "nowhere.json"))
    assert refused.code == 1
    assert "nowhere.json" in refused.said


@SERVICES
@pytest.mark.parametrize("flags", [["--nonsense"], ["--port"], ["left", "over"]])
def test_wrong_usage_has_an_exit_code_of_its_own(tmp_path: Path, service: str, flags: list[str]) -> None:
    assert start(tmp_path, service, *flags).code == 2


@SERVICES
def test_a_key_that_does_not_exist_is_warned_about_with_the_nearest_one(tmp_path: Path, service: str) -> None:
    text = f"{{Providers: [{PROVIDER}], limts: {{}}}}"
    with served(tmp_path, service, text) as (_, log):
        assert "did you mean limits" in log.read_text()


@SERVICES
def test_without_a_client_key_only_this_machine_is_served_whatever_host_says(tmp_path: Path, service: str) -> None:
    with served(tmp_path, service, f"{{Providers: [{PROVIDER}]}}", HOST="0.0.0.0") as (url, log):
        other = url.replace("127.0.0.1", "127.0.0.2")
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{other}/health", trust_env=False)
        assert "APIKEY" in log.read_text()


@SERVICES
def test_with_a_client_key_the_host_is_what_was_asked_for(tmp_path: Path, service: str) -> None:
    text = f'{{APIKEY: "k", Providers: [{PROVIDER}]}}'
    with served(tmp_path, service, text, HOST="0.0.0.0") as (url, _):
        other = url.replace("127.0.0.1", "127.0.0.2")
        assert httpx2.get(f"{other}/health", trust_env=False).status_code == 200


def test_a_normalizer_that_can_call_nobody_is_not_ready(tmp_path: Path) -> None:
    with served(tmp_path, "normalizer", "{}") as (url, _):
        ready = httpx2.get(f"{url}/ready", trust_env=False)
        assert ready.status_code == 503
        assert "provider" in ready.json()["missing"][0]


def test_a_router_whose_normalizer_is_not_there_yet_serves_and_is_not_ready(tmp_path: Path) -> None:
    [nobody] = free_ports(1)
    with served(tmp_path, "router", "{}", NORMALIZER_URL=f"http://127.0.0.1:{nobody}") as (url, _):
        ready = httpx2.get(f"{url}/ready", trust_env=False)
        assert ready.status_code == 503
        assert "normalizer" in ready.json()["missing"][0]

"""`fairlead doctor` against real services and a provider that answers, or goes wrong, by script."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from .person import Person

LINE = re.compile(r"(ok|warn|FAIL) +\d+\.\d\d s  .+: .+")


@pytest.fixture
def simulator() -> Iterator[str]:
    """The address of a provider."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fairlead.simulator", "--port", "0", "--key", "k"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.terminate()
    process.communicate()


def providers(url: str, **models: str) -> str:
    """One provider for each scene, in turn of every dialect."""
    paths = ("v1/messages", "v1/chat/completions")
    each = [
        f'{{name: "{name}", api_base_url: "{url}/{paths[turn % 2]}", api_key: "k", models: ["{model}"]}}'
        for turn, (name, model) in enumerate(models.items())
    ]
    return (
        f'{{Providers: [{", ".join(each)}], Router: {{default: "{next(iter(models))},{next(iter(models.values()))}"}}}}'
    )


def lines(out: str) -> list[str]:
    """The lines of the checks, each of the form that all have."""
    found = [line for line in out.splitlines()[:-2] if line]
    assert all(LINE.fullmatch(line) for line in found), out
    return found


def test_a_provider_that_does_everything_is_well(person: Person, simulator: str) -> None:
    person.configures(providers(simulator, claude="sim-tool", chat="sim-tool"))
    code, out, _ = person.types("doctor")
    told = lines(out)
    assert (code, out.splitlines()[-1]) == (0, "All is well, 1 to be looked at")
    assert [line for line in told if "do not run; a pair of their own is started" in line]
    for model in ("claude,sim-tool", "chat,sim-tool"):
        for check in ("message", "stream", "tools", "thinking", "count_tokens"):
            [line] = [line for line in told if f"{model} {check}:" in line]
            assert line.startswith("ok"), line
    assert f"port {person.port}: free for the router" in out
    assert person.types("status")[0] == 1


def test_services_that_run_are_the_ones_that_are_asked(person: Person, simulator: str) -> None:
    person.configures(providers(simulator, claude="sim-text"))
    person.types("start")
    code, out, _ = person.types("doctor", "--no-calls")
    assert code == 0
    assert f"router: ready at {person.router}" in out
    assert "sim-text" not in out
    assert person.record.runs


def test_the_simulated_provider_that_was_started_is_the_one_that_is_looked_at(person: Person) -> None:
    person.types("start")
    code, out, _ = person.types("doctor")
    assert code == 0
    assert "there is no configuration; a simulated provider answers" in out
    assert "fairlead restart" not in out


def test_what_is_broken_fails_and_says_what_to_do(person: Person, simulator: str) -> None:
    person.configures(providers(simulator, denied="sim-text!status=401", cut="sim-text!status=529", silent="sim-empty"))
    code, out, _ = person.types("doctor")
    told = lines(out)
    assert code == 1
    [denied] = [line for line in told if "denied,sim-text" in line]
    assert denied.startswith("FAIL")
    assert "HTTP 401" in denied
    assert "check its key" in denied
    assert [line for line in told if line.startswith("FAIL") and "cut,sim-text!status=529 message: HTTP 529" in line]
    assert [line for line in told if line.startswith("warn") and "silent,sim-empty message:" in line]
    assert [line for line in told if line.startswith("FAIL") and "silent,sim-empty stream: it holds nothing" in line]
    assert out.splitlines()[-1].startswith("3 failed")


def test_one_provider_alone_can_be_called(person: Person, simulator: str) -> None:
    person.configures(providers(simulator, one="sim-text", other="sim-text!status=401"))
    code, out, _ = person.types("doctor", "--provider", "one")
    assert code == 0
    assert "other,sim-text" not in out
    assert "there is no provider nobody" in person.types("doctor", "--provider", "nobody")[2]


def test_a_configuration_that_cannot_be_used_is_the_first_thing_that_is_said(person: Person) -> None:
    person.configures("{Providers: 3}")
    code, out, err = person.types("doctor")
    assert (code, err) == (1, "")
    assert out.startswith("FAIL")
    assert "config.json:1: Providers: must be" in out


def test_what_is_odd_in_a_file_is_said_once(person: Person, simulator: str) -> None:
    person.configures(providers(simulator, claude="sim-text").replace("{", "{Routr: 1, ", 1))
    _, out, err = person.types("doctor", "--no-calls")
    assert (out.count("did you mean Router?"), err.count("did you mean Router?")) == (1, 0)


def test_a_port_that_is_taken_is_broken(person: Person, simulator: str) -> None:
    person.configures(providers(simulator, claude="sim-text"))
    with socket.create_server(("127.0.0.1", person.normalizer_port)):
        code, out, _ = person.types("doctor", "--no-calls")
    assert code == 1
    assert f"port {person.normalizer_port}: the normalizer cannot listen there (Address already in use)" in out


def test_whoever_loses_patience_leaves_nothing_running(person: Person) -> None:
    """A provider that takes the call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        person.configures(providers(f"http://127.0.0.1:{silent.getsockname()[1]}", mute="m"))
        process = person.starts("doctor")
        assert process.stdout is not None
        told = ""
        while "credential of mute" not in told:
            told = process.stdout.readline()
        call, _ = silent.accept()
        with call:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "fairlead doctor: interrupted" in err
    assert "Traceback" not in err
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    assert str(person.config) not in listed

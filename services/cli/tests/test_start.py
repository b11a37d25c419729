"""`start`, `stop`, `restart` and `status` with real processes, and everything that can be in their way."""

import json
import os
import socket
import stat

import httpx2
import msgspec
import pytest

from fairlead.cli import daemon

from .person import PROVIDER, Person, kill


def test_the_services_run_in_the_background_until_they_are_stopped(person: Person) -> None:
    code, out, _ = person.types("start")
    assert (code, out.splitlines()[0]) == (0, f"fairlead runs (process {person.record.process.pid})")
    assert httpx2.get(f"{person.router}/ready", trust_env=False).json()["status"] == "ready"
    assert os.getsid(person.record.process.pid) == person.record.process.pid
    assert len(person.record.members) == 3

    code, out, _ = person.types("status")
    assert code == 0
    assert f"router      {person.router}" in out
    assert "none in use: there is no configuration\n              a simulated provider answers\n" in out

    record = person.record
    assert person.types("stop")[:2] == (0, f"fairlead is stopped (process {record.process.pid})\n")
    assert not any(one.lives for one in (record.process, *record.members))
    code, out, _ = person.types("status")
    assert (code, out.splitlines()[0]) == (1, "fairlead does not run; fairlead start starts it")
    assert person.types("stop")[:2] == (0, "fairlead does not run in the background\n")


def test_a_second_start_is_refused_and_the_first_one_serves_on(person: Person) -> None:
    person.types("start")
    code, out, err = person.types("start")
    assert (code, out) == (1, "")
    assert f"already running as process {person.record.process.pid} at {person.router}; fairlead restart" in err
    assert person.record.runs


def test_of_two_starts_at_once_one_is_refused(person: Person) -> None:
    both = [person.starts("start") for _ in range(2)]
    ended = [(each.communicate(timeout=60), each.returncode) for each in both]
    assert sorted(code for _, code in ended) == [0, 1]
    assert sum("already running" in err for (_, err), _ in ended) == 1


def test_a_restart_keeps_the_flags_and_is_another_process(person: Person) -> None:
    person.configures(f'{{Providers: [{PROVIDER}], Router: {{default: "sim,a"}}}}')
    person.types("start", "--config", ".fairlead/config.json", "--simulated")
    first = person.record
    code, _, _ = person.types("restart", PORT="1", NORMALIZER_PORT="2")
    assert code == 0
    assert person.record.process != first.process
    assert (person.record.router, person.record.flags) == (first.router, first.flags)
    assert person.record.simulated == "--simulated was given"


def test_a_file_that_was_named_from_one_folder_is_found_from_any(person: Person) -> None:
    person.configures(f'{{Providers: [{PROVIDER}], Router: {{default: "sim,a"}}}}')
    person.types("start", "--config", ".fairlead/config.json")
    assert person.record.config == str(person.config)


def test_a_restart_with_a_file_that_cannot_be_used_leaves_the_old_ones_serving(person: Person) -> None:
    person.configures(f'{{Providers: [{PROVIDER}], Router: {{default: "sim,a"}}, Routr: 1}}')
    assert "config.json:1: Routr: unknown key, ignored; did you mean Router?" in person.types("start")[2]
    person.configures('{Providers: [], Router: {default: "sim,a"}}')
    code, _, err = person.types("restart")
    assert code == 1
    assert "config.json:1: Router.default: there is no provider sim" in err
    assert person.record.runs


def test_what_cannot_be_served_is_said_before_anything_is_started(person: Person) -> None:
    person.configures("{Providers: 3}")
    code, _, err = person.types("start")
    assert code == 1
    assert "nothing is served, the configuration cannot be used:" in err
    assert not (person.home / ".fairlead/services.json").exists()


def test_a_port_that_is_taken_is_named(person: Person) -> None:
    with socket.create_server(("127.0.0.1", person.port)):
        code, _, err = person.types("start", PORT=str(person.port))
    assert code == 1
    assert f"port {person.port} on 127.0.0.1, for the router, is taken by another program" in err


def test_services_that_nobody_looks_after_any_more_are_found_and_ended(person: Person) -> None:
    person.types("start")
    orphans = person.record
    kill(orphans.process.pid)
    assert person.types("start")[0] == 0
    assert not any(one.lives for one in orphans.members)
    assert person.record.runs


def test_a_process_that_has_been_given_an_old_number_is_left_alone(person: Person) -> None:
    """The record names this very process by its number, with another beginning."""
    person.types("start")
    person.types("stop")
    stranger = daemon.Process(os.getpid(), "another boot:1")
    record = daemon.Record(stranger, (stranger,), person.router, "", None, None, "", 0.0, ())
    (person.home / ".fairlead/services.json").write_bytes(msgspec.json.encode(record))
    assert person.types("stop")[:2] == (0, "fairlead does not run in the background\n")


def test_what_is_kept_is_for_its_owner_alone(person: Person) -> None:
    person.types("start")
    for name in ("services.json", "logs/services.log", "logs/router.log", "logs/normalizer.log"):
        assert stat.S_IMODE((person.home / ".fairlead" / name).stat().st_mode) == 0o600


def test_the_services_write_logs_of_their_own_unless_the_file_names_a_folder(person: Person) -> None:
    person.types("start")
    assert person.record.log == str(person.home / ".fairlead/logs")
    lines = (person.home / ".fairlead/logs/router.log").read_text().splitlines()
    assert "listening" in [json.loads(line)["event"] for line in lines]
    person.types("stop")
    person.configures(
        f'{{Providers: [{PROVIDER}], Router: {{default: "sim,a"}}, log_files: {{folder: "~/elsewhere"}}}}'
    )
    person.types("start")
    assert sorted(one.name for one in (person.home / "elsewhere").iterdir()) == ["normalizer.log", "router.log"]


def test_services_that_die_while_they_start_are_told_with_their_last_words(person: Person) -> None:
    person.configures(f'{{Providers: [{PROVIDER}], Router: {{default: "sim,a"}}, HOST: "192.0.2.1", APIKEY: "k"}}')
    code, _, err = person.types("start")
    assert code == 1
    assert "192.0.2.1" in err
    assert not (person.home / ".fairlead/services.json").exists()


@pytest.mark.parametrize("arguments", [["start", "--prot", "1"], ["stop", "now"], ["startt"]])
def test_wrong_usage_has_its_own_code(person: Person, arguments: list[str]) -> None:
    code, _, err = person.types(*arguments)
    assert code == 2
    assert "usage: fairlead" in err


@pytest.mark.parametrize("flag", ["-v", "--version"])
def test_it_says_of_which_version_it_is(person: Person, flag: str) -> None:
    code, out, _ = person.types(flag)
    assert (code, out.split()[0]) == (0, "fairlead")

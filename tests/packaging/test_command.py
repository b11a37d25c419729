"""The shell script `fairlead`: finds a Python that will do, and its own checkout, wherever it is called from."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.cli.__main__ import VERBS

ROOT = Path(__file__).resolve().parents[2]
_TOOLS = ("sh", "cat", "dirname", "readlink")


class Machine:
    """A machine that has a checkout, the tools of any POSIX system, and the Pythons it is given."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.checkout = folder / "a checkout"
        (self.checkout / "deploy").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(ROOT / "fairlead", self.checkout)
        for tool in _TOOLS:
            found = shutil.which(tool)
            assert found
            (self.bin / tool).symlink_to(found)

    def has(self, name: str, version: str, *, venv: bool = True) -> None:
        """Installs a Python that answers what it is asked about itself, and repeats what it is told to run."""
        suits = "false" if tuple(map(int, version.split("."))) < (3, 11) else "true"
        script = self.bin / name
        script.write_text(
            f"""#!/bin/sh
case $1,$2 in
    -c,*version_info*print* | -c,*print*version_info*) echo {version} ;;
    -c,*exit*) {suits} ;;
    -c,*venv*) {"true" if venv else "false"} ;;
    *) echo "{name} $*" ;;
esac
"""
        )
        script.chmod(0o755)

    def is_set_up(self) -> None:
        """Gives the checkout a Python of its own that shows what it is told to run, and where."""
        launched = self.checkout / ".venv/bin/python"
        launched.parent.mkdir(parents=True)
        launched.write_text('#!/bin/sh\nprintf "<%s>" "$@"; pwd\n')
        launched.chmod(0o755)

    def run(
        self, *arguments: str, script: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [script or self.checkout / "fairlead", *arguments],
            cwd="/",
            env={"PATH": str(self.bin), **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_script_is_plain_shell() -> None:
    assert subprocess.run(["sh", "-n", ROOT / "fairlead"], check=False).returncode == 0
    assert os.access(ROOT / "fairlead", os.X_OK)


def test_the_first_python_that_will_do_is_used(machine: Machine) -> None:
    machine.has("python3", "3.9")
    machine.has("python3.13", "3.13", venv=False)
    machine.has("python3.12", "3.12")
    machine.has("python3.11", "3.11")
    outcome = machine.run("setup")
    assert outcome.stdout == f"python3.12 {machine.checkout}/deploy/prepare.py dev\n"


def test_a_python_can_be_named(machine: Machine) -> None:
    machine.has("python3", "3.11")
    machine.has("mine", "3.13")
    outcome = machine.run("setup", env={"FAIRLEAD_PYTHON": "mine"})
    assert outcome.stdout.startswith("mine ")


@pytest.mark.parametrize(
    ("pythons", "fault"),
    [
        ([], "Python is missing; install Python 3.11 or newer"),
        ([("python3", "3.9", True)], "python3 is Python 3.9; fairlead needs 3.11 or newer"),
        (
            [("python3", "3.11", False)],
            "python3 cannot make virtual environments; on Debian or Ubuntu: apt install python3.11-venv",
        ),
    ],
)
def test_a_machine_without_a_python_that_will_do_is_told_so(
    machine: Machine, pythons: list[tuple[str, str, bool]], fault: str
) -> None:
    for name, version, venv in pythons:
        machine.has(name, version, venv=venv)
    outcome = machine.run("up")
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (1, "", f"fairlead: {fault}\n")


def test_a_named_python_that_is_not_there_is_not_replaced(machine: Machine) -> None:
    machine.has("python3", "3.11")
    outcome = machine.run("up", env={"FAIRLEAD_PYTHON": "nowhere"})
    assert (outcome.returncode, outcome.stderr) == (
        1,
        "fairlead: FAIRLEAD_PYTHON is nowhere, which cannot be run\n",
    )


def test_the_checkout_is_found_through_links(machine: Machine, tmp_path: Path) -> None:
    machine.has("python3", "3.11")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "relative").symlink_to("a checkout/fairlead")
    link = tmp_path / "elsewhere/fl"
    link.symlink_to(tmp_path / "relative")
    outcome = machine.run("setup", script=link)
    assert outcome.stdout == f"python3 {machine.checkout}/deploy/prepare.py dev\n"


def test_nothing_is_started_when_the_environment_cannot_be_made(machine: Machine) -> None:
    machine.has("python3", "3.11")
    (machine.bin / "python3").write_text('#!/bin/sh\n[ "$1" = -c ] && echo 3.11 && exit; exit 1\n')
    launched = machine.checkout / ".venv/bin/python"
    launched.parent.mkdir(parents=True)
    launched.write_text("#!/bin/sh\necho launched\n")
    launched.chmod(0o755)
    outcome = machine.run("up")
    assert outcome.returncode == 1
    assert "launched" not in outcome.stdout


def test_arguments_reach_what_is_started_as_they_were_typed(machine: Machine) -> None:
    machine.has("python3", "3.11")
    machine.is_set_up()
    up = machine.run("up", "--config", "my file").stdout
    assert up.endswith("<-P><-m><fairlead.cli><up><--config><my file>/\n")
    explain = machine.run("explain", "dec 1").stdout
    assert explain.endswith("<-P><-m><fairlead.cli><explain><dec 1>/\n")
    test = machine.run("test", "-k", "a or b").stdout
    assert test.endswith(f"<-m><pytest><--numprocesses><auto><-k><a or b>{machine.checkout}\n")


@pytest.mark.parametrize("verb", [*(verb.name for verb in VERBS), "--version"])
def test_every_verb_of_the_command_is_one_of_the_script_too(machine: Machine, verb: str) -> None:
    machine.has("python3", "3.11")
    machine.is_set_up()
    prepared, _, launched = machine.run(verb).stdout.partition("\n")
    assert prepared == f"python3 {machine.checkout}/deploy/prepare.py run"
    assert launched == f"<-P><-m><fairlead.cli><{verb}>/\n"


def test_a_slip_is_left_to_the_command_once_it_is_there(machine: Machine) -> None:
    machine.is_set_up()
    assert machine.run("strat").stdout == "<-P><-m><fairlead.cli><strat>/\n"


@pytest.mark.parametrize("arguments", [["help"], ["--help"], ["up", "--help"]])
def test_help_needs_no_python(machine: Machine, arguments: list[str]) -> None:
    outcome = machine.run(*arguments)
    assert outcome.returncode == 0
    assert outcome.stdout.startswith("Usage: fairlead up")


@pytest.mark.parametrize("arguments", [[], ["upp"]])
def test_wrong_usage_is_answered_with_the_right_one(machine: Machine, arguments: list[str]) -> None:
    outcome = machine.run(*arguments)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert "Usage: fairlead up" in outcome.stderr

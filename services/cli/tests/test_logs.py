"""`fairlead logs`: what people read of what the services wrote."""

import os
import signal
import subprocess
import sys

import pytest

from fairlead.cli.__main__ import main
from fairlead.cli.log_printing import Printer, merged
from fairlead.router.ui.log_lines import Line, line_of

from .person import Person

ROUTER = '{"time":"2026-11-20T10:00:01Z","level":"info","event":"request","component":"router","request_id":"req_1"}'
NORMALIZER = '{"time":"2026-11-20T10:00:00Z","level":"warning","event":"answered","component":"normalizer","ms":5}'


Said = pytest.CaptureFixture[str]


def said(capsys: Said, person: Person, *arguments: str) -> tuple[int, str, str]:
    """The exit code, and what came on stdout and stderr."""
    code = main(["logs", *arguments], person.env)
    return (code, *capsys.readouterr())


def writes(person: Person, name: str, *lines: str) -> None:
    folder = person.home / ".fairlead/logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("a") as opened:
        opened.writelines(f"{line}\n" for line in lines)


@pytest.fixture
def logged(person: Person) -> Person:
    writes(person, "router", ROUTER)
    writes(person, "normalizer", NORMALIZER)
    return person


def test_lines_of_both_services_are_in_the_order_of_their_times(logged: Person, capsys: Said) -> None:
    code, out, err = said(capsys, logged)
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first.split() == ["2026-11-20T10:00:00Z", "[warning", "]", "answered", "component=normalizer", "ms=5"]
    assert second.split() == ["2026-11-20T10:00:01Z", "[info", "]", "request", "component=router", "request_id=req_1"]


def test_one_service_and_a_number_of_lines_can_be_asked_for(logged: Person, capsys: Said) -> None:
    assert "request_id" in said(capsys, logged, "--lines", "1")[1]
    assert len(said(capsys, logged, "--lines", "1")[1].splitlines()) == 1
    assert said(capsys, logged, "normalizer")[1].count("component=normalizer") == 1
    assert said(capsys, logged, "--lines", "0") == (0, "", "")


def test_where_nothing_was_logged_it_is_said_where_that_would_be(person: Person, capsys: Said) -> None:
    code, out, _ = said(capsys, person, "router")
    assert code == 0
    assert f"nothing was logged in {person.home}/.fairlead/logs by the router; services that were not" in out


def test_the_folder_is_the_one_that_the_configuration_names(person: Person) -> None:
    person.configures('{log_files: {folder: "~/elsewhere"}}')
    _, out, _ = person.types("logs")
    assert f"nothing was logged in {person.home}/elsewhere by the router or the normalizer" in out


def test_logs_are_shown_though_the_configuration_cannot_be_used(logged: Person) -> None:
    logged.configures("{")
    assert logged.types("logs", "router")[1].count("req_1") == 1


def test_it_goes_on_with_lines_that_come_until_it_is_interrupted(logged: Person) -> None:
    process = logged.starts("logs", "--follow", "--lines", "1")
    assert process.stdout is not None
    assert "request_id=req_1" in process.stdout.readline()
    writes(logged, "normalizer", NORMALIZER.replace("answered", "another"))
    assert "another" in process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize("arguments", [["x"], ["--lines", "-1"], ["--lines", "many"]])
def test_wrong_usage_is_told(person: Person, capsys: Said, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        said(capsys, person, *arguments)
    assert (left.value.code, "usage: fairlead logs" in capsys.readouterr().err) == (2, True)


def test_a_file_that_cannot_be_read_is_named(person: Person, capsys: Said) -> None:
    (person.home / ".fairlead/logs/router.log").mkdir(parents=True)
    code, _, err = said(capsys, person)
    assert (code, err) == (
        1,
        f"fairlead logs: {person.home}/.fairlead/logs/router.log cannot be read: Is a directory\n",
    )


def test_no_other_verb_loads_what_lines_are_drawn_with() -> None:
    code = "import sys, fairlead.cli.__main__; sys.exit('structlog' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_line_without_a_time_stays_behind_the_one_before_it() -> None:
    a, c = line_of(NORMALIZER.encode()), line_of(ROUTER.encode())
    b = Line(0, "Traceback")
    assert merged([[c], [a, b]], 9) == [a, b, c]
    assert merged([[c], [a, b]], 2) == [b, c]


def test_nothing_in_a_line_moves_the_cursor_and_no_key_is_shown() -> None:
    raw = (
        r'{"time":"t","level":"error","event":"e\u001b[2J","a\u001b":"\u001b[31m","authorization":"Bearer sk-abcdefghijklmnop",'
        r'"exception":"Traceback:\n  \u001b]0;x"}'
    )
    told = Printer(colours=False).text(line_of(raw.encode()))
    assert "\x1b" not in told
    assert "sk-abcdef" not in told
    assert told.splitlines()[1:] == ["Traceback:", "  ?]0;x"]
    assert Printer(colours=False).text(Line(0, "plain \x1b[2J")) == "plain ?[2J"

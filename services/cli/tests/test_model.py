"""`fairlead model` in a terminal, as a person uses it, and what becomes of their file."""

import stat
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

from fairlead.cli.daemon import Desk, Process, Record, began

from .person import Person
from .terminal import Terminal

FILE = """\
// Mine.
{
  Providers: [
    { name: "claude", api_base_url: "https://c.example/v1/messages", api_key: "$CLAUDE_KEY", models: ["opus", "haiku"] }, // dear
    { name: "open", api_base_url: "https://o.example/v1", api_key: "k", models: ["vendor/small", "vendor/large"] },
  ],
  Router: {
    default: "claude,opus", // the best one
    background: ["open,vendor/small", "claude,haiku"],
    think: { targets: ["claude,opus"], fallback: ["open,vendor/large"] },
  },
}
"""
WHICH = r"Change which\? [^?]*\) $"
MODEL = r"Which\? [^?]*\) $"


@pytest.fixture
def someone(person: Person) -> Person:
    person.configures(FILE)
    person.config.chmod(0o640)
    return person


def test_a_model_is_picked_by_number_and_one_by_a_part_of_its_name(someone: Person) -> None:
    with Terminal(someone, "model") as terminal:
        page = terminal.until(WHICH)
        assert "1  default      claude,opus" in page
        assert "background   open,vendor/small or claude,haiku" in page
        assert "think        claude,opus; then open,vendor/large" in page
        terminal.types("1\n")
        assert "  3  open,vendor/small" in terminal.until(MODEL)
        terminal.types("3\n")
        assert "default      open,vendor/small  (new)" in terminal.until(WHICH)
        terminal.types("longc\n")
        terminal.answers(MODEL, "large")
        terminal.answers(WHICH, "")
        said = terminal.answers(r"Write this\? \[Y/n\] $", "")
        assert "default: claude,opus  →  open,vendor/small" in said
        assert terminal.leaves() == 0
    assert someone.config.read_text() == FILE.replace('default: "claude,opus"', 'default: "open,vendor/small"').replace(
        'fallback: ["open,vendor/large"] },\n',
        'fallback: ["open,vendor/large"] },\n    longContext: "open,vendor/large",\n',
    )
    [backup] = (someone.config.parent / ".backups").iterdir()
    assert backup.read_text() == FILE
    assert stat.S_IMODE(someone.config.stat().st_mode) == 0o640


def test_what_a_route_says_besides_stays(someone: Person) -> None:
    with Terminal(someone, "model") as terminal:
        terminal.converses([(WHICH, "background"), (MODEL, "opus"), (WHICH, "think"), (MODEL, "claude,haiku")])
        terminal.converses([(WHICH, ""), (r"\[Y/n\] $", "y")])
        assert terminal.leaves() == 0
    assert someone.config.read_text() == FILE.replace(
        'background: ["open,vendor/small"', 'background: ["claude,opus"'
    ).replace('targets: ["claude,opus"]', 'targets: ["claude,haiku"]')


def test_a_slip_is_asked_again_and_several_matches_are_listed(someone: Person) -> None:
    with Terminal(someone, "model") as terminal:
        terminal.converses([(WHICH, "99"), (r"there is no 99; type a number from 1 to \d+\n" + WHICH, "default")])
        terminal.answers(MODEL, "zzz")
        assert "no model is called zzz" in terminal.answers(MODEL, "vendor")
        page = terminal.until(MODEL)
        assert "1  open,vendor/small" in page
        terminal.types("2\n")
        assert "default      open,vendor/large  (new)" in terminal.until(WHICH)


@pytest.mark.parametrize("ways", [[(WHICH, "")], [(WHICH, "1"), (MODEL, ""), (WHICH, "")]])
def test_nothing_is_written_where_nothing_was_picked(someone: Person, ways: list[tuple[str, str]]) -> None:
    with Terminal(someone, "model") as terminal:
        terminal.converses(ways)
        assert terminal.leaves() == 0
        assert terminal.seen.endswith("Nothing is changed.\n")
    assert someone.config.read_text() == FILE


def test_no_means_no(someone: Person) -> None:
    with Terminal(someone, "model") as terminal:
        terminal.converses([(WHICH, "1"), (MODEL, "haiku"), (WHICH, ""), (r"\[Y/n\] $", "n")])
        assert terminal.leaves() == 0
    assert someone.config.read_text() == FILE


@pytest.mark.parametrize(("key", "code"), [("\x03", 1), ("\x04", 0)])
def test_whoever_leaves_in_the_middle_has_changed_nothing(someone: Person, key: str, code: int) -> None:
    with Terminal(someone, "model") as terminal:
        terminal.converses([(WHICH, "1"), (MODEL, "haiku")])
        terminal.until(WHICH)
        if key == "\x03":
            terminal.interrupts()
        else:
            terminal.types(key)
        assert terminal.leaves() == code
        assert "Traceback" not in terminal.seen
    assert someone.config.read_text() == FILE


def test_a_scenario_can_have_no_model_of_its_own(someone: Person) -> None:
    with Terminal(someone, "model") as terminal:
        terminal.converses([(WHICH, "think"), (MODEL, "-"), (WHICH, ""), (r"\[Y/n\] $", "")])
        assert terminal.leaves() == 0
    assert 'think: "",' in someone.config.read_text()
    assert someone.types("model", "think")[:2] == (0, "-\n")


@pytest.fixture
def running(someone: Person) -> Iterator[Record]:
    """What is remembered of services; the process that looks after them is one that only waits."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = Process(child.pid, began(child.pid) or "")
        yield Record(process, (), someone.router, "http://127.0.0.1:9", str(someone.config), None, "", 0.0, ())
        child.kill()


def test_it_is_said_whether_the_running_services_use_it(someone: Person, running: Record) -> None:
    desk = Desk(someone.config.parent)
    desk.write(running)
    assert "the running services use it from now on\n" in someone.types("model", "image", "open,vendor/large")[1]
    desk.write(msgspec.structs.replace(running, config="/another.json"))
    told = someone.types("model", "image", "-", CONFIG_PATH=str(someone.config))[1]
    assert f"read /another.json; fairlead restart --config {someone.config} starts them with this\n" in told
    desk.forget()


def test_none_can_be_said_in_one_line_but_of_the_default(someone: Person) -> None:
    assert someone.types("model", "background", "-")[0] == 0
    assert 'background: "",' in someone.config.read_text()
    code, _, err = someone.types("model", "default", "-")
    assert (code, '"-" is not a target' in err) == (1, True)


def test_it_can_be_said_in_one_line(someone: Person) -> None:
    code, out, _ = someone.types("model", "image", "open,vendor/large")
    assert (code, out.startswith(f"Written to {someone.config}")) == (0, True)
    assert someone.types("model", "image")[1] == "open,vendor/large\n"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["imige", "open,x"], "there is no scenario imige; did you mean image?"),
        (["image", "opne,x"], "there is no provider opne; did you mean open?"),
        (["image", "open"], '"open" is not a target; write "provider,model"'),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(someone: Person, arguments: list[str], fault: str) -> None:
    code, _, err = someone.types("model", *arguments)
    assert code == 1
    assert fault in err
    assert someone.config.read_text() == FILE
    assert not (someone.config.parent / ".backups").exists()


def test_without_a_configuration_it_says_what_to_do(person: Person) -> None:
    assert "there is no configuration yet; put a provider into" in person.types("model")[2]


def test_a_file_of_droid2api_is_left_alone(person: Person) -> None:
    person.configures('{"port": 3000, "endpoint": [], "models": []}')
    assert "fairlead import droid2api" in person.types("model")[2]


def test_ten_backups_are_kept(someone: Person) -> None:
    for _ in range(6):
        someone.types("model", "image", "open,vendor/large")
        someone.types("model", "image", "claude,haiku")
    assert len(list((someone.config.parent / ".backups").iterdir())) == 10

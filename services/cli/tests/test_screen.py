"""What a terminal shows, and what goes into a file."""

import os
import pty
from pathlib import Path

import pytest

from fairlead.cli.screen import Colour, Screen


def test_into_a_file_lines_go_whole_and_plain(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as out:
        screen = Screen.of(out, {"TERM": "xterm"})
    assert screen.folded("a " * 200, 4) == "a " * 200
    assert screen.painted("ok", Colour.GREEN) == "ok"


@pytest.mark.parametrize(
    ("env", "colours"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_a_terminal_has_colours_unless_somebody_says_no(env: dict[str, str], colours: bool) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours), os.fdopen(theirs, "w") as terminal:
        assert Screen.of(terminal, env).colours is colours


def test_words_are_whole_and_stand_under_the_first_ones() -> None:
    screen = Screen(width=20)
    assert screen.folded("ok  one two three four-five", 4) == "ok  one two three\n    four-five"
    assert screen.folded("see http://127.0.0.1:3456/a/b", 2) == "see\n  http://127.0.0.1:3456/a/b"


def test_colours_take_no_place() -> None:
    assert Screen(colours=True).painted("FAIL", Colour.RED) == "\x1b[31mFAIL\x1b[0m"

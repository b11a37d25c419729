"""What a command of verbs does about where it runs: who reads it, and what the system refuses."""

import io
import pwd
import sys
from argparse import ArgumentParser, Namespace

import pytest

from fairlead.router.cli import command
from fairlead.router.cli.verb import Environment, Said, Verb


def takes_nothing(_parser: ArgumentParser) -> None:
    """No flags."""


def says(_options: Namespace, _env: Environment) -> Said:
    return Said("日本")


def is_refused(_options: Namespace, _env: Environment) -> Said:
    raise PermissionError(13, "Permission denied", "/a/folder")


def breaks(_options: Namespace, _env: Environment) -> Said:
    raise OSError("in words of its own")


VERBS = tuple(
    Verb(name, "", takes_nothing, does) for name, does in [("say", says), ("fail", is_refused), ("break", breaks)]
)


def test_a_sign_that_the_reader_cannot_have_is_written_as_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "latin-1"))
    assert command.run(VERBS, ["say"], {}) == 0
    assert written.getvalue() == b"\\u65e5\\u672c\n"


def test_nobody_has_to_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert command.run(VERBS, ["say"], {}) == 0
    assert command.run(VERBS, ["fail"], {}) == 1
    sys.stdout.close()  # a process ends with it; here it would be found open much later


def test_what_the_system_refuses_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(VERBS, ["fail"], {}) == 1
    assert capsys.readouterr().err == "fairlead fail: /a/folder: Permission denied\n"
    assert command.run(VERBS, ["break"], {}) == 1
    assert capsys.readouterr().err == "fairlead break: in words of its own\n"


def test_a_user_without_a_home_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert command.run(VERBS, ["say"], {}) == 1
    assert capsys.readouterr().err == "fairlead say: this user has no home directory; set HOME\n"


@pytest.mark.parametrize(("word", "start"), [("help", "usage: fairlead"), ("version", "fairlead ")])
def test_a_word_does_as_well_as_its_flag(word: str, start: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command.run(VERBS, [word], {})
    assert (left.value.code, capsys.readouterr().out[: len(start)]) == (0, start)

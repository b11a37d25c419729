"""What is said while somebody waits."""

from io import StringIO

import pytest

from fairlead.cli.progress import Progress, watched


class Screen(StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._is = terminal

    def isatty(self) -> bool:
        return self._is


def waited(screen: Screen, *moments: float) -> str:
    clock = iter((0.0, *moments))
    progress = Progress(screen, lambda: next(clock))
    for _ in moments:
        progress.tick("starting")
    progress.done()
    return screen.getvalue()


def test_a_second_is_nothing_to_talk_about() -> None:
    assert waited(Screen(terminal=True), 0.1, 0.9) == ""


@pytest.mark.parametrize(
    ("terminal", "said"),
    [
        (True, "\r\x1b[Kstarting … 1 s\r\x1b[Kstarting … 2 s\r\x1b[K"),
        (False, "starting …\n"),
    ],
)
def test_what_takes_longer_is_said(terminal: bool, said: str) -> None:
    assert waited(Screen(terminal=terminal), 0.5, 1.2, 2.4) == said


def test_what_is_watched_gives_what_it_gives() -> None:
    assert watched(lambda: 3, "counting", Screen(terminal=True)) == 3


def test_and_fails_as_it_fails() -> None:
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 // 0, "counting", Screen(terminal=True))

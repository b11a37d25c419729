"""A real terminal with a shell in it, and somebody who types and reads: https://man.openbsd.org/tmux"""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from .stack import required

COLUMNS, ROWS = 100, 30
PATIENCE = 120.0
POLL = 0.05
PROMPT = "[$?] $ "
"""Shows how the last command has ended."""
_WAITS = re.compile(r"\[(\d+)\] \$\s*\Z")


class Terminal:
    """One window with one shell. Whatever it waits for it finds on the screen, as a person would."""

    def __init__(self, tmux: str, folder: Path, env: Mapping[str, str]) -> None:
        self._tmux = [tmux, "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._env = {**env, "PS1": PROMPT, "TERM": "xterm-256color"}
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._do("new-session", "-d", *size, "-c", str(folder), "bash", "--norc", "--noprofile")
        self.until(_WAITS)

    def runs(self, command: str) -> tuple[int, str]:
        """The exit code, and what is on the screen below what was typed."""
        self.begins(command)
        return self.ends()

    def begins(self, command: str) -> None:
        """On a screen that is empty. Returns once the command has been typed."""
        self.presses("C-l")
        self._until(lambda screen: screen.count("\n") == 0, "an empty screen")
        self.types(command)

    def ends(self) -> tuple[int, str]:
        """Waits for the shell to ask again."""
        screen = self.until(_WAITS)
        found = _WAITS.search(screen)
        assert found is not None
        return int(found[1]), screen[: found.start()].partition("\n")[2]

    def answers(self, question: str, line: str) -> None:
        """Waits until it is asked."""
        self.until(re.compile(question))
        self.types(line)

    def types(self, line: str) -> None:
        if line:
            self._do("send-keys", "-l", line)
            # A program that reads key by key takes what comes in one go for a paste, the Enter too.
            self.until(re.compile(re.escape(line[-10:])))
        self.presses("Enter")

    def presses(self, *keys: str) -> None:
        """By tmux's names of them."""
        self._do("send-keys", *keys)

    def is_wide(self, columns: int) -> None:
        self._do("resize-window", "-x", str(columns), "-y", str(ROWS))

    def until(self, pattern: re.Pattern[str]) -> str:
        """The screen, once it shows it."""
        return self._until(lambda screen: pattern.search(screen) is not None, pattern.pattern)

    def screen(self, *flags: str) -> str:
        """Lines that were too wide are one again; `-e` keeps colours."""
        return self._do("capture-pane", "-p", "-J", *flags).rstrip()

    def leaves(self) -> None:
        self._do("kill-server")

    def _until(self, shows: Callable[[str], bool], what: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while not shows(screen := self.screen()):
            assert time.monotonic() < deadline, f"no {what} on the screen:\n{screen}"
            time.sleep(POLL)
        return screen

    def _do(self, *command: str) -> str:
        done = subprocess.run([*self._tmux, *command], env=self._env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def terminal(folder: Path, env: Mapping[str, str]) -> Iterator[Terminal]:
    """Skips where there is no tmux, and fails where FAIRLEAD_REQUIRE says that there is one."""
    tmux = shutil.which("tmux")
    if tmux is None:
        if required("tmux"):
            pytest.fail("tmux is required, and there is none")
        pytest.skip("there is no tmux on this machine: nobody types commands in a terminal")
    made = Terminal(tmux, folder, env)
    try:
        yield made
    finally:
        made.leaves()

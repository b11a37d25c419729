"""A pseudo-terminal with somebody in front of it: what they see, and what they type when they have seen it."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from .person import Person

PATIENCE = 60.0


class Terminal:
    """One command of a person's, run in a terminal of its own."""

    def __init__(self, person: Person, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.seen = ""
        self._read = 0
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "fairlead.cli", *arguments],
            env={**person.env, "TERM": "xterm"},
            cwd=person.home,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def until(self, pattern: str) -> str:
        """What has come since the last time, up to where it says `pattern`."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.compile(pattern).search(self.seen, self._read)):
            assert self._more(deadline), f"no {pattern!r} in:\n{self.seen[self._read :]}"
        said = self.seen[self._read : found.end()]
        self._read = found.end()
        return said

    def types(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def answers(self, pattern: str, text: str) -> str:
        """Waits until it is asked, and types a line."""
        said = self.until(pattern)
        self.types(text + "\n")
        return said

    def converses(self, answers: Sequence[tuple[str, str]]) -> None:
        for pattern, text in answers:
            self.answers(pattern, text)

    def interrupts(self) -> None:
        """Ctrl-C, again where Python was between its prompt and its wait for a line, when it hears nothing."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(3.0)

    def leaves(self) -> int:
        """Reads to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._more(deadline):
            pass
        return self.process.wait(PATIENCE)

    def _more(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            came = os.read(self._ours, 65_536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.seen += came.decode(errors="replace").replace("\r\n", "\n")
        return bool(came)

"""Starts a process again in its own place: the same arguments, the same id, so that whoever supervises it sees none of
it."""

import os
import signal
import sys
from typing import NoReturn


class Restart:
    """One process's. `begin` asks it to stop as SIGTERM does, answers first; once it has stopped, `execute` begins
    anew."""

    def __init__(self) -> None:
        self.wanted = False

    def __repr__(self) -> str:
        return f"<Restart wanted={self.wanted}>"

    def begin(self) -> None:
        """Does not wait."""
        self.wanted = True
        os.kill(os.getpid(), signal.SIGTERM)

    def execute(self) -> NoReturn:
        """Does not return: https://docs.python.org/3/library/os.html#os.execv"""
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line again

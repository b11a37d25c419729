"""Says on stderr what is being waited for, once that has taken a second: a line that is written over in a terminal."""

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TextIO, TypeVar

T = TypeVar("T")

QUIET = 1.0
"""Seconds that nobody minds."""
LOOK = 0.2
"""Seconds between two looks at what is waited for."""
_CLEAR = "\r\x1b[K"


class Progress:
    """One thing that is waited for. Anywhere but in a terminal it is said once, without the seconds."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._began = clock()
        self._shown = False
        self._terminal = out.isatty()

    def __repr__(self) -> str:
        return f"<Progress {'shown' if self._shown else 'silent'}>"

    def tick(self, text: str) -> None:
        """Called again and again while `text` lasts."""
        passed = self._clock() - self._began
        if passed < QUIET or (self._shown and not self._terminal):
            return
        self._shown = True
        self._out.write(f"{_CLEAR}{text} … {passed:.0f} s" if self._terminal else f"{text} …\n")
        self._out.flush()

    def done(self) -> None:
        """It is over; a terminal's line is clean again."""
        if self._shown and self._terminal:
            self._out.write(_CLEAR)
            self._out.flush()


def watched(work: Callable[[], T], text: str, out: TextIO) -> T:
    """What `work` gives, which runs in a thread of its own meanwhile; whoever interrupts does not wait for it."""
    progress = Progress(out)
    future: Future[T] = Future()
    threading.Thread(target=_fulfil, args=(future, work), daemon=True).start()
    try:
        while not future.done():
            with contextlib.suppress(TimeoutError):
                future.exception(LOOK)
            progress.tick(text)
    finally:
        progress.done()
    return future.result()


def _fulfil(future: "Future[T]", work: Callable[[], T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
        future.set_exception(error)

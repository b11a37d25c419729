"""A process of a user's own code: it is told lines and tells lines, is started when it is needed, and killed when it
fails. A thread that hangs could not be ended, and would hold the interpreter's lock from everybody else."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine
from pathlib import Path

import msgspec

MODULES = Path(__file__).with_name("module.cjs")
"""Loads what a file of JavaScript exports, in the processes that run such."""
JAVASCRIPT = frozenset({".js", ".cjs", ".mjs"})
SHOWN = 500
"""Characters of one line of what it prints."""
_PRINTED = 64 * 1024
_LINES = 10
"""Bytes and lines of what it prints that are passed on at once."""
_LEAVING = 1.0
"""Seconds in which a process is gone that was killed, or has closed its output."""


class Child:
    """`arguments`: how it is started. `heard` is given each line it tells, and raises `ValueError` or
    `msgspec.MsgspecError` for one that means nothing; `lost` is told why it is no more, once for each process, and
    `printed` what it prints. `longest`: bytes of a line."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        *,
        heard: Callable[[bytes], None],
        lost: Callable[[str], None],
        printed: Callable[[str], None],
        longest: int,
    ) -> None:
        self._arguments = arguments
        self._heard = heard
        self._lost = lost
        self._printed = printed
        self._longest = longest
        self._process: Process | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._listening: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"<Child {self._arguments[-1]} {'running' if self._process is not None else 'not running'}>"

    async def tell(self, line: bytes) -> None:
        """Starts it where it does not run. Raises `OSError` where that fails, or it has just ended."""
        process = await self._running()
        assert process.stdin is not None, "its input is a pipe"
        process.stdin.write(line + b"\n")
        await process.stdin.drain()

    def end(self, why: str) -> bool:
        """Kills it, if it runs, and what it has started; the next line starts another. Whether there was one: `lost`
        is told of no other."""
        process = self._process
        if process is not None:
            _kill(process)
            self._gone(process, why)
        return process is not None

    async def aclose(self) -> None:
        """Ends it, for good."""
        async with self._starting:  # one that is just being started is ended too
            self._closed = True
        self.end("is ended")
        if self._listening:
            # All is said soon after it was killed, unless a process that has left its group keeps the pipes open.
            await asyncio.wait(self._listening, timeout=2 * _LEAVING)
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    async def _running(self) -> Process:
        async with self._starting:
            if self._closed:
                raise BrokenPipeError("is ended")
            if self._process is None or self._process.returncode is not None:
                # In a session of its own: Ctrl+C is for us, who let answers that are under way come to their end.
                self._process = await asyncio.create_subprocess_exec(
                    *self._arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=self._longest, start_new_session=True
                )
                self._listen(self._hear(self._process))
                self._listen(self._overhear(self._process))
            return self._process

    def _listen(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)

    async def _hear(self, process: Process) -> None:
        """Until there are no more lines."""
        assert process.stdout is not None, "its output is a pipe"
        try:
            while line := await process.stdout.readline():
                self._heard(line)
        except (ValueError, msgspec.MsgspecError):
            if process is self._process:
                self.end("writes what is no answer")
        self._gone(process, "ended")
        await _left(process)

    async def _overhear(self, process: Process) -> None:
        assert process.stderr is not None, "what it prints is a pipe"
        while printed := await process.stderr.read(_PRINTED):
            for line in printed.decode(errors="replace").splitlines()[:_LINES]:
                self._printed(line[:SHOWN])

    def _gone(self, process: Process, why: str) -> None:
        """The first who notices tells it; another process may run by the time the others do."""
        if process is self._process:
            self._process = None
            self._lost(why)


def _kill(process: Process) -> None:
    """With all of its group, unless it is known to have ended: its number may be somebody else's by then."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


async def _left(process: Process) -> None:
    """Who says nothing any more has a moment to end by itself: to kill a process that has just ended is to take the
    news of it from whoever waits for that."""
    try:
        async with asyncio.timeout(_LEAVING):
            await process.wait()
    except TimeoutError:
        _kill(process)
        await process.wait()


class Pauses:
    """How long nobody is asked who failed: `first` seconds, twice as long each further time, up to `longest`. `clock`
    is monotonic."""

    def __init__(self, clock: Callable[[], float], first: float = 1.0, longest: float = 60.0) -> None:
        self._clock = clock
        self._first = self._next = first
        self._longest = longest
        self._until = float("-inf")

    @property
    def on(self) -> bool:
        """Whether this is one."""
        return self._clock() < self._until

    def begin(self) -> float:
        """After a failure: how long the pause is."""
        pause = self._next
        self._until = self._clock() + pause
        self._next = min(2 * pause, self._longest)
        return pause

    def end(self) -> None:
        """All is well again."""
        self._next = self._first

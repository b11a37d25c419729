"""Asks a router the user wrote, and goes on without it where it fails, hangs or dies.

It runs in a process of its own, which lives as long as it answers: a thread that hangs could not be ended, and would
hold the interpreter's lock from every other request. One that takes too long is killed with its process, and not asked
again for a while, the longer the oftener it fails.
"""

import asyncio
import contextlib
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct, to_builtins

from fairlead.router.question import Question
from fairlead.router.reception import Received
from fairlead.shared.codec import encode, on_one_line
from fairlead.shared.config import Config

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after a failure in which it is not asked; doubled with each further one."""
LINE = 64 * 1024
"""Bytes of an answer; a model's name is a few dozen."""
LONGEST = 512
"""Characters of a model's name."""
SHOWN = 500
"""Characters of what it prints or complains of, in one line of the log."""

_SECRET = frozenset({"authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "cookie"})
_HOSTS = Path(__file__).parent
_JAVASCRIPT = frozenset({".js", ".cjs", ".mjs"})

Told = Callable[[Question, Received], dict[str, Any]]


class Command(Struct, frozen=True):
    """How the process is started, and what of a request it is told."""

    arguments: tuple[str, ...]
    told: Told


class _Answer(Struct):
    id: int
    said: Any = None
    error: str | None = None


class OracleError(Exception):
    """It did not answer; why, for people."""


def command_of(path: Path, config: Config, find: Callable[[str], str | None] = shutil.which) -> Command:
    """The host for a file, by its ending. Raises `OracleError` where there is no file, or nothing to run it with."""
    if not path.is_file():
        raise OracleError(f"CUSTOM_ROUTER_PATH: there is no file {path}")
    if path.suffix == ".py":
        return Command((sys.executable, str(_HOSTS / "python_host.py"), str(path)), told_in_python)
    if path.suffix not in _JAVASCRIPT:
        raise OracleError(f"CUSTOM_ROUTER_PATH: {path} is neither Python (.py) nor JavaScript (.js, .cjs, .mjs)")
    node = find("node")
    if node is None:
        raise OracleError(f"CUSTOM_ROUTER_PATH: {path} needs node, which is not installed here")
    shown = encode(_shown(config)).decode()
    return Command((node, str(_HOSTS / "node_host.cjs"), str(path), shown), told_in_javascript)


def _shown(config: Config) -> dict[str, Any]:
    """The configuration as a custom router of claude-code-router's knows it, without any key."""
    routes = {
        name: f"{route.targets[0].provider},{route.targets[0].model}" for name, route in config.router.scenarios.items()
    }
    providers = [{"name": one.name, "api_base_url": one.api_base_url, "models": one.models} for one in config.providers]
    return {
        "Providers": providers,
        "providers": providers,
        "Router": {**routes, "longContextThreshold": config.router.long_context_threshold},
    }


def told_in_python(question: Question, taken: Received) -> dict[str, Any]:
    """`facts`: those of the request, and what is known besides."""
    facts: dict[str, Any] = to_builtins(question.facts)
    del facts["beginning"], facts["mark"]
    return {
        "facts": {
            **facts,
            "work": question.facts.work,
            "tokens": question.tokens,
            "last_prompt": question.last_prompt,
            "project": question.project,
            "key": question.key.name if question.key is not None else None,
            "headers": _public(taken.caller.headers),
        }
    }


def told_in_javascript(question: Question, taken: Received) -> dict[str, Any]:
    """`req`, as claude-code-router's have it."""
    return {
        "req": {
            "method": "POST",
            "url": taken.caller.operation,
            "headers": _public(taken.caller.headers),
            "body": {name: Raw(on_one_line(bytes(raw))) for name, raw in taken.fields.items()},
            "tokenCount": question.tokens,
            "sessionId": question.facts.session,
        }
    }


def _public(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _SECRET}


class CustomRouter:
    """One process and the questions it has not answered yet. `timeout` and `clock` (monotonic) in seconds."""

    def __init__(self, command: Command, timeout: float, clock: Callable[[], float], log: Any) -> None:
        self._command = command
        self._timeout = timeout
        self._clock = clock
        self._log = log
        self._process: Process | None = None
        self._starting = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[_Answer]] = {}
        self._listening: set[asyncio.Task[None]] = set()
        self._next = 0
        self._until = float("-inf")
        self._pause = FIRST_PAUSE

    def __repr__(self) -> str:
        return f"<CustomRouter waiting={len(self._waiting)}>"

    async def ask(self, question: Question, taken: Received) -> str | None:
        """None too where it failed."""
        if self._clock() < self._until:
            return None
        self._next += 1
        number = self._next
        asked = encode({"id": number, **self._command.told(question, taken)}) + b"\n"
        process: Process | None = None
        try:
            async with asyncio.timeout(self._timeout):
                process = await self._running()
                answer = await self._answered(process, number, asked)
        except TimeoutError:
            self._failed(process, f"gave no answer in {self._timeout:g} s")
            return None
        except (OSError, OracleError) as error:
            self._failed(process, str(error) or type(error).__name__)
            return None
        return self._read(answer)

    async def aclose(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            await process.wait()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    def _read(self, answer: _Answer) -> str | None:
        if answer.error is not None:
            self._log.warning("custom router", message=answer.error[:SHOWN])
            return None
        self._pause = FIRST_PAUSE
        if answer.said is None or (isinstance(answer.said, str) and 0 < len(answer.said.strip()) <= LONGEST):
            return answer.said and str(answer.said).strip()
        self._log.warning("custom router", message=f"it answers with {str(answer.said)[:SHOWN]!r}, which names nothing")
        return None

    async def _answered(self, process: Process, number: int, asked: bytes) -> _Answer:
        waiting: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            assert process.stdin is not None, "its input is a pipe"
            process.stdin.write(asked)
            await process.stdin.drain()
            return await waiting
        finally:
            del self._waiting[number]

    async def _running(self) -> Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command.arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE
                )
                for work in (self._hear(self._process), self._overhear(self._process)):
                    task = asyncio.create_task(work)
                    self._listening.add(task)
                    task.add_done_callback(self._listening.discard)
            return self._process

    async def _hear(self, process: Process) -> None:
        """Hands out answers until there are no more."""
        assert process.stdout is not None, "its output is a pipe"
        why = "ended"
        try:
            while line := await process.stdout.readline():
                answer = msgspec.json.decode(line, type=_Answer)
                waiting = self._waiting.get(answer.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (ValueError, msgspec.MsgspecError):
            why = "writes what is no answer"
        if self._process is process:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(OracleError(why))

    async def _overhear(self, process: Process) -> None:
        """What it prints."""
        assert process.stderr is not None, "what it prints is a pipe"
        while printed := await process.stderr.read(LINE):
            for line in printed.decode(errors="replace").splitlines()[:10]:
                self._log.info("custom router", printed=line[:SHOWN])

    def _failed(self, process: Process | None, why: str) -> None:
        """The first of several that wait on one process ends it for all."""
        if process is not None and process is not self._process:
            return
        self._process = None
        if process is not None:
            _end(process)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(OracleError(why))
        self._until = self._clock() + self._pause
        message = f"it {why}; requests go by the rules for {self._pause:g} s"
        self._log.warning("custom router", message=message)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()

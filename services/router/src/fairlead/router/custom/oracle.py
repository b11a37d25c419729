"""Asks a router the user wrote, and goes on without it where it fails, hangs or dies.

It runs in a process of its own, which lives as long as it answers. One that takes too long is killed with its process,
and not asked again for a while, the longer the oftener it fails.
"""

import asyncio
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct, to_builtins

from fairlead.router.question import Question
from fairlead.router.reception import Received
from fairlead.shared.codec import encode, on_one_line
from fairlead.shared.config import Config
from fairlead.shared.config.masking import masked
from fairlead.shared.runtime.child import JAVASCRIPT, MODULES, SHOWN, Child, Pauses

LINE = 64 * 1024
"""Bytes of an answer; a model's name is a few dozen."""
LONGEST = 512
"""Characters of a model's name."""

_SECRET = frozenset({"authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "cookie"})
_HOSTS = Path(__file__).parent

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
    if path.suffix not in JAVASCRIPT:
        raise OracleError(f"CUSTOM_ROUTER_PATH: {path} is neither Python (.py) nor JavaScript (.js, .cjs, .mjs)")
    node = find("node")
    if node is None:
        raise OracleError(f"CUSTOM_ROUTER_PATH: {path} needs node, which is not installed here")
    shown = encode(_shown(config)).decode()
    return Command((node, str(_HOSTS / "node_host.cjs"), str(MODULES), str(path), shown), told_in_javascript)


def _shown(config: Config) -> dict[str, Any]:
    """The configuration as a custom router of claude-code-router's knows it, without any key: everybody on the
    machine may read a command."""
    routes = {
        name: f"{route.targets[0].provider},{route.targets[0].model}" for name, route in config.router.scenarios.items()
    }
    providers = [
        {"name": one.name, "api_base_url": masked(one.api_base_url), "models": one.models} for one in config.providers
    ]
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
        self._told = command.told
        self._child = Child(command.arguments, heard=self._heard, lost=self._lost, printed=self._printed, longest=LINE)
        self._timeout = timeout
        self._pauses = Pauses(clock)
        self._log = log
        self._waiting: dict[int, asyncio.Future[_Answer]] = {}
        self._next = 0

    def __repr__(self) -> str:
        return f"<CustomRouter waiting={len(self._waiting)}>"

    async def ask(self, question: Question, taken: Received) -> str | None:
        """None too where it failed."""
        if self._pauses.on:
            return None
        self._next += 1
        number = self._next
        waiting: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            async with asyncio.timeout(self._timeout):
                await self._child.tell(encode({"id": number, **self._told(question, taken)}))
                answer = await waiting
        except TimeoutError:
            self._child.end(f"gave no answer in {self._timeout:g} s")
            return None
        except OracleError:
            return None
        except OSError as error:
            self._fail(str(error) or type(error).__name__)
            return None
        finally:
            del self._waiting[number]
        return self._read(answer)

    async def aclose(self) -> None:
        """Ends the process."""
        await self._child.aclose()

    def _read(self, answer: _Answer) -> str | None:
        if answer.error is not None:
            self._log.warning("custom router", message=answer.error[:SHOWN])
            return None
        self._pauses.end()
        if answer.said is None or (isinstance(answer.said, str) and 0 < len(answer.said.strip()) <= LONGEST):
            return answer.said and str(answer.said).strip()
        self._log.warning("custom router", message=f"it answers with {str(answer.said)[:SHOWN]!r}, which names nothing")
        return None

    def _heard(self, line: bytes) -> None:
        answer = msgspec.json.decode(line, type=_Answer)
        waiting = self._waiting.get(answer.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _printed(self, line: str) -> None:
        self._log.info("custom router", printed=line)

    def _lost(self, why: str) -> None:
        """What one process was asked, nobody answers any more; a process nobody waits for may end."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(OracleError(why))
        if self._waiting:
            self._fail(why)

    def _fail(self, why: str) -> None:
        pause = self._pauses.begin()
        self._log.warning("custom router", message=f"it {why}; requests go by the rules for {pause:g} s")

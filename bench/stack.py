"""Both services and the simulator as processes of their own, on ports of this machine that were free."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from .accounting import children, cpu_seconds
from .answers import Speaks
from .http1 import BrokenAnswerError, Connection, written
from .workloads import provider_name

TIERS = ("router", "normalizer")
START = 60.0
"""Seconds a process may take until it is ready."""
STOP = 10.0
"""Seconds it may take to end when it is told to."""
_LOG_TAIL = 2_000


class StackError(Exception):
    """A process did not come up, or went away; the message has the end of its log."""


class Member(Struct, frozen=True):
    """One running process and the port it answers on."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def complaint(self, what: str) -> StackError:
        tail = self.log.read_text(errors="replace")[-_LOG_TAIL:]
        return StackError(f"{self.name} {what}; its log ends:\n{tail}")


class Stack(Struct, frozen=True):
    """The running processes by name: the tiers and `simulator`."""

    members: Mapping[str, Member]

    def port(self, name: str) -> int:
        return self.members[name].port

    @property
    def tiers(self) -> tuple[Member, ...]:
        return tuple(self.members[name] for name in TIERS)

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU each tier has used so far. Raises StackError when one has ended or has children."""
        for member in self.tiers:
            if member.process.poll() is not None:
                raise member.complaint("has ended")
            if children(member.pid):
                raise member.complaint("runs more than one process")
        return {member.name: cpu_seconds(member.pid) for member in self.tiers}


def configuration(simulator: int, models: Iterable[str]) -> dict[str, Any]:
    """A configuration for both services: the simulator as one provider for each dialect."""
    names, base = sorted(set(models)), f"http://127.0.0.1:{simulator}"
    speaks = {
        Speaks.CHAT: {"type": "openai", "api_base_url": f"{base}/v1/chat/completions"},
        Speaks.MESSAGES: {"type": "anthropic", "api_base_url": f"{base}/v1/messages"},
        Speaks.RESPONSES: {"type": "openai-responses", "api_base_url": f"{base}/v1/responses"},
        Speaks.GEMINI: {"type": "gemini", "api_base_url": f"{base}/v1beta/models/"},
    }
    own = {"api_key": "sk-simulated", "models": names}
    providers = [{"name": provider_name(dialect), **how, **own} for dialect, how in speaks.items()]
    return {"Providers": providers, "Router": {"default": f"{provider_name(Speaks.CHAT)},{names[0]}"}}


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    models: Iterable[str],
    wrap: Mapping[str, Sequence[str]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> AsyncIterator[Stack]:
    """Everything up and answering; all of it ended afterwards. Logs and configuration go to `folder`.

    `wrap` has interpreter options for single tiers, such as a profiler; `more`, fields of the configuration. Raises
    StackError.
    """
    members: dict[str, Member] = {}

    async def start(name: str, probe: str, *options: str) -> Member:
        members[name] = member = _started(folder, name, options, (wrap or {}).get(name, ()))
        await _answers(member, probe)
        return member

    try:
        simulator = await start("simulator", "/health")
        config = folder / "config.json"
        config.write_text(json.dumps({**configuration(simulator.port, models), **(more or {})}, indent=1))
        normalizer = await start("normalizer", "/ready", "--config", str(config))
        url = f"http://127.0.0.1:{normalizer.port}"
        await start("router", "/ready", "--config", str(config), "--normalizer-url", url)
        yield Stack(members)
    finally:
        for member in reversed(members.values()):
            _ended(member)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _started(folder: Path, name: str, options: Sequence[str], wrap: Sequence[str]) -> Member:
    log, port = folder / f"{name}.log", _free_port()
    command = [sys.executable, *wrap, "-m", f"fairlead.{name}", "--port", str(port), *options]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=_environment(folder), cwd=folder
        )
    return Member(name, process, port, log)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing that would configure a service; its home is the scratch folder. PYTHONPATH puts another tree to test."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ"}}
    return {**kept, "HOME": str(folder)}


async def _answers(member: Member, path: str) -> None:
    """Waits until the process answers 200 on `path`. Raises StackError."""
    request = written("GET", path, {})
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        if member.process.poll() is not None:
            raise member.complaint("has ended before it was ready")
        with contextlib.suppress(OSError, BrokenAnswerError):
            async with await Connection.to(member.port) as connection:
                if (await connection.exchange(request)).status == 200:
                    return
        await asyncio.sleep(0.05)
    raise member.complaint(f"was not ready after {START:.0f} s")


def _ended(member: Member) -> None:
    member.process.terminate()
    try:
        member.process.wait(STOP)
    except subprocess.TimeoutExpired:
        member.process.kill()
        member.process.wait()

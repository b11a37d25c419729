"""Child processes: started together, watched, and stopped in the order in which requests travel."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 35.0
"""Seconds a service may take to stop; its own drain takes 30."""
POLL = 0.05
"""Seconds between two questions whether a service is ready."""
REPLY_BYTES = 64
"""What is read of an answer: its status line begins it."""


class StoppedError(Exception):
    """We were told to stop."""


class DiedError(Exception):
    """A service ended by itself; the message says which and how."""


class Service:
    """One child, in a process group of its own, so that Ctrl-C reaches us alone and the order of stopping is ours."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process
        self.ended = asyncio.create_task(process.wait())

    def how_it_ended(self) -> str:
        code = self.process.returncode
        if code is None or code >= 0:
            return f"the {self.name} stopped with exit code {code}"
        return f"the {self.name} was ended by {signal.Signals(-code).name}"

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)


class Crew:
    """The children of one run, in the order they were started. `stopping` is set when we are told to stop."""

    def __init__(self) -> None:
        self.services: list[Service] = []
        self.stopping = asyncio.Event()
        self.hurried = asyncio.Event()

    def listen(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal stop the crew; the second time at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_stop)

    def _told_to_stop(self) -> None:
        (self.hurried if self.stopping.is_set() else self.stopping).set()

    async def start(self, name: str, arguments: Sequence[str], env: Mapping[str, str], **streams: Any) -> Service:
        """Runs `python -m arguments`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            process_group=0,
            **streams,
        )
        service = Service(name, process)
        self.services.append(service)
        return service

    async def during(self, work: Awaitable[T]) -> T:
        """What `work` gives; raises `StoppedError`, or `DiedError` when a child ends before it does."""
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({task, stop, *(each.ended for each in self.services)}, return_when="FIRST_COMPLETED")
            if stop.done():
                raise StoppedError
            for service in self.services:
                if service.ended.done():
                    raise DiedError(service.how_it_ended())
            return await task
        finally:
            for each in (task, stop):
                each.cancel()
            await asyncio.wait({task, stop})

    async def stop(self) -> None:
        """Those that take requests first, so that what they still serve can be finished behind them."""
        for service in reversed(self.services):
            service.signal(signal.SIGTERM)
            hurry = asyncio.create_task(self.hurried.wait())
            await asyncio.wait({service.ended, hurry}, timeout=PATIENCE, return_when="FIRST_COMPLETED")
            hurry.cancel()
            service.signal(signal.SIGKILL)
            await service.ended


async def ready(host: str, port: int) -> None:
    """Returns when `/ready` answers 200."""
    while True:
        if await _is_ready(host, port):
            return
        await asyncio.sleep(POLL)


async def _is_ready(host: str, port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    try:
        writer.write(f"GET /ready HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read(REPLY_BYTES)
    except OSError:
        return False
    finally:
        writer.close()
    return answer.split(b" ", 2)[1:2] == [b"200"]

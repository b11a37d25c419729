"""The socket shell: feeds bytes to the parser, carries deliveries out, notices clients that leave."""

import asyncio
import socket
import struct
from collections import deque
from types import TracebackType
from typing import Self

from . import control
from .delivery import Action, Close, Delivery, Hang, Reset, Wait, Write, deliver
from .http1 import CONTINUE, Continue, Malformed, Outcome, Request, RequestParser
from .provider import Canned, Provider
from .recorder import Record, Recorder
from .script import Script
from .spec import Faults

MAX_WAITING = 64
"""Requests a connection may send ahead; a client that pipelines more is cut off."""


class Simulator:
    """A simulated provider that listens while the context is open.

    `async with Simulator() as sim:` gives `sim.url`, `sim.requests` (the `Record`s so far) and `sim.enqueue`. Port 0
    lets the system choose.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, key: str | None = None) -> None:
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._accepted = 0
        self.provider = Provider(key)
        self.recorder = Recorder()

    async def __aenter__(self) -> Self:
        """Raises OSError when the address cannot be listened on."""
        loop = asyncio.get_running_loop()
        self._started = loop.time()
        self._server = await loop.create_server(self._connection, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await asyncio.gather(*(connection.shut() for connection in list(self._connections)))
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def requests(self) -> list[Record]:
        return list(self.recorder)

    def enqueue(self, *items: Canned | Script) -> None:
        """Answer the next generating requests with these. Raises as `Provider.enqueue` does."""
        for item in items:
            self.provider.enqueue(item)

    def reset(self) -> None:
        """Forget requests, answers put in and failures counted."""
        self.provider.reset()
        self.recorder.clear()

    def clock(self) -> float:
        """Seconds since the start."""
        return asyncio.get_running_loop().time() - self._started

    def _connection(self) -> "_Connection":
        self._accepted += 1
        connection = _Connection(self, self._accepted, self._connections)
        self._connections.add(connection)
        return connection


class _Connection(asyncio.Protocol):
    """One connection; requests are answered one after the other."""

    _transport: asyncio.Transport

    def __init__(self, simulator: Simulator, number: int, siblings: "set[_Connection]") -> None:
        self._simulator = simulator
        self._number = number
        self._siblings = siblings
        self._parser = RequestParser()
        self._waiting: deque[Request | Malformed] = deque()
        self._task: asyncio.Task[None] | None = None
        self._record: Record | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=0)  # paused means: something is not yet handed to the kernel

    def data_received(self, data: bytes) -> None:
        for outcome in self._parser.feed(data):
            self._take(outcome)
        if len(self._waiting) > MAX_WAITING:
            self._transport.abort()
        elif self._task is None:
            self._next()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._siblings.discard(self)
        self._waiting.clear()
        if (record := self._record) is not None and not record.finished:
            record.disconnected_after = self._simulator.clock() - record.received_at
        if self._task is not None:
            self._task.cancel()

    async def shut(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, Continue):
            if self._task is None and not self._waiting:
                self._transport.write(CONTINUE)
        else:
            self._waiting.append(outcome)

    def _next(self) -> None:
        """Answers what waits: at once where it is a matter of writing, in a task where time must pass."""
        while self._waiting and self._task is None and not self._transport.is_closing():
            rest = deque(self._delivery(self._waiting.popleft()).actions)
            if len(rest) == 1 and isinstance(rest[0], Write):
                self._transport.write(rest[0].data)
                rest.clear()
            if rest or not self._writable.is_set():
                self._task = asyncio.get_running_loop().create_task(self._carry_out(rest))
                self._task.add_done_callback(self._done)
            else:
                self._finish()

    def _delivery(self, outcome: Request | Malformed) -> Delivery:
        simulator = self._simulator
        if isinstance(outcome, Malformed):
            return simulator.provider.malformed(outcome)
        if control.is_control(outcome):
            answer = control.respond(outcome, simulator.provider, simulator.recorder)
            return deliver(answer, Faults(), keep_alive=outcome.keep_alive, headless=outcome.method == "HEAD")
        self._record = simulator.recorder.opened(outcome, connection=self._number, at=simulator.clock())
        delivery = simulator.provider.respond(outcome)
        self._record.status = delivery.status
        return delivery

    def _finish(self) -> None:
        if self._record is not None:
            self._record.finished = True
            self._record = None

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            task.result()
            self._next()

    async def _carry_out(self, actions: deque[Action]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while actions:
            action = actions.popleft()
            if isinstance(action, Wait):
                due += action.seconds
                await asyncio.sleep(due - loop.time())
                continue
            await self._writable.wait()
            match action:
                case Write(data=data):
                    self._transport.write(data)
                    await asyncio.sleep(0)  # lets other connections go on between small writes
                case Hang():
                    await loop.create_future()
                case Close() | Reset():
                    self._finish()
                    self._end(action)
                    return
        await self._writable.wait()
        self._finish()

    def _end(self, action: Close | Reset) -> None:
        if isinstance(action, Reset):
            sock: socket.socket = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        else:
            self._transport.close()

"""A normalizer that does what a script says, on a real socket, and remembers what it was asked."""

import asyncio
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Self
from urllib.parse import unquote

Step = bytes | asyncio.Event | type[ConnectionResetError]
"""One thing to do: write bytes, wait for the test, or reset the connection. At the end the connection is closed."""


class Asked(NamedTuple):
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def model(self) -> str:
        """Of the body, or of the path in the dialect that has it there."""
        in_path = re.search(r"/models/([^:]+):", self.target)
        return unquote(in_path[1]) if in_path else str(self.json["model"])


def whole(status: int, body: bytes | dict[str, Any], **headers: str) -> list[Step]:
    """One complete JSON response; underscores in header names stand for dashes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [_head(status, headers | {"content-type": "application/json", "content-length": str(len(data))}) + data]


def stream(*steps: Step, **headers: str) -> list[Step]:
    """A stream of events that ends when the connection does."""
    return [_head(200, headers | {"content-type": "text/event-stream", "connection": "close"}), *steps]


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class FakeNormalizer:
    """`answers` by the address of the model, `then` those after its first, `unknown` for all others; `models` is its list, `checks` what comes of checks. `gone` is set when a caller hung up early."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Step]] = {}
        self.then: dict[str, list[Step]] = {}
        self.unknown: list[Step] = [ConnectionResetError]
        self.models: list[dict[str, Any]] = []
        self.lists: list[Step] | None = None
        self.checks: list[Step] = [ConnectionResetError]
        self.asked: list[Asked] = []
        self.arrived = asyncio.Event()
        self.gone = asyncio.Event()
        self.url = ""
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Nobody listens any more, and open connections are closed."""
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    @property
    def messages(self) -> list[Asked]:
        """What was asked of models, in order."""
        return [asked for asked in self.asked if asked.method == "POST"]

    def lists_models(self, **dialects: str) -> None:
        """Models of the provider `p`, by name and dialect."""
        self.models = [
            {"id": f"p,{name}", "provider": "p", "dialect": dialect, "type": "model"}
            for name, dialect in dialects.items()
        ]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._turn(reader, writer):
                    pass
        except asyncio.CancelledError:
            pass
        finally:
            self._talks.discard(talk)
            writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection may be used again."""
        asked = await _read(reader)
        self.asked.append(asked)
        self.arrived.set()
        steps = self._answer(asked)
        for step in steps:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, asyncio.Event):
                if not await self._waited(step, reader):
                    return False
            else:
                writer.transport.abort()
                return False
        return isinstance(steps[0], bytes) and b"\r\nconnection: close\r\n" not in steps[0]

    async def _waited(self, event: asyncio.Event, reader: asyncio.StreamReader) -> bool:
        """Waits for the test; False when the caller hung up first."""
        hung_up = asyncio.ensure_future(reader.read(1))
        told = asyncio.ensure_future(event.wait())
        done, pending = await asyncio.wait({hung_up, told}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if hung_up in done:
            self.gone.set()
            return False
        return True

    def _answer(self, asked: Asked) -> Sequence[Step]:
        if asked.target.startswith("/health"):
            return whole(200, {"status": "ok"})
        if asked.method == "GET":
            return self.lists or whole(200, {"object": "list", "data": self.models, "has_more": False})
        if asked.target == "/api/check":
            return self.checks
        steps = self.answers.get(asked.model) or self.unknown
        if asked.model in self.then:
            self.answers[asked.model] = self.then.pop(asked.model)
        return steps


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))

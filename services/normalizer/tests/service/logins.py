"""A provider that takes only the newest access token, its authorization server, and normalizers as processes before
them."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2

from ..conftest import served
from ..credentials.auth_server import AuthServer

START_WITHIN = 120.0
ANSWER = (
    b'{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello"}],'
    b'"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}'
)


class World:
    """Both of them as one ASGI app: `/token`, and `/v1/messages` for whoever shows the access token given last.

    `pause` is awaited after a token request has been answered for good, and before the answer goes out.
    """

    def __init__(self, server: AuthServer) -> None:
        self.server = server
        self.pause: Callable[[], Awaitable[None]] = _at_once
        self.called: list[str] = []
        self.refuses: bytes | None = None
        self.url = ""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        status, answer = await self._answer(scope, body + message.get("body", b""))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
        if scope["path"] == "/token":
            answer = self.server.answer(body)
            self.server.met.set()
            await self.pause()
            return answer
        shown = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
        self.called.append(shown)
        if self.refuses is not None or shown != self.server.access:
            return 401, self.refuses or b'{"type":"error","error":{"type":"authentication_error","message":"no"}}'
        return 200, ANSWER


async def _at_once() -> None:
    """Without a pause."""


@contextlib.asynccontextmanager
async def world(server: AuthServer, kind: type[World] = World) -> AsyncIterator[World]:
    made = kind(server)
    async with served(made, lifespan="off") as made.url:
        yield made


class Normalizer:
    """A process; `log` is what it has written so far."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self.url = url
        self._process = process
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def ask(self, model: str = "m") -> httpx2.Response:
        body = {"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
            return await client.post(f"{self.url}/v1/messages", json=body)

    async def get(self, path: str) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
            return await client.get(self.url + path)

    async def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> int:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()


@contextlib.asynccontextmanager
async def process(home: Path, config: str, **env: str) -> AsyncIterator[Normalizer]:
    """Listens, when it is given; `home` is where it keeps things, unless the environment says another place."""
    log = _prepared(home, config)
    with _reserved_port() as port:
        with log.open("ab") as out:
            command = ["fairlead.normalizer", "--config", str(home / "config.json"), "--port", str(port)]
            running = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", *command],
                env={"PATH": os.environ["PATH"], "HOME": str(home), "LOG_LEVEL": "trace", **env},
                stdout=out,
                stderr=out,
            )
        made = Normalizer(running, f"http://127.0.0.1:{port}", log)
        try:
            async with asyncio.timeout(START_WITHIN):
                while not await _listens(port):
                    assert running.returncode is None, made.log
                    await asyncio.sleep(0.02)
            yield made
        finally:
            await made.stop()


@contextlib.contextmanager
def _reserved_port() -> Iterator[int]:
    """One that a service may have (SO_REUSEADDR), and that nobody is given who looks for any free one meanwhile."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _prepared(home: Path, config: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / "config.json").write_text(config)
    return home / "log"


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True

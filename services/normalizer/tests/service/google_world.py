"""Google's token endpoint and metadata server on a socket of the loopback."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import uvicorn

from ..conftest import Server
from ..credentials.google_server import GoogleServer


class GoogleWorld:
    """`server` decides what is answered at `url`."""

    def __init__(self, server: GoogleServer) -> None:
        self.server = server
        self.url = ""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, said, answer = self.server.answer(scope["path"], headers, body + message.get("body", b""))
        raw = [(name.encode(), value.encode()) for name, value in said.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": answer})


@contextlib.asynccontextmanager
async def google_world(server: GoogleServer) -> AsyncIterator[GoogleWorld]:
    made = GoogleWorld(server)
    bound = socket.create_server(("127.0.0.1", 0))
    made.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    running = Server(uvicorn.Config(made, lifespan="off", log_config=None, timeout_graceful_shutdown=1))  # type: ignore[arg-type]
    task = asyncio.create_task(running.serve(sockets=[bound]))
    try:
        yield made
    finally:
        running.should_exit = True
        await task

"""Google's token endpoint and metadata server on a socket of the loopback."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from ..conftest import served
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
    async with served(made, lifespan="off") as made.url:
        yield made

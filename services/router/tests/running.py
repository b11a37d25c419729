"""The router as it runs: on a real socket, in the test's own event loop."""

import socket
from typing import Any, Self

import uvicorn

from fairlead.router import app
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Secret


class Lines:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []

    def write(self, event: str, **told: Any) -> None:
        self.written.append({"event": event, **told})

    debug = info = warning = error = write

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.written if line["event"] == event]


class RunningRouter:
    """`config` is the text of a configuration file."""

    def __init__(self, config: str, normalizer_url: str, *, normalizer_key: str | None = None) -> None:
        self.log = Lines()
        loaded = parse(config, {}, file="config.json", resolve_secrets=False, normalizer_url=normalizer_url)
        settings = app.Settings(normalizer_url, Secret(normalizer_key) if normalizer_key else None)
        self.app = app.build(loaded.config, settings, app.Surroundings(self.log))
        self.url = ""
        self.port = 0
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, log_config=None, access_log=False, lifespan="on", server_header=False)
        )
        self._socket = socket.create_server(("127.0.0.1", 0))

    async def __aenter__(self) -> Self:
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[self._socket])
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.shutdown(sockets=[self._socket])

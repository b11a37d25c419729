"""The router as it runs: on a real socket, in the test's own event loop."""

import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import uvicorn

from fairlead.router import app
from fairlead.router.lasting import Settings, Surroundings
from fairlead.router.records import Sink
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Secret
from fairlead.shared.runtime.editions import Editions
from fairlead.shared.runtime.tracing import Tracing


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

    def __init__(
        self,
        config: str,
        normalizer_url: str,
        *,
        normalizer_key: str | None = None,
        random_bytes: Callable[[int], bytes] = os.urandom,
        sinks: Sequence[Sink] = (),
        data: Path | None = None,
        database_url: str | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.log = Lines()
        loaded = parse(config, {}, file="config.json", resolve_secrets=False, normalizer_url=normalizer_url)
        settings = Settings(
            normalizer_url,
            Secret(normalizer_key) if normalizer_key else None,
            data=data,
            database_url=Secret(database_url) if database_url else None,
        )
        around = Surroundings(self.log, random_bytes=random_bytes, sinks=sinks, tracing=tracing)
        self.listen(app.build(loaded.config, settings, around))

    def listen(self, served: Editions) -> None:
        """To be served as soon as it is entered."""
        self.app = served
        self.url = ""
        self.port = 0
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, log_config=None, access_log=False, lifespan="on", server_header=False)
        )
        self._socket = socket.create_server(("127.0.0.1", 0))
        # Connections inherit it; without it, each answer on one that is used again waits 40 ms for an acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def __aenter__(self) -> Self:
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[self._socket])
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        # uvicorn's own shutdown takes a tenth of a second, which so many tests cannot spare.
        for listening in self._server.servers:
            listening.close()
        self._socket.close()
        for connection in list(self._server.server_state.connections):
            connection.shutdown()
        await self._server.lifespan.shutdown()

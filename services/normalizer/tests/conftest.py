"""The normalizer on a real socket, before a simulated provider on another."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import structlog
import uvicorn
from uvicorn.server import ServerState

from fairlead.normalizer.app import World, build
from fairlead.shared.config import parse
from fairlead.shared.runtime.http1_server import BoundedHttp
from fairlead.simulator import Simulator


async def no_pause(_seconds: float) -> None:
    """Retries are made at once."""


@contextlib.asynccontextmanager
async def normalizer(config: str, world: World | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a normalizer that runs with this configuration."""
    async with listening(build(parse(config, {}, file="config.json").config, world or World(sleep=no_pause))) as client:
        yield client


@contextlib.asynccontextmanager
async def listening(app: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application that is served."""
    async with (
        served(app, http=BoundedHttp, lifespan="on") as url,
        httpx2.AsyncClient(base_url=url, timeout=20) as client,
    ):
        yield client


STOP_WITHIN = 1.0
"""Seconds."""


@contextlib.asynccontextmanager
async def served(app: Any, **settings: Any) -> AsyncIterator[str]:
    """The URL of an application that runs beside the test in its event loop; `settings` are uvicorn's.

    uvicorn's own main loop and shutdown look only every tenth of a second whether there is something to do, which so
    many tests cannot spare."""
    bound = socket.create_server(("127.0.0.1", 0))
    # Connections inherit it; without it, each answer on one that is used again waits 40 ms for an acknowledgement.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, **settings))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[bound])
    assert server.started, "the server did not start"
    await server.on_tick(0)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        for listener in server.servers:
            listener.close()
        bound.close()
        await _drained(server.server_state)
        await server.lifespan.shutdown()


async def _drained(state: ServerState) -> None:
    for connection in list(state.connections):
        connection.shutdown()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_WITHIN):
            while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.001)
    for task in state.tasks:
        task.cancel()


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    """What was logged, before any masking."""
    with structlog.testing.capture_logs() as entries:
        yield entries


CANARY = "canary-5f1c-key-of-the-provider"
CONFIG = """{{Providers: [
  {{name: "ant", api_base_url: "{url}/v1/messages", api_key: "{key}", models: ["sim-text", "sim-tool", "ant-only"]}},
  {{name: "oai", api_base_url: "{url}/v1/chat/completions", api_key: "{key}", models: ["sim-text", "oai-only"]}},
  {{name: "down", api_base_url: "http://127.0.0.1:9/v1", api_key: "{key}", models: ["m"]}},
]{more}}}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running_simulator() -> AsyncIterator[Simulator]:
    async with Simulator(key=CANARY) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    """The simulator, with what earlier tests did to it forgotten."""
    running_simulator.reset()
    return running_simulator


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(CONFIG.format(url=running_simulator.url, key=CANARY, more="")) as client:
        yield client

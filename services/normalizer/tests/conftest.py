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

from fairlead.normalizer.app import World, build
from fairlead.shared.config import parse
from fairlead.shared.runtime.http1_server import BoundedHttp
from fairlead.simulator import Simulator


class Server(uvicorn.Server):
    """Runs beside the test in its event loop, and leaves signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
    bound = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(app, http=BoundedHttp, lifespan="on", log_config=None, timeout_graceful_shutdown=5))
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started:
            assert not running.done(), "the server did not start"
            await asyncio.sleep(0)
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with httpx2.AsyncClient(base_url=url, timeout=20) as client:
            yield client
    finally:
        server.should_exit = True
        await running


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

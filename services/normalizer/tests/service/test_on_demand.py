"""A provider that nobody has used costs nothing: it is not called, its models are not listed, its login not renewed."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..credentials.auth_server import HOUR, AuthServer
from ..talk import CHAT, body
from .logins import World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{Providers: [
  {{name: "used", api_base_url: "{url}/v1", api_key: "{key}", models: ["sim-text"]}},
  {{name: "listed", api_base_url: "{other}/v1", api_key: "canary-key"}},
  {{name: "filed", api_base_url: "{other}/v1", api_key_file: "{file}"}},
  {{name: "login", type: "anthropic", api_base_url: "{provider}/v1/messages", models: ["m"],
    auth: {{type: "oauth", token_url: "{provider}/token", client_id: "c", refresh_token_file: "{seed}"}}}},
]}}"""


class Door:
    """Somebody who counts who knocks, and says nothing that is of use."""

    def __init__(self) -> None:
        self.met = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def knocked(door: Door) -> AsyncIterator[str]:
    async with await asyncio.start_server(door, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def states(client: httpx2.AsyncClient) -> dict[str, str]:
    told = (await client.get("/api/credentials")).json()["credentials"]
    return {one["provider"]: one["state"] for one in told}


async def test_nobody_is_called_and_nothing_read_before_the_first_use(simulator: Simulator, tmp_path: Path) -> None:
    door, file, seed = Door(), tmp_path / "keys", tmp_path / "seed"
    file.write_text("# no key, which only a reader would know\n")
    seed.write_text("seed-0")
    made: World
    async with world(AuthServer("seed-0", life=HOUR, now=time.time())) as made, knocked(door) as other:
        text = CONFIG.format(url=simulator.url, key=CANARY, other=other, file=file, provider=made.url, seed=seed)
        async with normalizer(text) as client:
            for path in ("/health", "/ready", "/metrics", "/"):
                assert (await client.get(path)).status_code == 200
            listed = await client.get("/v1/models", headers={"x-fairlead-lists": "known"})
            assert set(listed.json()["providers"]) == {"used", "listed", "filed", "login"}
            assert (await client.post(CHAT, json=body("used,sim-text"))).status_code == 200
            assert (await client.get("/health")).json()["status"] == "ok"
            assert await states(client) == {"used": "ok", "listed": "ok", "filed": "unused", "login": "unused"}
            assert (door.met, made.server.grants, made.called) == (0, 0, [])

            assert (await client.post("/v1/messages", json=body("login,m"))).status_code == 200
            assert (made.server.grants, (await states(client))["login"]) == (1, "ok")
            assert (await client.post(CHAT, json=body("filed,m"))).status_code == 401
            assert (await states(client))["filed"] == "missing"
            assert door.met == 0
            await client.get("/v1/models")
            assert door.met == 1

"""Proxies as they are configured: used, taken in turn, passed over when down, and never gone around."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, TEXT, body, text_of, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOWHERE = "http://provider.invalid/v1"
DOWN = "http://user:canary-of-the-proxy@127.0.0.1:9"
PASSWORD = "canary-of-the-proxy"


class Proxy:
    """Leads whoever asks for a whole URL to the simulator."""

    def __init__(self, port: int) -> None:
        self.asked: list[bytes] = []
        self._port = port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line, rest = head.split(b"\r\n", 1)
        self.asked.append(line)
        there, to_there = await asyncio.open_connection("127.0.0.1", self._port)
        to_there.write(line.replace(b"http://provider.invalid", b"") + b"\r\nconnection: close\r\n" + rest)
        copying = asyncio.ensure_future(_copy(reader, to_there))
        await _copy(there, writer)
        copying.cancel()
        for one in (writer, to_there):
            one.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)


@asynccontextmanager
async def proxies(simulator: Simulator, count: int) -> AsyncIterator[list[tuple[Proxy, str]]]:
    """So many, with their addresses."""
    made = [Proxy(int(simulator.url.rpartition(":")[2])) for _ in range(count)]
    servers = [await asyncio.start_server(one, "127.0.0.1", 0) for one in made]
    try:
        yield [
            (one, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            for one, server in zip(made, servers, strict=True)
        ]
    finally:
        for server in servers:
            server.close()


def config(*more: str, own: str = "") -> str:
    provider = f'{{name: "p", api_base_url: "{NOWHERE}", api_key: "{CANARY}", models: ["sim-text"]{own}}}'
    return "{" + ", ".join([f"Providers: [{provider}]", *more]) + "}"


async def answered(client: httpx2.AsyncClient) -> None:
    answer = await client.post(CHAT, json=body("p,sim-text"))
    assert text_of(CHAT, answer.json()) == TEXT


@pytest.mark.parametrize("key", ["own", "PROXY_URL", "proxies"])
async def test_a_proxy_is_used_wherever_it_is_configured(key: str, simulator: Simulator) -> None:
    async with proxies(simulator, 1) as [(proxy, url)]:
        given = {
            "own": config(own=f', proxy: "{url}"'),
            "PROXY_URL": config(f'PROXY_URL: "{url}"'),
            "proxies": config(f'normalizer: {{proxies: [{{name: "a", url: "{url}"}}]}}'),
        }[key]
        async with normalizer(given) as client:
            await answered(client)
    assert proxy.asked == [b"POST http://provider.invalid/v1/chat/completions HTTP/1.1"]


async def test_proxies_take_turns_and_one_that_is_down_is_passed_over(simulator: Simulator) -> None:
    async with proxies(simulator, 2) as [(first, first_url), (second, second_url)]:
        listed = f'"{first_url}", "{DOWN}", {{url: "{second_url}"}}'
        async with normalizer(config(f"normalizer: {{proxies: [{listed}]}}")) as client:
            for _ in range(6):
                await answered(client)
    assert (len(first.asked), len(second.asked)) == (2, 4)


async def test_a_proxy_that_is_down_is_told_without_its_password_and_nothing_is_asked_past_it(
    simulator: Simulator, logged: list[Any]
) -> None:
    reachable = simulator.url
    given = config(own=f', proxy: "{DOWN}"').replace(NOWHERE, f"{reachable}/v1")
    async with normalizer(given) as client:
        refused = await client.post(CHAT, json=body("p,sim-text"))
    assert (refused.status_code, refused.headers["x-fairlead-failure"]) == (502, "unreachable")
    assert told(refused)[1] == "could not connect to p through its proxy: connection refused"
    assert simulator.requests == []
    assert PASSWORD not in f"{refused.text}{refused.headers}{logged}"

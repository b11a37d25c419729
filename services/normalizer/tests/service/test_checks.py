"""Whether a provider is well can be asked for nothing, and nothing it says gets out."""

import asyncio
from typing import Any

import httpx2
import pytest

from fairlead.shared.key_told import read
from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{Providers: [
  {{name: "chat", api_base_url: "{url}/v1/chat/completions", api_keys: ["{key}"], models: ["m"]}},
  {{name: "claude", type: "anthropic", api_base_url: "{url}/v1/messages", api_key: "{key}", models: ["m"]}},
  {{name: "gemini", type: "gemini", api_base_url: "{url}/v1beta/models/", api_key: "{key}", models: ["m"]}},
  {{name: "refused", api_base_url: "{url}/v1", api_key: "canary-of-a-wrong-key", models: ["m"]}},
  {{name: "two", api_base_url: "{url}/v1", api_keys: ["canary-of-a-wrong-key", "{key}"], models: ["m"]}},
  {{name: "down", api_base_url: "http://127.0.0.1:9/v1", models: ["m"]}},
  {{name: "own", type: "anthropic", api_base_url: "{url}/v1/messages", auth: "passthrough", models: ["m"]}},
  {{name: "silent", type: "bedrock-claude", api_base_url: "https://bedrock-runtime.us-east-1.amazonaws.com",
    api_key: "k", models: ["m"]}},
]}}"""


async def checked(client: httpx2.AsyncClient, provider: str) -> dict[str, Any]:
    answered = await client.post("/api/check", json={"provider": provider})
    assert answered.status_code == 200
    assert "canary" not in answered.text
    return dict(answered.json())


@pytest.mark.parametrize("provider", ["chat", "claude", "gemini", "two"])
async def test_who_lists_its_models_is_well_in_any_dialect(provider: str, simulator: Simulator) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        told = await checked(client, provider)
    assert (told["well"], told["failure"]) == (True, None)
    key = read(told["key"].encode())
    assert key is not None
    assert key.keys == (2 if provider == "two" else 1)


@pytest.mark.parametrize(
    ("provider", "failure"), [("refused", "authentication"), ("down", "unreachable"), ("own", "authentication")]
)
async def test_why_it_is_not_well_is_told_by_kind_alone(provider: str, failure: str, simulator: Simulator) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        told = await checked(client, provider)
    assert (told["well"], told["failure"]) == (False, failure)


async def test_a_limit_is_told_with_its_time_and_rests_the_key() -> None:
    async def limited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(limited, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with normalizer(CONFIG.format(url=url, key=CANARY)) as client:
            told = await checked(client, "chat")
    assert (told["failure"], told["status"], told["retry_after"]) == ("rate_limit", 429, 7.0)
    assert told["key"].startswith("1;n=1;r=0;t=")


@pytest.mark.parametrize(
    ("body", "status"), [({"provider": "silent"}, 501), ({"provider": "nobody"}, 404), ({}, 400), ([], 400)]
)
async def test_who_has_no_list_cannot_be_asked_for_it(body: Any, status: int, simulator: Simulator) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        assert (await client.post("/api/check", json=body)).status_code == status


async def test_a_restricted_key_may_not_make_us_call_providers(simulator: Simulator) -> None:
    keys = '{client_keys: [{name: "some", key: "canary-some", models: ["chat,*"]}, {name: "all", key: "canary-all"}], '
    async with normalizer(keys + CONFIG.format(url=simulator.url, key=CANARY)[1:]) as client:
        wanted, before = {"provider": "chat"}, len(simulator.requests)
        assert (await client.post("/api/check", json=wanted)).status_code == 401
        assert (await client.post("/api/check", json=wanted, headers={"x-api-key": "canary-some"})).status_code == 403
        assert len(simulator.requests) == before
        assert (await client.post("/api/check", json=wanted, headers={"x-api-key": "canary-all"})).status_code == 200

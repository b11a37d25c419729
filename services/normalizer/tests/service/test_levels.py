"""A droid2api file with levels, as it stands: what arrives at the provider, on both lanes, whole and streamed."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, body

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = """{{
  "endpoint": [
    {{"name": "anthropic", "base_url": "{url}/v1/messages"}},
    {{"name": "openai", "base_url": "{url}/v1/responses"}},
    {{"name": "common", "base_url": "{url}/v1/chat/completions"}}
  ],
  "models": [
    {{"id": "claude-sonnet-4-5", "type": "anthropic", "reasoning": "low"}},
    {{"id": "claude-opus-5-5", "type": "anthropic", "reasoning": "high"}},
    {{"id": "claude-haiku-4-5", "type": "anthropic", "reasoning": "auto"}},
    {{"id": "claude-opus-4-1", "type": "anthropic"}},
    {{"id": "gpt-5.2", "type": "openai", "reasoning": "xhigh"}},
    {{"id": "glm-4.6", "type": "common", "reasoning": "medium"}}
  ]
}}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(FILE.format(url=running_simulator.url)) as client:
        client.headers["authorization"] = f"Bearer {CANARY}"
        yield client


def budget(tokens: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


ADAPTIVE = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}
SAID = {MESSAGES: budget(2_000), CHAT: {"reasoning_effort": "minimal"}}
STEERING = ("thinking", "output_config", "reasoning", "reasoning_effort")
ARRIVES = [
    ("claude-sonnet-4-5", budget(4_096), 4_596),
    ("claude-opus-5-5", ADAPTIVE, 500),
    ("claude-opus-4-1", {}, 500),
    ("claude-haiku-4-5(medium)", budget(12_288), 12_788),
    ("claude-sonnet-4-5:off", {}, 500),
    ("gpt-5.2", {"reasoning": {"effort": "xhigh", "summary": "auto"}}, None),
    ("gpt-5.2(low)", {"reasoning": {"effort": "low", "summary": "auto"}}, None),
    ("glm-4.6", {"reasoning_effort": "medium"}, 500),
    ("glm-4.6(off)", {}, 500),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize(("model", "told", "limit"), ARRIVES)
async def test_a_configured_level_takes_the_place_of_the_clients(
    client: httpx2.AsyncClient,
    simulator: Simulator,
    path: str,
    stream: bool,
    model: str,
    told: dict[str, Any],
    limit: int | None,
) -> None:
    response = await client.post(path, json=body(model, stream=stream, **SAID[path]))
    assert response.status_code == 200, response.text
    arrived = json.loads(simulator.requests[-1].body)
    assert {name: arrived[name] for name in STEERING if name in arrived} == told
    assert arrived.get("max_tokens") == limit
    assert arrived["model"] == model.partition("(")[0].partition(":")[0]


async def test_auto_leaves_what_the_client_says(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    asked = body("claude-haiku-4-5", **{**budget(1_500), "max_tokens": 2_000})
    await client.post(MESSAGES, json=asked)
    assert json.loads(simulator.requests[-1].body) == asked


async def test_each_model_is_listed_once_with_its_level(client: httpx2.AsyncClient) -> None:
    listed = (await client.get("/v1/models")).json()["data"]
    assert [(model["id"], model["reasoning"]) for model in listed] == [
        ("claude-sonnet-4-5", "low"),
        ("claude-opus-5-5", "high"),
        ("claude-haiku-4-5", "auto"),
        ("claude-opus-4-1", "off"),
        ("gpt-5.2", "xhigh"),
        ("glm-4.6", "medium"),
    ]

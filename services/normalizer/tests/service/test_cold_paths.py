"""Models, health, readiness and metrics."""

from typing import Any

import httpx2
import pytest

from fairlead.simulator import Simulator

from ..conftest import CANARY, CONFIG, normalizer
from ..talk import CHAT, MESSAGES, PROMPT, TEXT, body

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_models_are_listed_and_found_one_by_one(client: httpx2.AsyncClient) -> None:
    listed = (await client.get("/v1/models?limit=2")).json()
    assert [model["id"] for model in listed["data"]] == ["ant,sim-text", "ant,sim-tool"]
    assert listed["has_more"] is True
    one = await client.get("/v1/models/ant%2Csim-tool")
    assert one.json() == listed["data"][1]


@pytest.mark.parametrize("path", ["/", "/health", "/ready"])
async def test_the_service_says_how_it_is_without_asking_a_provider(
    path: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    assert (await client.get(path)).status_code == 200
    assert (await client.head(path)).status_code == 200
    assert simulator.requests == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{}", "no provider is configured"),
        ('{Providers:[{name:"a",api_base_url:"http://h.example/v1",models:["m"],enabled:false}]}', "none of the"),
    ],
)
async def test_a_service_that_can_serve_nobody_is_live_but_not_ready(
    config: str, words: str, logged: list[Any]
) -> None:
    async with normalizer(config) as client:
        assert (await client.get("/health")).status_code == 200
        ready = await client.get("/ready")
    assert ready.status_code == 503
    assert words in ready.json()["missing"][0]
    assert any(words in entry.get("missing", "") for entry in logged)


async def test_what_happened_is_counted(simulator: Simulator) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, more="")) as client:
        await client.post(CHAT, json=body("ant,sim-text", seed=1))
        await client.post(MESSAGES, json=body("ant,sim-text!status=500"))
        await client.post(MESSAGES, content=b"{")
        await client.post(f"{MESSAGES}/count_tokens", json={"model": "ant,sim-text", "messages": PROMPT})
        await client.post(f"{MESSAGES}/count_tokens", content=b"{")
        lines = (await client.get("/metrics")).text.splitlines()
    assert 'fairlead_requests_total{client="openai",provider="ant",outcome="ok"} 1' in lines
    assert 'fairlead_requests_total{client="anthropic",provider="ant",outcome="upstream_error"} 1' in lines
    assert 'fairlead_failures_total{provider="ant",kind="upstream_error"} 1' in lines
    assert 'fairlead_failures_total{provider="-",kind="bad_request"} 2' in lines
    assert 'fairlead_counts_total{client="anthropic",result="answered"} 1' in lines
    assert 'fairlead_counts_total{client="anthropic",result="bad_request"} 1' in lines
    assert 'fairlead_losses_total{provider="ant",what="seed"} 1' in lines
    assert any(line.startswith('fairlead_tokens_total{provider="ant",kind="output"}') for line in lines)
    assert 'fairlead_request_duration_seconds_count{provider="ant"} 2' in lines
    assert 'fairlead_first_byte_seconds_count{provider="ant"} 1' in lines
    assert "fairlead_translation_seconds_count 2" in lines
    assert "fairlead_overhead_seconds_count 1" in lines
    assert 'fairlead_credential_seconds_count{provider="ant"} 3' in lines
    assert not any(line.startswith(("fairlead_queue_seconds_", "fairlead_redis_away")) for line in lines)
    assert 'fairlead_queue_waiting{provider="ant"} 0' in lines
    assert 'fairlead_credentials{provider="ant",type="api_key",state="ok"} 1' in lines


@pytest.mark.parametrize("stream", [False, True])
async def test_what_a_client_could_not_be_told_is_counted_and_logged(
    stream: bool, simulator: Simulator, logged: list[Any]
) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, more="")) as client:
        await client.post(CHAT, json=body("ant,sim-text", stop=[TEXT[3:5]], stream=stream))
        lines = (await client.get("/metrics")).text.splitlines()
    assert 'fairlead_answer_losses_total{provider="ant",what="stop sequence"} 1' in lines
    (answered,) = [entry for entry in logged if entry["event"] == "answered"]
    assert "stop sequence" in answered["answer_losses"]

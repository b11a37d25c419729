"""Several client keys: each opens what it may, within its limits, and is known by its name and nowhere by itself."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from fairlead.normalizer.app import World
from fairlead.simulator import Simulator

from ..conftest import CANARY, CONFIG, no_pause, normalizer
from ..talk import CHAT, MESSAGES, PROMPT, body, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = 1_800_000_000.0
KEYS = """, APIKEY: "canary-main", client_keys: [
  {name: "laptop", key: "canary-laptop", models: ["sim-*", "oai,*"]},
  {name: "ci", key: "canary-ci", rpm: 2},
  {name: "metered", key: "canary-metered", tpm: 10},
  {name: "former", key: "canary-former", expires: "2026-12-31"},
]"""
GEMINI = "/v1beta/models/{model}:generateContent"


@pytest_asyncio.fixture(loop_scope="module")
async def keyed(simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    config = CONFIG.format(url=simulator.url, key=CANARY, more=KEYS)
    async with normalizer(config, World(sleep=no_pause, now=lambda: NOW)) as client:
        yield client


async def ask(client: httpx2.AsyncClient, key: str, model: str, path: str = MESSAGES) -> httpx2.Response:
    return await client.post(path, json=body(model), headers={"authorization": f"Bearer {key}"})


async def test_a_key_opens_the_models_its_patterns_name_and_no_others(keyed: httpx2.AsyncClient) -> None:
    for model in ("ant,sim-text", "oai,sim-text"):
        assert (await ask(keyed, "canary-laptop", model)).status_code == 200
    for path, dialect in ((MESSAGES, "anthropic"), (CHAT, "openai")):
        refused = await ask(keyed, "canary-laptop", "ant,ant-only", path)
        assert refused.status_code == 403
        assert told(refused) == (
            dialect,
            "the client key laptop may not use ant,ant-only; it may use sim-* oai,*",
        )
    assert (await ask(keyed, "canary-main", "down,m")).status_code == 502


async def test_a_model_named_in_the_path_is_guarded_too(keyed: httpx2.AsyncClient, simulator: Simulator) -> None:
    asked = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    headers = {"x-goog-api-key": "canary-laptop"}
    refused = await keyed.post(GEMINI.format(model="ant,ant-only"), json=asked, headers=headers)
    assert refused.status_code == 403
    assert refused.json()["error"]["status"] == "PERMISSION_DENIED"
    assert simulator.requests == []


async def test_tokens_of_a_model_that_is_not_open_are_not_counted(keyed: httpx2.AsyncClient) -> None:
    headers = {"x-api-key": "canary-laptop"}
    for model, status in (("ant,ant-only", 403), ("ant,sim-text", 200)):
        asked = {"model": model, "messages": PROMPT}
        answer = await keyed.post("/v1/messages/count_tokens", json=asked, headers=headers)
        assert answer.status_code == status


async def test_requests_beyond_a_minutes_are_refused_with_the_time_to_come_again(keyed: httpx2.AsyncClient) -> None:
    answers = [await ask(keyed, "canary-ci", "oai,sim-text") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "30"
    assert answers[2].json()["error"]["type"] == "rate_limit_error"
    counted = await ask(keyed, "canary-ci", "oai,sim-text", "/v1/messages/count_tokens")
    assert counted.status_code == 200
    assert (await ask(keyed, "canary-main", "oai,sim-text")).status_code == 200


async def test_tokens_beyond_a_minutes_are_refused_once_they_are_known(keyed: httpx2.AsyncClient) -> None:
    answers = [await ask(keyed, "canary-metered", "oai,sim-text") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "10 tokens a minute" in told(answers[1])[1]


async def test_a_key_that_has_expired_is_named_and_one_nobody_knows_is_not(keyed: httpx2.AsyncClient) -> None:
    expired, unknown = await ask(keyed, "canary-former", "ant,sim-text"), await ask(keyed, "nobodys", "ant,sim-text")
    assert [expired.status_code, unknown.status_code] == [401, 401]
    assert told(expired)[1].startswith("the client key former has expired")
    assert told(unknown)[1].startswith("invalid API key: ")
    assert "canary" not in expired.text


async def test_names_of_keys_stand_in_log_and_figures_and_keys_nowhere(
    keyed: httpx2.AsyncClient, logged: list[Any]
) -> None:
    await ask(keyed, "canary-ci", "oai,sim-text")
    await ask(keyed, "canary-laptop", "ant,ant-only")
    lines = [(line["event"], line.get("key")) for line in logged if line["event"] in ("answered", "refused")]
    assert lines == [("answered", "ci"), ("refused", "laptop")]
    figures = (await keyed.get("/metrics")).text
    assert 'fairlead_key_requests_total{key="ci",outcome="ok"} 1' in figures
    assert 'fairlead_key_requests_total{key="laptop",outcome="permission"} 1' in figures
    assert "canary" not in figures + repr(logged)


async def test_no_key_of_ours_reaches_a_provider(keyed: httpx2.AsyncClient, simulator: Simulator) -> None:
    headers = {"authorization": "Bearer canary-ci", "x-api-key": "canary-former"}
    await keyed.post(MESSAGES, json=body("ant,sim-text"), headers=headers)
    assert "canary-ci" not in repr(simulator.requests)
    assert "canary-former" not in repr(simulator.requests)

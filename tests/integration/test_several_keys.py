"""A provider with several keys, through both services: of one that is throttled the client hears nothing."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from .conftest import keyed
from .processes import ProcessStack, process_stack
from .provider import Provider

KEYS = {"FIRST": "canary-first-key-0c1d", "SECOND": "canary-second-key-77aa", "THIRD": "canary-third-key-5b1e"}
CONFIG = """{
  APIKEY: "${CLIENT_KEY}",
  Providers: [{
    name: "p", type: "anthropic", api_base_url: "${SIMULATOR_URL}/v1/messages", models: ["sim-text"],
    api_keys: ["FIRST", "SECOND"],
  }, {
    name: "q", type: "anthropic", api_base_url: "${SIMULATOR_URL}/v1/messages", models: ["sim-text"], api_key: "THIRD",
  }],
  Router: { default: "p,sim-text", think: { targets: "p,sim-text", fallback: ["q,sim-text"] } },
}"""
THROTTLED = {
    "status": 429,
    "headers": {"retry-after": "60"},
    "body": {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}},
}
ASKED = {"model": "claude-x", "max_tokens": 50, "stream": True, "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[ProcessStack]:
    config = tmp_path / "config.json5"
    text = CONFIG
    for name, key in KEYS.items():
        text = text.replace(name, key)
    config.write_text(text)
    with process_stack(tmp_path, config, demands=()) as running:
        yield running


@pytest.fixture
async def router(stack: ProcessStack) -> AsyncIterator[httpx2.AsyncClient]:
    async with keyed(stack.router) as client:
        yield client


@pytest.fixture
def provider(stack: ProcessStack) -> Iterator[Provider]:
    made = Provider(stack.simulator)
    yield made
    made.close()


async def test_the_other_key_answers_and_when_both_rest_the_client_is_told(
    stack: ProcessStack, router: httpx2.AsyncClient, provider: Provider
) -> None:
    provider.answers_next(THROTTLED)
    answer = await router.post("/v1/messages", json=ASKED)
    assert (answer.status_code, answer.headers["x-fairlead-route"]) == (200, "p,sim-text")
    assert len(provider.requests("/v1/messages")) == 2

    provider.answers_next(THROTTLED)
    answer = await router.post("/v1/messages", json=ASKED)
    assert answer.status_code == 429
    assert 50 <= int(answer.headers["retry-after"]) <= 60
    assert len(provider.requests("/v1/messages")) == 3

    told = (await router.get("/api/providers")).text + (await router.get("/api/decisions")).text
    for key in KEYS.values():
        assert key not in told + stack.log("router") + stack.log("normalizer")


async def test_the_other_key_comes_before_another_provider(
    stack: ProcessStack, router: httpx2.AsyncClient, provider: Provider
) -> None:
    asked = {**ASKED, "thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}
    routes = []
    for _ in range(2):
        provider.answers_next(THROTTLED)
        answer = await router.post("/v1/messages", json=asked)
        assert answer.status_code == 200
        routes.append(answer.headers["x-fairlead-route"])
    assert routes == ["p,sim-text", "q,sim-text"]
    assert len(provider.requests("/v1/messages")) == 4

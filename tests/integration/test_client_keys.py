"""A restricted client key, with one file for both services: each holds it to its models, and the router's own opens the
normalizer."""

import httpx2
import pytest

from .provider import Provider
from .stack import LAPTOP_KEY, Stack

PROMPT = [{"role": "user", "content": "hello"}]


@pytest.fixture(params=["router", "normalizer"])
def url(request: pytest.FixtureRequest, stack: Stack) -> str:
    told: str = getattr(stack, request.param)
    return told


def ask(url: str, model: str) -> httpx2.Response:
    body = {"model": model, "max_tokens": 100, "messages": PROMPT}
    return httpx2.post(f"{url}/v1/messages", json=body, headers={"x-api-key": LAPTOP_KEY}, trust_env=False)


def test_it_opens_its_models_and_no_others(url: str, provider: Provider) -> None:
    assert ask(url, "chat,gpt-main").status_code == 200
    refused = ask(url, "native,claude-main")
    assert refused.status_code == 403
    assert refused.json()["error"]["message"].startswith("the client key laptop may not use native,claude-main")


def test_it_sees_its_models_and_no_others(url: str, provider: Provider) -> None:
    listed = httpx2.get(f"{url}/v1/models", headers={"x-api-key": LAPTOP_KEY}, trust_env=False).json()
    assert {model["provider"] for model in listed["data"]} == {"chat"}

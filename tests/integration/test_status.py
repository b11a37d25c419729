"""What both services say about themselves, to anybody."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from .stack import Stack

SERVICES = pytest.mark.parametrize("service", ["router", "normalizer"])


@pytest.fixture
async def stranger() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


@SERVICES
async def test_health_and_readiness_need_no_key(stack: Stack, stranger: httpx2.AsyncClient, service: str) -> None:
    base = getattr(stack, service)
    health = await stranger.get(f"{base}/health")
    # "degraded": a provider has refused its key in another test, and that is told.
    assert (health.status_code, health.json()["status"] in {"ok", "degraded"}) == (200, True)
    ready = await stranger.get(f"{base}/ready")
    assert (ready.status_code, ready.json()["status"], ready.json()["missing"]) == (200, "ready", [])


@SERVICES
@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/metrics"])
async def test_a_head_request_has_the_status_and_no_body(
    stack: Stack, stranger: httpx2.AsyncClient, service: str, path: str
) -> None:
    response = await stranger.head(getattr(stack, service) + path)
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("path", ["/", "/api/hello", "/profile/x/api/hello"])
async def test_claude_code_finds_somebody_at_home(stack: Stack, stranger: httpx2.AsyncClient, path: str) -> None:
    """Its first request, without a key; a base URL may have a path."""
    response = await stranger.head(stack.router + path)
    assert (response.status_code, response.content) == (200, b"")


@SERVICES
async def test_figures_are_told_in_prometheus_words(
    stack: Stack, router: httpx2.AsyncClient, stranger: httpx2.AsyncClient, service: str
) -> None:
    body = {"model": "native,sim-text", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}
    assert (await router.post("/v1/messages", json=body)).status_code == 200
    response = await stranger.get(f"{getattr(stack, service)}/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = response.text.splitlines()
    counted = [line for line in lines if re.match(r"fairlead_\w*requests_total{", line)]
    assert counted
    assert sum(float(line.rpartition(" ")[2]) for line in counted) >= 1
    assert all(f"# TYPE {line.partition('{')[0]} counter" in lines for line in counted)

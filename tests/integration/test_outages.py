"""Parts that stop and come back: what is running is finished, what cannot be done is told, and nothing needs a hand."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from .provider import Provider
from .stack import Service, Stack
from .surfaces import ANSWERS, CHAT, ROUTER, Surface, refusal
from .wire import connected, events, request

AWAY = (502, 504)
"""Who is away refuses a connection, has lost his name, or is silent: that depends on what is between."""
RETURNS_WITHIN = 60.0
"""Seconds after which a part that is back must be seen to be."""


def told(response: httpx2.Response) -> dict[str, Any]:
    """The error that a response is, or that its stream has come to after a sign of life."""
    if response.status_code != 200:
        return refusal(response, "anthropic", *AWAY)
    last = response.text.strip().rpartition("data: ")[2]
    error: dict[str, Any] = json.loads(last)["error"]
    return error


@contextmanager
def without(stack: Stack, service: Service) -> Iterator[None]:
    """The stack with one part stopped; it is back afterwards."""
    assert stack.stop(service) == 0
    try:
        yield
    finally:
        stack.start(service)


async def until_answered(client: httpx2.AsyncClient, model: str) -> None:
    """Returns when a message is answered; what comes before that must be a refusal in the client's dialect."""
    deadline = time.monotonic() + RETURNS_WITHIN
    while (answer := await client.post("/v1/messages", json=ROUTER.body(model))).status_code != 200:
        assert answer.json()["type"] == "error"
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(("model", "streamed"), [("native,sim-text", False), ("chat,sim-text", True)], ids=str)
async def test_without_its_normalizer_the_router_says_what_is_missing_until_it_is_back(
    stack: Stack, router: httpx2.AsyncClient, provider: Provider, model: str, streamed: bool
) -> None:
    with without(stack, "normalizer"):
        response = await router.post("/v1/messages", json=ROUTER.body(model, stream=streamed))
        assert "normalizer" in told(response)["message"]
        ready = await router.get("/ready")
        assert ready.status_code == 503
        assert "normalizer" in ready.json()["missing"][0]
        assert (await router.get("/health")).status_code == 200
        listed = await router.get("/v1/models")
        assert "native,claude-main" in [each["id"] for each in listed.json()["data"]]
        counted = await router.post("/v1/messages/count_tokens", json=ROUTER.body(model))
        assert counted.json()["input_tokens"] > 0
    await until_answered(router, model)
    assert (await router.get("/ready")).status_code == 200


async def test_a_stream_whose_normalizer_stops_is_finished_first(
    stack: Stack, provider: Provider, router: httpx2.AsyncClient
) -> None:
    await finished_while_stopping(stack, ROUTER, "normalizer", "chat")
    await until_answered(router, "chat,sim-text")


@pytest.mark.parametrize("surface", ANSWERS, ids=str)
async def test_a_service_that_is_told_to_stop_finishes_its_streams_and_takes_nothing_new(
    stack: Stack, provider: Provider, surface: Surface
) -> None:
    await finished_while_stopping(stack, surface, surface.service, "native")


async def finished_while_stopping(stack: Stack, surface: Surface, service: Service, lane: str) -> None:
    """A stream that runs while a service stops comes to its proper end, and meanwhile nobody else is served."""
    body = surface.body(f"{lane},sim-text!chunks=40,size=10,gap=0.05", stream=True)
    async with connected(surface.url(stack)) as connection:
        await connection.write(request(surface, body))
        assert (await connection.read_head()).status == 200
        chunks = connection.read_chunks()
        said = await anext(chunks)
        stopping = asyncio.create_task(asyncio.to_thread(stack.stop, service))
        try:
            if service == surface.service:
                await until_refused(getattr(stack, service))
            said += b"".join([chunk async for chunk in chunks])
        finally:
            code = await stopping
            await asyncio.to_thread(stack.start, service)

    async def whole() -> AsyncIterator[bytes]:
        yield said

    last = [event async for event in events(whole())][-1]
    assert last.data == "[DONE]" if surface is CHAT else last.name == "message_stop"
    assert sum(b"delta" in line for line in said.splitlines()) >= 40
    assert code == 0


async def until_refused(url: str) -> None:
    """Returns when new connections are not served any more."""
    deadline = time.monotonic() + RETURNS_WITHIN
    while True:
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
                await client.get(f"{url}/health")
        except httpx2.TransportError:
            return
        assert time.monotonic() < deadline, "new connections are still served"
        await asyncio.sleep(0.02)


async def test_a_provider_that_is_away_is_told_until_it_is_back(
    stack: Stack, router: httpx2.AsyncClient, provider: Provider
) -> None:
    with without(stack, "simulator"):
        for model in ("native,sim-text", "chat,sim-text"):
            response = await router.post("/v1/messages", json=ROUTER.body(model))
            refusal(response, "anthropic", *AWAY)
        assert (await router.get("/ready")).status_code == 200
    await until_answered(router, "native,sim-text")
    await until_answered(router, "chat,sim-text")


async def test_a_router_that_comes_back_serves_at_once(
    stack: Stack, router: httpx2.AsyncClient, provider: Provider
) -> None:
    with without(stack, "router"):
        pass
    await until_answered(router, "native,sim-text")

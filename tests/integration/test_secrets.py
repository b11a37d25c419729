"""What is secret stays where it belongs: in no log, no error, no figure, and with nobody it is not meant for."""

import hashlib
import json

import httpx2
import pytest

from .provider import Provider
from .stack import CLIENT_KEY, PROVIDER_KEY, SECRETS, SERVICES, Service, Stack, logged
from .surfaces import ANSWERS, Surface

WRONG_KEY = "canary-wrong-key-77aa"
PROMPT = "canary-prompt-c0ffee"
ANSWER = "canary-answer-decade"
REPEATED = f"Incorrect API key provided: {PROVIDER_KEY}. See your account."


@pytest.mark.parametrize("surface", ANSWERS, ids=str)
@pytest.mark.parametrize("lane", ["native", "chat"])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
async def test_neither_keys_nor_conversations_stand_in_a_log(
    stack: Stack, provider: Provider, surface: Surface, lane: str, streamed: bool
) -> None:
    body = surface.body(
        f"{lane},sim-text", stream=streamed, messages=[{"role": "user", "content": f"My secret is {PROMPT}."}]
    )
    error = {"type": "error", "error": {"type": "authentication_error", "message": REPEATED}}
    async with httpx2.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {CLIENT_KEY}"}) as client:
        url = surface.url(stack)
        assert (await client.post(url, json=body)).status_code == 200
        assert (await client.post(url, json=body, headers={"authorization": WRONG_KEY})).status_code == 401
        assert (
            await client.post(f"{url}?api_key={CLIENT_KEY}", json={"model": "m", "messages": 5, "x": PROMPT})
        ).is_error
        provider.answers_next({"status": 401, "body": error}, {"status": 200, "body": {"content": ANSWER}})
        refused = await client.post(url, json=body)
        assert refused.status_code == 401
        assert PROVIDER_KEY not in refused.text
        await client.post(url, json=body)
        figures = [(await client.get(f"{base}/metrics")).text for base in (stack.router, stack.normalizer)]
    for service in SERVICES:
        log = stack.log(service)
        assert log
        for secret in (*SECRETS, WRONG_KEY, PROMPT, ANSWER):
            assert secret not in log, f"{secret} stands in the log of the {service}"
            assert all(secret not in each for each in figures)


async def test_the_clients_key_goes_no_further_than_the_services(
    stack: Stack, provider: Provider, router: httpx2.AsyncClient
) -> None:
    for model in ("native,sim-text", "chat,sim-text", "own,claude-own", "refused,claude-refused"):
        body = {"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
        await router.post("/v1/messages", json=body, headers={"authorization": f"Bearer {CLIENT_KEY}"})

    shown = hashlib.sha256(CLIENT_KEY.encode()).hexdigest()[:16]
    assert len(provider.requests()) >= 3
    assert shown not in json.dumps(provider.requests())


async def test_nothing_of_ours_is_told_to_the_provider(
    stack: Stack, provider: Provider, router: httpx2.AsyncClient
) -> None:
    body = {"model": "native,sim-text", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    await router.post("/v1/messages", json=body, headers={"cookie": "a=b", "x-forwarded-for": "10.0.0.1"})
    [sent] = provider.requests()
    names = {name.lower() for name, _ in sent["headers"]}
    assert not [name for name in names if name.startswith(("x-fairlead", "x-forwarded", "cookie", "traceparent"))]


async def test_a_log_has_one_line_of_json_for_each_request(
    stack: Stack, provider: Provider, router: httpx2.AsyncClient
) -> None:
    body = {"model": "chat,sim-text", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    response = await router.post("/v1/messages", json=body, headers={"x-request-id": "req_of_this_test"})
    assert response.headers["request-id"] == "req_of_this_test"
    services: tuple[Service, ...] = ("router", "normalizer")
    for service in services:
        assert len(logged(stack, service, "req_of_this_test")) == 1

"""Whatever is wrong with a request, its client reads the reason in its own dialect, and no provider is asked."""

import json
from typing import Any

import httpx2
import pytest

from .provider import Provider
from .stack import Stack
from .surfaces import ANSWERS, CHAT, COUNTS, KEYED, NORMALIZER, Surface, refusal

EVERYWHERE = pytest.mark.parametrize("surface", [*ANSWERS, *COUNTS], ids=str)
BODY_LIMIT = 2_000_000
HEADER_LIMIT = 16_384


@pytest.fixture
async def client() -> Any:
    async with httpx2.AsyncClient(headers=KEYED, trust_env=False, timeout=30) as made:
        yield made


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "half an object": b'{"model": "native,sim-text", "messages": [',
    "a list": b"[]",
    "text": b'"hello"',
    "null": b"null",
    "two values": b"{} {}",
    "no UTF-8": b'{"model": "\xff\xfe", "messages": [{"role": "user", "content": "hi"}]}',
    "half an emoji": rb'{"model": "native,sim-text", "messages": [{"role": "user", "content": "\ud83d"}]}',
    "nested too deep": b'{"model": "m", "messages": ' + b"[" * 500 + b"]" * 500 + b"}",
    "form data": b"model=native&messages=hi",
}


@EVERYWHERE
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_a_body_that_is_no_request_is_refused(
    stack: Stack, provider: Provider, client: httpx2.AsyncClient, surface: Surface, body: bytes
) -> None:
    refusal(await client.post(surface.url(stack), content=body), surface.dialect, 400)
    assert provider.requests() == []


WRONG: dict[str, dict[str, Any]] = {
    "a model that is a number": {"model": 5},
    "a model that is null": {"model": None},
    "messages that are text": {"messages": "hi"},
    "messages that are no objects": {"messages": ["hi"]},
    "a message without a role": {"messages": [{"content": "hi"}]},
}


@EVERYWHERE
@pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("provider_name", ["native", "chat"])
async def test_a_field_of_a_wrong_type_is_named(
    stack: Stack, client: httpx2.AsyncClient, surface: Surface, fault: dict[str, Any], provider_name: str
) -> None:
    response = await client.post(surface.url(stack), json=surface.body(f"{provider_name},sim-text", **fault))
    error = refusal(response, surface.dialect, 400)
    assert next(iter(fault)) in error["message"]


@EVERYWHERE
@pytest.mark.parametrize("missing", ["model", "messages"])
async def test_a_field_that_is_missing_is_named(
    stack: Stack, client: httpx2.AsyncClient, surface: Surface, missing: str
) -> None:
    body = surface.body("native,sim-text")
    del body[missing]
    error = refusal(await client.post(surface.url(stack), json=body), surface.dialect, 400)
    assert missing in error["message"]


@pytest.mark.parametrize("surface", ANSWERS, ids=str)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
async def test_what_only_the_provider_knows_to_be_wrong_is_passed_on(
    stack: Stack, provider: Provider, client: httpx2.AsyncClient, surface: Surface, streamed: bool
) -> None:
    error = {"type": "invalid_request_error", "message": "messages.0: only the provider knows why"}
    provider.answers_next({"status": 400, "body": json.dumps({"type": "error", "error": error})})
    body = surface.body("native,sim-text", stream=streamed)
    told = refusal(await client.post(surface.url(stack), json=body), surface.dialect, 400)
    assert told["message"] == error["message"]


@pytest.mark.parametrize("surface", ANSWERS, ids=str)
async def test_a_provider_nobody_knows_is_not_found(
    stack: Stack, provider: Provider, client: httpx2.AsyncClient, surface: Surface
) -> None:
    error = refusal(await client.post(surface.url(stack), json=surface.body("nobody,m")), surface.dialect, 404)
    assert "nobody,m" in error["message"]
    assert provider.requests() == []


@pytest.mark.parametrize("surface", [NORMALIZER, CHAT], ids=str)
async def test_a_model_nobody_serves_is_not_found(
    stack: Stack, provider: Provider, client: httpx2.AsyncClient, surface: Surface
) -> None:
    error = refusal(await client.post(surface.url(stack), json=surface.body("gpt-mainn")), surface.dialect, 404)
    assert "gpt-main?" in error["message"]
    assert provider.requests() == []


@EVERYWHERE
@pytest.mark.parametrize(
    "headers",
    [{}, {"x-api-key": "wrong"}, {"authorization": "Bearer wrong"}, {"authorization": "Basic wrong"}],
    ids=["no-key", "wrong-key", "wrong-bearer", "basic"],
)
async def test_without_the_key_nobody_is_let_in(
    stack: Stack, provider: Provider, surface: Surface, headers: dict[str, str]
) -> None:
    async with httpx2.AsyncClient(trust_env=False) as stranger:
        response = await stranger.post(surface.url(stack), headers=headers, json=surface.body("native,sim-text"))
    error = refusal(response, surface.dialect, 401)
    assert "key" in error["message"]
    assert response.headers["x-should-retry"] == "false"
    assert provider.requests() == []


@pytest.mark.parametrize("service", ["router", "normalizer"])
async def test_the_list_of_models_wants_the_key_too(stack: Stack, service: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as stranger:
        response = await stranger.get(f"{getattr(stack, service)}/v1/models", headers={"anthropic-version": "x"})
    refusal(response, "anthropic", 401)


@pytest.mark.parametrize("surface", ANSWERS, ids=str)
@pytest.mark.parametrize("header", ["x-api-key", "authorization"])
async def test_the_key_may_come_in_either_header(stack: Stack, surface: Surface, header: str) -> None:
    key = KEYED["x-api-key"]
    headers = {header: f"Bearer {key}" if header == "authorization" else key}
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as known:
        response = await known.post(surface.url(stack), json=surface.body("native,sim-text"))
    assert response.status_code == 200


@EVERYWHERE
@pytest.mark.parametrize("announced", [True, False], ids=["with-length", "chunked"])
async def test_a_body_that_is_too_large_is_refused(
    stack: Stack, provider: Provider, client: httpx2.AsyncClient, surface: Surface, announced: bool
) -> None:
    part = b'{"model": "native,sim-text", "messages": [{"role": "user", "content": "' + b"x" * BODY_LIMIT

    async def in_parts() -> Any:
        for start in range(0, len(part), 500_000):
            yield part[start : start + 500_000]

    response = await client.post(surface.url(stack), content=part if announced else in_parts())
    error = refusal(response, surface.dialect, 413)
    assert str(BODY_LIMIT) in error["message"]
    assert provider.requests() == []


@pytest.mark.parametrize("surface", ANSWERS, ids=str)
async def test_a_large_body_within_the_limit_is_answered(
    stack: Stack, provider: Provider, client: httpx2.AsyncClient, surface: Surface
) -> None:
    text = "words and more words " * (BODY_LIMIT // 25)
    body = surface.body("native,sim-text", messages=[{"role": "user", "content": text}])
    response = await client.post(surface.url(stack), json=body)
    assert response.status_code == 200
    assert text in provider.requests()[0]["body"]


@pytest.mark.parametrize("surface", ANSWERS, ids=str)
async def test_headers_that_are_too_large_are_refused(
    stack: Stack, provider: Provider, client: httpx2.AsyncClient, surface: Surface
) -> None:
    headers = {"x-large": "x" * HEADER_LIMIT}
    response = await client.post(surface.url(stack), headers=headers, json=surface.body("native,sim-text"))
    assert response.status_code == 431
    error = response.json()["error"]
    assert str(HEADER_LIMIT) in error["message"]
    assert provider.requests() == []


@pytest.mark.parametrize(
    ("service", "path", "dialect"),
    [
        ("router", "/v1/message", "anthropic"),
        ("router", "/v2/messages", "anthropic"),
        ("router", "/.env", "anthropic"),
        ("router", "/v1/messages/../../etc/passwd", "anthropic"),
        ("normalizer", "/v1/messages/batches", "anthropic"),
        ("normalizer", "/v1/chat/completion", "openai"),
        ("normalizer", "/nothing", "openai"),
    ],
)
async def test_a_path_nobody_serves_is_not_found(
    stack: Stack, client: httpx2.AsyncClient, service: str, path: str, dialect: str
) -> None:
    refusal(await client.post(getattr(stack, service) + path, json={}), dialect, 404)


@EVERYWHERE
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_a_method_a_path_does_not_take_is_refused(
    stack: Stack, client: httpx2.AsyncClient, surface: Surface, method: str
) -> None:
    response = await client.request(method, surface.url(stack))
    refusal(response, surface.dialect, 405)
    assert response.headers["allow"] == "POST"

"""A droid2api user's file, as it stands, before a proxy that is as particular as Factory's."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from fairlead.simulator import Canned, Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, body, events, text_of, text_of_stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESPONSES, GENERATE = "/v1/responses", "/v1/generate"
IDENTITY = "You are Droid, an AI software engineering agent built by Factory.\n\n"
FILE = """{{
  "port": 3000,
  "model_redirects": {{
    "claude-3-5-haiku-20241022": "claude-haiku-4-5-20251001",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929"
  }},
  "{endpoint}": [
    {{"name": "openai", "base_url": "{url}/api/llm/o/v1/responses"}},
    {{"name": "anthropic", "base_url": "{url}/api/llm/a/v1/messages"}},
    {{"name": "google", "base_url": "{url}/api/llm/g/v1/generate"}},
    {{"name": "common", "base_url": "{url}/api/llm/o/v1/chat/completions"}}
  ],
  "proxies": [],
  "models": [
    {{"name": "Opus", "id": "claude-opus-4-6", "type": "anthropic", "reasoning": "auto", "provider": "anthropic"}},
    {{"name": "Opus Fast", "id": "claude-opus-4-6-fast", "type": "anthropic", "reasoning": "auto", "provider": "anthropic", "fast": true}},
    {{"name": "Haiku", "id": "claude-haiku-4-5-20251001", "type": "anthropic", "reasoning": "auto", "provider": "anthropic"}},
    {{"name": "Sonnet", "id": "claude-sonnet-4-5-20250929", "type": "anthropic", "reasoning": "auto", "provider": "anthropic"}},
    {{"name": "GPT", "id": "gpt-5.4", "type": "openai", "reasoning": "auto", "provider": "openai"}},
    {{"name": "GPT Fast", "id": "gpt-5.4-fast", "type": "openai", "reasoning": "auto", "provider": "azure_openai", "fast": true}},
    {{"name": "GLM", "id": "glm-5", "type": "common", "reasoning": "off", "provider": "fireworks"}},
    {{"name": "Kimi", "id": "kimi-k2.5", "type": "common", "reasoning": "off"}},
    {{"name": "MiniMax", "id": "minimax-m2.5", "type": "anthropic", "reasoning": "off", "provider": "fireworks"}},
    {{"name": "Flash", "id": "gemini-3-flash-preview", "type": "google", "reasoning": "auto", "provider": "google"}}
  ],
  "system_prompt": "You are Droid, an AI software engineering agent built by Factory.\\n\\n",
  "user_agent": "factory-cli/0.85.0",
  "dev_mode": false
}}"""
MODELS = {
    "claude-opus-4-6": "/api/llm/a/v1/messages",
    "gpt-5.4": "/api/llm/o/v1/responses",
    "glm-5": "/api/llm/o/v1/chat/completions",
    "gemini-3-flash-preview": "/api/llm/g/v1/generate",
}
SPOKEN = {"x-simulator": "sim-text"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["endpoint", "endpoints"])
async def client(running_simulator: Simulator, request: pytest.FixtureRequest) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(FILE.format(url=running_simulator.url, endpoint=request.param)) as client:
        client.headers["authorization"] = f"Bearer {CANARY}"
        yield client


def asked(path: str, model: str, *, stream: bool = False) -> dict[str, Any]:
    if path == RESPONSES:
        return {"model": model, "input": "hi", "stream": stream}
    if path == GENERATE:
        return {"model": model, "contents": [{"role": "user", "parts": [{"text": "hi"}]}], "stream": stream}
    return body(model, stream=stream)


def said(path: str, response: httpx2.Response, *, stream: bool) -> str:
    """The text of an answer in the dialect of a path."""
    if path in (CHAT, MESSAGES):
        return text_of_stream(path, response.text) if stream else text_of(path, response.json())
    if path == GENERATE:
        pieces = events(response.text) if stream else [response.json()]
        return "".join(
            part["text"] for one in pieces for part in one["candidates"][0].get("content", {}).get("parts", ())
        )
    if stream:
        return "".join(event["delta"] for event in events(response.text) if event["type"].endswith("output_text.delta"))
    return "".join(part["text"] for item in response.json()["output"] for part in item.get("content", ()))


def arrived(simulator: Simulator) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(simulator.requests[-1].body)
    return found


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("model", "target"), MODELS.items())
@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES, GENERATE])
async def test_every_kind_of_model_answers_on_every_route(
    client: httpx2.AsyncClient, simulator: Simulator, path: str, model: str, target: str, stream: bool
) -> None:
    response = await client.post(path, json=asked(path, model, stream=stream))
    assert response.status_code == 200, response.text
    assert said(path, response, stream=stream)
    assert simulator.requests[-1].target == target


async def test_an_official_clients_headers_are_made_of_the_configured_ones(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    await client.post(MESSAGES, json=asked(MESSAGES, "claude-opus-4-6"), headers={"x-session-id": "abc"})
    [record] = simulator.requests
    names = (
        "user-agent",
        "x-factory-client",
        "x-client-version",
        "x-session-id",
        "x-api-provider",
        "anthropic-version",
    )
    assert [record.header(name) for name in names] == [
        *("factory-cli/0.85.0", "cli", "0.85.0", "abc", "anthropic", "2023-06-01")
    ]


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-5.4-fast", "azure_openai"),
        ("minimax-m2.5", "fireworks"),
        ("kimi-k2.5", "fireworks"),
        ("gemini-3-flash-preview", "google"),
    ],
)
async def test_a_model_is_served_by_its_provider_or_else_by_that_of_its_type(
    client: httpx2.AsyncClient, simulator: Simulator, model: str, provider: str
) -> None:
    await client.post(CHAT, json=asked(CHAT, model))
    assert simulator.requests[-1].header("x-api-provider") == provider


async def test_the_turns_of_a_conversation_are_one_session_and_each_answer_its_own(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    first = asked(CHAT, "gpt-5.4")
    more = [*first["messages"], {"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}]
    for turn in (first, {**first, "messages": more}):
        await client.post(CHAT, json=turn)
    sessions = [record.header("x-session-id") for record in simulator.requests]
    messages = [record.header("x-assistant-message-id") for record in simulator.requests]
    assert (len(set(sessions)), len(set(messages))) == (1, 2)


async def test_a_repeated_attempt_is_the_same_answer(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(Canned(status=429, body=b"{}"))
    response = await client.post(MESSAGES, json=asked(MESSAGES, "claude-opus-4-6"))
    assert response.status_code == 200
    [refused, answered] = simulator.requests
    assert refused.body == answered.body
    for name in ("x-session-id", "x-assistant-message-id"):
        assert refused.header(name) == answered.header(name)


async def test_a_bodys_own_bytes_stay_and_the_words_are_put_before_its_prompt(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    sent = (
        b'{"model":"claude-opus-4-6", "max_tokens":50,\n "system":[ {"type":"text","text":"You are Claude Code.",'
        b'"cache_control":{"type":"ephemeral"}}], "messages":[{"role":"user","content":"h\\u00e9"}],"x":1.50e1}'
    )
    await client.post(MESSAGES, content=sent, headers={"content-type": "application/json"})
    words = json.dumps(IDENTITY).encode()
    arriving = sent.replace(b'"system":[', b'"system":[{"type":"text","text":' + words + b"},")
    assert simulator.requests[-1].body == arriving


async def test_a_client_that_has_the_words_already_keeps_every_byte(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    sent = b'{"model":"gpt-5.4", "instructions":"%s And more.","input":"hi"}' % IDENTITY.strip().encode()
    await client.post(RESPONSES, content=sent, headers={"content-type": "application/json"})
    assert simulator.requests[-1].body == sent


@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES])
async def test_fast_models_are_asked_for_at_the_quicker_tier(
    client: httpx2.AsyncClient, simulator: Simulator, path: str
) -> None:
    await client.post(path, json=asked(path, "gpt-5.4-fast"))
    assert arrived(simulator)["service_tier"] == "priority"
    await client.post(path, json=asked(path, "claude-opus-4-6-fast"), headers={"anthropic-beta": "one-2025-01-01"})
    assert arrived(simulator)["speed"] == "fast"
    assert (simulator.requests[-1].header("anthropic-beta") or "").endswith("fast-mode-2026-02-01")
    await client.post(path, json=asked(path, "claude-opus-4-6"))
    assert "speed" not in arrived(simulator)
    assert simulator.requests[-1].header("anthropic-beta") is None


@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES, GENERATE])
async def test_a_redirected_model_is_asked_for_by_its_own_name(
    client: httpx2.AsyncClient, simulator: Simulator, path: str
) -> None:
    response = await client.post(path, json=asked(path, "claude-3-5-haiku-20241022"))
    assert response.status_code == 200
    assert arrived(simulator)["model"] == "claude-haiku-4-5-20251001"


async def test_generate_keeps_a_geminis_clients_bytes(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    sent = (
        b'{"model":"gemini-3-flash-preview","contents":[ {"role":"user","parts":[{"text":"hi"}]}],'
        b'"systemInstruction":{"parts":[{"text":"%s"}]},"generationConfig":{"temperature":1.0}}'
        % IDENTITY.strip().encode()
    )
    await client.post(GENERATE, content=sent, headers={"content-type": "application/json"})
    name, rest = b'"model":"gemini-3-flash-preview"', simulator.requests[-1].body
    assert rest == sent.replace(name + b",", b"").removesuffix(b"}") + b"," + name + b"}"


async def test_tokens_are_counted_here_though_factory_does_not(client: httpx2.AsyncClient) -> None:
    response = await client.post(f"{MESSAGES}/count_tokens", json=asked(MESSAGES, "claude-opus-4-6"))
    assert response.status_code == 200
    assert response.json()["input_tokens"] > 0


async def test_every_model_and_every_redirect_is_listed(client: httpx2.AsyncClient) -> None:
    listed = {model["id"]: model for model in (await client.get("/v1/models")).json()["data"]}
    assert {*MODELS, "claude-3-5-haiku-20241022", "claude-sonnet-4-5"} <= set(listed)
    assert len(listed) == 12


@pytest.mark.parametrize(
    ("status", "headers", "told"), [(402, (), 402), (403, (), 403), (403, (("retry-after", "7"),), 429)]
)
@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES, GENERATE])
async def test_a_refusal_of_factorys_is_told_honestly_in_the_clients_dialect(
    client: httpx2.AsyncClient,
    simulator: Simulator,
    path: str,
    status: int,
    headers: tuple[tuple[str, str], ...],
    told: int,
) -> None:
    problem = json.dumps({"detail": "Not for you", "status": status, "title": "No", "requestId": "r"}).encode()
    for _ in range(5):
        simulator.enqueue(Canned(status=status, headers=headers, body=problem))
    response = await client.post(path, json=asked(path, "gpt-5.4"), headers={"x-fairlead-retry": "none"})
    # OpenAI's own clients know an empty purse by this status.
    assert response.status_code == (429 if told == 402 and path in (CHAT, RESPONSES) else told)
    assert "Not for you" in response.json()["error"]["message"]
    assert response.headers.get("retry-after") == dict(headers).get("retry-after")

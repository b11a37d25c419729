"""Tokens are counted by the provider where it can, and here where it cannot."""

from typing import Any

import httpx2
import pytest

from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..talk import PROMPT, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_provider_that_counts_is_asked(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    response = await client.post(
        "/v1/messages/count_tokens?beta=true", json={"model": "ant,sim-text", "messages": PROMPT}
    )
    assert response.status_code == 200
    assert response.json()["input_tokens"] > 0
    assert simulator.requests[0].target == "/v1/messages/count_tokens"


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_where_the_provider_cannot_count_we_do(
    status: int, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    counted = {
        model: await client.post(
            "/v1/messages/count_tokens",
            json={"model": model, "messages": [{"role": "user", "content": "hello world " * 50}], "tools": []},
        )
        for model in ("oai,sim-text", f"ant,sim-text!status={status}")
    }
    assert [response.status_code for response in counted.values()] == [200, 200]
    assert [response.json() for response in counted.values()] == [{"input_tokens": 104}] * 2
    assert [record.target for record in simulator.requests] == ["/v1/messages/count_tokens"]


@pytest.mark.parametrize(
    ("request_body", "status"),
    [
        ({"model": "ant,sim-text!status=429", "messages": PROMPT}, 429),
        ({"model": "oai,sim-text"}, 400),
        ({"model": "nothing", "messages": PROMPT}, 404),
    ],
)
async def test_what_cannot_be_counted_is_refused(
    request_body: dict[str, Any], status: int, client: httpx2.AsyncClient
) -> None:
    response = await client.post("/v1/messages/count_tokens", json=request_body)
    assert response.status_code == status
    assert told(response)[0] == "anthropic"


EVERY = """{{Providers: [
  {{name: "anthropic", type: "anthropic", api_base_url: "{url}/v1/messages", api_key: "{key}", models: ["sim-text"]}},
  {{name: "responses", api_base_url: "{url}/v1/responses", api_key: "{key}", models: ["sim-text"]}},
  {{name: "gemini", api_base_url: "{url}/v1beta/models/", api_key: "{key}", models: ["sim-text"]}},
  {{name: "chat", api_base_url: "{url}/v1/chat/completions", api_key: "{key}", models: ["sim-text"]}},
]}}"""
WORDS = "hello world, how are you today? " * 20
COUNTED_AT = {
    "anthropic": "/v1/messages/count_tokens",
    "responses": "/v1/responses/input_tokens",
    "gemini": "/v1beta/models/sim-text:countTokens",
    "chat": None,
}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


async def counted(client: httpx2.AsyncClient, dialect: str, model: str) -> int:
    """Asks for a count as a client of that dialect would."""
    if dialect == "anthropic":
        body: dict[str, Any] = {
            "model": model,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": WORDS}],
            "tools": [{"name": "weather", "description": "Tells it.", "input_schema": SCHEMA}],
        }
        response = await client.post("/v1/messages/count_tokens", json=body)
    elif dialect == "responses":
        body = {
            "model": model,
            "instructions": "Be brief.",
            "input": [{"role": "user", "content": WORDS}],
            "tools": [{"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}],
        }
        response = await client.post("/v1/responses/input_tokens", json=body)
    else:
        request = {
            "model": f"models/{model}",
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [{"role": "user", "parts": [{"text": WORDS}]}],
            "tools": [{"functionDeclarations": [{"name": "weather", "parameters": SCHEMA}]}],
        }
        response = await client.post(f"/v1beta/models/{model}:countTokens", json={"generateContentRequest": request})
    assert response.status_code == 200, response.text
    told = response.json()
    number = told["totalTokens"] if dialect == "gemini" else told["input_tokens"]
    assert isinstance(number, int)
    return number


@pytest.mark.parametrize("provider", COUNTED_AT)
@pytest.mark.parametrize("dialect", ["anthropic", "responses", "gemini"])
async def test_a_client_of_any_dialect_gets_the_count_of_a_provider_of_any(
    dialect: str, provider: str, simulator: Simulator
) -> None:
    async with normalizer(EVERY.format(url=simulator.url, key=CANARY)) as client:
        tokens = await counted(client, dialect, f"{provider},sim-text")
    assert 100 < tokens < 400
    at = COUNTED_AT[provider]
    assert [record.target for record in simulator.requests] == ([at] if at else [])


@pytest.mark.parametrize("status", [400, 404, 429, 500])
async def test_where_a_provider_of_another_dialect_does_not_tell_we_count(status: int, simulator: Simulator) -> None:
    async with normalizer(EVERY.format(url=simulator.url, key=CANARY)) as client:
        ours = await counted(client, "anthropic", "chat,sim-text")
        assert await counted(client, "anthropic", f"gemini,sim-text!status={status}") == pytest.approx(ours, rel=0.1)
    assert len(simulator.requests) == 1


async def test_counts_of_a_provider_that_does_not_count_get_nearer_to_what_it_reads(simulator: Simulator) -> None:
    """The simulator reads about a token for each four bytes, which is more than our vocabulary makes of spaces."""
    words = "a  b  " * 400
    asked = {"model": "chat,sim-text", "messages": [{"role": "user", "content": words}]}
    async with normalizer(EVERY.format(url=simulator.url, key=CANARY)) as client:

        async def count() -> int:
            return (await client.post("/v1/messages/count_tokens", json=asked)).json()["input_tokens"]

        before = await count()
        for _ in range(8):
            answer = await client.post("/v1/chat/completions", json=asked)
            read = answer.json()["usage"]["prompt_tokens"]
            await count()  # a count waits for the thread that the last answer was counted in
        after = await count()
    assert abs(before - read) > 0.2 * read
    assert abs(after - read) < 0.5 * abs(before - read)

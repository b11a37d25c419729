"""The list of models over HTTP, with what providers list themselves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import pytest_asyncio

from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{
  client_keys: [{{name: "main", key: "canary-main"}}, {{name: "laptop", key: "canary-laptop", models: ["some,*"]}}],
  Providers: [
    {{name: "some", api_base_url: "{url}/v1/chat/completions", api_key: "{key}", models: ["org/big:free", "gpt"],
      prices: {{gpt: {{input: 1, output: 2}}}}}},
    {{name: "all", api_base_url: "{url}/v1/chat/completions", api_key: "{key}"}},
    {{name: "more", type: "anthropic", api_base_url: "{url}", api_key: "{key}", models: ["*", "own"]}},
    {{name: "google", api_base_url: "{url}/v1beta/models/", api_key: "{key}", models: "*"}},
    {{name: "refused", api_base_url: "{url}/v1", api_key: "canary-of-a-wrong-key", models: []}},
    {{name: "down", api_base_url: "http://127.0.0.1:9/v1", models: []}},
    {{name: "own", type: "anthropic", api_base_url: "{url}/v1/messages", auth: "passthrough"}},
  ],
  normalizer: {{model_redirects: {{fast: "some,gpt"}}}},
}}"""
KEY = {"x-api-key": "canary-main"}


@pytest_asyncio.fixture(loop_scope="module")
async def client(simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        yield client


async def test_what_is_configured_and_what_providers_list_is_told_together(client: httpx2.AsyncClient) -> None:
    told = (await client.get("/v1/models?limit=1000", headers=KEY)).json()
    by_provider: dict[str, list[dict[str, Any]]] = {}
    for model in told["data"]:
        by_provider.setdefault(model["provider"], []).append(model)
    assert set(by_provider) == {"some", "all", "more", "google"}
    assert [model["id"] for model in by_provider["some"]] == ["some,org/big:free", "some,gpt", "fast"]
    assert by_provider["more"][0]["id"] == "more,own"
    listed = [model["id"].partition(",")[2] for model in by_provider["all"]]
    assert "simulated" in listed
    assert listed == [model["id"].partition(",")[2] for model in by_provider["more"]][1:]
    google = by_provider["google"][0]
    assert (google["context_window"], google["max_output_tokens"]) == (1_048_576, 65_536)
    assert google["capabilities"] == {"thinking": {"supported": True}}
    assert [google["input_price"], google["output_price"]] == [None, None]


async def test_a_listed_model_answers_under_its_bare_name_when_only_one_serves_it(client: httpx2.AsyncClient) -> None:
    await client.get("/v1/models", headers=KEY)
    asked = {"model": "google,sim-text", "messages": [{"role": "user", "content": "hi"}]}
    assert (await client.post("/v1/chat/completions", json=asked, headers=KEY)).status_code == 200
    several = await client.post("/v1/chat/completions", json=asked | {"model": "sim-text"}, headers=KEY)
    assert several.status_code == 400
    assert "all,sim-text, more,sim-text, google,sim-text" in several.json()["error"]["message"]


async def test_lists_that_cannot_be_had_are_told_to_the_log_once_and_without_a_word_of_the_providers(
    simulator: Simulator, logged: list[Any]
) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY)) as client:
        for _ in range(2):
            assert (await client.get("/v1/models", headers=KEY)).status_code == 200
    told = {line["provider"]: line.get("error") for line in logged if line["event"].startswith("models ")}
    assert told == {
        "all": None,
        "more": None,
        "google": None,
        "refused": "status 401",
        "down": "ConnectError",
        "own": "there is no credential but a client's",
    }
    assert len([line for line in logged if line["event"].startswith("models ")]) == len(told)
    assert "canary" not in repr(logged)


async def test_a_silent_provider_keeps_nobody_from_starting_and_leaving() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        async with normalizer(f'{{Providers: [{{name: "silent", api_base_url: "{url}"}}]}}') as client:
            assert (await client.get("/health")).status_code == 200
            listing = asyncio.create_task(client.get("/v1/models"))
            await asked.wait()
            listing.cancel()
        await left.wait()


async def test_a_bare_name_that_nobody_is_known_to_serve_is_looked_for_in_the_lists_of_all(
    simulator: Simulator,
) -> None:
    config = """{{Providers: [
      {{name: "all", api_base_url: "{url}/v1/chat/completions", api_key: "{key}"}},
      {{name: "other", api_base_url: "{url}/v1", api_key: "{key}", models: ["m"]}},
    ]}}"""
    asked = {"model": "sim-text", "messages": [{"role": "user", "content": "hi"}]}
    async with normalizer(config.format(url=simulator.url, key=CANARY)) as client:
        assert (await client.post("/v1/chat/completions", json=asked)).status_code == 200
        assert (await client.post("/v1/chat/completions", json=asked | {"model": "no-such"})).status_code == 404


async def test_a_model_is_told_by_its_id_whatever_is_in_it(client: httpx2.AsyncClient) -> None:
    for id in ("some,org/big:free", "some%2Corg%2Fbig%3Afree", "more,sim-text", "fast"):
        assert (await client.get(f"/v1/models/{id}", headers=KEY)).status_code == 200
    fast = (await client.get("/v1/models/fast", headers=KEY)).json()
    assert (fast["alias_of"], fast["input_price"], fast["output_price"]) == ("some,gpt", 1.0, 2.0)
    assert (await client.get("/v1/models/nothing", headers=KEY)).status_code == 404


@pytest.mark.parametrize("version", ["v1", "v1beta"])
async def test_a_model_in_the_path_is_asked_in_every_version_of_googles_api(
    client: httpx2.AsyncClient, version: str
) -> None:
    path = f"/{version}/models/{quote('some,org/big:free', safe='')}"
    asked = {"contents": [{"parts": [{"text": "hi"}]}]}
    whole = await client.post(f"{path}:generateContent", json=asked, headers=KEY)
    assert whole.json()["candidates"][0]["finishReason"] == "STOP"
    streamed = await client.post(f"{path}:streamGenerateContent?alt=sse", json=asked, headers=KEY)
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert (await client.post(f"{path}:countTokens", json=asked, headers=KEY)).json()["totalTokens"] > 0
    embedded = await client.post(f"{path}:embedContent", json=asked, headers=KEY)
    assert (embedded.status_code, embedded.json()["error"]["status"]) == (404, "NOT_FOUND")


async def test_a_restricted_key_sees_what_it_opens(client: httpx2.AsyncClient) -> None:
    key = {"authorization": "Bearer canary-laptop"}
    told = (await client.get("/v1/models", headers=key)).json()
    assert [model["id"] for model in told["data"]] == ["some,org/big:free", "some,gpt", "fast"]
    assert (await client.get("/v1/models/more,own", headers=key)).status_code == 404


async def test_the_list_is_told_in_pages_both_ways(client: httpx2.AsyncClient) -> None:
    async def page(query: str) -> dict[str, Any]:
        return (await client.get(f"/v1/models?{query}", headers=KEY)).json()

    whole = [model["id"] for model in (await page("limit=1000"))["data"]]
    paged: list[str] = []
    told = await page("limit=7")
    paged += [model["id"] for model in told["data"]]
    while told["has_more"]:
        told = await page(f"limit=7&after_id={quote(told['last_id'])}")
        paged += [model["id"] for model in told["data"]]
    assert len(whole) > 20
    assert paged == whole
    before = await page(f"limit=2&before_id={quote(whole[5])}")
    assert [model["id"] for model in before["data"]] == whole[3:5]
    assert (await client.get("/v1/models?limit=0", headers=KEY)).status_code == 400

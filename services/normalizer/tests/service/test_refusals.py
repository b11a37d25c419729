"""Every bad request is refused with the right status in the client's words."""

from typing import Any

import httpx2
import pytest

from fairlead.normalizer.app import World
from fairlead.simulator import Simulator

from ..conftest import CANARY, CONFIG, normalizer
from ..talk import CHAT, MESSAGES, body, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(("path", "dialect"), [(CHAT, "openai"), (MESSAGES, "anthropic")])
@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"[1]", 400, "must be a JSON object"),
        (b"{}", 400, "model: Field required"),
        (b'{"model":1}', 400, "model: "),
        (b'{"model":"nothing","messages":[]}', 404, "nothing is not served here"),
        (b'{"model":"ant,sim-text","stream":"x","max_tokens":1,"messages":[]}', 400, "stream"),
        (b'{"model":"sim-text","messages":[]}', 400, "several providers"),
        (b"[" * 100_000, 400, ""),
        (b'{"a":' + b"[" * 2_000 + b"]" * 2_000 + b"}", 400, "nested deeper"),
    ],
)
async def test_a_bad_request_is_refused_in_the_clients_words(
    path: str, dialect: str, content: bytes, status: int, words: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, content=content)
    assert response.status_code == status
    spoken, message = told(response)
    assert spoken == dialect
    assert words in message
    assert simulator.requests == []


@pytest.mark.parametrize(("path", "provider"), [(CHAT, "ant"), (MESSAGES, "oai")])
@pytest.mark.parametrize("messages", [7, [7], [{"role": "user"}], [{"role": "nobody", "content": "x"}]])
async def test_a_request_that_cannot_be_translated_is_refused(
    path: str, provider: str, messages: object, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text", messages=messages))
    assert response.status_code == 400
    assert "messages" in told(response)[1]
    assert simulator.requests == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "dialect"),
    [
        ("GET", "/v1/nothing", {}, 404, "openai"),
        ("GET", "/v1/nothing", {"anthropic-version": "2023-06-01"}, 404, "anthropic"),
        ("POST", "/v1/messages/nothing", {}, 404, "anthropic"),
        ("GET", CHAT, {}, 405, "openai"),
        ("PUT", MESSAGES, {}, 405, "anthropic"),
        ("GET", "/v1/messages/count_tokens", {}, 405, "anthropic"),
        ("POST", "/v1/models", {}, 405, "openai"),
        ("DELETE", "/health", {}, 405, "openai"),
        ("GET", "/v1/models/nothing", {"anthropic-version": "2023-06-01"}, 404, "anthropic"),
        ("GET", "/v1/models?limit=x", {}, 400, "openai"),
    ],
)
async def test_paths_and_methods_that_are_not_there(
    method: str, path: str, headers: dict[str, str], status: int, dialect: str, client: httpx2.AsyncClient
) -> None:
    response = await client.request(method, path, headers=headers)
    assert response.status_code == status
    assert told(response)[0] == dialect
    assert ("allow" in response.headers) == (status == 405)


async def test_of_a_long_message_the_log_has_the_beginning(client: httpx2.AsyncClient, logged: list[Any]) -> None:
    response = await client.post(MESSAGES, json=body("m" * 4_000))
    assert told(response)[1].startswith(f"model: {'m' * 4_000} is not served here")
    assert [len(entry["why"]) for entry in logged if entry["event"] == "refused"] == [501]


async def test_a_body_that_is_too_large_is_refused(simulator: Simulator) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, more=", limits: {body_bytes: 1000}")) as client:
        response = await client.post(MESSAGES, json=body("ant,sim-text", pad="x" * 2_000))
    assert response.status_code == 413
    assert response.json()["error"]["type"] == "request_too_large"


async def test_only_the_client_key_opens_what_costs_money(simulator: Simulator, logged: object) -> None:
    async with normalizer(CONFIG.format(url=simulator.url, key=CANARY, more=', APIKEY: "client-key"')) as client:
        shut = [await client.post(MESSAGES, json=body("ant,sim-text")), await client.get("/v1/models")]
        keyed = {"authorization": "Bearer client-key"}
        opened = [
            await client.post(MESSAGES, json=body("ant,sim-text"), headers=keyed),
            await client.get("/v1/models", headers={"x-api-key": "client-key"}),
            await client.get("/health"),
        ]
    assert [response.status_code for response in shut] == [401, 401]
    assert {response.headers["x-should-retry"] for response in shut} == {"false"}
    assert [response.status_code for response in opened] == [200, 200, 200]
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_a_fault_of_ours_is_told_without_its_trace(stream: bool, simulator: Simulator, logged: list[Any]) -> None:
    def broken() -> float:
        raise RuntimeError("a detail nobody must see")

    config = CONFIG.format(url=simulator.url, key=CANARY, more="")
    async with normalizer(config, World(chance=broken)) as client:
        response = await client.post(MESSAGES, json=body("down,m", stream=stream))
    assert response.status_code == 500
    assert told(response)[0] == "anthropic"
    assert "detail" not in response.text
    assert [entry["event"] for entry in logged if entry["log_level"] == "error"] == ["internal error"]

"""Every dialect before every provider, over real sockets: whole, streamed, with tools, and byte for byte."""

import json

import httpx2
import pytest

from fairlead.simulator import Simulator

from ..conftest import CANARY
from ..talk import CHAT, MESSAGES, PAIRS, TEXT, TOOLS, UPSTREAM, body, calls_of, events, text_of, text_of_stream

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_every_dialect_is_answered_by_every_provider(
    path: str, provider: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text"))
    assert response.status_code == 200
    assert text_of(path, response.json()) == TEXT
    assert simulator.requests[0].target == UPSTREAM[provider]
    assert json.loads(simulator.requests[0].body)["model"] == "sim-text"


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_every_dialect_is_streamed_by_every_provider(
    path: str, provider: str, client: httpx2.AsyncClient
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text", stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert text_of_stream(path, response.text) == TEXT
    assert response.text.rstrip().endswith('data: {"type":"message_stop"}' if path == MESSAGES else "data: [DONE]")


@pytest.mark.parametrize(("path", "provider"), PAIRS)
async def test_tools_are_called_across_every_pair(path: str, provider: str, client: httpx2.AsyncClient) -> None:
    response = await client.post(path, json=body(f"{provider},sim-tool", tools=TOOLS[path]))
    calls = calls_of(path, response.json())
    assert [name for name, _ in calls] == ["get_weather"]
    assert isinstance(calls[0][1]["city"], str)


@pytest.mark.parametrize(
    ("path", "model", "rest"),
    [
        (MESSAGES, b"ant-only", b'"max_tokens":9,"messages":[{"role":"user", "content":"h\\u00e9"}],"tags":1.50'),
        (CHAT, b"oai-only", b'"messages":[{"role":"user", "content":"h\\u00e9"}],"x":1.50'),
    ],
)
async def test_a_request_in_the_providers_dialect_arrives_byte_for_byte_from_a_client_and_from_the_router(
    path: str, model: bytes, rest: bytes, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    unchanged = b'{ "model" : "' + model + b'", ' + rest + b"}\n"
    named = b'{"model":"' + model[:3] + b"," + model + b'",' + rest + b"}"
    await client.post(path, content=unchanged)
    await client.post(path, content=named, headers={"x-fairlead-attempt": "1", "x-fairlead-lane": "native"})
    assert [record.body for record in simulator.requests] == [unchanged, b'{"model":"' + model + b'",' + rest + b"}"]


@pytest.mark.parametrize(
    ("path", "provider", "control"),
    [(MESSAGES, "ant", "sim-thinking!message=claude"), (CHAT, "oai", "sim-unicode")],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_in_the_clients_dialect_comes_back_byte_for_byte(
    path: str, provider: str, control: str, stream: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    request = body(control, stream=stream)
    headers = {"anthropic-version": "2023-06-01"} if path == MESSAGES else {}
    async with httpx2.AsyncClient(base_url=simulator.url, headers=headers) as direct:
        expected = await direct.post(path, json=request, headers={"x-api-key": CANARY})
    response = await client.post(path, json={**request, "model": f"{provider},{control}"})
    assert response.content == expected.content


async def test_a_chat_client_gets_usage_in_a_stream_only_when_it_asks(client: httpx2.AsyncClient) -> None:
    quiet = await client.post(CHAT, json=body("ant,sim-text", stream=True))
    asking = await client.post(CHAT, json=body("ant,sim-text", stream=True, stream_options={"include_usage": True}))
    assert not any(event.get("usage") for event in events(quiet.text))
    assert events(asking.text)[-1]["usage"]["completion_tokens"] > 0


async def test_losses_are_shown_to_who_wants_to_see_them(client: httpx2.AsyncClient) -> None:
    lossy = body("ant,sim-text", seed=1)
    shown = await client.post(CHAT, json=lossy, headers={"x-fairlead-show-losses": "1"})
    assert shown.headers["x-fairlead-losses"] == "1"
    assert "x-fairlead-losses" not in (await client.post(CHAT, json=lossy)).headers


async def test_a_request_keeps_its_id_and_tells_the_providers(client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("ant,sim-text"), headers={"x-request-id": "req_mine"})
    assert response.headers["request-id"] == "req_mine"
    assert response.headers["x-fairlead-upstream-id"].startswith("req_")


async def test_anthropics_headers_reach_anthropic_and_nothing_else_does(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    headers = {
        "anthropic-beta": "a,b",
        "anthropic-unheard-of": "1",
        "x-claude-code-session-id": "s",
        "x-app": "cli",
        "x-fairlead-attempt": "1",
        "authorization": "Bearer of-the-client",
        "cookie": "c=1",
    }
    await client.post(MESSAGES, json=body("ant,sim-text"), headers=headers)
    assert {name.lower() for name, _ in simulator.requests[0].headers} == {
        "host", "content-length", "content-type", "accept", "accept-encoding", "user-agent", "x-api-key",
        "anthropic-version", "anthropic-beta", "anthropic-unheard-of", "x-claude-code-session-id",
    }  # fmt: skip
    assert simulator.requests[0].header("user-agent") == "fairlead/0.1.0"

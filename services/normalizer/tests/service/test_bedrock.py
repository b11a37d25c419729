"""Bedrock over real sockets, by a provider that checks signatures, bodies and frames for itself."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from fairlead.simulator import Canned, Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, TEXT, TOOLS, body, calls_of, events, text_of, text_of_stream, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGNED = """{{Providers: [
  {{name: "aws", type: "bedrock-claude", api_base_url: "{url}", models: ["sim-text", "us.anthropic.claude-x-v1:0"],
    auth: {{type: "aws", access_key_id: "AKIDEXAMPLE", secret_access_key: "{key}", session_token: "canary-token-of-a-session",
            region: "eu-west-1"}}}},
  {{name: "wrong", type: "bedrock-claude", api_base_url: "{url}", models: ["sim-text"],
    auth: {{type: "aws", access_key_id: "AKIDEXAMPLE", secret_access_key: "not-{key}", region: "eu-west-1"}}}},
  {{name: "key", type: "bedrock-claude", api_base_url: "{url}/model/", api_key: "{key}", models: ["sim-text"]}},
]}}"""
STREAMED = "/invoke-with-response-stream"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(SIGNED.format(url=running_simulator.url, key=CANARY)) as client:
        yield client


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize("provider", ["aws", "key"])
async def test_whoever_asks_is_answered(
    path: str, provider: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body(f"{provider},sim-text"))
    assert response.status_code == 200, response.text
    assert text_of(path, response.json()) == TEXT
    assert simulator.requests[0].target == "/model/sim-text/invoke"


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
async def test_a_stream_is_unwrapped_for_whoever_asks(
    path: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body("aws,sim-text", stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert text_of_stream(path, response.text) == TEXT
    assert simulator.requests[0].target.endswith(STREAMED)
    assert "amazon-bedrock" not in response.text


async def test_a_client_of_claude_gets_named_events(client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("aws,sim-text", stream=True))
    blocks = response.text.rstrip("\n").split("\n\n")
    assert all(block.startswith("event: ") and block.count("\n") == 1 for block in blocks)
    names = [block.partition("\n")[0].removeprefix("event: ") for block in blocks]
    assert names == [event["type"] for event in events(response.text)]


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
async def test_tools_are_called(path: str, client: httpx2.AsyncClient) -> None:
    response = await client.post(path, json=body("aws,sim-tool", tools=TOOLS[path]))
    assert [name for name, _ in calls_of(path, response.json())] == ["get_weather"]


@pytest.mark.parametrize(
    "model", ["us.anthropic.claude-x-v1:0", "arn:aws:bedrock:eu-west-1:1:application-inference-profile/a b"]
)
async def test_ids_of_every_form_are_signed_as_they_are_sent(
    model: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(MESSAGES, json=body(f"aws,{model}", stream=True))
    assert response.status_code == 200, response.text
    target = simulator.requests[0].target
    assert (":" in target, target.count("/")) == (False, 3)


async def test_the_body_is_the_clients_but_for_the_declared_fields(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    sent = b'{"model":"aws,sim-text", "max_tokens":50,"messages":[{"role":"user", "content":"h\\u00e9 1.0"}], "stream":true}'
    response = await client.post(
        MESSAGES, content=sent, headers={"anthropic-beta": "effort-2025-11-24,unknown-2026-01-01"}
    )
    assert response.status_code == 200
    assert simulator.requests[0].body == (
        b'{"max_tokens":50,"messages":[{"role":"user", "content":"h\\u00e9 1.0"}],'
        b'"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["effort-2025-11-24"]}'
    )
    assert "anthropic-beta" not in {name.lower() for name, _ in simulator.requests[0].headers}


async def test_a_wrong_secret_is_an_authentication_error_that_tells_nothing_secret(client: httpx2.AsyncClient) -> None:
    response = await client.post(MESSAGES, json=body("wrong,sim-text"))
    assert response.status_code == 401
    assert told(response) == ("anthropic", response.json()["error"]["message"])
    assert "signature" in response.json()["error"]["message"]


async def test_a_provider_that_repeats_what_signs_is_not_believed_to_mean_the_client(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    await client.post(MESSAGES, json=body("aws,sim-text"))
    sent = {name.lower(): value for name, value in simulator.requests[0].headers}
    assert sent["x-amz-security-token"] == "canary-token-of-a-session"
    repeated = {"message": f"bad: {sent['x-amz-security-token']} of AKIDEXAMPLE"}
    simulator.enqueue(
        Canned(status=403, headers=(("x-amzn-errortype", "AccessDeniedException"),), body=json.dumps(repeated).encode())
    )
    response = await client.post(MESSAGES, json=body("aws,sim-text"))
    assert response.status_code == 403
    assert response.json()["error"]["message"] == "bad: *** of ***"


async def test_tokens_are_counted_there_and_here_where_it_cannot(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    counted = {"messages": [{"role": "user", "content": "hi"}]}
    response = await client.post(f"{MESSAGES}/count_tokens", json={"model": "aws,sim-text", **counted})
    assert response.json()["input_tokens"] > 0
    assert simulator.requests[0].target == "/model/sim-text/count-tokens"
    unable = "status=400,message=The%20provided%20model%20doesn't%20support%20counting%20tokens."
    refused = await client.post(f"{MESSAGES}/count_tokens", json={"model": f"aws,sim-text!{unable}", **counted})
    assert refused.status_code == 200, refused.text
    assert refused.json()["input_tokens"] > 0


@pytest.mark.parametrize(
    ("options", "status", "kind"),
    [
        ("overflow", 400, "invalid_request_error"),
        ("status=429", 429, "rate_limit_error"),
        ("status=503", 529, "overloaded_error"),
        ("status=403,error-type=ExpiredTokenException,message=expired", 401, "authentication_error"),
        ("status=400,error-type=ServiceQuotaExceededException", 402, "billing_error"),
        ("error-first,error-type=ThrottlingException", 429, "rate_limit_error"),
    ],
)
async def test_errors_are_told_in_the_clients_words(
    options: str, status: int, kind: str, client: httpx2.AsyncClient
) -> None:
    response = await client.post(MESSAGES, json=body(f"key,sim-text!{options}", stream=True))
    assert (response.status_code, response.json()["error"]["type"]) == (status, kind)


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize(
    "options", ["error-event=3,error-type=ModelStreamErrorException", "garbage=3", "cut=e3", "drop=e3"]
)
async def test_a_stream_that_breaks_is_told_as_broken(path: str, options: str, client: httpx2.AsyncClient) -> None:
    response = await client.post(path, json=body(f"key,sim-text!{options}", stream=True))
    assert response.status_code == 200
    last = events(response.text)[-1]
    assert "error" in last, response.text
    assert "message_stop" not in response.text
    assert "[DONE]" not in response.text


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
async def test_a_stream_cut_at_any_byte_never_ends_as_if_it_were_whole(
    path: str, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    for at in range(0, 5000, 97):
        response = await client.post(path, json=body(f"key,sim-text!cut={at}", stream=True))
        if response.status_code != 200:
            assert told(response)[1]
        elif "error" not in response.text:
            assert text_of_stream(path, response.text) == TEXT
            assert ("message_stop" if path == MESSAGES else "[DONE]") in response.text


async def test_bytes_one_at_a_time_come_out_the_same(client: httpx2.AsyncClient) -> None:
    at_once = await client.post(MESSAGES, json=body("key,sim-text", stream=True))
    slowly = await client.post(MESSAGES, json=body("key,sim-text!byte-at-a-time", stream=True))
    assert text_of_stream(MESSAGES, slowly.text) == text_of_stream(MESSAGES, at_once.text) == TEXT

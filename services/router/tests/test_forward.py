"""The way to the normalizer and back, on sockets: both lanes, and failover nobody sees."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from .answers import (
    CLOSED,
    FINISHED,
    OPENED,
    STARTED,
    STOPPED,
    anthropic_error,
    anthropic_message,
    anthropic_stream,
    chat_completion,
    chat_error,
    chat_stream,
    delta,
    events,
)
from .bodies import SESSION, claude_code, text
from .fake_normalizer import FakeNormalizer, Step, stream, whole
from .running import RunningRouter

HEADERS = {
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "claude-code-20250219,effort-2025-11-24",
    "anthropic-dangerous-direct-browser-access": "true",
    "x-claude-code-session-id": SESSION,
    "authorization": "Bearer canary-of-the-client",
    "x-app": "cli",
}


async def ask(client: httpx2.AsyncClient, **changed: Any) -> httpx2.Response:
    return await client.post("/v1/messages?beta=true", json=claude_code(**changed), headers=HEADERS)


def told(response: httpx2.Response) -> str:
    """The text of a streamed answer, read as a client would."""
    data = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
    assert data[-1]["type"] == "message_stop", data[-1]
    return "".join(step["delta"].get("text", "") for step in data if step["type"] == "content_block_delta")


async def test_a_native_stream_comes_back_byte_for_byte(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    normalizer.answers["p,native"] = stream(*anthropic_stream("hello"))
    response = await ask(client)
    assert response.status_code == 200
    assert response.content == b"".join(anthropic_stream("hello"))
    assert response.headers["content-type"].startswith("text/event-stream")


async def test_on_the_native_lane_nothing_of_the_body_changes_but_the_model(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,native"] = stream(*anthropic_stream())
    odd = b'{ "b" : 1e0, "a": ["\\u00e9", 10000000000000000000001] }'
    body = json.dumps(claude_code(), indent=1).encode()[:-1] + b', "odd": ' + odd + b"}"
    await client.post("/v1/messages?beta=true", content=body, headers=HEADERS)
    asked = normalizer.messages[0]
    assert asked.target == "/v1/messages?beta=true"
    assert asked.json == json.loads(body) | {"model": "p,native"}
    assert list(asked.json) == list(json.loads(body))
    assert odd in asked.body


async def test_on_the_native_lane_the_clients_own_headers_travel(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,native"] = stream(*anthropic_stream())
    await ask(client)
    sent = normalizer.messages[0].headers
    for name in ("anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access"):
        assert sent[name] == HEADERS[name]
    assert sent["x-claude-code-session-id"] == SESSION
    assert "x-app" not in sent


async def test_every_call_tells_the_normalizer_what_it_is(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,native"] = whole(500, anthropic_error("api_error", "broken"))
    normalizer.answers["p,second"] = whole(500, anthropic_error("api_error", "broken"))
    normalizer.answers["p,chat"] = stream(*chat_stream())
    response = await ask(client)
    first, second, last = (asked.headers for asked in normalizer.messages)
    assert [sent["x-fairlead-attempt"] for sent in (first, second, last)] == ["1", "2", "3"]
    assert [sent["x-fairlead-retry"] for sent in (first, second, last)] == ["none", "none", "short"]
    assert [sent["x-fairlead-lane"] for sent in (first, second, last)] == ["native", "native", "openai"]
    assert first["x-request-id"] == last["x-request-id"] == response.headers["request-id"]
    assert first["traceparent"] == last["traceparent"]
    assert last["x-session-id"] == SESSION
    assert "authorization" not in first
    assert "x-fairlead-client-authorization" not in first
    assert "anthropic-beta" not in last


async def test_a_stream_of_another_dialect_comes_back_in_the_clients(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,chat"] = stream(*chat_stream("hello from chat"))
    response = await ask(client, thinking={"type": "adaptive"})
    assert told(response) == "hello from chat"
    assert response.headers["x-fairlead-route"] == "p,chat"
    asked = normalizer.messages[0]
    assert asked.target == "/v1/chat/completions"
    assert asked.json["model"] == "p,chat"
    assert asked.json["messages"][0]["role"] == "system"
    assert [tool["function"]["name"] for tool in asked.json["tools"]] == ["Bash", "Write"]


async def test_whole_answers_come_back_on_both_lanes(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    normalizer.answers["p,native"] = whole(200, anthropic_message("native"))
    normalizer.answers["p,chat"] = whole(200, chat_completion("chat"))
    native = await ask(client, stream=False)
    chat = await ask(client, stream=..., thinking={"type": "enabled", "budget_tokens": 1024})
    assert native.json() == anthropic_message("native")
    assert chat.json()["content"] == [text("chat")]
    assert chat.json()["stop_reason"] == "end_turn"
    assert native.headers["content-type"] == chat.headers["content-type"] == "application/json"


async def test_the_answer_tells_how_it_was_routed(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    normalizer.answers["p,native"] = whole(529, anthropic_error("overloaded_error", "busy"), retry_after="7")
    normalizer.answers["p,second"] = stream(*anthropic_stream(), anthropic_ratelimit_requests_remaining="3")
    response = await ask(client)
    headers = response.headers
    assert headers["x-fairlead-route"] == "p,second"
    assert headers["x-fairlead-scenario"] == "default"
    assert headers["x-fairlead-attempts"] == "2"
    assert float(headers["x-fairlead-overhead-ms"]) >= 0
    assert headers["x-fairlead-decision"].startswith("dec_")
    assert headers["request-id"].startswith("req_")
    assert headers["anthropic-ratelimit-requests-remaining"] == "3"
    assert "retry-after" not in headers


REFUSALS: dict[str, list[Step]] = {
    "status 429": whole(429, anthropic_error("rate_limit_error", "slow down")),
    "status 500": whole(500, anthropic_error("api_error", "broken")),
    "status 529": whole(529, anthropic_error("overloaded_error", "busy")),
    "a key that is wrong": whole(401, anthropic_error("authentication_error", "bad key")),
    "a model that is gone": whole(404, anthropic_error("not_found_error", "no such model")),
    "an unpaid bill": whole(402, anthropic_error("billing_error", "pay")),
    "a page": whole(502, b"<html>Bad gateway</html>"),
    "200 with an error": whole(200, anthropic_error("overloaded_error", "busy")),
    "200 and nothing": whole(200, b""),
    "a reset at once": [ConnectionResetError],
    "a stream that is empty": stream(),
    "a stream cut before its content": stream(*events(STARTED)),
    "a stream reset before its content": stream(*events(STARTED), ConnectionResetError),
    "a stream that begins with an error": stream(*events(anthropic_error("overloaded_error", "busy"))),
    "an error after the start": stream(*events(STARTED, anthropic_error("api_error", "broken"))),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("streaming", [True, False], ids=["stream", "whole"])
async def test_before_the_first_content_the_client_sees_nothing_of_a_failure(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, refusal: list[Step], streaming: bool
) -> None:
    normalizer.answers["p,native"] = refusal
    good = stream(*anthropic_stream("second")) if streaming else whole(200, anthropic_message("second"))
    normalizer.answers["p,second"] = good
    response = await ask(client, stream=streaming)
    expected = b"".join(anthropic_stream("second")) if streaming else json.dumps(anthropic_message("second")).encode()
    assert (response.status_code, response.content) == (200, expected)
    assert response.headers["x-fairlead-attempts"] == "2"


async def test_failover_crosses_from_one_lane_to_the_other(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers |= {"p,native": REFUSALS["status 500"], "p,second": REFUSALS["a reset at once"]}
    normalizer.answers["p,chat"] = stream(*chat_stream("third"))
    assert told(await ask(client)) == "third"


OWN_FAULTS = [
    (400, "invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block"),
    (400, "invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum"),
    (413, "request_too_large", "Request exceeds the maximum size"),
]


@pytest.mark.parametrize(("status", "kind", "message"), OWN_FAULTS)
async def test_what_is_wrong_with_the_request_is_told_at_once_and_unchanged(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, status: int, kind: str, message: str
) -> None:
    body = anthropic_error(kind, message) | {"request_id": "req_upstream"}
    normalizer.answers["p,native"] = whole(status, body, request_id="req_upstream")
    response = await ask(client)
    assert (response.status_code, response.json()) == (status, body)
    assert len(normalizer.messages) == 1


async def test_when_all_fail_the_soonest_limit_is_told_with_its_advice(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,native"] = REFUSALS["status 500"]
    normalizer.answers["p,second"] = whole(
        429, anthropic_error("rate_limit_error", "slow down"), retry_after="12", x_should_retry="true"
    )
    normalizer.answers["p,chat"] = whole(503, chat_error("server_error", "down"))
    response = await ask(client)
    assert response.status_code == 429
    assert response.json()["error"] == {"type": "rate_limit_error", "message": "slow down"}
    assert response.headers["retry-after"] == "12"
    assert response.headers["x-should-retry"] == "true"
    assert response.headers["x-fairlead-attempts"] == "3"
    assert response.headers["x-fairlead-route"] == "p,second"


async def test_an_error_of_another_dialect_is_told_in_the_clients(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,chat"] = whole(503, chat_error("server_error", "down"))
    normalizer.answers["p,chat2"] = whole(429, chat_error("rate_limit_exceeded", "slow down"), retry_after="3")
    response = await ask(client, thinking={"type": "adaptive"})
    error = response.json()
    assert response.status_code == 429
    assert (error["type"], error["error"]["type"]) == ("error", "rate_limit_error")
    assert "slow down" in error["error"]["message"]
    assert error["request_id"] == response.headers["request-id"]
    assert response.headers["retry-after"] == "3"


async def test_without_a_normalizer_the_client_gets_an_error_it_can_read(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    await normalizer.stop()
    response = await ask(client)
    assert response.status_code == 502
    assert (response.json()["type"], response.json()["error"]["type"]) == ("error", "api_error")
    assert response.json()["error"]["message"] == "could not connect to the normalizer: connection refused"
    assert response.headers["x-fairlead-attempts"] == "3"


async def test_a_failure_after_the_first_content_is_told_in_the_stream(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    said = events(STARTED, OPENED, delta("half a sen"))
    normalizer.answers["p,native"] = stream(*said)
    response = await ask(client)
    assert response.status_code == 200
    assert response.content.startswith(b"".join(said))
    rest = response.content.removeprefix(b"".join(said))
    assert rest.startswith(b"event: error\n")
    assert b"message_stop" not in rest
    assert len(normalizer.messages) == 1


async def test_while_nobody_answers_the_client_is_kept_company_and_failover_goes_on(
    normalizer: FakeNormalizer, router: RunningRouter
) -> None:
    go_on = asyncio.Event()
    normalizer.answers["p,native"] = stream(go_on, ConnectionResetError)
    normalizer.answers["p,second"] = stream(*anthropic_stream("second"))
    async with (
        httpx2.AsyncClient(timeout=10) as client,
        client.stream("POST", f"{router.url}/v1/messages", json=claude_code(), headers=HEADERS) as response,
    ):
        chunks = response.aiter_raw()
        first = await anext(chunks)
        go_on.set()
        rest = b"".join([chunk async for chunk in chunks])
    assert response.status_code == 200
    assert response.headers["x-fairlead-scenario"] == "default"
    assert b"ping" in first
    pings, found, _ = (first + rest).partition(anthropic_stream("second")[0])
    assert found
    assert (
        pings.replace(b'event: ping\ndata: {"type": "ping"}\n\n', b"").replace(
            b'event: ping\ndata: {"type":"ping"}\n\n', b""
        )
        == b""
    )
    assert (first + rest).endswith(b"".join(anthropic_stream("second")))


async def test_when_all_fail_behind_an_open_stream_the_error_is_an_event(
    normalizer: FakeNormalizer, router: RunningRouter
) -> None:
    go_on = asyncio.Event()
    normalizer.answers["p,chat"] = stream(go_on, ConnectionResetError)
    normalizer.answers["p,chat2"] = whole(429, chat_error("rate_limit_exceeded", "slow down"))
    body = claude_code(thinking={"type": "adaptive"})
    async with (
        httpx2.AsyncClient(timeout=10) as client,
        client.stream("POST", f"{router.url}/v1/messages", json=body, headers=HEADERS) as response,
    ):
        chunks = response.aiter_raw()
        assert b"ping" in await anext(chunks)
        go_on.set()
        rest = b"".join([chunk async for chunk in chunks])
    last = rest.rstrip().rpartition(b"event: ")[2]
    assert last.startswith(b"error\n")
    assert json.loads(last.partition(b"data: ")[2])["error"]["type"] == "rate_limit_error"


@pytest.mark.parametrize("content_first", [True, False], ids=["after content", "before content"])
async def test_a_client_that_leaves_takes_the_upstream_with_it(
    normalizer: FakeNormalizer, router: RunningRouter, content_first: bool
) -> None:
    said = events(STARTED, OPENED, delta("long")) if content_first else []
    normalizer.answers["p,native"] = stream(*said, asyncio.Event())
    reader, writer = await asyncio.open_connection("127.0.0.1", router.port)
    body = json.dumps(claude_code()).encode()
    writer.write(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    await (reader.readuntil(b"long") if content_first else normalizer.arrived.wait())
    while not normalizer.messages:
        normalizer.arrived.clear()
        await normalizer.arrived.wait()
    writer.transport.abort()
    await normalizer.gone.wait()
    assert len(normalizer.messages) == 1


async def test_a_long_session_is_remembered_by_what_its_stream_counted(normalizer: FakeNormalizer) -> None:
    config = """{Providers: [{name: "p", api_base_url: "https://p.example", api_key: "k", models: ["native", "long"]}],
                 Router: {default: "p,native", longContext: "p,long"}}"""
    normalizer.lists_models(native="anthropic", long="anthropic")
    normalizer.answers["p,native"] = stream(*anthropic_stream())
    normalizer.answers["p,long"] = stream(*anthropic_stream())
    words = "word and other words " * 5_000
    async with RunningRouter(config, normalizer.url) as router, httpx2.AsyncClient(base_url=router.url) as client:
        first = await ask(client)
        side_call = await ask(client)
        second = await ask(client, system=words)
        other = await ask(client, system=words, metadata=..., tools=[])
    assert [r.headers["x-fairlead-scenario"] for r in (first, side_call, second)] == ["default"] * 2 + ["longContext"]
    assert other.headers["x-fairlead-scenario"] == "longContext"


async def test_a_subagents_tag_decides_and_is_not_sent_on(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["p,second"] = stream(*anthropic_stream())
    tagged = [text("You help."), text("<CCR-SUBAGENT-MODEL>p,second</CCR-SUBAGENT-MODEL>\nBe brief.")]
    response = await ask(client, system=tagged)
    assert response.headers["x-fairlead-route"] == "p,second"
    assert normalizer.messages[0].json["system"] == [text("You help."), text("\nBe brief.")]


async def test_a_model_nobody_lists_is_asked_in_the_services_own_language(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers["q,new"] = stream(*chat_stream("new"))
    assert told(await ask(client, model="q,new")) == "new"


async def test_an_unlisted_model_speaks_as_its_provider_does(normalizer: FakeNormalizer) -> None:
    normalizer.lists_models(old="anthropic")
    normalizer.answers["p,new"] = stream(*anthropic_stream("new"))
    async with RunningRouter("{}", normalizer.url) as router, httpx2.AsyncClient(base_url=router.url) as client:
        assert told(await ask(client, model="p,new")) == "new"
    assert normalizer.messages[0].target.startswith("/v1/messages")


async def test_a_body_that_cannot_be_translated_is_the_clients_own_fault(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    response = await ask(client, thinking={"type": "adaptive"}, tools=[{"name": 5}])
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert "tools" in response.json()["error"]["message"]
    assert normalizer.messages == []


async def test_the_last_block_is_not_lost_when_everything_arrives_at_once(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    at_once = b"".join(events(STARTED, OPENED, delta("a"), CLOSED, FINISHED, STOPPED))
    normalizer.answers["p,native"] = stream(at_once)
    assert (await ask(client)).content == at_once

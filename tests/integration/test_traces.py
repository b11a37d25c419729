"""One trace through both services: continued from the client, told to a collector, and to nobody else."""

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from .collector import Collector, Seen, collecting
from .conftest import keyed
from .processes import ProcessStack, process_stack
from .provider import Provider
from .stack import CLIENT_KEY, PROVIDER_KEY, SECRETS, Service, logged

PROMPT = "canary-prompt-5eed"
ANSWER = "canary-answer-decade"
CLIENT_SPAN = "00f067aa0ba902b7"
OVERLOADED = {"status": 529, "body": {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}}
THINK = {"thinking": {"type": "enabled", "budget_tokens": 2000}, "max_tokens": 4000}
"""What makes the scenario `think`, which has two targets."""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def traced(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessStack]:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "20"}
    env["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer%20canary-of-the-collector"
    with process_stack(tmp_path_factory.mktemp("traced"), both=env) as running:
        yield running


@pytest.fixture
def provider(traced: ProcessStack) -> Iterator[Provider]:
    made = Provider(traced.simulator)
    made.reset()
    yield made
    made.close()


@pytest.fixture
async def router(traced: ProcessStack) -> AsyncIterator[httpx2.AsyncClient]:
    async with keyed(traced.router) as client:
        yield client


def asked(model: str = "native,claude-main", **more: Any) -> dict[str, Any]:
    return {"model": model, "max_tokens": 4000, "messages": [{"role": "user", "content": PROMPT}], **more}


def within(trace: str, flags: str = "01") -> dict[str, str]:
    return {"traceparent": f"00-{trace}-{CLIENT_SPAN}-{flags}", "tracestate": "vendor=1"}


def a_trace() -> str:
    return secrets.token_hex(16)


def named(spans: list[Seen], service: str, kind: str) -> list[Seen]:
    return [span for span in spans if span.service == f"fairlead-{service}" and span.kind == kind]


async def test_a_failover_is_one_trace_from_the_client_to_both_providers(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    trace = a_trace()
    provider.answers_next(OVERLOADED)
    body = asked("claude-think", stream=True, **THINK)
    async with router.stream("POST", "/v1/messages", json=body, headers=within(trace)) as response:
        await response.aread()
        assert response.status_code == 200
        route = response.headers["x-fairlead-route"]

    spans = collector.wait_for(trace, 7)
    [request] = named(spans, "router", "server")
    first, second = named(spans, "router", "client")
    calls = named(spans, "normalizer", "client")
    servers = {span.parent: span for span in named(spans, "normalizer", "server")}
    assert request.parent == CLIENT_SPAN
    assert (first.parent, second.parent) == (request.id, request.id)
    assert [servers[attempt.id].id for attempt in (first, second)] == [call.parent for call in calls]

    assert (request.name, request.error) == ("POST /v1/messages", False)
    told = request.attributes
    assert told["http.response.status_code"] == 200
    assert told["fairlead.scenario"] == "think"
    assert told["fairlead.decision.id"] == response.headers["x-fairlead-decision"]
    assert told["fairlead.route"] == route == "chat,gpt-think"
    assert (told["fairlead.attempts"], told["fairlead.client.dialect"]) == (2, "anthropic")
    assert request.began <= request.events["decided"] <= first.began

    assert (first.attributes["error.type"], first.error) == ("overloaded", True)
    assert (second.attributes["fairlead.result"], second.error) == ("answered", False)
    assert second.began <= second.events["first_content"] <= second.ended <= request.ended
    assert "first_content" not in first.events


async def test_a_call_is_told_by_the_conventions_for_models(
    traced: ProcessStack, collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    trace = a_trace()
    answer = (await router.post("/v1/messages", json=asked(), headers=within(trace))).json()

    [call] = named(collector.wait_for(trace, 4), "normalizer", "client")
    told, usage = call.attributes, answer["usage"]
    assert call.name == "chat claude-main"
    assert (told["gen_ai.operation.name"], told["gen_ai.provider.name"]) == ("chat", "anthropic")
    assert (told["gen_ai.request.model"], told["gen_ai.response.model"]) == ("claude-main", answer["model"])
    cached = usage.get("cache_read_input_tokens", 0) + usage.get("cache_creation_input_tokens", 0)
    assert told["gen_ai.usage.input_tokens"] == usage["input_tokens"] + cached
    assert told["gen_ai.usage.output_tokens"] == usage["output_tokens"]
    assert told["gen_ai.response.finish_reasons"] == ["stop"]
    url = httpx2.URL(traced.simulator)
    assert (told["server.address"], told["server.port"]) == (url.host, url.port)
    assert "error.type" not in told


async def test_what_a_client_did_wrong_is_no_fault_of_the_services(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    trace = a_trace()
    response = await router.post("/v1/messages", json=asked("refused,claude-refused"), headers=within(trace))
    assert response.status_code == 401
    spans = collector.wait_for(trace, 4)
    for service in ("router", "normalizer"):
        [server], [call] = named(spans, service, "server"), named(spans, service, "client")
        assert (server.attributes["http.response.status_code"], server.error) == (401, False)
        assert (call.attributes["error.type"], call.error) == ("authentication", True)

    trace = a_trace()
    response = await router.post("/v1/messages", json={"model": 5}, headers=within(trace))
    assert response.status_code == 400
    [server] = collector.wait_for(trace, 1)
    assert (server.attributes["error.type"], server.error) == ("bad_request", False)


async def test_a_stream_that_is_cut_ends_its_spans_as_failed(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    trace = a_trace()
    body = asked("native,sim-text!delay-at=e1:0.1,cut=e2", stream=True)
    await router.post("/v1/messages", json=body, headers=within(trace))
    spans = collector.wait_for(trace, 4)
    assert len(provider.requests()) == 1
    kinds = {"fairlead-normalizer": "cut", "fairlead-router": "upstream_error"}
    for span in spans:
        assert (span.attributes["error.type"], span.error) == (kinds[span.service], True), span
    [request] = named(spans, "router", "server")
    assert request.attributes["http.response.status_code"] == 200


async def test_a_client_that_leaves_ends_all_spans_and_is_no_failure(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    trace = a_trace()
    body = asked("native,sim-text!stall=e2", stream=True)
    async with router.stream("POST", "/v1/messages", json=body, headers=within(trace)) as response:
        async for _ in response.aiter_bytes():
            break
    spans = collector.wait_for(trace, 4)
    assert not [span for span in spans if span.error or "error.type" in span.attributes]
    results = {(span.service, span.kind): span.attributes["fairlead.result"] for span in spans}
    assert results == {
        ("fairlead-router", "server"): "gone",
        ("fairlead-router", "client"): "given_up",
        ("fairlead-normalizer", "server"): "client_gone",
        ("fairlead-normalizer", "client"): "given_up",
    }


async def test_a_count_of_tokens_is_traced_too(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    trace = a_trace()
    body = {"model": "native,claude-main", "messages": [{"role": "user", "content": PROMPT}]}
    assert (await router.post("/v1/messages/count_tokens", json=body, headers=within(trace))).status_code == 200
    spans = collector.wait_for(trace, 4)
    [call] = named(spans, "normalizer", "client")
    assert call.name == "count_tokens claude-main"
    assert {span.name for span in spans if span.kind == "server"} == {"POST /v1/messages/count_tokens"}


async def test_a_trace_that_nobody_records_is_not_recorded_here(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    unsampled, sampled = a_trace(), a_trace()
    for trace, flags in ((unsampled, "00"), (sampled, "01")):
        assert (await router.post("/v1/messages", json=asked(), headers=within(trace, flags))).status_code == 200
    collector.wait_for(sampled, 4)
    assert unsampled not in {span.trace for span in collector.spans()}


async def test_without_a_trace_of_the_clients_one_begins(
    traced: ProcessStack, collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    headers = {"x-request-id": "req_begins_a_trace"}
    await router.post("/v1/messages", json=asked(), headers=headers)
    services: tuple[Service, ...] = ("router", "normalizer")
    lines = [line for service in services for line in logged(traced, service, headers["x-request-id"])]
    [trace] = {line["trace_id"] for line in lines}
    spans = collector.wait_for(trace, 4)
    [request] = named(spans, "router", "server")
    assert request.parent == ""
    assert {span.attributes.get("fairlead.request_id", headers["x-request-id"]) for span in spans} == {
        headers["x-request-id"]
    }


async def test_neither_credentials_nor_conversations_reach_the_collector(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    repeated = {"type": "error", "error": {"type": "authentication_error", "message": f"no such key {PROVIDER_KEY}"}}
    trace = a_trace()
    provider.answers_next({"status": 200, "body": {"content": ANSWER}}, {"status": 401, "body": repeated})
    tools = [{"name": "read", "description": ANSWER, "input_schema": {"type": "object"}}]
    headers = within(trace) | {"authorization": f"Bearer {CLIENT_KEY}", "cookie": f"a={CLIENT_KEY}"}
    for _ in range(2):
        await router.post(f"/v1/messages?key={CLIENT_KEY}", json=asked(system=PROMPT, tools=tools), headers=headers)
    await router.post("/v1/messages", json=asked("own,claude-own"), headers=within(trace))
    collector.wait_for(trace, 11)  # the third had no credential to call anybody with
    told = b"".join(collector.bodies)
    for secret in (*SECRETS, PROMPT, ANSWER, "canary-of-the-collector"):
        assert secret.encode() not in told


async def test_a_provider_is_not_told_of_traces(
    collector: Collector, provider: Provider, router: httpx2.AsyncClient
) -> None:
    await router.post("/v1/messages", json=asked(), headers=within(a_trace()))
    [sent] = provider.requests()
    assert not {name.lower() for name, _ in sent["headers"]} & {"traceparent", "tracestate", "baggage"}


async def test_spans_are_counted(traced: ProcessStack, collector: Collector, router: httpx2.AsyncClient) -> None:
    trace = a_trace()
    await router.post("/v1/messages", json=asked(), headers=within(trace))
    collector.wait_for(trace, 4)
    for url, name in ((traced.router, "fairlead_router_spans_total"), (traced.normalizer, "fairlead_spans_total")):
        async with keyed(url) as client:
            lines = (await client.get("/metrics")).text.splitlines()
        told = {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith(name)}
        assert told[f'{name}{{result="exported"}}'] >= 2
        assert told[f'{name}{{result="failed"}}'] == told[f'{name}{{result="dropped"}}'] == 0

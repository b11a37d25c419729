"""Who is told of a trace, and what a trace is told, seen from the one service."""

from collections.abc import AsyncIterator, Sequence

import httpx2
import pytest
import pytest_asyncio

from fairlead.normalizer.app import World
from fairlead.shared.runtime.outbox import Outbox
from fairlead.shared.runtime.tracing import Tracing
from fairlead.shared.spans import Span, SpanKind
from fairlead.shared.trace_context import TraceContext
from fairlead.simulator import Simulator

from ..conftest import CANARY, no_pause, normalizer
from ..talk import MESSAGES, body

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROVIDERS = """{{Providers: [
  {{name: "ours", {at}, traceparent: true}},
  {{name: "theirs", {at}}},
]}}"""
CLIENTS = TraceContext("1" * 32, "2" * 16, 1, "vendor=1")
HEADERS = {"traceparent": CLIENTS.traceparent, "tracestate": "vendor=1"}


class Kept(Outbox):
    """An outbox that keeps what is put."""

    def __init__(self) -> None:
        super().__init__(lambda _spans: None, lambda: None, None)
        self.spans: list[Span] = []

    def put(self, span: Span) -> None:
        self.spans.append(span)


def recorded(parent: TraceContext | None, _trace: str, _name: str) -> tuple[bool, str | None]:
    return True, parent.state if parent else None


def config(running_simulator: Simulator) -> str:
    at = f'api_base_url: "{running_simulator.url}/v1/chat/completions", api_key: "{CANARY}", models: ["m"]'
    return PROVIDERS.format(at=at)


@pytest.fixture
def outbox() -> Kept:
    return Kept()


@pytest_asyncio.fixture(loop_scope="module")
async def client(running_simulator: Simulator, outbox: Kept) -> AsyncIterator[httpx2.AsyncClient]:
    world = World(sleep=no_pause, tracing=Tracing(recorded, outbox))
    async with normalizer(config(running_simulator), world) as client:
        yield client


def told(simulator: Simulator) -> list[dict[str, str]]:
    """What each call of a provider said of traces."""
    return [
        {name: value for name, value in request.headers if name in ("traceparent", "tracestate")}
        for request in simulator.requests
    ]


async def asked(client: httpx2.AsyncClient, provider: str) -> None:
    response = await client.post(MESSAGES, json=body(f"{provider},m"), headers=HEADERS)
    assert response.status_code == 200, response.text


def calls(spans: Sequence[Span]) -> list[Span]:
    return [span for span in spans if span.kind is SpanKind.CLIENT]


async def test_a_provider_of_ones_own_continues_the_trace_below_its_call(
    client: httpx2.AsyncClient, simulator: Simulator, outbox: Kept
) -> None:
    await asked(client, "ours")
    [call] = calls(outbox.spans)
    assert told(simulator) == [{"traceparent": call.context.traceparent, "tracestate": "vendor=1"}]


async def test_a_provider_is_not_told_of_traces_unless_it_is_to_be(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    await asked(client, "theirs")
    assert told(simulator) == [{}]


async def test_where_no_traces_are_made_a_provider_of_ones_own_gets_the_clients(
    running_simulator: Simulator, simulator: Simulator
) -> None:
    async with normalizer(config(running_simulator)) as client:
        await asked(client, "ours")
        await asked(client, "theirs")
        response = await client.post(MESSAGES, json=body("ours,m"), headers={"traceparent": "made up"})
        assert response.status_code == 200
    assert told(simulator) == [HEADERS, {}, {}]


async def test_each_call_of_a_provider_is_a_span_of_its_own(client: httpx2.AsyncClient, outbox: Kept) -> None:
    response = await client.post(MESSAGES, json=body("theirs,sim-text!status=429"), headers=HEADERS)
    assert response.status_code == 429
    [*made, request] = outbox.spans
    assert [span.attributes["error.type"] for span in made] == ["rate_limit"] * 3
    assert {span.parent for span in made} == {request.context.span}
    assert (request.attributes["fairlead.result"], request.error) == ("rate_limit", False)


async def test_a_request_that_is_turned_away_is_a_span_alone(client: httpx2.AsyncClient, outbox: Kept) -> None:
    await client.post(MESSAGES, json=body("nobody,m"), headers=HEADERS)
    [span] = outbox.spans
    assert (span.parent, span.attributes["http.response.status_code"]) == (CLIENTS.span, 404)


async def test_a_fault_of_ours_ends_the_span_as_failed(running_simulator: Simulator, outbox: Kept) -> None:
    def broken() -> float:
        raise RuntimeError("a detail nobody must see")

    async with normalizer(config(running_simulator), World(chance=broken, tracing=Tracing(recorded, outbox))) as client:
        response = await client.post(MESSAGES, json=body("theirs,sim-text!status=429"), headers=HEADERS)
    assert response.status_code == 500
    [request] = [span for span in outbox.spans if span.kind is SpanKind.SERVER]
    assert (request.attributes["error.type"], request.error) == ("internal", True)
    assert "detail" not in repr(outbox.spans)


async def test_a_stream_tells_how_long_it_kept_us_waiting(client: httpx2.AsyncClient, outbox: Kept) -> None:
    await client.post(MESSAGES, json=body("theirs,m", stream=True), headers=HEADERS)
    [call] = calls(outbox.spans)
    assert isinstance(waited := call.attributes["gen_ai.response.time_to_first_chunk"], float)
    assert 0 < waited < (call.ended - call.began) / 1e9
    [request] = [span for span in outbox.spans if span.kind is SpanKind.SERVER]
    assert [event.name for event in request.events] == ["received", "translated"]

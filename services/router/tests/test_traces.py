"""What a request leaves in its trace, target by target."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from fairlead.shared.runtime.outbox import Outbox
from fairlead.shared.runtime.tracing import Tracing
from fairlead.shared.spans import Span, SpanKind
from fairlead.shared.trace_context import TraceContext, read

from .answers import anthropic_error, anthropic_message, anthropic_stream, chat_completion
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream, whole
from .running import RunningRouter

CONFIG = """{Providers: [
  {name: "p", api_base_url: "https://p.invalid/v1", models: ["first", "second"], prices: {"*": {input: 1, output: 1}}},
], Router: {default: ["p,first", "p,second"], policy: {%s}}}"""
CLIENTS = TraceContext("1" * 32, "2" * 16, 1, "vendor=1")
HEADERS = {"traceparent": CLIENTS.traceparent, "tracestate": "vendor=1"}


class Kept(Outbox):
    """An outbox that keeps what is put."""

    def __init__(self) -> None:
        super().__init__(lambda _spans: None, lambda: None, None)
        self.spans: list[Span] = []
        self.begun = False

    def put(self, span: Span) -> None:
        self.spans.append(span)

    @property
    def request(self) -> Span:
        [found] = [span for span in self.spans if span.kind is SpanKind.SERVER]
        return found

    @property
    def attempts(self) -> list[Span]:
        return sorted([span for span in self.spans if span.kind is SpanKind.CLIENT], key=lambda span: span.began)


def as_its_parent(parent: TraceContext | None, _trace: str, _name: str) -> tuple[bool, str | None]:
    return parent is None or parent.sampled, parent.state if parent else None


@pytest.fixture
def outbox() -> Kept:
    return Kept()


@asynccontextmanager
async def asking(
    normalizer: FakeNormalizer, outbox: Kept, policy: str = ""
) -> AsyncIterator[tuple[httpx2.AsyncClient, RunningRouter]]:
    normalizer.lists_models(first="anthropic", second="anthropic")
    tracing = Tracing(as_its_parent, outbox)
    async with (
        RunningRouter(CONFIG % policy, normalizer.url, tracing=tracing) as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        yield client, router


def told(normalizer: FakeNormalizer) -> list[tuple[TraceContext | None, str]]:
    """What each attempt said of the trace, and the model it was for."""
    return [
        (read(asked.headers.get("traceparent"), asked.headers.get("tracestate")), asked.model)
        for asked in normalizer.messages
    ]


async def test_each_target_is_asked_within_a_span_of_its_own(normalizer: FakeNormalizer, outbox: Kept) -> None:
    normalizer.answers["p,first"] = whole(529, anthropic_error("overloaded_error", "busy"))
    normalizer.answers["p,second"] = whole(200, anthropic_message())
    async with asking(normalizer, outbox) as (client, router):
        response = await client.post("/v1/messages", json=claude_code(stream=False), headers=HEADERS)
    assert response.status_code == 200
    first, second = outbox.attempts
    assert told(normalizer) == [(first.context, "p,first"), (second.context, "p,second")]
    assert {first.parent, second.parent} == {outbox.request.context.span}
    assert outbox.request.parent == CLIENTS.span
    assert [span.attributes["gen_ai.request.model"] for span in (first, second)] == ["first", "second"]
    assert [span.attributes["fairlead.attempt"] for span in (first, second)] == [1, 2]
    assert (first.error, second.error, outbox.request.error) == (True, False, False)
    [line] = router.log.of("request")
    assert line["trace_id"] == CLIENTS.trace


async def test_of_two_that_are_asked_side_by_side_one_is_given_up(normalizer: FakeNormalizer, outbox: Kept) -> None:
    silent = asyncio.Event()
    normalizer.answers["p,first"] = [silent, *stream()]
    normalizer.answers["p,second"] = stream(*anthropic_stream())
    async with asking(normalizer, outbox, "hedge_s: 0.02, hedge_cost: 1") as (client, _):
        await client.post("/v1/messages", json=claude_code(), headers=HEADERS)
    silent.set()
    first, second = outbox.attempts
    assert (first.attributes["fairlead.result"], first.error) == ("given_up", False)
    assert (second.attributes["fairlead.result"], second.error) == ("answered", False)
    assert first.ended <= outbox.request.ended


async def test_a_target_that_stays_silent_has_failed(normalizer: FakeNormalizer, outbox: Kept) -> None:
    silent = asyncio.Event()
    normalizer.answers["p,first"] = [silent, *stream()]
    normalizer.answers["p,second"] = whole(200, anthropic_message())
    async with asking(normalizer, outbox, "first_content_s: 0.02") as (client, _):
        await client.post("/v1/messages", json=claude_code(stream=False), headers=HEADERS)
    silent.set()
    first, _ = outbox.attempts
    assert (first.attributes["error.type"], first.error) == ("first_byte_timeout", True)


async def test_a_trace_that_is_not_recorded_goes_on_unrecorded(normalizer: FakeNormalizer, outbox: Kept) -> None:
    normalizer.answers["p,first"] = whole(200, anthropic_message())
    unsampled = TraceContext(CLIENTS.trace, CLIENTS.span, 0)
    async with asking(normalizer, outbox) as (client, _):
        await client.post(
            "/v1/messages", json=claude_code(stream=False), headers={"traceparent": unsampled.traceparent}
        )
    assert outbox.spans == []
    [(context, _)] = told(normalizer)
    assert context is not None
    assert (context.trace, context.sampled) == (CLIENTS.trace, False)


async def test_a_fault_of_ours_ends_the_span_as_failed(normalizer: FakeNormalizer, outbox: Kept) -> None:
    def broken(count: int) -> bytes:
        if outbox.begun and count == 12:
            raise RuntimeError("a detail nobody must see")
        return bytes(count)

    normalizer.lists_models(first="anthropic", second="anthropic")
    tracing = Tracing(as_its_parent, outbox)
    async with (
        RunningRouter(CONFIG % "", normalizer.url, tracing=tracing, random_bytes=broken) as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        outbox.begun = True
        headers = HEADERS | {"x-request-id": "req_mine"}
        response = await client.post("/v1/messages", json=claude_code(stream=False), headers=headers)
    assert response.status_code == 500
    assert (outbox.request.attributes["error.type"], outbox.request.error) == ("internal", True)
    assert "detail" not in repr(outbox.spans)


async def test_a_request_that_is_refused_tells_its_status_and_kind(normalizer: FakeNormalizer, outbox: Kept) -> None:
    async with asking(normalizer, outbox) as (client, _):
        await client.post("/v1/messages", content=b"{", headers=HEADERS)
    assert outbox.attempts == []
    assert outbox.request.attributes["http.response.status_code"] == 400
    assert outbox.request.attributes["error.type"] == "bad_request"
    assert not outbox.request.error


async def test_clients_of_another_dialect_are_traced_alike(normalizer: FakeNormalizer, outbox: Kept) -> None:
    normalizer.answers["p,first"] = whole(200, chat_completion())
    body = {"model": "p,first", "messages": [{"role": "user", "content": "hi"}]}
    async with asking(normalizer, outbox) as (client, _):
        await client.post("/v1/chat/completions", json=body)
    assert outbox.request.name == "POST /v1/chat/completions"
    assert outbox.request.attributes["fairlead.client.dialect"] == "openai"
    assert outbox.request.parent is None

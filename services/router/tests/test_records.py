"""Every request that was decided leaves one record, whatever became of it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from fairlead.router.brief import tariff_of
from fairlead.router.catalog import Catalog
from fairlead.router.policy import Policy
from fairlead.router.records import Record
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Target

from .answers import anthropic_message, anthropic_stream
from .bodies import claude_code
from .conftest import CONFIG
from .fake_normalizer import FakeNormalizer, stream, whole
from .running import RunningRouter

PRICES = "prices: {native: {input: 2, output: 10}, second: {input: 1, output: 1}},"
PRICED = CONFIG.replace("models:", PRICES + "models:")
OVERLOADED = whole(529, {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})


class Kept:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def note(self, record: Record) -> None:
        self.records.append(record)


def test_a_model_costs_the_same_however_hard_it_is_to_think() -> None:
    prices = PRICES.replace("second:", "'*': {input: 9, output: 9}, second:")
    config = parse(CONFIG.replace("models:", prices + "models:"), {}, file="c", resolve_secrets=False).config
    costs = [
        tariff_of(Target("p", model), Policy.of(config), Catalog()).prices.input
        for model in ("second", "second(high)", "second:low", "third")
    ]
    assert costs == [1, 1, 1, 9]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def client(normalizer: FakeNormalizer, kept: Kept) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        RunningRouter(PRICED, normalizer.url, sinks=[kept]) as running,
        httpx2.AsyncClient(base_url=running.url, timeout=10) as made,
    ):
        yield made


async def test_an_answer_tells_where_it_came_from_and_what_it_cost(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, kept: Kept
) -> None:
    normalizer.unknown = whole(200, anthropic_message("hi"))
    answered = await client.post("/v1/messages", json=claude_code(stream=False))
    [record] = kept.records
    assert (record.provider, record.model, record.scenario) == ("p", "native", "default")
    assert (record.status, record.result, record.failure, record.attempts) == (200, "answered", None, 1)
    assert record.decision == answered.headers["x-fairlead-decision"]
    usage = answered.json()["usage"]
    assert (record.input, record.output) == (usage["input_tokens"], usage["output_tokens"])
    assert record.cost == pytest.approx((record.input * 2 + record.output * 10) / 1e6)
    assert record.default_cost == record.cost
    assert record.first_byte is not None
    assert 0 <= record.first_byte <= record.duration


async def test_an_answer_of_a_fallback_is_compared_with_the_default(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, kept: Kept
) -> None:
    normalizer.answers = {"p,native": OVERLOADED, "p,second": stream(*anthropic_stream("hi"))}
    await client.post("/v1/messages", json=claude_code())
    [record] = kept.records
    assert (record.model, record.attempts, record.stream) == ("second", 2, True)
    assert record.cost is not None
    assert record.default_cost is not None
    assert record.cost < record.default_cost


async def test_an_unknown_price_is_unknown(normalizer: FakeNormalizer, client: httpx2.AsyncClient, kept: Kept) -> None:
    normalizer.answers = {"p,small": whole(200, anthropic_message("hi"))}
    await client.post("/v1/messages", json=claude_code(stream=False, model="claude-haiku-4-5"))
    [record] = kept.records
    assert (record.model, record.cost) == ("small", None)
    assert record.default_cost is not None


@pytest.mark.parametrize(
    ("told", "billing", "cost"),
    [
        ("prices: {input: 0, output: 0},", "free", 0.0),
        ('billing: "free",', "free", 0.0),
        ('billing: "subscription",', "subscription", None),
        ('billing: "metered", prices: {input: 0, output: 0},', "metered", 0.0),
        ("prices: {input: 0},", "metered", None),
        ("", "metered", None),
    ],
)
async def test_a_record_says_how_its_provider_is_paid(
    normalizer: FakeNormalizer, kept: Kept, told: str, billing: str, cost: float | None
) -> None:
    normalizer.unknown = whole(200, anthropic_message("hi"))
    async with (
        RunningRouter(CONFIG.replace("models:", told + "models:"), normalizer.url, sinks=[kept]) as running,
        httpx2.AsyncClient(base_url=running.url) as client,
    ):
        await client.post("/v1/messages", json=claude_code(stream=False))
    [record] = kept.records
    assert (record.billing, record.cost, record.default_cost) == (billing, cost, cost)


async def test_a_failure_is_recorded_without_a_cost(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient, kept: Kept
) -> None:
    normalizer.unknown = whole(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}})
    await client.post("/v1/messages", json=claude_code(stream=False))
    [record] = kept.records
    assert (record.status, record.failure, record.cost) == (400, "bad_request", None)


async def test_what_was_never_decided_leaves_none(client: httpx2.AsyncClient, kept: Kept) -> None:
    await client.post("/v1/messages", content=b"{")
    assert kept.records == []

"""What requests took and cost, in figures."""

from msgspec import structs

from fairlead.router.meter import Meter
from fairlead.router.metrics import Metrics
from fairlead.router.records import METERED, Record

from .usage.made import record

RECORD = record(
    scenario="think",
    billing=METERED,
    input=10,
    cache_read=20,
    cache_write=0,
    output=5,
    reasoning=2,
    cost=0.25,
    default_cost=None,
    first_byte=0.4,
    duration=3.0,
)


def counted(*records: Record) -> list[str]:
    metrics = Metrics()
    meter = Meter(metrics, lambda: {"p"})
    for one in records:
        meter.note(one)
    return metrics.told().decode().splitlines()


def test_a_request_is_counted_with_its_tokens_its_cost_and_its_times() -> None:
    lines = counted(RECORD, RECORD)
    for line in (
        'fairlead_router_tokens_total{provider="p",kind="input"} 20',
        'fairlead_router_tokens_total{provider="p",kind="cache_read"} 40',
        'fairlead_router_tokens_total{provider="p",kind="output"} 10',
        'fairlead_router_reasoning_tokens_total{provider="p"} 4',
        'fairlead_router_cost_usd_total{provider="p",billing="metered"} 0.5',
        'fairlead_router_first_byte_seconds_bucket{provider="p",le="0.25"} 0',
        'fairlead_router_first_byte_seconds_bucket{provider="p",le="0.5"} 2',
        'fairlead_router_request_duration_seconds_sum{scenario="think"} 6.0',
    ):
        assert line in lines
    assert not any("cache_write" in line for line in lines if not line.startswith("#"))
    assert not any(line.startswith("fairlead_router_unpriced_requests_total{") for line in lines)


def test_an_unknown_price_is_counted_and_no_price() -> None:
    lines = counted(structs.replace(RECORD, cost=None))
    assert 'fairlead_router_unpriced_requests_total{provider="p"} 1' in lines
    assert not any(line.startswith("fairlead_router_cost_usd_total{") for line in lines)


def test_a_failure_has_no_price_that_could_be_unknown() -> None:
    failed = structs.replace(RECORD, cost=None, result="overloaded", first_byte=None, input=0, output=0)
    lines = counted(failed)
    assert not any(line.startswith("fairlead_router_unpriced_requests_total{") for line in lines)
    assert not any(line.startswith("fairlead_router_first_byte_seconds_count{") for line in lines)


def test_providers_that_clients_invent_are_counted_together() -> None:
    lines = counted(*[structs.replace(RECORD, provider=f"mine{number}") for number in range(50)])
    assert 'fairlead_router_cost_usd_total{provider="other",billing="metered"} 12.5' in lines
    assert not any("mine" in line for line in lines)

"""What is read when somebody asks for figures: of the providers their queues and credentials, and what we rely on."""

from collections import Counter
from collections.abc import Callable, Mapping

from fairlead.shared.runtime.metrics import Gauge
from fairlead.shared.runtime.tracing import Tracing

from .upstreams import Upstream


def gauges_of(upstreams: Mapping[str, Upstream]) -> tuple[Gauge, ...]:
    """Only configured names stand in them."""

    def waiting() -> dict[tuple[str, ...], float]:
        return {(name,): float(one.admission.waiting) for name, one in upstreams.items()}

    def running() -> dict[tuple[str, ...], float]:
        found = {(name,): one.admission.running for name, one in upstreams.items()}
        return {name: float(count) for name, count in found.items() if count is not None}

    def credentials() -> dict[tuple[str, ...], float]:
        reports = [(name, report) for name, one in upstreams.items() for report in one.source.reports()]
        counted = Counter((name, report.type, report.state) for name, report in reports)
        return {key: float(count) for key, count in counted.items()}

    return (
        Gauge("fairlead_queue_waiting", "Calls that wait until a provider has a place.", ("provider",), waiting),
        Gauge("fairlead_calls_running", "Calls that have one of the places of a provider.", ("provider",), running),
        Gauge(
            "fairlead_credentials",
            "Credentials by how they stand: ok, unused, expiring, expired, refused, missing or cooling down.",
            ("provider", "type", "state"),
            credentials,
        ),
    )


def gauges_of_service(redis_away: Callable[[], bool | None], tracing: Tracing | None) -> tuple[Gauge, ...]:
    """Redis and traces stand there only where they are used; `redis_away` gives None where it is not."""
    about = "1 while the Redis in which replicas share tokens did not answer when it was asked last."
    redis = Gauge("fairlead_redis_away", about, (), lambda: {(): float(bool(redis_away()))})
    spans = () if tracing is None else (tracing.gauge("fairlead_spans_total"),)
    return spans if redis_away() is None else (redis, *spans)

"""What is read of the providers when somebody asks for figures: their queues and their credentials."""

from collections import Counter
from collections.abc import Mapping

from fairlead.shared.runtime.metrics import Gauge

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
            "Credentials by how they stand: ok, expiring, expired, refused, missing or cooling down.",
            ("provider", "type", "state"),
            credentials,
        ),
    )

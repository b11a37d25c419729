"""How the service is: `GET /`, `/health`, `/ready` and `/metrics`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from litestar import MediaType, Response, route
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from fairlead.normalizer.catalog import Catalog
from fairlead.normalizer.counters import Counters
from fairlead.normalizer.credentials import WELL
from fairlead.normalizer.upstreams import Unusable, Upstream
from fairlead.shared.codec import encode
from fairlead.shared.runtime.metrics import Gauge

from .methods import READ

_METRICS_TYPE = "text/plain; version=0.0.4"


class Standing(Struct, frozen=True):
    """What there is to serve. `missing`: sentences about what keeps it from serving at all. `endpoints`: what may be
    asked, as `POST /v1/messages`."""

    version: str
    missing: tuple[str, ...]
    unusable: tuple[Unusable, ...]
    endpoints: tuple[str, ...] = ()


def status_handlers(
    standing: Standing,
    gauges: Sequence[Gauge],
    upstreams: Mapping[str, Upstream],
    catalog: Catalog,
    counters: Counters,
) -> list[HTTPRouteHandler]:
    """None of these asks a provider, and none needs a key."""

    @route("/", http_method=READ, sync_to_thread=False)
    def about() -> Response[bytes]:
        body = {"name": "fairlead normalizer", "version": standing.version, "models": len(catalog)}
        return _json({**body, "endpoints": standing.endpoints})

    @route("/health", http_method=READ, sync_to_thread=False)
    def health() -> Response[bytes]:
        return _json(_health(upstreams.values()))

    @route("/ready", http_method=READ, sync_to_thread=False)
    def ready() -> Response[bytes]:
        body = {
            "status": "not ready" if standing.missing else "ready",
            "missing": standing.missing,
            "unusable": [{"provider": one.name, "because": one.because} for one in standing.unusable],
            "models": len(catalog),
        }
        return _json(body, 503 if standing.missing else 200)

    @route("/metrics", http_method=READ, sync_to_thread=False)
    def metrics() -> Response[bytes]:
        return Response(counters.told(gauges), media_type=_METRICS_TYPE)

    return [about, health, ready, metrics]


def _health(upstreams: Iterable[Upstream]) -> dict[str, Any]:
    """Everybody may read it, so it tells no more of a credential than how it stands. The service is well though a
    credential is not: the status stays 200, and other providers answer."""
    reports = [(one.name, one.source.reports()) for one in upstreams]
    well = all(not each or any(report.state in WELL for report in each) for _, each in reports)
    credentials = [
        {"provider": name, "type": report.type, "state": report.state} for name, each in reports for report in each
    ]
    return {"status": "ok" if well else "degraded", "credentials": credentials}


def _json(body: dict[str, Any], status: int = 200) -> Response[bytes]:
    return Response(encode(body), status_code=status, media_type=MediaType.JSON)

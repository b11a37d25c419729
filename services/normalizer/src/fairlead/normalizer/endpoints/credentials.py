"""How the credentials stand: `GET /api/credentials`, for whoever may use the service without limits."""

from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import structs

from fairlead.normalizer.upstreams import Upstream
from fairlead.shared.access import demand_unlimited
from fairlead.shared.codec import encode

from .reception import Reception


def credential_handlers(upstreams: Mapping[str, Upstream], reception: Reception) -> list[HTTPRouteHandler]:
    """One entry for each credential of each provider; none holds a secret."""

    @get("/api/credentials", sync_to_thread=False)
    def credentials(request: Request[Any, Any, Any]) -> Response[bytes]:
        caller = reception.meet(request.scope["headers"])
        demand_unlimited(reception.check(caller))
        told = [
            {"provider": one.name, **structs.asdict(report)}
            for one in upstreams.values()
            for report in one.source.reports()
        ]
        headers = {"request-id": caller.request_id, "x-request-id": caller.request_id, "cache-control": "no-store"}
        return Response(encode({"credentials": told}), media_type=MediaType.JSON, headers=headers)

    return [credentials]

"""How the credentials stand: `GET /api/credentials`, for whoever may see what concerns everybody."""

from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response, route
from litestar.handlers import HTTPRouteHandler
from msgspec import structs

from fairlead.normalizer.upstreams import Upstream
from fairlead.shared.codec import encode
from fairlead.shared.queries import parameters

from .methods import READ
from .reception import Reception


def credential_handlers(upstreams: Mapping[str, Upstream], reception: Reception) -> list[HTTPRouteHandler]:
    """One entry for each credential of each provider; none holds a secret."""

    @route("/api/credentials", http_method=READ, sync_to_thread=False)
    def credentials(request: Request[Any, Any, Any]) -> Response[bytes]:
        caller = reception.meet(request.scope["headers"])
        reception.oversee(caller)
        parameters(request.scope["query_string"].decode("latin-1"))
        told = [
            {"provider": one.name, **structs.asdict(report)}
            for one in upstreams.values()
            for report in one.source.reports()
        ]
        headers = {"request-id": caller.request_id, "x-request-id": caller.request_id, "cache-control": "no-store"}
        return Response(encode({"credentials": told}), media_type=MediaType.JSON, headers=headers)

    return [credentials]

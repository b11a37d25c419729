"""How the configuration's file is taken: `GET /api/config`, for whoever may see what concerns everybody."""

from collections.abc import Callable
from typing import Any

from litestar import MediaType, Request, Response, route
from litestar.handlers import HTTPRouteHandler
from msgspec import structs

from fairlead.shared.codec import encode
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.live_config import LiveConfig

from .methods import READ
from .reception import Reception


def config_handlers(live: Callable[[], LiveConfig | None], reception: Reception) -> list[HTTPRouteHandler]:
    """What the file says itself is the router's to show: it holds secrets of both."""

    @route("/api/config", http_method=READ, sync_to_thread=False)
    def config(request: Request[Any, Any, Any]) -> Response[bytes]:
        caller = reception.meet(request.scope["headers"])
        reception.oversee(caller)
        parameters(request.scope["query_string"].decode("latin-1"))
        headers = {"request-id": caller.request_id, "x-request-id": caller.request_id, "cache-control": "no-store"}
        return Response(encode(taken(live())), media_type=MediaType.JSON, headers=headers)

    return [config]


def taken(live: LiveConfig | None) -> dict[str, Any]:
    """The file, why it is not served with where it is not, and what is odd about what is."""
    if live is None:
        return {"file": None, "problems": [], "warnings": [], "after_restart": []}
    return {
        "file": str(live.path),
        "problems": [structs.asdict(one) for one in live.problems],
        "warnings": [structs.asdict(one) for one in live.loaded.warnings],
        "after_restart": live.after_restart,
    }

"""`GET /v1/models` and `GET /v1/models/{id}`, in the shapes of OpenAI and Anthropic at once."""

from collections.abc import Callable
from typing import Any

from litestar import MediaType, Request, Response, route
from litestar.handlers import HTTPRouteHandler

from fairlead.normalizer.catalog import Catalog
from fairlead.normalizer.listings import Listings
from fairlead.shared.catalog import page_of
from fairlead.shared.codec import encode
from fairlead.shared.config.schema import ClientKey

from .methods import READ
from .reception import Reception

PATIENCE = 1.5
"""Seconds the first list waits for providers that have not been heard yet; Claude Code gives up after three."""

_LISTS = "x-fairlead-lists"
"""`known`: no provider is to be asked for the sake of this answer. The router looks every half minute."""


def model_handlers(
    catalog: Catalog, listings: Listings, reception: Reception, now: Callable[[], float]
) -> list[HTTPRouteHandler]:
    """The list, and below it each model by its id, which may hold slashes and commas."""

    async def told(
        request: Request[Any, Any, Any], look_up: Callable[[ClientKey | None], dict[str, Any]]
    ) -> Response[bytes]:
        caller = reception.meet(request.scope["headers"])
        key = reception.check(caller)
        if caller.headers.get(_LISTS) != "known":
            await listings.first(PATIENCE)
        headers = {"request-id": caller.request_id, "x-request-id": caller.request_id}
        return Response(encode(look_up(key)), media_type=MediaType.JSON, headers=headers)

    @route("/v1/models", http_method=READ)
    async def models(request: Request[Any, Any, Any]) -> Response[bytes]:
        page = page_of(request.scope["query_string"].decode("latin-1"))
        return await told(request, lambda key: catalog.listing(page, now(), key))

    @route("/v1/models/{model:path}", http_method=READ)
    async def model(request: Request[Any, Any, Any]) -> Response[bytes]:
        asked = request.scope["path"].removeprefix("/v1/models/")
        return await told(request, lambda key: catalog.listed(asked, now(), key))

    return [models, model]

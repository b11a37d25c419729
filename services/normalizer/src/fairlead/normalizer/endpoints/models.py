"""`GET /v1/models` and `GET /v1/models/{id}`, in the shapes of OpenAI and Anthropic at once."""

from typing import Any
from urllib.parse import parse_qs

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from fairlead.normalizer.catalog import PAGE, Catalog, Page
from fairlead.shared.codec import encode
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.runtime.asgi import whole_number

from .reception import Reception


def model_handlers(catalog: Catalog, reception: Reception) -> list[HTTPRouteHandler]:
    """The list, and below it each model by its id, which may hold slashes and commas."""

    def told(request: Request[Any, Any, Any], look_up: Any) -> Response[bytes]:
        caller = reception.meet(request.scope["headers"])
        reception.check(caller)
        headers = {"request-id": caller.request_id, "x-request-id": caller.request_id}
        return Response(encode(look_up()), media_type=MediaType.JSON, headers=headers)

    @get("/v1/models", sync_to_thread=False)
    def models(request: Request[Any, Any, Any]) -> Response[bytes]:
        return told(request, lambda: catalog.listing(page_of(request.scope["query_string"])))

    @get("/v1/models/{model:path}", sync_to_thread=False)
    def model(request: Request[Any, Any, Any]) -> Response[bytes]:
        return told(request, lambda: catalog.listed(request.scope["path"].removeprefix("/v1/models/")))

    return [models, model]


def page_of(query: bytes) -> Page:
    """`limit` and `after_id` of a query. Raises `FailureError` (BAD_REQUEST) for a limit that is no number from 1."""
    given = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    limit = whole_number(given.get("limit", str(PAGE)))
    if not limit:
        raise refuse(Kind.BAD_REQUEST, f"limit: must be a whole number from 1 to {PAGE}", param="limit")
    return Page(min(limit, PAGE), given.get("after_id"))

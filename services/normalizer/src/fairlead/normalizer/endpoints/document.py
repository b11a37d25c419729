"""`GET /openapi.json`: what the normalizer offers, for programs that read such documents; no key is needed for it."""

import asyncio
from collections.abc import Callable
from functools import cache

from litestar import MediaType, Response, route
from litestar.handlers import HTTPRouteHandler

from .methods import READ


def document_handlers(write: Callable[[], bytes]) -> list[HTTPRouteHandler]:
    """`write` is called in a thread when somebody asks first, and never again."""
    written = cache(write)

    @route("/openapi.json", http_method=READ)
    async def document() -> Response[bytes]:
        return Response(await asyncio.to_thread(written), media_type=MediaType.JSON)

    return [document]

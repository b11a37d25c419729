"""`POST /api/check`: whether one provider is well, for whoever may see what concerns everybody: the router does."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from fairlead.normalizer.checks import check, uncheckable
from fairlead.normalizer.list_calls import Source
from fairlead.shared.codec import encode
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.key_told import told as key_written
from fairlead.shared.queries import parameters

from .reception import Reception


class Wanted(Struct, forbid_unknown_fields=True):
    """Which provider is to be checked."""

    provider: str


def check_handlers(
    sources: Mapping[str, Source], names: Collection[str], reception: Reception, now: Callable[[], float]
) -> list[HTTPRouteHandler]:
    """`sources` by provider; `names` are those of all providers. Answers 200 whatever came of it; nothing that the
    provider wrote is in the answer."""

    @post("/api/check", status_code=200)
    async def checked(request: Request[Any, Any, Any]) -> Response[bytes]:
        caller = reception.meet(request.scope["headers"])
        reception.oversee(caller)
        parameters(request.scope["query_string"].decode("latin-1"))
        try:
            wanted = msgspec.json.decode(await request.body(), type=Wanted)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise refuse(Kind.BAD_REQUEST, 'the body must be {"provider": "…"}') from error
        source = sources.get(wanted.provider)
        if wanted.provider not in names:
            raise refuse(Kind.NOT_FOUND, f"there is no provider {wanted.provider[:80]}", param="provider")
        if source is None:
            raise uncheckable(wanted.provider[:80])
        found = await check(source, now, caller.request_id)
        body = {
            "provider": wanted.provider,
            "well": found.failure is None,
            "failure": found.failure.kind if found.failure else None,
            "status": found.failure.status if found.failure else None,
            "retry_after": found.failure.retry_after if found.failure else None,
            "key": key_written(found.key).decode() if found.key else None,
        }
        headers = {"request-id": caller.request_id, "x-request-id": caller.request_id, "cache-control": "no-store"}
        return Response(encode(body), media_type=MediaType.JSON, headers=headers)

    return [checked]

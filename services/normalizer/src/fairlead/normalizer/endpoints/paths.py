"""Raw ASGI handlers for the operations of every dialect: past everything Litestar does for a request."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import unquote

from litestar import HttpMethod, asgi, route
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp

from fairlead.shared.dialect import Dialect
from fairlead.shared.runtime.asgi import (
    Receive,
    Scope,
    Send,
    no_such_method,
    no_such_path,
    respond_failure,
)
from fairlead.shared.runtime.listed import as_asked
from fairlead.shared.surfaces import Surface

from .reception import Caller, Reception

Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Endpoint: TypeAlias = Callable[[Caller, Scope, Receive, Send], Awaitable[None]]

MODEL_PREFIXES = ("/v1beta", "/v1alpha", "/v1beta1")
"""Where the operations stand whose paths name the model; Litestar's path parameters cannot hold such names."""
SHARED_PREFIX = "/v1"
"""Where they stand too, and models to be read beside them."""


class Operations:
    """What is asked with POST: an endpoint for each surface."""

    def __init__(
        self, endpoints: Mapping[Surface, Endpoint], dialects: Mapping[str, Dialect], reception: Reception
    ) -> None:
        self._endpoints = endpoints
        self._dialects = dialects
        self._reception = reception

    def handlers(self) -> list[ASGIRouteHandler | HTTPRouteHandler]:
        """One for each path, and mounts for those that name models."""
        exact = [self._exact(one) for one in self._endpoints if not one.names_model_in_path]
        patterns = [(re.compile(one.pattern), one) for one in self._endpoints if one.names_model_in_path]
        if not patterns:
            return [*exact]
        named = self._named(patterns)
        mounts = [asgi(prefix, is_mount=True, copy_scope=False)(named) for prefix in MODEL_PREFIXES]
        return [*exact, *mounts, _beside_the_list(named)]

    def _exact(self, surface: Surface) -> ASGIRouteHandler:
        @asgi(surface.path, copy_scope=False)
        async def take(scope: Scope, receive: Receive, send: Send) -> None:
            await self._take(surface, {}, scope, receive, send)

        return take

    def _named(self, patterns: Sequence[tuple[re.Pattern[str], Surface]]) -> Application:
        """What no pattern matches is refused in the dialect of the first."""
        dialect = self._dialects[patterns[0][1].dialect]

        async def take(scope: Scope, receive: Receive, send: Send) -> None:
            path = unquote(str(scope["raw_path"], "latin-1")).rstrip("/")
            for pattern, surface in patterns:
                if found := pattern.fullmatch(path):
                    await self._take(surface, found.groupdict(), scope, receive, send)
                    return
            caller = self._reception.meet(scope["headers"])
            await respond_failure(send, no_such_path(scope["method"], path), dialect, caller.request_id)

        return take

    async def _take(
        self, surface: Surface, named: Mapping[str, str | None], scope: Scope, receive: Receive, send: Send
    ) -> None:
        caller = self._reception.meet(scope["headers"], named)
        if scope["method"] == "POST":
            told = as_asked(scope, send) if surface.names_model_in_path else send
            await self._endpoints[surface](caller, scope, receive, told)
            return
        failure = no_such_method(scope["method"], surface.path, ("POST",))
        dialect = self._dialects[surface.dialect]
        await respond_failure(send, failure, dialect, caller.request_id, ((b"allow", b"POST"),))


def _beside_the_list(named: Application) -> HTTPRouteHandler:
    """Only what is asked with POST is ours."""

    @route(f"{SHARED_PREFIX}/models/{{model:path}}", http_method=HttpMethod.POST)
    async def take() -> ASGIApp:
        return named  # type: ignore[return-value]  # our words for the same types

    return take

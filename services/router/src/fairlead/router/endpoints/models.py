"""`GET /v1/models`: the normalizer's list, or what the configuration says while the normalizer is away."""

import asyncio
from urllib.parse import quote

import httpx2

from fairlead.router.reception import Caller, Reception
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.asgi import (
    FAILURE_HEADER,
    ClientGoneError,
    Receive,
    Scope,
    Send,
    no_such_path,
    respond_failure,
    respond_json,
    watched,
)
from fairlead.shared.runtime.upstream_headers import advised

PATIENCE = 2.0
"""Seconds the normalizer has; Claude Code gives up on the list after three."""


class ModelsEndpoint:
    """The list, and under its path single models. `fallback` is the list to show without the normalizer."""

    def __init__(
        self,
        dialect: Dialect,
        reception: Reception,
        client: httpx2.AsyncClient,
        base_url: str,
        headers: dict[str, str],
        fallback: bytes,
    ) -> None:
        self._dialect = dialect
        self._reception = reception
        self._client = client
        self._base_url = base_url
        self._headers = headers
        self._fallback = fallback

    def __repr__(self) -> str:
        return f"<ModelsEndpoint {self._base_url}>"

    async def __call__(self, caller: Caller, _scope: Scope, receive: Receive, send: Send) -> None:
        head = [(self._dialect.request_id_header.encode(), caller.request_id.encode())]
        try:
            self._reception.check(caller)
            body = await watched(receive, self._list(caller))
        except ClientGoneError:
            return
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id)
            return
        await respond_json(send, 200, body, head)

    async def _list(self, caller: Caller) -> bytes:
        if not _STEPS.isdisjoint(caller.operation.split("/")):
            raise FailureError(no_such_path("GET", caller.operation))
        url = self._base_url + quote(caller.operation) + (f"?{caller.query}" if caller.query else "")
        try:
            async with asyncio.timeout(PATIENCE):
                response = await self._client.get(url, headers=self._headers | {"x-request-id": caller.request_id})
        except (httpx2.HTTPError, TimeoutError):
            return self._known_here(caller)
        if response.status_code == httpx2.codes.OK:
            return response.content
        told = self._dialect.decode_failure(response.status_code, response.content)
        failure = advised(told, response.headers.raw)
        if failure.kind is Kind.NOT_FOUND and FAILURE_HEADER.decode() not in response.headers:
            return self._known_here(caller)
        if failure.kind in _FOR_THE_CLIENT:
            raise FailureError(Failure(failure.kind, failure.message))
        return self._known_here(caller)

    def _known_here(self, caller: Caller) -> bytes:
        if caller.operation != "/v1/models":
            raise FailureError(Failure(Kind.UPSTREAM, "the list of models cannot be had right now"))
        return self._fallback


_FOR_THE_CLIENT = frozenset({Kind.BAD_REQUEST, Kind.NOT_FOUND})
"""What the client asked wrongly. All else is between us: our key is wrong there, or it is no normalizer at all, which
says "not found" without naming the kind of its failure."""

_STEPS = frozenset({".", ".."})
"""Parts of a path that lead to other places than a model's."""

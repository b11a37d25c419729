"""How the router is: `/`, `/api/hello`, `/health`, `/ready`, `/metrics`; no key is needed for them."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import TypeAlias

import httpx2

from fairlead.router.metrics import Metrics
from fairlead.router.reception import Caller
from fairlead.shared.codec import encode
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond, respond_json
from fairlead.shared.runtime.metrics import CONTENT_TYPE

Endpoint: TypeAlias = Callable[[Caller, Scope, Receive, Send], Awaitable[None]]

PATIENCE = 2.0
"""Seconds the normalizer has to say that it is there."""


def told(value: dict[str, str]) -> Endpoint:
    """An endpoint that always says the same."""
    body = encode(value)

    async def tell(_caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_json(send, 200, body)

    return tell


def hello() -> Endpoint:
    """Who answers here."""
    return told({"message": "fairlead router", "version": version("fairlead-router")})


def metrics(figures: Metrics) -> Endpoint:
    """Prometheus' text."""

    async def tell(_caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, 200, [(b"content-type", CONTENT_TYPE)], figures.told())

    return tell


class Ready:
    """Whether requests can be answered: 200, or 503 with what is missing. The configuration is there, or nothing would
    be served; so it is the normalizer that is asked."""

    def __init__(self, client: httpx2.AsyncClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url

    def __repr__(self) -> str:
        return f"<Ready {self._base_url}>"

    async def __call__(self, _caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        missing = await self._missing()
        status = 503 if missing else 200
        await respond_json(send, status, encode({"status": "not ready" if missing else "ready", "missing": missing}))

    async def _missing(self) -> list[str]:
        try:
            async with asyncio.timeout(PATIENCE):
                response = await self._client.get(f"{self._base_url}/health")
        except (httpx2.HTTPError, TimeoutError) as error:
            return [f"the normalizer at {self._base_url} does not answer ({type(error).__name__})"]
        if response.status_code != httpx2.codes.OK:
            return [f"the normalizer at {self._base_url} is not well: its /health says {response.status_code}"]
        return []

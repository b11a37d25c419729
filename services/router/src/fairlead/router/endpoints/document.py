"""`GET /openapi.json`: what the router offers, for programs that read such documents; no key is needed for it."""

import asyncio
from collections.abc import Callable
from functools import cache

from fairlead.router.reception import Caller
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_json

from .status import Endpoint


def document(write: Callable[[], bytes]) -> Endpoint:
    """`write` is called in a thread when somebody asks first, and never again."""
    written = cache(write)

    async def tell(_caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_json(send, 200, await asyncio.to_thread(written))

    return tell

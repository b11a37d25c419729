"""Asks a token endpoint: one bounded call, and what came of it, failures included."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
from msgspec import Struct

from fairlead.shared.config.oauth import OAuth
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.http import failure_from

from .grants import LARGEST_ANSWER, Grant, host_of
from .tokens import Denied, Granted

CALL_WITHIN_S = 20.0
_LONGEST_PAUSE_S = 3600.0
TIMEOUTS = {"connect": 10.0, "first_byte": CALL_WITHIN_S, "read": CALL_WITHIN_S}
_UNHEARD = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.PoolTimeout)
"""Errors after which the endpoint has seen nothing of the request."""


class Endpoint(Struct, frozen=True):
    """One token endpoint and how it is reached; `secret` gives the client's secret as it stands now. `grant`: how it is
    asked, where not as RFC 6749 has it."""

    oauth: OAuth
    secret: Callable[[], Secret | None]
    transport: httpx2.AsyncBaseTransport
    user_agent: str
    grant: Grant = Grant()

    def __repr__(self) -> str:
        return f"<Endpoint {self.oauth.token_url}>"

    async def ask(self, refresh: Secret | None) -> Granted | Denied:
        """A token for `refresh`, or for the client itself. Never raises for what an endpoint does."""
        oauth, secret = self.oauth, self.secret()
        if secret is None and oauth.client_secret is not None:
            message = f"client_secret: {oauth.client_secret.name} cannot be read, or holds no single line"
            return Denied(Failure(Kind.AUTHENTICATION, message, should_retry=False))
        made = self.grant.request(oauth, secret, refresh)
        headers = {**made.headers, "user-agent": self.user_agent, "accept-encoding": "identity"}
        request = httpx2.Request("POST", made.url, headers=headers, content=made.body, extensions={"timeout": TIMEOUTS})
        try:
            async with asyncio.timeout(CALL_WITHIN_S):
                response = await self.transport.handle_async_request(request)
                try:
                    body = await bounded(response.stream)
                finally:
                    await response.aclose()
        except TimeoutError:
            message = f"{host_of(oauth)} did not answer within {CALL_WITHIN_S:.0f} seconds"
            return Denied(Failure(Kind.FIRST_BYTE_TIMEOUT, message), perhaps_spent=True)
        except httpx2.HTTPError as error:
            return Denied(failure_from(error, target=host_of(oauth)), perhaps_spent=not isinstance(error, _UNHEARD))
        return self.grant.understood(oauth, response.status_code, body, _retry_after(response.headers))


async def bounded(stream: Any) -> bytes:
    """What is beyond the limit is not read: it would be no token."""
    chunks: AsyncIterator[bytes] = aiter(stream)
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_ANSWER:
            break
    return bytes(body)


def _retry_after(headers: httpx2.Headers) -> float | None:
    """In seconds; a date is not worth reading here."""
    text = headers.get("retry-after", "")
    return min(float(text), _LONGEST_PAUSE_S) if text.isdecimal() and text.isascii() else None

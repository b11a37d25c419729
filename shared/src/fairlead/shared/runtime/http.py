"""The client side of HTTP: an httpx2 transport on aiohttp, its timeouts, and its errors as failures."""

import ssl
from types import TracebackType

import httpx2
from msgspec import Struct

from fairlead.shared.failure import Failure

DEFAULT_CONNECTIONS = 1024
"""Sockets one transport may have open. A file descriptor each; the usual soft limit in a container is far higher."""


class Timeouts(Struct, frozen=True):
    """Seconds. `connect`: until a connection stands, DNS, TLS and waiting for a free one included; `first_byte`: from
    then until the response's headers; `idle`: between two reads of its body. There is no limit on the whole."""

    connect: float = 10.0
    first_byte: float = 300.0
    idle: float = 300.0

    def extensions(self) -> dict[str, object]:
        """As the `extensions` of an `httpx2.Request`."""
        raise NotImplementedError


class FirstByteTimeoutError(httpx2.ReadTimeout):
    """No response headers in time."""


class IdleTimeoutError(httpx2.ReadTimeout):
    """The response's body stopped coming."""


class CutError(httpx2.RemoteProtocolError):
    """The connection was closed before the response was complete, or before there was any of it."""


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """A long-lived pool. No cookies, redirects, decompression or retries; headers go out and come in as they are.

    `proxy` is used for every request; the environment's proxies are ignored. `tls` None: the system's trust, verified.
    Reads of a response deliver everything that has arrived. Closing a response before its end, or cancelling, closes
    its connection at once. Use and close it in one event loop; it opens its pool with the first request.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts = Timeouts(),
        connections: int = DEFAULT_CONNECTIONS,
        keepalive: float = 30.0,
        proxy: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        raise NotImplementedError

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends one request. Raises `httpx2.TransportError`, see `failure_from`."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Closes every connection."""
        raise NotImplementedError


def open_client(transport: AiohttpTransport) -> httpx2.AsyncClient:
    """The full client API on `transport`, for calls off the hot path (model lists, token refresh)."""
    raise NotImplementedError


def failure_from(error: httpx2.HTTPError, *, target: str) -> Failure:
    """What a transport error means. `target` is the name people know the upstream by; no URL or header is repeated."""
    raise NotImplementedError

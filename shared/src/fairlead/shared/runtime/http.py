"""The client side of HTTP: an httpx2 transport on aiohttp, with its own timeouts and one honest map of its errors.

Written anew rather than taken from httpx-aiohttp, whose map calls a refused connection a timeout and lets aiohttp's own
exceptions through.
"""

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal

import aiohttp
import httpx2
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct
from yarl import URL

from fairlead.shared.runtime.aiohttp_pool import Body, Bounds, Pool
from fairlead.shared.runtime.transport_errors import (
    CutError,
    FirstByteTimeoutError,
    HandshakeTimeoutError,
    IdleTimeoutError,
    ProxyTimeoutError,
    failure_from,
    mapped,
)

__all__ = [
    "AiohttpTransport",
    "CutError",
    "FirstByteTimeoutError",
    "HandshakeTimeoutError",
    "IdleTimeoutError",
    "ProxyTimeoutError",
    "Timeouts",
    "failure_from",
    "open_client",
]

DEFAULT_CONNECTIONS = 1024
"""Sockets one transport may have open, a file descriptor each."""

_SOCKS = frozenset({"socks5", "socks5h"})
_HEADER_LIMIT = 64 * 1024
_PROXY_WANTS_CREDENTIALS = 407
_UNSUPPLIED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding", b"connection"})
"""Headers that belong to the connection: aiohttp writes them from the URL and the body."""


class Timeouts(Struct, frozen=True):
    """Seconds. `connect`: until a connection stands, DNS, TLS and waiting for a free one included; `tls`: for the
    handshake alone, of each connection of a transport; `first_byte`: from when the request has been sent until the
    response's headers; `idle`: between two arrivals of its body. There is no limit on the whole."""

    connect: float = 10.0
    tls: float = 5.0
    first_byte: float = 300.0
    idle: float = 300.0

    def extensions(self) -> dict[str, Any]:
        """As the `extensions` of an `httpx2.Request`."""
        return {"timeout": {"connect": self.connect, "first_byte": self.first_byte, "read": self.idle}}


DEFAULT_TIMEOUTS = Timeouts()


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """A long-lived pool. No cookies, redirects, decompression or retries; headers go out and come in as they are.

    `proxy` (http, https, socks5 or socks5h) is used for every request, and nothing is ever asked past it; the
    environment's proxies are ignored. `tls` None: the system's trust, verified.
    Reads of a response deliver everything that has arrived. Closing a response before its end, or cancelling, closes
    its connection at once. Use and close it in one event loop; it opens its pool with the first request.
    A request's `extensions["timeout"]` (httpx2's, and `first_byte`) overrides `timeouts`, but for `tls`.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        connections: int = DEFAULT_CONNECTIONS,
        keepalive: float = 30.0,
        proxy: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._timeouts = timeouts
        self._connections = connections
        self._keepalive = keepalive
        self._proxy = URL(proxy) if proxy else None
        self._tls: ssl.SSLContext | Literal[True] = tls if tls is not None else True
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"<AiohttpTransport open={self._session is not None}>"

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends one request. Raises `httpx2.TransportError`: see `transport_errors`."""
        session = self._session
        if session is None:
            session = self._session = self._open()
        connect, first_byte, idle = self._limits(request.extensions.get("timeout"))
        try:
            response = await session.request(
                request.method,
                _target(str(request.url)),
                headers=_headers(request.headers.raw),
                data=await _body(request),
                allow_redirects=False,
                timeout=_client_timeout(connect, first_byte),
                proxy=None if self._through_socks else self._proxy,
                ssl=self._tls,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise mapped(error, FirstByteTimeoutError, request, proxied=self._proxy is not None) from error
        if response.status == _PROXY_WANTS_CREDENTIALS and self._proxy is not None:
            response.close()
            raise httpx2.ProxyError(f"the proxy answered {response.status}", request=request)
        connection = response.connection
        protocol = None if connection is None else connection.protocol
        if protocol is not None and idle != first_byte:
            protocol.read_timeout = idle
            protocol.start_timeout()
        return httpx2.Response(response.status, headers=response.raw_headers, stream=_ResponseBody(response))

    async def aclose(self) -> None:
        """Closes every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @property
    def _through_socks(self) -> bool:
        return self._proxy is not None and self._proxy.scheme in _SOCKS

    def _limits(self, given: dict[str, float | None] | None) -> tuple[float | None, float | None, float | None]:
        """Connect, first byte and idle; None for no limit."""
        if given is None:
            return self._timeouts.connect, self._timeouts.first_byte, self._timeouts.idle
        idle = given.get("read")
        return given.get("connect"), given.get("first_byte", idle), idle

    def _open(self) -> aiohttp.ClientSession:
        bounds = Bounds(self._connections, self._keepalive, self._timeouts.tls)
        return aiohttp.ClientSession(
            connector=_socks_pool(self._proxy, bounds) if self._proxy and self._through_socks else Pool(bounds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=_UNSUPPLIED,
            max_line_size=_HEADER_LIMIT,
            max_field_size=_HEADER_LIMIT,
        )


class _ResponseBody(httpx2.AsyncByteStream):
    """A response's body as it arrives. It does not know the request: a stream may last for minutes, and what it answers
    have megabytes."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._readany = response.content.readany

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._readany()
        except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
            raise mapped(error, IdleTimeoutError) from error
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        self._response.close()


def open_client(transport: httpx2.AsyncBaseTransport, *, user_agent: str = "fairlead") -> httpx2.AsyncClient:
    """The full client API on `transport`, for calls off the hot path (model lists, token refresh).

    It keeps no cookies. Closing it closes the transport.
    """
    no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.AsyncClient(
        transport=transport,
        headers={"accept-encoding": "identity", "user-agent": user_agent},
        cookies=no_cookies,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(DEFAULT_TIMEOUTS.idle, connect=DEFAULT_TIMEOUTS.connect),
    )


def _socks_pool(proxy: URL, bounds: Bounds) -> Pool:
    """Few have such a proxy: all others do without its library."""
    from fairlead.shared.runtime.socks import SocksPool

    return SocksPool(proxy, bounds)


@lru_cache(maxsize=64)
def _client_timeout(connect: float | None, first_byte: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_read=first_byte, ceil_threshold=float("inf"))


@lru_cache(maxsize=256)
def _target(url: str) -> URL:
    return URL(url, encoded=True)


async def _body(request: httpx2.Request) -> Body | None:
    content = await request.aread()
    return Body(content) if content else None


def _headers(raw: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [
        (_name(name), value.decode("utf-8", "surrogateescape")) for name, value in raw if name.lower() not in _FRAMING
    ]


@lru_cache(maxsize=256)
def _name(raw: bytes) -> str:
    """One text for all requests that have the header, for as long as their answers flow."""
    return raw.decode("latin-1")

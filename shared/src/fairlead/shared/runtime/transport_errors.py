"""What aiohttp's errors are in httpx2's terms, and what those mean as failures: two tables, each read top down.

| what happened | raised | failure |
|---|---|---|
| refused, no such host, no route, TLS refused | `ConnectError` | UNREACHABLE |
| the proxy is not there, or refused | `ProxyError` | UNREACHABLE |
| no connection in time | `ConnectTimeout` | CONNECT_TIMEOUT |
| none through the proxy in time | `ProxyTimeoutError` (a `ConnectTimeout`) | CONNECT_TIMEOUT |
| a TLS handshake that did not end in time | `HandshakeTimeoutError` (a `ConnectTimeout`) | CONNECT_TIMEOUT |
| no response headers in time | `FirstByteTimeoutError` (a `ReadTimeout`) | FIRST_BYTE_TIMEOUT |
| the body stopped coming | `IdleTimeoutError` (a `ReadTimeout`) | IDLE_TIMEOUT |
| closed before the response, or in the middle of it | `CutError` (a `RemoteProtocolError`) | CUT |
| the connection was reset | `ReadError` | CUT |
| what came is not HTTP | `RemoteProtocolError` | MALFORMED |
"""

import os
import socket
import ssl
from typing import TypeAlias

import aiohttp
import httpx2
from aiohttp.http_exceptions import HttpProcessingError

from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime import aiohttp_pool


class HandshakeTimeoutError(httpx2.ConnectTimeout):
    """The TLS handshake did not end in time."""


class ProxyTimeoutError(httpx2.ConnectTimeout):
    """No connection through the proxy in time: whether it is the proxy or what stands behind it, nobody can tell."""


class FirstByteTimeoutError(httpx2.ReadTimeout):
    """No response headers in time."""


class IdleTimeoutError(httpx2.ReadTimeout):
    """The response's body stopped coming."""


class CutError(httpx2.RemoteProtocolError):
    """The connection was closed before the response was complete, or before there was any of it."""


_Timeout: TypeAlias = type[FirstByteTimeoutError] | type[IdleTimeoutError]

_Raised: TypeAlias = tuple[tuple[type[BaseException], type[httpx2.TransportError]], ...]

_RAISED: _Raised = (
    (aiohttp_pool.HandshakeTimeoutError, HandshakeTimeoutError),
    (aiohttp_pool.ProxyRefusedError, httpx2.ProxyError),
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (aiohttp.ClientProxyConnectionError, httpx2.ProxyError),
    (aiohttp.ClientHttpProxyError, httpx2.ProxyError),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx2.UnsupportedProtocol),
    (aiohttp.ServerDisconnectedError, CutError),
    (aiohttp.ClientResponseError, httpx2.RemoteProtocolError),
    (HttpProcessingError, httpx2.RemoteProtocolError),
    (aiohttp.ClientPayloadError, CutError),
    (aiohttp.ClientError, httpx2.ReadError),
    (OSError, httpx2.ReadError),
    (ValueError, httpx2.LocalProtocolError),
)
"""aiohttp's errors, the special before the general: the reverse order is how a refusal becomes a timeout."""

_RAISED_BEHIND_PROXY: _Raised = (
    (aiohttp.ConnectionTimeoutError, ProxyTimeoutError),
    (aiohttp.ClientConnectorDNSError, httpx2.ProxyError),
    *_RAISED,
)
"""Where there is a proxy, its own is the only name that is looked up here."""


def mapped(
    error: BaseException, timeout: _Timeout, request: httpx2.Request | None = None, *, proxied: bool = False
) -> httpx2.TransportError:
    """An error of aiohttp (or of the socket below) as httpx2's. `timeout`: what one means where this was raised;
    `request`: where it is still known; `proxied`: whether it was to go through a proxy."""
    if isinstance(error, aiohttp.SocketTimeoutError):
        return timeout("timed out", request=request)
    table = _RAISED_BEHIND_PROXY if proxied else _RAISED
    raised = next(ours for theirs, ours in table if isinstance(error, theirs))
    return raised(_reason(error), request=request)


def _reason(error: BaseException) -> str:
    """The error in a few words: no host, no URL, nothing of the request."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its host name cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        certificate = error.certificate_error
        why = certificate.verify_message if isinstance(certificate, ssl.SSLCertVerificationError) else "not valid"
        return f"its TLS certificate is not trusted: {why}"
    if isinstance(error, aiohttp.ClientSSLError):
        return "the TLS handshake failed"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {error.status}"
    if isinstance(error, aiohttp_pool.ProxyRefusedError):
        return error.reason
    if isinstance(error, OSError) and error.errno is not None:
        return _name_of(error.errno)
    return _IN_WORDS.get(type(error), "the connection failed")


_IN_WORDS: dict[type[BaseException], str] = {
    aiohttp.ConnectionTimeoutError: "timed out",
    aiohttp.ServerDisconnectedError: "closed without an answer",
    aiohttp.ClientPayloadError: "closed in the middle of the answer",
    aiohttp.ClientOSError: "closed before the whole request was sent",
    aiohttp.ClientResponseError: "not valid HTTP",
    HttpProcessingError: "not valid HTTP",
}


def _name_of(errno: int) -> str:
    """An operating system error by name; resolvers use numbers of their own, below zero."""
    return os.strerror(errno).lower() if errno > 0 else socket.gaierror(errno).strerror or "its host cannot be resolved"


_MEANING: tuple[tuple[type[httpx2.HTTPError], Kind, str], ...] = (
    (HandshakeTimeoutError, Kind.CONNECT_TIMEOUT, "{target} took the connection, but its TLS handshake took too long"),
    (ProxyTimeoutError, Kind.CONNECT_TIMEOUT, "could not connect to {target} through its proxy in time"),
    (httpx2.ConnectTimeout, Kind.CONNECT_TIMEOUT, "could not connect to {target} in time"),
    (httpx2.PoolTimeout, Kind.CONNECT_TIMEOUT, "no connection to {target} was free in time"),
    (IdleTimeoutError, Kind.IDLE_TIMEOUT, "{target} stopped sending in the middle of its answer"),
    (httpx2.TimeoutException, Kind.FIRST_BYTE_TIMEOUT, "{target} did not begin to answer in time"),
    (httpx2.ProxyError, Kind.UNREACHABLE, "could not connect to {target} through its proxy: {reason}"),
    (httpx2.ConnectError, Kind.UNREACHABLE, "could not connect to {target}: {reason}"),
    (httpx2.UnsupportedProtocol, Kind.UNREACHABLE, "could not connect to {target}: its URL is not an HTTP URL"),
    (CutError, Kind.CUT, "{target} closed the connection before its answer was complete"),
    (httpx2.NetworkError, Kind.CUT, "the connection to {target} was lost: {reason}"),
    (httpx2.RemoteProtocolError, Kind.MALFORMED, "{target} sent something that is not valid HTTP"),
    (httpx2.DecodingError, Kind.MALFORMED, "{target} sent a body that cannot be decompressed"),
    (httpx2.HTTPError, Kind.INTERNAL, "the request to {target} could not be sent"),
)


def failure_from(error: httpx2.HTTPError, *, target: str) -> Failure:
    """What a transport error means. `target` is the name people know the upstream by; no URL or header is repeated."""
    kind, words = next((kind, words) for raised, kind, words in _MEANING if isinstance(error, raised))
    return Failure(kind, words.format(target=target, reason=str(error) or "the connection failed"))

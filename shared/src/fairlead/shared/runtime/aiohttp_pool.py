"""aiohttp's connection pool with limits on TLS handshakes and heads, with two faults of its response reader made good,
and without its opinion on large bodies.

aiohttp 3.14 tells the reader of a body neither that what follows is not HTTP (it would wait for good, its timeout
switched off) nor that the connection was reset (a body that lasts until the connection closes would seem complete).
"""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any, TypeAlias, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver, AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.payload import BytesPayload, Payload
from msgspec import Struct

T = TypeVar("T")
Connected: TypeAlias = tuple[asyncio.Transport, ResponseHandler]


class HandshakeTimeoutError(aiohttp.ClientConnectorError):
    """The peer took the connection and then did not finish its TLS handshake in time."""


class ProxyRefusedError(aiohttp.ClientConnectorError):
    """The proxy is there and did not connect us. `reason`: in a few words, nothing of the request."""

    def __init__(self, key: Any, error: OSError, reason: str) -> None:
        super().__init__(key, error)
        self.reason = reason


class Bounds(Struct, frozen=True):
    """Of one pool. `connections`: open at once; `keepalive`: seconds an idle one is kept; `handshake`: seconds TLS may
    take to begin, within the whole that connecting may."""

    connections: int
    keepalive: float
    handshake: float


class Pool(aiohttp.TCPConnector):
    """Must be made inside the event loop it serves."""

    def __init__(self, bounds: Bounds, resolver: AbstractResolver | None = None) -> None:
        super().__init__(limit=bounds.connections, keepalive_timeout=bounds.keepalive, resolver=resolver)
        handler: type[ResponseHandler] = _Handler
        self._factory = partial(handler, loop=asyncio.get_running_loop())
        self._bounds = bounds

    async def _wrap_create_connection(self, *args: Any, **kwargs: Any) -> Connected:
        """A socket to an address, and TLS on it."""
        return await _shaken(super()._wrap_create_connection(*args, **self._bounded(kwargs)))

    async def _wrap_existing_connection(self, *args: Any, **kwargs: Any) -> Connected:
        """TLS on a socket that is connected."""
        return await _shaken(super()._wrap_existing_connection(*args, **self._bounded(kwargs)))

    async def _start_tls_connection(self, *args: Any, **kwargs: Any) -> tuple[asyncio.BaseTransport, ResponseHandler]:
        """TLS through a proxy's tunnel. Of the `total` aiohttp makes the limit of the handshake, and nothing else."""
        given: aiohttp.ClientTimeout = kwargs["timeout"]
        kwargs["timeout"] = aiohttp.ClientTimeout(
            total=self._bounds.handshake, sock_connect=given.sock_connect, ceil_threshold=given.ceil_threshold
        )
        return await _shaken(super()._start_tls_connection(*args, **kwargs))

    def _bounded(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {**kwargs, "ssl_handshake_timeout": self._bounds.handshake} if kwargs.get("ssl") else kwargs


async def _shaken(connecting: Awaitable[T]) -> T:
    """Event loops give a handshake up with an error that aborted connections have too, but without a number."""
    try:
        return await connecting
    except aiohttp.ClientProxyConnectionError:
        raise
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, ConnectionAbortedError) and error.os_error.errno is None:
            raise HandshakeTimeoutError(*error.args) from error
        raise


_FINAL = 200
"""Statuses below are said before the answer: https://www.rfc-editor.org/rfc/rfc9110#section-15.2."""


class _Handler(ResponseHandler):
    """One connection.

    aiohttp times the wait for a response from the end of the request on, and anew with every byte: a provider that does
    not take the request, or sends its head a byte at a time, could hold a client for good. Here the time runs while the
    request is sent, anew with each part of it that is taken, and from then on until the head is complete: hints (1xx),
    which aiohttp takes for an answer, change nothing.
    """

    _hinted = False

    def set_response_params(self, **given: Any) -> None:
        super().set_response_params(**given)
        super()._reschedule_timeout()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._read_timeout_handle is not None:
            super()._reschedule_timeout()

    def start_timeout(self) -> None:
        super()._reschedule_timeout()

    def feed_data(self, data: Any, size: int = 0) -> None:
        """A head is complete."""
        super().feed_data(data, size)
        timer = self._read_timeout_handle
        self._hinted = data[0].code < _FINAL
        if self._hinted and timer is not None:
            self._loop.call_soon(self._wait_on, timer.when())

    def _wait_on(self, until: float) -> None:
        """The timer was stopped after all that had come."""
        if self._hinted and self._read_timeout_handle is None and self.transport is not None:
            self._read_timeout_handle = self._loop.call_at(until, self._on_read_timeout)

    def _reschedule_timeout(self) -> None:
        payload = self._payload
        if payload is not None and not payload.is_eof():
            super()._reschedule_timeout()

    def set_exception(self, exc: BaseException, *causes: BaseException) -> None:
        payload = self._payload
        super().set_exception(exc, *causes)
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(exc)

    def connection_lost(self, exc: BaseException | None) -> None:
        payload = self._payload
        if payload is None or payload.is_eof():
            super().connection_lost(exc)
            return
        reason = payload.exception()
        if reason is None and isinstance(exc, OSError):
            reason = aiohttp.ClientOSError(*exc.args)
            payload.set_exception(reason)  # for who waits now
        super().connection_lost(exc)
        if reason is not None:
            payload.set_exception(reason)  # for who reads later: a vaguer one was put in its place


_PIECE = 256 * 1024


class Body(BytesPayload):
    """Bytes to send, of any size: aiohttp's own warns above 1 MiB, and sends them in one piece, of which nobody could
    say whether it goes on."""

    def __init__(self, value: bytes) -> None:
        Payload.__init__(self, value)
        self._size = len(value)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """All of it: what is announced is its size."""
        value = self._value
        if len(value) <= _PIECE:
            await writer.write(value)
            return
        view = memoryview(value)
        for start in range(0, len(value), _PIECE):
            await writer.write(view[start : start + _PIECE])

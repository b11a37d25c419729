"""aiohttp's connection pool, with two faults of its response reader made good and without its opinion on large bodies.

aiohttp 3.14 tells the reader of a body neither that what follows is not HTTP (it would wait for good, its timeout
switched off) nor that the connection was reset (a body that lasts until the connection closes would seem complete).
"""

import asyncio
from functools import partial

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.payload import BytesPayload, Payload


class Pool(aiohttp.TCPConnector):
    """Must be made inside the event loop it serves."""

    def __init__(self, *, limit: int, keepalive: float) -> None:
        super().__init__(limit=limit, keepalive_timeout=keepalive)
        handler: type[ResponseHandler] = _Handler
        self._factory = partial(handler, loop=asyncio.get_running_loop())


class _Handler(ResponseHandler):
    """One connection."""

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


class Body(BytesPayload):
    """Bytes to send, of any size: aiohttp's own warns above 1 MiB."""

    def __init__(self, value: bytes) -> None:
        Payload.__init__(self, value)
        self._size = len(value)

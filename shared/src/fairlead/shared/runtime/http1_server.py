"""uvicorn's HTTP/1.1 protocol with bounds on a request's headers and pauses, and with errors that any client can read.

httptools itself has no limit: a header that never ends would be kept until memory does, and half a request as long as
its connection. It also takes the body of a
request that offers an upgrade (`curl --http2` and Java's client do) for what follows the upgrade, which we never make.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from fairlead.shared.runtime.ids import request_id

_LINGER = 2.0
"""Seconds a refused client gets to read why: closing with its bytes unread would reset the connection under it."""

_OVERHEAD = 4
"""Bytes of one header besides name and value."""

_CODING = len("transfer-encoding")


class BoundedHttp(HttpToolsProtocol):
    """One connection. The limit on a request's line and headers is the config's `h11_max_incomplete_event_size`."""

    # Beyond thirty attributes each connection would have a dict of its own, of more than a kilobyte; uvicorn has 28.
    __slots__ = ("_arrived", "_head", "_heard", "_in_head", "_left", "_limit", "_refused", "_timer")

    patience = 60.0
    """Seconds without a byte of a request that is not complete."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pipeline = _Pipeline()  # type: ignore[assignment]  # has all that is used of the other
        self._limit = self.config.h11_max_incomplete_event_size or 64 * 1024
        self._head = 0
        self._arrived = 0
        self._in_head = True
        self._refused = False
        self._left = 0
        self._heard = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.parser = _NoUpgrades(self.parser, self._go_on)  # type: ignore[assignment]  # has all that one has

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base
        super().connection_made(transport)
        self._heard = self.loop.time()
        self._timer = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._heard = self.loop.time()
        if self._left:
            self._go_on(data)
            return
        super().data_received(data)
        if self._in_head and not self._refused:
            self._arrived += len(data)
            if self._arrived > self._limit:
                self._refuse(431, self._too_large())

    def on_message_begin(self) -> None:
        self._head = self._arrived = 0
        self._in_head = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._grow(len(name) + len(value) + _OVERHEAD)
        if len(name) == _CODING and name.lower() == b"transfer-encoding" and value.lower() != b"chunked":
            raise ValueError("no transfer coding but chunked is understood")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()
        if self.parser.should_upgrade():
            sizes = [value for name, value in self.headers if name == b"content-length"]
            self._left = int(sizes[0]) if sizes else 0

    def on_message_complete(self) -> None:
        if not self._left:
            super().on_message_complete()

    def _go_on(self, data: bytes) -> None:
        """What came after the head of a request that offered an upgrade: its body, then the next request."""
        if any(name == b"transfer-encoding" for name, _ in self.headers):
            self._refuse(400, "a request that offers an upgrade must give the length of its body")
            return
        body, rest = data[: self._left], data[self._left :]
        if body:
            self._left -= len(body)
            self.on_body(body)
            self.on_message_complete()
        if rest:
            self.data_received(rest)

    def send_400_response(self, msg: str) -> None:
        """What the parser cannot go on with, our own refusal of a large header block included."""
        if self._head > self._limit:
            self._refuse(431, self._too_large())
        else:
            self._refuse(400, msg)

    def _look(self) -> None:
        """The timer is not re-armed at every byte, so most often there is still time left. Between two requests uvicorn
        itself waits; what we do not read for now is not missed."""
        if self._is_awaited() and not self.flow.read_paused:
            left = self._heard + self.patience - self.loop.time()
            if left <= 0:
                self._refuse(408, f"nothing more of the request has come for {self.patience:.0f} seconds")
                return
        else:
            left = self.patience
        self._timer = self.loop.call_later(left, self._look)

    def _is_awaited(self) -> bool:
        """Whether a request has begun to come, or is the first, and is not complete."""
        cycle = self.cycle
        if self._in_head:
            return cycle is None or self._arrived > 0
        return cycle.more_body and not cycle.response_complete

    def _grow(self, size: int) -> None:
        self._head += size
        if self._head > self._limit:
            raise ValueError(self._too_large())

    def _too_large(self) -> str:
        return f"the request line and headers are larger than {self._limit} bytes"

    def _refuse(self, status: int, message: str) -> None:
        """Answers, then takes no more notice of what comes, and closes. Whoever works for this client is told that it
        has gone; in the middle of an answer another would be read as part of it, so there is none."""
        self._refused = True
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        self.transport.write(STATUS_LINE[status] + _refusal(message, request_id(os.urandom)))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER, self.transport.close)


class _Pipeline(list[Any]):
    """Requests that came before their predecessor was answered: hardly ever one. An empty deque takes 760 bytes."""

    def appendleft(self, request: Any) -> None:
        self.insert(0, request)


class _NoUpgrades:
    """A parser that hands on what it would leave to another protocol."""

    def __init__(self, parser: httptools.HttpRequestParser, go_on: Callable[[bytes], None]) -> None:
        self._parser = parser
        self._go_on = go_on

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on(data[upgrade.args[0] :])


def _refusal(message: str, known_by: str) -> bytes:
    """Headers and body, in Anthropic's and OpenAI's shape at once: which of them this client reads is not known yet."""
    error = {"type": "invalid_request_error", "message": message, "param": None, "code": None}
    body = msgspec.json.encode({"type": "error", "error": error, "request_id": known_by})
    identity = known_by.encode()
    return (
        b"content-type: application/json\r\ncontent-length: %d\r\nrequest-id: %b\r\nx-request-id: %b\r\n"
        b"x-fairlead-failure: bad_request\r\nconnection: close\r\n\r\n%b" % (len(body), identity, identity, body)
    )

"""The server side of HTTP on bare ASGI: reading a bounded body, answering, and noticing that the client has gone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from math import ceil
from typing import Any, TypeAlias, TypeVar

from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure, FailureError, Kind

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

T = TypeVar("T")

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes. Anthropic allows 32 MB a request, Gemini 100 MB with files inline."""

_DIGITS = 15
"""Python refuses to read thousands of them, and no clock or list needs more."""

FAILURE_HEADER = b"x-fairlead-failure"
"""Tells the exact kind of a failure, which status and body may not."""


class ClientGoneError(Exception):
    """The client disconnected: there is nobody to answer."""


STOPPED = Failure(Kind.OVERLOADED, "the gateway is being stopped; ask again in a moment", should_retry=True)
"""What a client is told whose answer is not complete when the server waits no longer."""


class StoppedError(FailureError):
    """The server stops, and waits no longer; little time is left to tell the client."""

    def __init__(self) -> None:
        super().__init__(STOPPED)


def header(scope: Scope, name: bytes) -> str | None:
    """The first header called `name` (lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def header_fields(raw: Headers) -> dict[str, str]:
    """Header values by lower-case name; lines of one name are one list,
    https://www.rfc-editor.org/rfc/rfc9110#section-5.3."""
    fields: dict[str, str] = {}
    for name, value in raw:
        key, text = str(name, "latin-1").lower(), str(value, "latin-1")
        fields[key] = f"{fields[key]}, {text}" if key in fields else text
    return fields


def whole_number(text: str) -> int | None:
    """The number in a header or a query, None when it is none, or longer than anything that is counted there."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


_AS_IT_IS = frozenset({"", "identity"})


async def read_body(scope: Scope, receive: Receive, limit: int = BODY_LIMIT) -> bytes:
    """The whole request body. Raises `FailureError` (TOO_LARGE, at once when content-length says so, else at the byte
    that is too much; BAD_REQUEST for a compressed one) and `ClientGoneError`."""
    coding = header(scope, b"content-encoding")
    if coding is not None and coding.strip().lower() not in _AS_IT_IS:
        raise _compressed(coding)
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        return body
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
    raise ClientGoneError


def _compressed(coding: str) -> FailureError:
    message = f"the request body is compressed ({coding[:40]}); it must be sent as it is, without content-encoding"
    return FailureError(Failure(Kind.BAD_REQUEST, message, status=415))


def _too_large(limit: int) -> FailureError:
    return FailureError(Failure(Kind.TOO_LARGE, f"the request body is larger than {limit} bytes"))


async def respond(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """One complete response; `content-length` is added."""
    head = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def respond_json(send: Send, status: int, body: bytes, headers: Headers = ()) -> None:
    """One complete JSON response."""
    await respond(send, status, [(b"content-type", b"application/json"), *headers], body)


async def respond_failure(
    send: Send, failure: Failure, dialect: Dialect, request_id: str, headers: Headers = ()
) -> None:
    """A failure in the client's dialect: status, body, retry advice, the request id, and our name for its kind.

    Advice already among `headers`, in the provider's own words, is left as it is.
    """
    given = list(headers)
    names = {name for name, _ in given}
    ours = [
        *_advice(failure),
        (dialect.request_id_header.encode(), request_id.encode()),
        (FAILURE_HEADER, failure.kind.encode()),
    ]
    given += [(name, value) for name, value in ours if name not in names]
    await respond_json(send, dialect.failure_status(failure), dialect.encode_failure(failure, request_id), given)


NO_STORE = (b"cache-control", b"no-store")
"""What is told of a service is of the moment, and kept by nobody."""


async def respond_told(send: Send, work: Awaitable[bytes], dialect: Dialect, request_id: str) -> None:
    """The JSON that `work` gives, or the `FailureError` it raises, in `dialect`."""
    try:
        body = await work
    except FailureError as error:
        await respond_failure(send, error.failure, dialect, request_id, [NO_STORE])
        return
    await respond_json(send, 200, body, [NO_STORE, (dialect.request_id_header.encode(), request_id.encode())])


def _advice(failure: Failure) -> list[tuple[bytes, bytes]]:
    """When and whether to try again; https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 has whole seconds."""
    headers = []
    if failure.retry_after is not None:
        headers.append((b"retry-after", b"%d" % ceil(failure.retry_after)))
    if failure.should_retry is not None:
        headers.append((b"x-should-retry", b"true" if failure.should_retry else b"false"))
    return headers


def no_such_path(method: str, path: str) -> Failure:
    """The failure for a path nobody serves (404)."""
    return Failure(Kind.NOT_FOUND, f"there is nothing at {method} {path}")


def no_such_method(method: str, path: str, allowed: Iterable[str]) -> Failure:
    """The failure for a path that is served, but not to this method (405)."""
    return Failure(Kind.METHOD, f"{path} does not take {method}, only {', '.join(allowed)}")


async def watched(receive: Receive, work: Awaitable[T]) -> T:
    """The result of `work`. The moment the client disconnects it is cancelled, and `ClientGoneError` raised; when the
    server cancels it, `StoppedError` is.

    The body must have been read. Once the response is complete servers report a disconnect too: what `work` awaits
    after that may be cancelled, so book-keeping belongs after `watched`, or in code that does not await.
    """
    worker = asyncio.current_task()
    assert worker is not None
    watcher = _Watcher(worker)
    watching = asyncio.get_running_loop().create_task(watcher.watch(receive))
    try:
        return await work
    except asyncio.CancelledError:
        # Our own cancellation and the server's may both have come; of two, one stays.
        if worker.uncancel() == 0:
            raise (ClientGoneError if watcher.gone else StoppedError) from None
        raise
    finally:
        watching.cancel()


class _Watcher:
    """Waits for the client to go, then cancels the task that works for it."""

    __slots__ = ("gone", "worker")

    def __init__(self, worker: "asyncio.Task[Any]") -> None:
        self.worker = worker
        self.gone = False

    async def watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self.worker.cancel()

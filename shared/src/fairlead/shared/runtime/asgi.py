"""The server side of HTTP on bare ASGI: reading a bounded body, answering, and noticing that the client has gone."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias, TypeVar

from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

T = TypeVar("T")

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes. Anthropic allows 32 MB a request, Gemini 100 MB with files inline."""


class ClientGoneError(Exception):
    """The client disconnected: there is nobody to answer."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header called `name` (lower case), or None."""
    raise NotImplementedError


async def read_body(scope: Scope, receive: Receive, limit: int = BODY_LIMIT) -> bytes:
    """The whole request body. Raises `FailureError` (TOO_LARGE, at once when content-length says so, else at the byte
    that is too much) and `ClientGoneError`."""
    raise NotImplementedError


async def respond(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """One complete response; `content-length` is added."""
    raise NotImplementedError


async def respond_json(send: Send, status: int, body: bytes, headers: Headers = ()) -> None:
    """One complete JSON response."""
    raise NotImplementedError


async def respond_failure(
    send: Send, failure: Failure, dialect: Dialect, request_id: str, headers: Headers = ()
) -> None:
    """A failure in the client's dialect: status, body, `retry-after`, `x-should-retry`, the request id, our kind."""
    raise NotImplementedError


def no_such_path(method: str, path: str) -> Failure:
    """The failure for a path nobody serves (404)."""
    raise NotImplementedError


def no_such_method(method: str, path: str, allowed: Iterable[str]) -> Failure:
    """The failure for a path that is served, but not to this method (405)."""
    raise NotImplementedError


async def watched(receive: Receive, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled the moment the client disconnects; then `ClientGoneError` is raised.

    The body must have been read. Once the response is complete servers report a disconnect too: what `work` awaits
    after that may be cancelled, so book-keeping belongs after `watched`, or in code that does not await.
    """
    raise NotImplementedError

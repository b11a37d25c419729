"""Answers for requests that no endpoint took: unknown paths, wrong methods, and errors of our own."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.response.base import ASGIResponse
from litestar.types import Receive as LitestarReceive
from litestar.types import Scope as LitestarScope
from litestar.types import Send as LitestarSend

from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.asgi import no_such_method, no_such_path, respond_failure

from .reception import Caller, Reception

_BY_PATH = (("/v1/messages", "anthropic"), ("/v1beta", "gemini"), ("/v1/responses", "openai-responses"))
_BY_HEADER = (("anthropic-version", "anthropic"), ("x-goog-api-key", "gemini"))


def dialect_for(path: str, headers: Mapping[str, str], dialects: Mapping[str, Dialect]) -> Dialect:
    """The one whose path this is or whose clients send such headers; OpenAI's for all others."""
    by_path = (name for start, name in _BY_PATH if path.startswith(start))
    by_header = (name for header, name in _BY_HEADER if header in headers)
    return dialects[next(by_path, None) or next(by_header, None) or "openai"]


class Mishaps:
    """The exception handlers of the app."""

    def __init__(self, reception: Reception, dialects: Mapping[str, Dialect], log: Any) -> None:
        self._reception = reception
        self._dialects = dialects
        self._log = log

    @property
    def handlers(self) -> dict[type[Exception], Callable[[Request[Any, Any, Any], Any], Response[Any]]]:
        return {FailureError: self.refused, HTTPException: self.missed, Exception: self.broken}

    def refused(self, request: Request[Any, Any, Any], error: FailureError) -> Response[Any]:
        """One of our own endpoints refused."""
        return self._told(request, error.failure)

    def missed(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        """There is no such path, or not with this method."""
        method, path = request.method, request.scope["path"]
        if isinstance(error, MethodNotAllowedException):
            allow = (error.headers or {}).get("allow", "")
            failure = no_such_method(method, path, allow.split(", "))
            return self._told(request, failure, ((b"allow", allow.encode()),))
        if error.status_code == 404:
            return self._told(request, no_such_path(method, path))
        return self._told(request, Failure(Kind.BAD_REQUEST, error.detail, status=error.status_code))

    def broken(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        """A fault of ours: the trace is for the log, never for the client."""
        caller = self._reception.meet(request.scope["headers"])
        self._log.error("internal error", request_id=caller.request_id, path=request.scope["path"], exc_info=error)
        return self._told(request, Failure(Kind.INTERNAL, "an internal error; the log has more under this request id"))

    def _told(
        self, request: Request[Any, Any, Any], failure: Failure, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> Response[Any]:
        caller = self._reception.meet(request.scope["headers"])
        dialect = dialect_for(request.scope["path"], caller.headers, self._dialects)
        return _FailureResponse(_Telling(failure, dialect, caller, headers))


class _FailureResponse(Response[bytes]):
    """Hands Litestar what tells a failure in our way."""

    def __init__(self, telling: "_Telling") -> None:
        super().__init__(b"")
        self._telling = telling

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        return self._telling


class _Telling(ASGIResponse):
    """One failure on its way to one client."""

    def __init__(
        self, failure: Failure, dialect: Dialect, caller: Caller, headers: tuple[tuple[bytes, bytes], ...]
    ) -> None:
        super().__init__()
        self._failure = failure
        self._dialect = dialect
        self._caller = caller
        self._headers = headers

    async def __call__(self, scope: LitestarScope, receive: LitestarReceive, send: LitestarSend) -> None:
        await respond_failure(send, self._failure, self._dialect, self._caller.request_id, self._headers)  # type: ignore[arg-type]  # Litestar's events are the same dicts, typed

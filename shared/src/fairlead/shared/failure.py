"""What can go wrong with a call, as a closed set of kinds, each with what it means for the client and for failover."""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct


class Kind(StrEnum):
    """A class of failure. The value is its name on the wire between the services and in logs and metrics."""

    BAD_REQUEST = "bad_request"
    CONTEXT_OVERFLOW = "context_overflow"
    CONTENT_REFUSED = "content_refused"
    TOO_LARGE = "too_large"
    AUTHENTICATION = "authentication"
    BILLING = "billing"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    METHOD = "method_not_allowed"
    CONFLICT = "conflict"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    UPSTREAM = "upstream_error"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect_timeout"
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    IDLE_TIMEOUT = "idle_timeout"
    CUT = "cut"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"


def status_of(kind: Kind) -> int:  # noqa: C901, PLR0912 - one arm a kind is the point of a total match
    """The HTTP status a failure of this kind has when its provider gave none."""
    match kind:
        case Kind.BAD_REQUEST | Kind.CONTEXT_OVERFLOW | Kind.CONTENT_REFUSED:
            return 400
        case Kind.AUTHENTICATION:
            return 401
        case Kind.BILLING:
            return 402
        case Kind.PERMISSION:
            return 403
        case Kind.NOT_FOUND:
            return 404
        case Kind.METHOD:
            return 405
        case Kind.CONFLICT:
            return 409
        case Kind.TOO_LARGE:
            return 413
        case Kind.RATE_LIMIT:
            return 429
        case Kind.UPSTREAM | Kind.INTERNAL:
            return 500
        case Kind.UNSUPPORTED:
            return 501
        case Kind.UNREACHABLE | Kind.CUT | Kind.MALFORMED:
            return 502
        case Kind.CONNECT_TIMEOUT | Kind.FIRST_BYTE_TIMEOUT | Kind.IDLE_TIMEOUT:
            return 504
        case Kind.OVERLOADED:
            return 529
        case _:
            assert_never(kind)


WORTH_ANOTHER_TARGET = frozenset(
    {
        Kind.RATE_LIMIT,
        Kind.OVERLOADED,
        Kind.UPSTREAM,
        Kind.UNREACHABLE,
        Kind.CONNECT_TIMEOUT,
        Kind.FIRST_BYTE_TIMEOUT,
        Kind.IDLE_TIMEOUT,
        Kind.CUT,
        Kind.MALFORMED,
    }
)
"""Kinds that say something about the target, not about the request: another target may well answer."""


_BRIEF = 500


class Failure(Struct, frozen=True, gc=False):
    """One failure.

    `message` is for people. `retry_after` is in seconds. `body` is the provider's own error body when it was written in
    dialect `dialect`: a client of that dialect gets it unchanged, because clients repair themselves by its wording.
    """

    kind: Kind
    message: str
    status: int | None = None
    retry_after: float | None = None
    should_retry: bool | None = None
    code: str | None = None
    param: str | None = None
    dialect: str | None = None
    body: bytes | None = None

    @property
    def brief(self) -> str:
        """`message` as far as it is kept, in logs and of past requests: some servers repeat the request in it."""
        return self.message if len(self.message) <= _BRIEF else self.message[:_BRIEF] + "…"

    @property
    def http_status(self) -> int:
        """The provider's status where an error may have it, else the kind's: some vendors count from 1000 up."""
        status = self.status
        return status if status is not None and 400 <= status < 600 else status_of(self.kind)


class FailureError(Exception):
    """A failure on its way up to the edge that answers the client."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def refuse(kind: Kind, message: str, *, param: str | None = None, code: str | None = None) -> FailureError:
    """An exception for a request we refuse ourselves."""
    return FailureError(Failure(kind, message, param=param, code=code))

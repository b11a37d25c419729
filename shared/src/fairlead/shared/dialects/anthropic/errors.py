"""Failures between Anthropic's words and ours: https://platform.claude.com/docs/en/api/errors."""

from collections.abc import Mapping

import msgspec

from fairlead.shared.codec import as_utf8, encode
from fairlead.shared.dialect import NOTHING_PASSED, Passed
from fairlead.shared.dialects.anthropic.blocks_in import NAME
from fairlead.shared.error_bodies import kind_of_status, overflow, unread_failure
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import encode_event
from fairlead.shared.wire import anthropic as wire

_KIND_OF_TYPE: Mapping[str, Kind] = {
    "invalid_request_error": Kind.BAD_REQUEST,
    "authentication_error": Kind.AUTHENTICATION,
    "billing_error": Kind.BILLING,
    "permission_error": Kind.PERMISSION,
    "not_found_error": Kind.NOT_FOUND,
    "conflict_error": Kind.CONFLICT,
    "request_too_large": Kind.TOO_LARGE,
    "rate_limit_error": Kind.RATE_LIMIT,
    "timeout_error": Kind.UPSTREAM,
    "overloaded_error": Kind.OVERLOADED,
    "not_supported": Kind.UNSUPPORTED,
}
"""`api_error` is not here: gateways write it over any status, which then tells more."""

_TYPE_OF_KIND: Mapping[Kind, str] = {
    Kind.BAD_REQUEST: "invalid_request_error",
    Kind.CONTEXT_OVERFLOW: "invalid_request_error",
    Kind.CONTENT_REFUSED: "invalid_request_error",
    Kind.METHOD: "invalid_request_error",
    Kind.TOO_LARGE: "request_too_large",
    Kind.AUTHENTICATION: "authentication_error",
    Kind.BILLING: "billing_error",
    Kind.PERMISSION: "permission_error",
    Kind.NOT_FOUND: "not_found_error",
    Kind.CONFLICT: "conflict_error",
    Kind.RATE_LIMIT: "rate_limit_error",
    Kind.OVERLOADED: "overloaded_error",
    Kind.CONNECT_TIMEOUT: "timeout_error",
    Kind.FIRST_BYTE_TIMEOUT: "timeout_error",
    Kind.IDLE_TIMEOUT: "timeout_error",
    Kind.UNSUPPORTED: "not_supported",
}


def decode_failure(status: int, body: bytes) -> Failure:
    """A non-2xx answer, or an error event when `status` is 200 (then the type alone decides)."""
    body = as_utf8(body)
    try:
        error = msgspec.json.decode(body, type=wire.ErrorBody).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return unread_failure(status, body)
    kind = _KIND_OF_TYPE.get(error.type) or kind_of_status(status)
    message = error.message
    if kind is Kind.BAD_REQUEST:
        kind, message = overflow(message) or (kind, message)
    http_status = status if status >= 400 else None
    return Failure(kind, message, status=http_status, code=error.type, dialect=NAME, body=body)


def encode_failure(failure: Failure, request_id: str) -> bytes:
    """An error body. One that was written by Anthropic stays as it is: clients repair themselves by its wording."""
    if failure.dialect == NAME and failure.body is not None:
        return failure.body
    kind = _TYPE_OF_KIND.get(failure.kind, "api_error")
    error = {"type": kind, "message": failure.message}
    return encode({"type": "error", "error": error, "request_id": request_id})


def failure_status(failure: Failure) -> int:
    """The status Anthropic's clients understand: overload is 529 for them, whatever another vendor called it."""
    if failure.kind is Kind.OVERLOADED:
        return 529
    if failure.kind is Kind.CONTEXT_OVERFLOW:
        return 400
    return failure.http_status


def failure_event(failure: Failure, request_id: str, passed: Passed = NOTHING_PASSED) -> bytes:
    """The failure inside a stream; nothing may follow it."""
    one_line = encode_failure(failure, request_id).replace(b"\r", b" ").replace(b"\n", b" ")
    return encode_event(one_line, "error")

"""Failures between Google's words and ours: https://ai.google.dev/gemini-api/docs/troubleshooting.

A status is a google.rpc.Code by name; details are google.rpc messages, of which some say when to try again and why.
Sometimes the whole stands in a list of one.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from fairlead.shared.codec import as_utf8, encode
from fairlead.shared.dialect import NOTHING_PASSED, Passed
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.error_bodies import fallback_message, kind_of_status, overflow, unread_failure
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import encode_event
from fairlead.shared.wire import gemini as wire

_KIND_OF_WORD: Mapping[str, Kind] = {
    "INVALID_ARGUMENT": Kind.BAD_REQUEST,
    "FAILED_PRECONDITION": Kind.BAD_REQUEST,
    "OUT_OF_RANGE": Kind.BAD_REQUEST,
    "UNAUTHENTICATED": Kind.AUTHENTICATION,
    "PERMISSION_DENIED": Kind.PERMISSION,
    "NOT_FOUND": Kind.NOT_FOUND,
    "ALREADY_EXISTS": Kind.CONFLICT,
    "ABORTED": Kind.CONFLICT,
    "RESOURCE_EXHAUSTED": Kind.RATE_LIMIT,
    "UNIMPLEMENTED": Kind.UNSUPPORTED,
    "INTERNAL": Kind.UPSTREAM,
    "UNKNOWN": Kind.UPSTREAM,
    "DATA_LOSS": Kind.UPSTREAM,
    "CANCELLED": Kind.UPSTREAM,
    "DEADLINE_EXCEEDED": Kind.UPSTREAM,
    "UNAVAILABLE": Kind.OVERLOADED,
}

_KIND_OF_REASON: Mapping[str, Kind] = {
    "API_KEY_INVALID": Kind.AUTHENTICATION,
    "ACCESS_TOKEN_EXPIRED": Kind.AUTHENTICATION,
    "BILLING_DISABLED": Kind.BILLING,
    "INSUFFICIENT_G1_CREDITS_BALANCE": Kind.BILLING,
    "SERVICE_DISABLED": Kind.PERMISSION,
    "MODEL_CAPACITY_EXHAUSTED": Kind.OVERLOADED,
    "RATE_LIMIT_EXCEEDED": Kind.RATE_LIMIT,
}

_WORD_OF_KIND: Mapping[Kind, str] = {
    Kind.BAD_REQUEST: "INVALID_ARGUMENT",
    Kind.CONTEXT_OVERFLOW: "INVALID_ARGUMENT",
    Kind.CONTENT_REFUSED: "INVALID_ARGUMENT",
    Kind.TOO_LARGE: "INVALID_ARGUMENT",
    Kind.AUTHENTICATION: "UNAUTHENTICATED",
    Kind.BILLING: "FAILED_PRECONDITION",
    Kind.PERMISSION: "PERMISSION_DENIED",
    Kind.NOT_FOUND: "NOT_FOUND",
    Kind.METHOD: "UNIMPLEMENTED",
    Kind.UNSUPPORTED: "UNIMPLEMENTED",
    Kind.CONFLICT: "ABORTED",
    Kind.RATE_LIMIT: "RESOURCE_EXHAUSTED",
    Kind.OVERLOADED: "UNAVAILABLE",
    Kind.UNREACHABLE: "UNAVAILABLE",
    Kind.CONNECT_TIMEOUT: "DEADLINE_EXCEEDED",
    Kind.FIRST_BYTE_TIMEOUT: "DEADLINE_EXCEEDED",
    Kind.IDLE_TIMEOUT: "DEADLINE_EXCEEDED",
}

_RPC = "type.googleapis.com/google.rpc."


class _Violation(msgspec.Struct, rename="camel"):
    field: str = ""
    quota_id: str = ""


class _Detail(msgspec.Struct, rename="camel"):
    """Whichever google.rpc message it is: the fields of those that matter."""

    reason: str = ""
    retry_delay: str = ""
    violations: list[_Violation] = []
    field_violations: list[_Violation] = []


def decode_failure(status: int, body: bytes) -> Failure:
    """A non-2xx answer, or an error object inside a stream or a 200 when `status` is 200."""
    body = as_utf8(body)
    error = _error(body)
    if error is None:
        return unread_failure(status, body)
    details = [_detail(raw) for raw in error.details]
    http_status = status if status >= 400 else error.code
    kind = _kind(error, details, http_status or 500)
    message = error.message or fallback_message(status, b"")
    if kind in (Kind.BAD_REQUEST, Kind.TOO_LARGE):
        kind, message = _overflow(message) or (kind, message)
    return Failure(
        kind,
        message,
        status=http_status if http_status is not None and http_status >= 400 else None,
        retry_after=_retry_after(details, error.message),
        should_retry=False if kind is Kind.RATE_LIMIT and _used_up(error, details) else None,
        code=error.status or None,
        param=next((one.field for detail in details for one in detail.field_violations if one.field), None),
        dialect=NAME,
        body=body,
    )


def _error(body: bytes) -> wire.ErrorDetail | None:
    try:
        found = msgspec.json.decode(body, type=wire.ErrorBody | list[wire.ErrorBody])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(found, list):
        return found[0].error if found else None
    return found.error


def _detail(raw: bytes) -> _Detail:
    try:
        return msgspec.json.decode(raw, type=_Detail)
    except msgspec.ValidationError:
        return _Detail()


_WORDINGS: Sequence[tuple[re.Pattern[str], Kind]] = (
    (re.compile(r"api[ _]key not valid|api key expired", re.IGNORECASE), Kind.AUTHENTICATION),
    (re.compile(r"billing|credits? (are|is) depleted", re.IGNORECASE), Kind.BILLING),
    (re.compile(r"location is not supported", re.IGNORECASE), Kind.PERMISSION),
)
_SHARED_CAPACITY = re.compile(r"resource exhausted, please try again later|overloaded", re.IGNORECASE)


def _kind(error: wire.ErrorDetail, details: Sequence[_Detail], status: int) -> Kind:
    for detail in details:
        if detail.reason in _KIND_OF_REASON:
            return _KIND_OF_REASON[detail.reason]
    kind = _KIND_OF_WORD.get(error.status) or kind_of_status(status)
    if kind is Kind.BAD_REQUEST and status in (401, 402, 403, 404, 413, 429):
        kind = kind_of_status(status)
    if kind in (Kind.BAD_REQUEST, Kind.PERMISSION):
        return next((told for pattern, told in _WORDINGS if pattern.search(error.message)), kind)
    if kind is Kind.RATE_LIMIT and _SHARED_CAPACITY.search(error.message):
        return Kind.OVERLOADED
    return kind


_UNTIL = re.compile(
    r"input token count (?:is )?\(?(?P<used>\d+)\)?,? but (?:the )?model only supports up to (?P<limit>\d+)",
    re.IGNORECASE,
)


def _overflow(message: str) -> tuple[Kind, str] | None:
    found = _UNTIL.search(message)
    if found is not None:
        message = f"prompt is too long: {found['used']} tokens > {found['limit']} maximum"
    return overflow(message)


_DELAY = re.compile(r"(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9}(?:\.\d+)?)s)?(?:(\d{1,9}(?:\.\d+)?)ms)?")
_TOLD_DELAY = re.compile(r"retry in ((?:\d+h)?(?:\d+m(?!s))?\d+(?:\.\d+)?m?s)", re.IGNORECASE)


def _retry_after(details: Sequence[_Detail], message: str) -> float | None:
    """Seconds to wait, as a detail says or else the message."""
    told = _TOLD_DELAY.search(message)
    delays = [detail.retry_delay for detail in details if detail.retry_delay] or ([told[1]] if told else [])
    return _seconds(delays[0]) if delays else None


def _seconds(delay: str) -> float | None:
    """A duration such as "26s", "20.04s", "812ms", "1h2m3.5s"."""
    found = _DELAY.fullmatch(delay)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds, millis = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds + millis / 1000


_LONGEST_WAIT = 300


def _used_up(error: wire.ErrorDetail, details: Sequence[_Detail]) -> bool:
    """Whether trying again soon is in vain: a day's quota is spent, or there never was one."""
    quotas = [violation.quota_id for detail in details for violation in detail.violations]
    wait = _retry_after(details, error.message)
    return (
        any("PerDay" in quota for quota in quotas)
        or "limit: 0" in error.message
        or (wait is not None and wait > _LONGEST_WAIT)
    )


def encode_failure(failure: Failure, request_id: str) -> bytes:
    """An error body. One that Google wrote stays as it is."""
    if failure.dialect == NAME and failure.body is not None and failure.body.lstrip().startswith(b"{"):
        return failure.body
    status = failure_status(failure)
    word = _WORD_OF_KIND.get(failure.kind, "INTERNAL")
    error: dict[str, Any] = {"code": status, "message": failure.message, "status": word}
    details: list[dict[str, Any]] = []
    if failure.retry_after is not None:
        details.append({"@type": _RPC + "RetryInfo", "retryDelay": f"{failure.retry_after:.15g}s"})
    if failure.param is not None:
        violation = {"field": failure.param, "description": failure.message}
        details.append({"@type": _RPC + "BadRequest", "fieldViolations": [violation]})
    if request_id:
        details.append({"@type": _RPC + "RequestInfo", "requestId": request_id})
    return encode({"error": {**error, "details": details}})


_STATUSES: Mapping[Kind, int] = {
    Kind.OVERLOADED: 503,
    Kind.CONTEXT_OVERFLOW: 400,
}


def failure_status(failure: Failure) -> int:
    """The status Google's clients understand: overload is 503 for them."""
    return _STATUSES.get(failure.kind) or failure.http_status


def failure_event(failure: Failure, request_id: str, passed: Passed = NOTHING_PASSED) -> bytes:
    """The failure inside a stream; no finish reason follows it: the answer is not complete."""
    return encode_event(encode_failure(failure, request_id).replace(b"\r", b" ").replace(b"\n", b" "))

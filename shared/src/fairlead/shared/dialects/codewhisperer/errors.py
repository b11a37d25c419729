"""Failures in CodeWhisperer's words: the name of an exception, a reason, and a message."""

from collections.abc import Mapping

import msgspec

from fairlead.shared.error_bodies import fallback_message, kind_of_status, overflow
from fairlead.shared.failure import Failure, Kind, status_of
from fairlead.shared.wire import codewhisperer as wire

_REASONS: Mapping[str, Kind] = {
    "CONTENT_LENGTH_EXCEEDS_THRESHOLD": Kind.CONTEXT_OVERFLOW,
    "INVALID_MODEL_ID": Kind.NOT_FOUND,
    "DAILY_REQUEST_COUNT": Kind.BILLING,
    "MONTHLY_REQUEST_COUNT": Kind.BILLING,
    "OVERAGE_REQUEST_LIMIT_EXCEEDED": Kind.BILLING,
    "CONVERSATION_LIMIT_EXCEEDED": Kind.BILLING,
    "INSUFFICIENT_MODEL_CAPACITY": Kind.OVERLOADED,
    "MODEL_TEMPORARILY_UNAVAILABLE": Kind.OVERLOADED,
    "TEMPORARILY_SUSPENDED": Kind.PERMISSION,
    "FEATURE_NOT_SUPPORTED": Kind.PERMISSION,
}
_NAMES: Mapping[str, Kind] = {
    "validation": Kind.BAD_REQUEST,
    "accessdenied": Kind.PERMISSION,
    "unauthorized": Kind.AUTHENTICATION,
    "expiredtoken": Kind.AUTHENTICATION,
    "unrecognizedclient": Kind.AUTHENTICATION,
    "resourcenotfound": Kind.NOT_FOUND,
    "conflict": Kind.CONFLICT,
    "throttling": Kind.RATE_LIMIT,
    "servicequotaexceeded": Kind.BILLING,
    "serviceunavailable": Kind.OVERLOADED,
    "internalserver": Kind.UPSTREAM,
}
_BEARER = "bearer token"


def decode_failure(status: int, body: bytes) -> Failure:
    """A non-2xx answer."""
    try:
        error = msgspec.json.decode(body, type=wire.TypedError)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        error = wire.TypedError()
    return told(error.type, error, error.message or fallback_message(status, body), status)


def told(name: str, error: wire.Error, message: str, status: int) -> Failure:
    """What an exception called `name` means; in a stream `status` is 500."""
    bare = name.rpartition("#")[2].partition(":")[0]
    lower = bare.lower()
    named = _NAMES.get(lower.removesuffix("exception")) or _NAMES.get(lower.removesuffix("error"))
    kind = _REASONS.get(error.reason or "") or named or kind_of_status(status)
    if kind is Kind.PERMISSION and _BEARER in message.lower():
        kind = Kind.AUTHENTICATION
    if kind is Kind.UPSTREAM and "unexpectedly high load" in message.lower():
        kind = Kind.OVERLOADED
    if kind in (Kind.BAD_REQUEST, Kind.CONTEXT_OVERFLOW):
        fallback = (kind, "prompt is too long" if kind is Kind.CONTEXT_OVERFLOW else message)
        kind, message = overflow(message) or fallback
    return Failure(kind, message, status=status_of(kind), code=error.reason or bare or None)

"""Failures between OpenAI's words and ours, alike in all of its dialects.

Half of the vendors that call themselves compatible answer errors in shapes of their own; what can be read is read.

Source: https://platform.openai.com/docs/guides/error-codes.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct, UnsetType

from fairlead.shared.codec import as_utf8, encode
from fairlead.shared.error_bodies import fallback_message, kind_of_status, overflow, unread_failure
from fairlead.shared.failure import Failure, Kind

_KIND_OF_WORD: Mapping[str, Kind] = {
    "context_length_exceeded": Kind.CONTEXT_OVERFLOW,
    "invalid_api_key": Kind.AUTHENTICATION,
    "authentication_error": Kind.AUTHENTICATION,
    "permission_error": Kind.PERMISSION,
    "model_not_found": Kind.NOT_FOUND,
    "not_found_error": Kind.NOT_FOUND,
    "insufficient_quota": Kind.BILLING,
    "credit_balance_exhausted": Kind.BILLING,
    "billing_hard_limit_reached": Kind.BILLING,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "rate_limit_error": Kind.RATE_LIMIT,
    "slow_down": Kind.RATE_LIMIT,
    "requests": Kind.RATE_LIMIT,
    "tokens": Kind.RATE_LIMIT,
    "server_is_overloaded": Kind.OVERLOADED,
    "service_unavailable_error": Kind.OVERLOADED,
    "overloaded_error": Kind.OVERLOADED,
    "server_error": Kind.UPSTREAM,
    "vector_store_timeout": Kind.UPSTREAM,
    "content_filter": Kind.CONTENT_REFUSED,
    "content_policy_violation": Kind.CONTENT_REFUSED,
    "bio_policy": Kind.CONTENT_REFUSED,
    "misalignment_policy_violation": Kind.CONTENT_REFUSED,
    "image_content_policy_violation": Kind.CONTENT_REFUSED,
    "invalid_request_error": Kind.BAD_REQUEST,
    "invalid_prompt": Kind.BAD_REQUEST,
    "data_residency_mismatch": Kind.BAD_REQUEST,
}

_WORDS_OF_KIND: Mapping[Kind, tuple[str, str | None]] = {
    Kind.BAD_REQUEST: ("invalid_request_error", None),
    Kind.CONTEXT_OVERFLOW: ("invalid_request_error", "context_length_exceeded"),
    Kind.CONTENT_REFUSED: ("invalid_request_error", "content_policy_violation"),
    Kind.TOO_LARGE: ("invalid_request_error", "request_too_large"),
    Kind.METHOD: ("invalid_request_error", "method_not_allowed"),
    Kind.AUTHENTICATION: ("authentication_error", "invalid_api_key"),
    Kind.BILLING: ("insufficient_quota", "insufficient_quota"),
    Kind.PERMISSION: ("permission_error", None),
    Kind.NOT_FOUND: ("invalid_request_error", "not_found"),
    Kind.CONFLICT: ("invalid_request_error", "conflict"),
    Kind.RATE_LIMIT: ("rate_limit_error", "rate_limit_exceeded"),
    Kind.OVERLOADED: ("service_unavailable_error", "server_is_overloaded"),
    Kind.UNSUPPORTED: ("invalid_request_error", "unsupported"),
}

_KIND_OF_OUR_WORD: Mapping[str, Kind] = {str(kind): kind for kind in Kind if kind not in _WORDS_OF_KIND}
"""Kinds that OpenAI has no code for are told by their own names, so that the router understands the normalizer."""


class ErrorDetail(Struct):
    """`code` and `param` may be of any type among the vendors. `metadata` is OpenRouter's."""

    message: str | None = None
    type: str | None = None
    param: Raw | UnsetType = msgspec.UNSET
    code: Raw | UnsetType = msgspec.UNSET
    metadata: Raw | UnsetType = msgspec.UNSET


class _Metadata(Struct):
    """`raw`: the body that the model's host answered."""

    raw: str = ""


class ErrorBody(Struct):
    error: ErrorDetail


class _Loose(Struct):
    """The shapes seen: `error` an object or a string, or `message` or `detail` at the top."""

    error: Raw | UnsetType = msgspec.UNSET
    message: Raw | UnsetType = msgspec.UNSET
    detail: Raw | UnsetType = msgspec.UNSET


def decode_openai_failure(status: int, body: bytes, dialect: str) -> Failure:
    """A non-2xx answer, or an error inside a stream or a 200 when `status` is 200 (then its words alone decide).

    The body is kept as written in `dialect`.
    """
    body = as_utf8(body)
    detail = _detail(body)
    if detail is None:
        return unread_failure(status, body)
    code, param = _word(detail.code), _word(detail.param)
    message = _message(detail, status, body)
    words = (_KIND_OF_WORD.get(code or ""), _KIND_OF_OUR_WORD.get(code or ""), _KIND_OF_WORD.get(detail.type or ""))
    kind = next(filter(None, words), None) or _kind_of(status, code)
    if kind is Kind.BAD_REQUEST and status >= 400:
        kind = kind_of_status(status)
    if kind in (Kind.BAD_REQUEST, Kind.CONTEXT_OVERFLOW) or (kind is Kind.UPSTREAM and status < 400):
        told = overflow(message) or ((kind, "prompt is too long") if kind is Kind.CONTEXT_OVERFLOW else None)
        kind, message = told or (kind, message)
    http_status = status if status >= 400 else None
    return Failure(kind, message, status=http_status, code=code, param=param, dialect=dialect, body=body)


def _message(detail: ErrorDetail, status: int, body: bytes) -> str:
    """The message, and what a host behind the provider said, where the message does not say it."""
    message = detail.message or fallback_message(status, body)
    try:
        raw = msgspec.json.decode(detail.metadata, type=_Metadata).raw if isinstance(detail.metadata, Raw) else ""
    except msgspec.DecodeError:
        return message
    inner = _detail(raw.encode())
    told = (raw if inner is None or inner.message is None else inner.message)[:_SHOWN]
    return message if told in message else f"{message}: {told}"


_SHOWN = 300
"""Characters of a host's answer."""
_STATUS = re.compile(r"[0-9]{3}")


def _kind_of(status: int, code: str | None) -> Kind:
    """Some vendors put an HTTP status into `code` of an error they send with a 200."""
    if status < 400 and code is not None and _STATUS.fullmatch(code):
        return kind_of_status(int(code))
    return kind_of_status(status)


def _detail(body: bytes) -> ErrorDetail | None:
    try:
        loose = msgspec.json.decode(body, type=_Loose)
        for raw in (loose.error, loose.message, loose.detail):
            if isinstance(raw, Raw):
                return msgspec.json.decode(raw, type=ErrorDetail) if _is_object(raw) else _told(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None


def _is_object(raw: Raw) -> bool:
    return bytes(raw).startswith(b"{")


def _told(raw: Raw) -> ErrorDetail:
    value: Any = msgspec.json.decode(raw)
    return ErrorDetail(value if isinstance(value, str) else bytes(raw).decode())


def _word(raw: Raw | UnsetType) -> str | None:
    """A code as text, whatever type its vendor gave it."""
    if not isinstance(raw, Raw) or bytes(raw) == b"null":
        return None
    try:
        value: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:  # a number that is out of any range
        return bytes(raw).decode()
    return value if isinstance(value, str) else str(value)


def openai_words(failure: Failure) -> tuple[str, str | None]:
    """The `type` and `code` OpenAI's clients know a failure by; a refusal of ours may have a code of its own."""
    kind, code = _WORDS_OF_KIND.get(failure.kind, ("server_error", str(failure.kind)))
    return kind, failure.code if failure.dialect is None and failure.code is not None else code


def encode_openai_failure(failure: Failure, dialects: frozenset[str]) -> bytes:
    """An error body. One that was written in one of `dialects` stays as it is: clients repair themselves by it."""
    if failure.dialect in dialects and failure.body is not None and _has_error(failure.body):
        return failure.body
    kind, code = openai_words(failure)
    error = {"message": failure.message, "type": kind, "param": failure.param, "code": code}
    return encode({"error": error})


def _has_error(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def openai_status(failure: Failure) -> int:
    """The status OpenAI's clients understand: overload is 503 for them, an empty purse 429."""
    if failure.kind is Kind.OVERLOADED:
        return 503
    if failure.kind is Kind.BILLING:
        return 429
    if failure.kind is Kind.CONTEXT_OVERFLOW:
        return 400
    return failure.http_status

"""Failures in the Responses dialect: error bodies like all of OpenAI's, and answers that say they failed."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import encode
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.openai_errors import (
    decode_openai_failure,
    encode_openai_failure,
    openai_status,
    openai_words,
)

_ALIKE = frozenset({NAME, "openai"})
"""Dialects whose error bodies a client of this one reads as its own."""

_STEP = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*(ms|[smhd])(?:econds?)?(?![a-z])", re.IGNORECASE)
_WAIT = re.compile(rf"try again in\s*((?:{_STEP.pattern}){{1,5}})", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_IN_SECONDS = re.compile(r"try again in\s*\d{1,9}(?:\.\d+)?\s*m?s", re.IGNORECASE)
"""How clients read it."""


def decode_failure(status: int, body: bytes) -> Failure:
    """A non-2xx answer, or an error that came with a 200 (then its words alone decide)."""
    return _with_wait(decode_openai_failure(status, body, NAME))


def _with_wait(failure: Failure) -> Failure:
    """Where no header says how long to wait, the message may."""
    found = _WAIT.search(failure.message) if failure.kind is Kind.RATE_LIMIT else None
    if found is None or failure.retry_after is not None:
        return failure
    steps = _STEP.findall(found[1])
    return replace(failure, retry_after=sum(float(number) * _SECONDS[unit.lower()] for number, unit in steps))


def decode_error(raw: Raw | None) -> Failure:
    """The `error` of an answer that failed, or of an error event."""
    body = encode({"error": raw if raw is not None else {"message": "the provider's answer failed"}})
    return decode_failure(200, body)


def decode_error_event(data: bytes) -> Failure:
    """An `error` event: flat, as documented, or with the error nested in it, as some servers send it."""
    fields = msgspec.json.decode(data, type=dict[str, Raw])
    nested = fields.get("error")
    if nested is not None and bytes(nested) != b"null":
        return decode_error(nested)
    return decode_error(Raw(encode({name: raw for name, raw in fields.items() if name != "type"})))


def encode_failure(failure: Failure, request_id: str) -> bytes:
    """An error body. One that was written in a dialect of OpenAI's stays as it is."""
    return encode_openai_failure(failure, _ALIKE)


failure_status = openai_status

_CODES: Mapping[Kind, str] = {
    Kind.BAD_REQUEST: "invalid_prompt",
    Kind.CONTENT_REFUSED: "invalid_prompt",
    Kind.CONTEXT_OVERFLOW: "context_length_exceeded",
    Kind.RATE_LIMIT: "rate_limit_exceeded",
    Kind.OVERLOADED: "server_is_overloaded",
    Kind.BILLING: "insufficient_quota",
}


def error_of(failure: Failure) -> dict[str, Any]:
    """The `error` of a failed answer. Clients read from the code whether to try again, from the message when."""
    code = _CODES.get(failure.kind)
    if code is None:
        known = openai_words(failure)[1]
        code = known if failure.http_status < 500 and known is not None else "server_error"
    message = failure.message
    if failure.retry_after is not None and failure.kind is Kind.RATE_LIMIT and _IN_SECONDS.search(message) is None:
        message = f"{message.rstrip('.')}. Please try again in {failure.retry_after:.15g}s."
    return {"code": code, "message": message}

"""Failures in the chat completions dialect: OpenAI's error bodies, and the same inside a stream."""

from typing import TypeGuard

from msgspec import Raw, UnsetType

from fairlead.shared.codec import encode
from fairlead.shared.dialect import NOTHING_PASSED, Passed
from fairlead.shared.dialects.openai.parts import NAME
from fairlead.shared.failure import Failure
from fairlead.shared.openai_errors import decode_openai_failure, encode_openai_failure, openai_status
from fairlead.shared.sse import encode_event
from fairlead.shared.wire.openai import Loose

_ALIKE = frozenset({NAME, "openai-responses"})
"""Dialects whose error bodies a client of this one reads as its own."""


def is_error(told: Raw | UnsetType) -> TypeGuard[Raw]:
    """Whether an `error` field tells one: some servers have the field in every answer."""
    return isinstance(told, Raw) and bytes(told) not in _NO_ERROR


def told_by_minimax(told: Loose) -> Failure | None:
    """What MiniMax says of an answer it does not give: with a 200, by a code of its own.

    Source: https://platform.minimax.io/docs/api-reference/errorcode.
    """
    code = told.get("status_code") if isinstance(told, dict) else None
    if not code or not isinstance(code, int):
        return None
    return decode_failure(200, encode({"error": {"message": str(told.get("status_msg") or code), "code": code}}))


_NO_ERROR = frozenset({b"null", b"false", b'""', b"{}", b"[]", b"0"})


def decode_failure(status: int, body: bytes) -> Failure:
    """A non-2xx answer, or an error inside a stream or a 200 when `status` is 200 (then its words alone decide)."""
    return decode_openai_failure(status, body, NAME)


def encode_failure(failure: Failure, request_id: str) -> bytes:
    """An error body. One that was written by an OpenAI-compatible provider stays as it is."""
    return encode_openai_failure(failure, _ALIKE)


failure_status = openai_status


def failure_event(failure: Failure, request_id: str, passed: Passed = NOTHING_PASSED) -> bytes:
    """The failure inside a stream; nothing may follow it, no `[DONE]` either: the answer is not complete."""
    return encode_event(encode_failure(failure, request_id).replace(b"\r", b" ").replace(b"\n", b" "))

"""Facts about Google's error answers, read and written."""

import json
from typing import Any

import pytest

from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.failure import Failure, Kind

RPC = "type.googleapis.com/google.rpc."


def read(status: int, word: str, message: str = "m", *details: dict[str, Any], code: int | None = None) -> Failure:
    error = {"code": code or status, "message": message, "status": word, "details": details}
    return GEMINI.decode_failure(status, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("status", "word", "message", "kind"),
    [
        (400, "INVALID_ARGUMENT", "m", Kind.BAD_REQUEST),
        (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", Kind.AUTHENTICATION),
        (400, "FAILED_PRECONDITION", "User location is not supported for the API use.", Kind.PERMISSION),
        (400, "FAILED_PRECONDITION", "Please enable billing on project 1", Kind.BILLING),
        (401, "UNAUTHENTICATED", "m", Kind.AUTHENTICATION),
        (402, "", "m", Kind.BILLING),
        (403, "PERMISSION_DENIED", "m", Kind.PERMISSION),
        (403, "PERMISSION_DENIED", "This API method requires billing to be enabled", Kind.BILLING),
        (404, "NOT_FOUND", "m", Kind.NOT_FOUND),
        (413, "", "m", Kind.TOO_LARGE),
        (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", Kind.RATE_LIMIT),
        (429, "RESOURCE_EXHAUSTED", "Resource exhausted, please try again later.", Kind.OVERLOADED),
        (499, "CANCELLED", "m", Kind.UPSTREAM),
        (500, "INTERNAL", "m", Kind.UPSTREAM),
        (501, "UNIMPLEMENTED", "m", Kind.UNSUPPORTED),
        (503, "UNAVAILABLE", "The model is overloaded", Kind.OVERLOADED),
        (504, "DEADLINE_EXCEEDED", "m", Kind.UPSTREAM),
        (418, "WORD_OF_NEXT_YEAR", "m", Kind.BAD_REQUEST),
    ],
)
def test_statuses_and_wordings_are_understood(status: int, word: str, message: str, kind: Kind) -> None:
    failure = read(status, word, message)
    assert (failure.kind, failure.status) == (kind, status)
    assert failure.message == message


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("API_KEY_INVALID", Kind.AUTHENTICATION),
        ("MODEL_CAPACITY_EXHAUSTED", Kind.OVERLOADED),
        ("BILLING_DISABLED", Kind.BILLING),
        ("REASON_OF_NEXT_YEAR", Kind.BAD_REQUEST),
    ],
)
def test_reasons_say_more_than_statuses(reason: str, kind: Kind) -> None:
    assert read(400, "INVALID_ARGUMENT", "m", {"@type": RPC + "ErrorInfo", "reason": reason}).kind is kind


@pytest.mark.parametrize(
    "message",
    [
        "The input token count (200) exceeds the maximum number of tokens allowed (100).",
        "The input token count is 200 but model only supports up to 100.",
    ],
)
def test_a_prompt_that_is_too_long_is_told_in_the_words_clients_compact_by(message: str) -> None:
    failure = read(400, "INVALID_ARGUMENT", message)
    assert failure.kind is Kind.CONTEXT_OVERFLOW
    assert failure.message == "prompt is too long: 200 tokens > 100 maximum"


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        ("26s", 26),
        ("20.04s", 20.04),
        ("812ms", 0.812),
        ("1h2m3.5s", 3723.5),
        ("5m", 300),
        ("soon", None),
        ("", None),
        ("9" * 400 + "s", None),
    ],
)
def test_the_wait_google_asks_for_is_read(delay: str, seconds: float | None) -> None:
    failure = read(429, "RESOURCE_EXHAUSTED", "m", {"@type": RPC + "RetryInfo", "retryDelay": delay})
    assert failure.retry_after == seconds


def test_the_wait_may_stand_in_the_message() -> None:
    assert read(429, "RESOURCE_EXHAUSTED", "Please retry in 20.5s.").retry_after == 20.5


@pytest.mark.parametrize(
    ("message", "quota", "retry"),
    [
        ("m", "GenerateRequestsPerMinutePerProjectPerModel", None),
        ("m", "GenerateRequestsPerDayPerProjectPerModel-FreeTier", False),
        ("Quota exceeded, limit: 0, model: x", "PerMinute", False),
        ("Please retry in 1h0m0s.", "PerMinute", False),
    ],
)
def test_a_spent_quota_is_not_worth_another_try_soon(message: str, quota: str, retry: bool | None) -> None:
    failure = read(
        429, "RESOURCE_EXHAUSTED", message, {"@type": RPC + "QuotaFailure", "violations": [{"quotaId": quota}]}
    )
    assert failure.kind is Kind.RATE_LIMIT
    assert failure.should_retry is retry


def test_the_offending_field_is_known() -> None:
    detail = {"@type": RPC + "BadRequest", "fieldViolations": [{"field": "contents[0].parts", "description": "d"}]}
    assert read(400, "INVALID_ARGUMENT", "m", detail).param == "contents[0].parts"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b'[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]', Kind.RATE_LIMIT),
        (200, b'{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}', Kind.OVERLOADED),
        (200, b'{"error":{"message":"m"}}', Kind.UPSTREAM),
        (413, b"<html>too large</html>", Kind.TOO_LARGE),
        (500, b"", Kind.UPSTREAM),
        (502, b"\xff\xfe", Kind.UPSTREAM),
        (400, b"[]", Kind.BAD_REQUEST),
        (400, b'{"error":"words"}', Kind.BAD_REQUEST),
        (400, b'{"error":{"message":"m","details":[5,{"reason":7}]}}', Kind.BAD_REQUEST),
    ],
)
def test_every_shape_is_understood(status: int, body: bytes, kind: Kind) -> None:
    failure = GEMINI.decode_failure(status, body)
    assert failure.kind is kind
    assert failure.message


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_written_with_its_status_and_understood_again(kind: Kind) -> None:
    failure = Failure(kind, "m", retry_after=1.5)
    status = GEMINI.failure_status(failure)
    body = GEMINI.encode_failure(failure, "req_1")
    error = json.loads(body)["error"]
    assert (error["code"], error["message"]) == (status, "m")
    assert error["status"].isupper()
    understood = GEMINI.decode_failure(status, body)
    assert understood.message == "m"
    assert understood.retry_after == 1.5


def test_a_wait_of_weeks_is_a_duration() -> None:
    failure = Failure(Kind.RATE_LIMIT, "m", retry_after=2_592_000.5)
    assert b'"retryDelay":"2592000.5s"' in GEMINI.encode_failure(failure, "")


def test_a_body_google_wrote_stays_byte_for_byte() -> None:
    body = b'{\n  "error": {"code": 400, "message": "keep \\u00e9", "status": "INVALID_ARGUMENT"}\n}'
    assert GEMINI.encode_failure(GEMINI.decode_failure(400, body), "req_1") == body


def test_overload_has_the_status_googles_clients_retry() -> None:
    assert GEMINI.failure_status(Failure(Kind.OVERLOADED, "m", status=529)) == 503


def test_an_error_in_a_stream_is_one_line_whatever_google_wrote() -> None:
    event = GEMINI.failure_event(GEMINI.decode_failure(200, b'{\r\n"error":\n{"code":500,"message":"m"}}'), "r")
    assert event.startswith(b"data: {")
    assert event.count(b"\n") == 2
    assert b"\r" not in event

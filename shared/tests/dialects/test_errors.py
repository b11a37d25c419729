"""Facts about error answers: read from every shape seen, written in the client's own."""

import json
from typing import Any

import pytest

from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, Kind

ANTHROPIC, OPENAI = DIALECTS["anthropic"], DIALECTS["openai"]


def anthropic(status: int, word: str, message: str = "m") -> Failure:
    return ANTHROPIC.decode_failure(
        status, json.dumps({"type": "error", "error": {"type": word, "message": message}}).encode()
    )


def openai(status: int, body: Any) -> Failure:
    return OPENAI.decode_failure(status, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (400, "invalid_request_error", Kind.BAD_REQUEST),
        (401, "authentication_error", Kind.AUTHENTICATION),
        (402, "billing_error", Kind.BILLING),
        (403, "permission_error", Kind.PERMISSION),
        (404, "not_found_error", Kind.NOT_FOUND),
        (413, "request_too_large", Kind.TOO_LARGE),
        (429, "rate_limit_error", Kind.RATE_LIMIT),
        (500, "api_error", Kind.UPSTREAM),
        (400, "api_error", Kind.BAD_REQUEST),
        (401, "api_error", Kind.AUTHENTICATION),
        (429, "api_error", Kind.RATE_LIMIT),
        (200, "api_error", Kind.UPSTREAM),
        (529, "overloaded_error", Kind.OVERLOADED),
        (418, "teapot_error", Kind.BAD_REQUEST),
    ],
)
def test_anthropics_types_are_understood(status: int, word: str, kind: Kind) -> None:
    assert anthropic(status, word).kind is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "m", "type": "invalid_request_error", "code": None}}, Kind.BAD_REQUEST),
        (400, {"error": {"message": "m", "code": "context_length_exceeded"}}, Kind.CONTEXT_OVERFLOW),
        (
            401,
            {"error": {"message": "m", "type": "invalid_request_error", "code": "invalid_api_key"}},
            Kind.AUTHENTICATION,
        ),
        (401, {"error": {"message": "m", "type": "invalid_request_error"}}, Kind.AUTHENTICATION),
        (404, {"error": {"message": "m", "type": "invalid_request_error", "code": "model_not_found"}}, Kind.NOT_FOUND),
        (429, {"error": {"message": "m", "type": "requests", "code": "rate_limit_exceeded"}}, Kind.RATE_LIMIT),
        (429, {"error": {"message": "m", "type": "insufficient_quota", "code": "insufficient_quota"}}, Kind.BILLING),
        (503, {"error": {"message": "m"}}, Kind.OVERLOADED),
        (500, {"error": "words"}, Kind.UPSTREAM),
        (422, {"detail": [{"loc": ["body"], "msg": "x"}]}, Kind.BAD_REQUEST),
        (400, {"message": "words"}, Kind.BAD_REQUEST),
        (502, b"<html>bad gateway</html>", Kind.UPSTREAM),
        (500, b"", Kind.UPSTREAM),
        (429, b"\xff\xfe", Kind.RATE_LIMIT),
        (400, {"error": {"message": "m", "code": 40003, "param": {"a": 1}}}, Kind.BAD_REQUEST),
        (402, {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}, Kind.BILLING),
        (408, {"error": {"message": "m", "type": "invalid_request_error"}}, Kind.UPSTREAM),
        (422, {"error": {"message": "m", "type": "invalid_request_error"}}, Kind.BAD_REQUEST),
        (502, {"error": {"message": "m", "type": "invalid_request_error"}}, Kind.UPSTREAM),
    ],
)
def test_every_shape_of_a_compatible_server_is_understood(status: int, body: Any, kind: Kind) -> None:
    failure = openai(status, body)
    assert failure.kind is kind
    assert failure.message


HOSTS = '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}'


@pytest.mark.parametrize(
    ("status", "raw", "kind", "told"),
    [
        (400, HOSTS, Kind.CONTEXT_OVERFLOW, "prompt is too long: 9 tokens > 8 maximum"),
        (429, "slow down", Kind.RATE_LIMIT, "Provider returned error: slow down"),
        (400, {"a": 1}, Kind.BAD_REQUEST, "Provider returned error"),
        (502, "x" * 999, Kind.UPSTREAM, "Provider returned error: " + "x" * 300),
    ],
)
def test_what_a_host_behind_the_provider_said_is_told(status: int, raw: Any, kind: Kind, told: str) -> None:
    failure = openai(status, {"error": {"message": "Provider returned error", "metadata": {"raw": raw}}})
    assert (failure.kind, failure.message) == (kind, told)


def test_an_error_whose_message_is_no_text_is_shown_as_it_is() -> None:
    assert "too many" in openai(400, {"object": "error", "message": {"detail": [{"msg": "too many"}]}}).message


def test_a_body_in_the_clients_own_dialect_stays_byte_for_byte() -> None:
    body = b'{"type": "error",\n "error": {"type":"invalid_request_error","message":"keep \\u00e9"}}'
    assert ANTHROPIC.encode_failure(ANTHROPIC.decode_failure(400, body), "req_1") == body


def test_another_vendors_overflow_reaches_an_anthropic_client_in_the_words_it_knows() -> None:
    said = "This model's maximum context length is 100 tokens. However, your messages resulted in 200 tokens."
    failure = openai(400, {"error": {"message": said, "code": "context_length_exceeded"}})
    assert json.loads(ANTHROPIC.encode_failure(failure, "req_1")) == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "prompt is too long: 200 tokens > 100 maximum"},
        "request_id": "req_1",
    }
    assert ANTHROPIC.failure_status(failure) == 400


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_every_kind_is_written_and_understood_again(dialect: Any, kind: Kind) -> None:
    failure = Failure(kind, "m")
    status = dialect.failure_status(failure)
    body = dialect.encode_failure(failure, "req_1")
    assert 400 <= status < 600
    understood = dialect.decode_failure(status, body)
    assert understood.message == "m" or understood.kind is Kind.CONTEXT_OVERFLOW
    assert dialect.failure_event(failure, "req_1").endswith(b"\n\n")


@pytest.mark.parametrize(
    "kind",
    [
        Kind.IDLE_TIMEOUT,
        Kind.FIRST_BYTE_TIMEOUT,
        Kind.UNREACHABLE,
        Kind.CUT,
        Kind.MALFORMED,
        Kind.RATE_LIMIT,
        Kind.OVERLOADED,
    ],
)
def test_a_failure_inside_a_stream_is_understood_without_a_status(kind: Kind) -> None:
    assert openai(200, OPENAI.encode_failure(Failure(kind, "m"), "r1")).kind is kind


def test_a_refusal_of_ours_keeps_its_own_code() -> None:
    failure = Failure(Kind.NOT_FOUND, "m", param="model", code="model_not_found")
    told = json.loads(OPENAI.encode_failure(failure, "req_1"))["error"]
    assert (told["param"], told["code"]) == ("model", "model_not_found")


def test_overload_has_the_status_each_client_knows() -> None:
    failure = Failure(Kind.OVERLOADED, "m", status=529)
    assert ANTHROPIC.failure_status(failure) == 529
    assert OPENAI.failure_status(failure) == 503


def test_an_error_event_is_one_line_whatever_the_provider_wrote() -> None:
    body = b'{"type":"error",\n\r"error":{"type":"api_error","message":"m"}}'
    event = ANTHROPIC.failure_event(ANTHROPIC.decode_failure(200, body), "r")
    assert event.count(b"\n") == 3
    assert b"\r" not in event


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize(("status", "code"), [(999, 1), (600, 1), (0, 1), (200, 9999), (200, -5)])
def test_a_number_that_is_no_status_of_an_error_is_never_told_as_one(dialect: Any, status: int, code: int) -> None:
    """HTTP servers have none beyond 599, and vendors count their errors from wherever they like."""
    failure = dialect.decode_failure(status, b'{"error":{"code":%d,"message":"m"}}' % code)
    assert 400 <= dialect.failure_status(failure) < 600


@pytest.mark.parametrize(
    "code", [b"9" * 5000, b"1e999", '"²"'.encode(), b'"%b"' % (b"9" * 5000)], ids=lambda one: one[:4]
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_code_that_is_beyond_counting_is_kept_as_it_is_written(status: int, code: bytes) -> None:
    failure = openai(status, b'{"error":{"code":%b,"message":"m"}}' % code)
    assert (failure.message, failure.code) == ("m", code.decode().strip('"'))

"""Facts about failures in the Responses dialect."""

import json

import pytest

from fairlead.shared.dialect import Passed
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import EventParser, ServerEvent


def body(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "m", "type": "invalid_request_error", "code": "unsupported_value"}, Kind.BAD_REQUEST),
        (400, {"message": "m", "code": "context_length_exceeded", "param": "input"}, Kind.CONTEXT_OVERFLOW),
        (400, {"message": "Your input exceeds the context window of this model."}, Kind.CONTEXT_OVERFLOW),
        (400, {"message": "m", "code": "invalid_prompt"}, Kind.BAD_REQUEST),
        (400, {"message": "m", "code": "image_content_policy_violation"}, Kind.CONTENT_REFUSED),
        (401, {"message": "m", "code": "invalid_api_key"}, Kind.AUTHENTICATION),
        (404, {"message": "Item with id 'rs_1' not found."}, Kind.NOT_FOUND),
        (429, {"message": "m", "type": "tokens", "code": "rate_limit_exceeded"}, Kind.RATE_LIMIT),
        (429, {"message": "m", "code": "insufficient_quota"}, Kind.BILLING),
        (500, {"message": "m", "type": "server_error"}, Kind.UPSTREAM),
        (503, {"message": "m", "code": "server_is_overloaded"}, Kind.OVERLOADED),
    ],
)
def test_error_answers_are_understood(status: int, error: dict[str, str], kind: Kind) -> None:
    failure = OPENAI_RESPONSES.decode_failure(status, body(**error))
    assert (failure.kind, failure.status, failure.dialect) == (kind, status, "openai-responses")


def test_an_answer_that_is_no_json_is_quoted() -> None:
    failure = OPENAI_RESPONSES.decode_failure(502, b"bad gateway")
    assert (failure.kind, failure.message) == (Kind.UPSTREAM, "the provider answered 502: bad gateway")


def test_the_time_to_wait_is_read_from_the_words_of_a_rate_limit_only() -> None:
    wait = body(message="Please try again in 20s.", code="rate_limit_exceeded")
    assert OPENAI_RESPONSES.decode_failure(429, wait).retry_after == 20
    assert OPENAI_RESPONSES.decode_failure(500, body(message="Please try again in 20s.")).retry_after is None


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("1.5s", 1.5),
        ("812ms", 0.812),
        ("1m2.5s", 62.5),
        ("6m0s", 360),
        ("1h30m", 5_400),
        ("2d", 172_800),
        ("20 seconds", 20),
        ("3 s", 3),
        ("2 mice", None),
        ("a while", None),
    ],
)
def test_a_wait_is_read_in_every_unit(words: str, seconds: float | None) -> None:
    said = body(message=f"Rate limit reached. Please try again in {words}.", code="rate_limit_exceeded")
    assert OPENAI_RESPONSES.decode_failure(429, said).retry_after == seconds


def test_a_wait_of_minutes_is_told_in_seconds_too() -> None:
    words = body(message="Please try again in 1m2.5s.", code="rate_limit_exceeded")
    told = OPENAI_RESPONSES.failure_event(OPENAI_RESPONSES.decode_failure(429, words), "r1")
    assert b"in 1m2.5s. Please try again in 62.5s." in told


def test_a_wait_beyond_counting_is_none() -> None:
    words = f"Please try again in {'9' * 400}s."
    assert OPENAI_RESPONSES.decode_failure(429, body(message=words)).retry_after is None


@pytest.mark.parametrize("dialect", ["openai", "openai-responses"])
def test_an_error_in_the_vendors_own_words_stays_byte_for_byte(dialect: str) -> None:
    said = b'{"error": {"message":"keep \\u00e9",  "code":"unsupported_value"}}'
    failure = Failure(Kind.BAD_REQUEST, "m", dialect=dialect, body=said)
    assert OPENAI_RESPONSES.encode_failure(failure, "r1") == said


def test_an_error_of_another_vendor_is_told_in_ours() -> None:
    theirs = DIALECTS["anthropic"].decode_failure(
        529, b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    )
    assert OPENAI_RESPONSES.failure_status(theirs) == 503
    assert json.loads(OPENAI_RESPONSES.encode_failure(theirs, "r1")) == {
        "error": {
            "message": "Overloaded",
            "type": "service_unavailable_error",
            "param": None,
            "code": "server_is_overloaded",
        }
    }


def test_a_failure_inside_a_stream_is_one_event_that_is_read_again() -> None:
    passed = Passed("resp_r1", "m", b'{"sequence_number":41}')
    told = OPENAI_RESPONSES.failure_event(Failure(Kind.RATE_LIMIT, "slow\ndown", retry_after=2.5), "r1", passed)
    (event,) = EventParser().feed(told)
    assert json.loads(event.data)["sequence_number"] == 42
    assert event.name == json.loads(event.data)["type"] == "response.failed"
    (started, failed) = OPENAI_RESPONSES.stream_decoder().feed(ServerEvent(event.name, event.data))
    assert started.id == "resp_r1"  # type: ignore[union-attr]
    assert failed.failure.kind is Kind.RATE_LIMIT  # type: ignore[union-attr]
    assert failed.failure.retry_after == 2.5  # type: ignore[union-attr]


def test_a_wait_of_weeks_is_told_in_seconds() -> None:
    told = OPENAI_RESPONSES.failure_event(Failure(Kind.RATE_LIMIT, "no", retry_after=2_592_000), "r1")
    assert b"Please try again in 2592000s." in told


def test_a_failure_before_the_beginning_begins_the_answer_it_is_told_in() -> None:
    told = EventParser().feed(OPENAI_RESPONSES.failure_event(Failure(Kind.OVERLOADED, "no"), "r1"))
    assert [event.name for event in told] == ["response.created", "response.in_progress", "response.failed"]
    assert [json.loads(event.data)["sequence_number"] for event in told] == [0, 1, 2]


@pytest.mark.parametrize("last", [b"{}", b"broken", b'{"sequence_number":"x"}', b"\xff"])
def test_where_the_provider_does_not_count_the_failure_counts_from_the_beginning(last: bytes) -> None:
    told = OPENAI_RESPONSES.failure_event(Failure(Kind.CUT, "cut"), "r1", Passed("resp_x", "m", last))
    (event,) = EventParser().feed(told)
    assert json.loads(event.data)["sequence_number"] == 0

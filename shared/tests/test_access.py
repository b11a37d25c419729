"""Who is let in."""

import pytest

from fairlead.shared.access import admit
from fairlead.shared.failure import FailureError, Kind

KEY = "the-client-key"
REQUIRED = "an API key is required: Authorization: Bearer <key>, or x-api-key: <key> (APIKEY in the configuration)"


def test_without_a_key_everybody_is_let_in() -> None:
    admit({}, None)
    admit({"authorization": "Bearer anything"}, None)


@pytest.mark.parametrize("origin", ["http://localhost:3456", "http://127.0.0.1", "https://[::1]:8080"])
def test_without_a_key_pages_of_this_machine_are_let_in(origin: str) -> None:
    admit({"origin": origin}, None)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://x@localhost",
        "null",
    ],
)
def test_without_a_key_pages_of_other_hosts_are_refused(origin: str) -> None:
    with pytest.raises(FailureError) as refused:
        admit({"origin": origin}, None)
    assert refused.value.failure.kind is Kind.PERMISSION


def test_with_the_key_a_page_may_be_from_anywhere() -> None:
    admit({"origin": "https://ui.example", "x-api-key": KEY}, KEY)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer  {KEY}"},
        {"authorization": KEY},
        {"x-api-key": KEY},
        {"x-goog-api-key": KEY},
        {"x-api-key": KEY, "authorization": "Bearer of-the-users-account"},
        {"x-api-key": "other", "authorization": f"Bearer {KEY}"},
    ],
)
def test_the_key_is_taken_from_either_header(headers: dict[str, str]) -> None:
    admit(headers, KEY)


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, REQUIRED),
        ({"authorization": ""}, REQUIRED),
        ({"x-api-key": "wrong"}, "invalid API key"),
        ({"x-api-key": KEY[:-1]}, "invalid API key"),
        ({"authorization": f"Basic {KEY}"}, "invalid API key"),
        ({"authorization": "Bearer schlüssel"}, "invalid API key"),
    ],
)
def test_anything_else_is_refused_for_good(headers: dict[str, str], message: str) -> None:
    with pytest.raises(FailureError) as refused:
        admit(headers, KEY)
    failure = refused.value.failure
    assert (failure.kind, failure.message, failure.should_retry) == (Kind.AUTHENTICATION, message, False)
    assert KEY not in repr(failure)

"""What is said to a token endpoint, and what its answers mean."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl

import pytest

from fairlead.normalizer.credentials.grants import LARGEST_ANSWER, request_for, understood
from fairlead.normalizer.credentials.tokens import Denied, Granted
from fairlead.shared.config.oauth import OAuth
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Kind

URL = "https://auth.example.com/token"
PLAIN = OAuth(URL, "client-1")
SECRET = Secret("the secret & more")


def test_a_refresh_is_a_form() -> None:
    made = request_for(PLAIN, None, Secret("r/+ &"))
    assert (made.url, made.headers["content-type"]) == (URL, "application/x-www-form-urlencoded")
    assert dict(parse_qsl(made.body.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "r/+ &",
        "client_id": "client-1",
    }


def test_a_client_proves_itself_in_a_header_or_in_the_form() -> None:
    basic = request_for(OAuth(URL, "client-1", auth_method="client_secret_basic", scope="a b"), SECRET, None)
    assert basic.headers["authorization"] == f"Basic {b64encode(b'client-1:the secret & more').decode()}"
    assert dict(parse_qsl(basic.body.decode())) == {"grant_type": "client_credentials", "scope": "a b"}
    posted = request_for(
        OAuth(URL, "client-1", auth_method="client_secret_post", params={"audience": Secret("x")}), SECRET, None
    )
    assert "authorization" not in posted.headers
    assert dict(parse_qsl(posted.body.decode())) == {
        "grant_type": "client_credentials",
        "audience": "x",
        "client_id": "client-1",
        "client_secret": SECRET.value,
    }


def test_a_request_does_not_show_what_is_in_it() -> None:
    assert "secret" not in repr(request_for(OAuth(URL, "c", auth_method="client_secret_post"), SECRET, SECRET))


def read(status: int, answer: Any, retry_after: float | None = None) -> Granted | Denied:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return understood(PLAIN, status, body, retry_after)


def test_a_token_is_granted() -> None:
    assert read(200, {"access_token": "a", "refresh_token": "r", "expires_in": 60, "user": {"id": 1}}) == Granted(
        Secret("a"), Secret("r"), 60.0
    )
    assert read(201, {"access_token": "a", "expires_in": "60"}) == Granted(Secret("a"), None, 60.0)
    assert read(200, {"access_token": "a", "expires_in": "soon", "refresh_token": 7}) == Granted(Secret("a"))


@pytest.mark.parametrize(
    ("status", "answer", "kind", "refused", "spent", "words"),
    [
        (
            400,
            {"error": "invalid_grant"},
            Kind.AUTHENTICATION,
            True,
            False,
            "no longer accepts the login (invalid_grant)",
        ),
        (401, {"error": "invalid_client"}, Kind.AUTHENTICATION, True, False, "(invalid_client)"),
        (401, b"", Kind.AUTHENTICATION, True, False, "(401)"),
        (400, {"error": "invalid_request"}, Kind.AUTHENTICATION, True, False, "(invalid_request); check client_id"),
        (404, b"<html>", Kind.AUTHENTICATION, True, False, "refused the request for a token (404)"),
        (429, b"", Kind.RATE_LIMIT, False, False, "after too many requests"),
        (500, b"oops", Kind.UPSTREAM, False, True, "answered 500"),
        (503, {"error": "server_error"}, Kind.UPSTREAM, False, True, "answered 503"),
        (302, b"", Kind.UPSTREAM, False, False, "a redirect, which is not followed"),
        (200, b"", Kind.UPSTREAM, False, True, "something that is no token"),
        (200, b"<html>login</html>", Kind.UPSTREAM, False, True, "something that is no token"),
        (200, b"[1]", Kind.UPSTREAM, False, True, "something that is no token"),
        (200, {"access_token": 7}, Kind.UPSTREAM, False, True, "something that is no token"),
        (200, {"access_token": ""}, Kind.UPSTREAM, False, True, "something that is no token"),
        (200, {"access_token": "two\nlines"}, Kind.UPSTREAM, False, True, "something that is no token"),
        (200, b"[" * 100_000, Kind.UPSTREAM, False, True, "something that is no token"),
        (200, b"\xff\xfe", Kind.UPSTREAM, False, True, "something that is no token"),
        (200, b'{"access_token":"a"' + b" " * LARGEST_ANSWER + b"}", Kind.UPSTREAM, False, True, "no token"),
    ],
)
def test_what_is_no_grant_says_why(
    status: int, answer: Any, kind: Kind, refused: bool, spent: bool, words: str
) -> None:
    found = read(status, answer)
    assert isinstance(found, Denied)
    assert (found.failure.kind, found.refused, found.perhaps_spent) == (kind, refused, spent)
    assert "the token endpoint auth.example.com" in found.failure.message
    assert words in found.failure.message


def test_an_answer_cut_anywhere_grants_nothing() -> None:
    whole = json.dumps({"refresh_token": "r", "access_token": "a"}).encode()
    assert isinstance(read(200, whole), Granted)
    for end in range(len(whole)):
        assert isinstance(read(200, whole[:end]), Denied)


def test_nothing_of_an_error_is_repeated() -> None:
    for status in (200, 400, 401, 403, 500):
        found = read(status, {"error": "canary-code", "error_description": "canary", "refresh_token": "canary"})
        assert "canary" not in repr(found)


def test_an_endpoint_may_say_when_to_come_back() -> None:
    found = read(429, b"", 30.0)
    assert isinstance(found, Denied)
    assert found.failure.retry_after == 30.0

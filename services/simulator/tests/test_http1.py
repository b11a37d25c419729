"""Requests out of bytes, split anywhere."""

import pytest

from fairlead.simulator.http1 import Continue, Malformed, Outcome, Request, RequestParser, response_head

SIZED = b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: h\r\nX-Api-Key:  k \r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"
PLAIN = b"GET /b HTTP/1.1\r\nConnection: close\r\n\r\n"


def parsed(*parts: bytes) -> list[Outcome]:
    parser = RequestParser()
    return [outcome for part in parts for outcome in parser.feed(part)]


def test_a_request_keeps_its_headers_as_they_came() -> None:
    (request,) = parsed(SIZED)
    assert isinstance(request, Request)
    assert request.headers == (("Host", "h"), ("X-Api-Key", "k"), ("Content-Length", "5"))
    assert request.header("x-api-key") == "k"
    assert (request.method, request.path, request.body) == ("POST", "/v1/messages", b"hello")


@pytest.mark.parametrize("data", [SIZED, CHUNKED, PLAIN, SIZED + CHUNKED + PLAIN])
def test_every_split_gives_the_same_requests(data: bytes) -> None:
    whole = parsed(data)
    assert all(isinstance(outcome, Request) for outcome in whole)
    for at in range(len(data)):
        assert parsed(data[:at], data[at:]) == whole
    assert parsed(*(data[at : at + 1] for at in range(len(data)))) == whole


@pytest.mark.parametrize("data", [SIZED, CHUNKED, PLAIN])
def test_a_request_cut_short_is_no_request_yet(data: bytes) -> None:
    for at in range(len(data)):
        assert parsed(data[:at]) == []


def test_a_chunked_body_is_joined() -> None:
    (request,) = parsed(CHUNKED)
    assert isinstance(request, Request)
    assert request.body == b"hello"


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"GET / HTTP/1.1\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: keep-alive, Close\r\n", False),
        (b"GET / HTTP/1.0\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n", True),
    ],
)
def test_keep_alive_follows_version_and_header(head: bytes, keeps: bool) -> None:
    (request,) = parsed(head + b"\r\n")
    assert isinstance(request, Request)
    assert request.keep_alive is keeps


def test_expectation_of_100_is_reported_before_the_body() -> None:
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    first, second = parsed(head, b"ok")
    assert first == Continue()
    assert isinstance(second, Request)


def test_an_absolute_target_loses_its_authority() -> None:
    (request,) = parsed(b"GET http://[::1]:80/v1/models?x=1 HTTP/1.1\r\n\r\n")
    assert isinstance(request, Request)
    assert request.path == "/v1/models"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n folded: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n", 413),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000, 431),
    ],
)
def test_what_is_no_request_says_why_and_ends(data: bytes, status: int) -> None:
    *_, last = parsed(data, PLAIN)
    assert isinstance(last, Malformed)
    assert last.status == status


def test_a_head_names_its_reason() -> None:
    assert response_head(529, [("a", "b")]) == b"HTTP/1.1 529 Overloaded\r\na: b\r\n\r\n"

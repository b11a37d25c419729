"""The server's protocol on a real socket: what cannot be served is refused in words a client can read."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from fairlead.shared.runtime.http1_server import BoundedHttp

LIMIT = 1000


async def app(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def port(serving: Callable[..., Awaitable[int]]) -> int:
    return await serving(app, LIMIT)


async def exchange(port: int, *pieces: bytes) -> tuple[bytes, bytes]:
    """Head and body of the first answer to what is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(int(length.split(b":")[1]))
    await close(writer)
    return head, body


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def request(header_size: int, body: bytes = b"") -> bytes:
    """A request whose line and headers count `header_size` bytes."""
    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\nx: " % len(body)
    return head + b"a" * (header_size - len(head) - len(b"\r\n")) + b"\r\n\r\n" + body


async def test_a_header_block_within_the_limit_is_served_whatever_its_body(port):
    _, body = await exchange(port, request(LIMIT - 10, b"b" * 100_000))
    assert body == b"ok"


@pytest.mark.parametrize(
    "pieces",
    [
        [request(LIMIT + 50)],
        [request(LIMIT + 50)[:500], request(LIMIT + 50)[500:]],
        [b"GET /" + b"a" * LIMIT + b" HTTP/1.1\r\n\r\n"],
        [b"GET / HTTP/1.1\r\nx: " + b"a" * LIMIT, b"a" * LIMIT],
        [b"GET / HTTP/1.1\r\n" + b"x: a\r\n" * LIMIT],
    ],
)
async def test_a_header_block_over_the_limit_is_refused_in_both_dialects(port, pieces):
    head, body = await exchange(port, *pieces)
    assert head.startswith(b"HTTP/1.1 431 ")
    identity = msgspec.json.decode(body)["request_id"]
    assert identity.startswith("req_")
    assert f"\r\nrequest-id: {identity}\r\nx-request-id: {identity}\r\n".encode() in head
    assert msgspec.json.decode(body) == {
        "type": "error",
        "error": {
            "type": "invalid_request_error",
            "message": "the request line and headers are larger than 1000 bytes",
            "param": None,
            "code": None,
        },
        "request_id": identity,
    }


async def test_a_refused_client_may_go_on_sending_and_still_reads_why(port):
    head, _ = await exchange(port, b"GET / HTTP/1.1\r\nx: ", *[b"a" * 65_536] * 50)
    assert head.startswith(b"HTTP/1.1 431 ")


async def test_the_limit_is_of_one_request_not_of_its_connection(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(5):
        writer.write(request(LIMIT - 100, b"b" * LIMIT))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(2) == b"ok"
    await close(writer)


async def test_what_is_not_http_is_refused(port):
    head, body = await exchange(port, b"\x16\x03\x01 hello\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert msgspec.json.decode(body)["error"]["message"] == "Invalid HTTP request received."


GARBAGE = b"\x00 is no request\r\n\r\n"


async def test_nothing_is_said_in_the_middle_of_an_answer(serving):
    async def endless(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"last"})

    reader, writer = await asyncio.open_connection("127.0.0.1", await serving(endless, LIMIT))
    writer.write(request(100))
    await reader.readuntil(b"first\r\n")
    writer.write(GARBAGE)
    assert await reader.read() == b""
    await close(writer)


async def test_who_works_for_a_refused_client_is_told_that_it_has_gone(serving):
    told = asyncio.Event()

    async def patient(_scope: Any, receive: Any, _send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        told.set()

    port = await serving(patient, LIMIT)
    head, _ = await exchange(port, b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    await asyncio.wait_for(told.wait(), 5)


@pytest.mark.parametrize(
    "half",
    [b"", b"POST / HT", request(100)[:-2], request(100, b"0123456789")[:-1]],
    ids=["none", "line", "head", "body"],
)
async def test_a_request_that_stops_coming_is_refused(serving, monkeypatch, half):
    monkeypatch.setattr(BoundedHttp, "patience", 0.01)
    head, body = await exchange(await serving(echo, LIMIT), half)
    assert head.startswith(b"HTTP/1.1 408 ")
    assert "nothing more of the request" in msgspec.json.decode(body)["error"]["message"]


async def test_an_answer_may_take_longer_than_a_request_may_pause(serving, monkeypatch):
    async def slow(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(0.1)
        await app(_scope, receive, send)

    monkeypatch.setattr(BoundedHttp, "patience", 0.01)
    _, body = await exchange(await serving(slow, LIMIT), request(100, b"0123456789"))
    assert body == b"ok"


OFFER = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n"
OFFERED = OFFER + b"content-length: 10\r\n\r\n0123456789"


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("cut", [len(OFFERED), len(OFFERED) - 10, len(OFFERED) - 4, 40])
async def test_a_request_that_offers_an_upgrade_keeps_its_body_and_its_connection(serving, cut):
    reader, writer = await asyncio.open_connection("127.0.0.1", await serving(echo, LIMIT))
    for _ in range(2):
        for piece in (OFFERED[:cut], OFFERED[cut:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(10) == b"0123456789"
    writer.write(request(100, b"next"))
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(4) == b"next"
    await close(writer)


async def test_an_upgrade_without_a_body_is_not_made(serving):
    _, body = await exchange(await serving(echo, LIMIT), OFFER.replace(b"POST", b"GET") + b"\r\n")
    assert body == b""


async def test_an_upgrade_with_a_body_of_unknown_length_is_refused(serving):
    head, body = await exchange(
        await serving(echo, LIMIT), OFFER + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    assert head.startswith(b"HTTP/1.1 400 ")
    assert "length" in msgspec.json.decode(body)["error"]["message"]


CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
UPGRADE = b"connection: upgrade\r\nupgrade: h2c\r\n"
TWO_WAYS: dict[str, bytes] = {
    "a length and chunks": b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
    "one length twice": b"content-length: 5\r\ncontent-length: 5\r\n\r\nabcde",
    "a list of lengths": b"content-length: 5, 5\r\n\r\nabcde",
    "a length with a plus": b"content-length: +5\r\n\r\nabcde",
    "a length with a minus": b"content-length: -5\r\n\r\nabcde",
    "a length in hex": b"content-length: 0x5\r\n\r\nabcde",
    "a length with a space": b"content-length: 1 0\r\n\r\nabcde12345",
    "a length with an underscore": b"content-length: 1_0\r\n\r\nabcde12345",
    "no length": b"content-length: \r\n\r\n",
    "a length beyond counting": b"content-length: 99999999999999999999999\r\n\r\n",
    "a space before the colon": b"content-length : 5\r\n\r\nabcde",
    "a space before the colon of a coding": b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"x: a\r\n b\r\ncontent-length: 5\r\n\r\nabcde",
    "a folded length": b"content-length:\r\n 5\r\n\r\nabcde",
    "a folded coding": b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a space before a name": b" content-length: 5\r\n\r\nabcde",
    "no colon": b"content-length\r\n\r\n",
    "no name": b": a\r\n\r\n",
    "a bare CR": b"x: a\rcontent-length: 5\r\n\r\nabcde",
    "bare LFs": b"x: a\ncontent-length: 5\n\nabcde",
    "a NUL": b"x: a\x00b\r\ncontent-length: 5\r\n\r\nabcde",
    "a NUL in a name": b"x\x00: a\r\ncontent-length: 5\r\n\r\nabcde",
    "another coding": b"transfer-encoding: identity\r\n\r\n0\r\n\r\n",
    "a coding after chunked": b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a coding before chunked": b"transfer-encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "two codings": b"transfer-encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a coding like chunked": b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding after a VT": b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a chunk of g": CHUNKED + b"g\r\nabc\r\n0\r\n\r\n",
    "a chunk of less than nothing": CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "a chunk with a plus": CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n",
    "a chunk with 0x": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk after a space": CHUNKED + b" 3\r\nabc\r\n0\r\n\r\n",
    "a chunk beyond counting": CHUNKED + b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "a chunk of no size": CHUNKED + b"\r\nabc\r\n0\r\n\r\n",
    "a chunk without an end": CHUNKED + b"3\r\nabcXX0\r\n\r\n",
    "a chunk longer than it says": CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n",
    "chunks with bare LFs": CHUNKED + b"3\nabc\n0\n\n",
    "an extension with a bare LF": CHUNKED + b"3;a\nb\r\nabc\r\n0\r\n\r\n",
    "an extension with a bare CR": CHUNKED + b"3;a\rb\r\nabc\r\n0\r\n\r\n",
    "an upgrade and two lengths": UPGRADE + b"content-length: 3\r\ncontent-length: 5\r\n\r\nabcde",
    "an upgrade, a length and chunks": UPGRADE + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabcde",
    "an upgrade and a length with a plus": UPGRADE + b"content-length: +5\r\n\r\nabcde",
}
"""Requests whose end two readers may see at different places: https://www.rfc-editor.org/rfc/rfc9112#section-11.2."""


@pytest.mark.parametrize("rest", TWO_WAYS.values(), ids=TWO_WAYS)
async def test_a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(serving, rest):
    asked = []

    async def heard(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await echo(scope, receive, send)

    reader, writer = await asyncio.open_connection("127.0.0.1", await serving(heard, LIMIT))
    writer.write(b"POST /first HTTP/1.1\r\nhost: x\r\n" + rest + b"GET /second HTTP/1.1\r\nhost: x\r\n\r\n")
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert "/second" not in asked
    await close(writer)


async def test_chunks_as_they_should_be_are_read(serving):
    request = b"POST / HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n002\r\nde\r\n0\r\n\r\n"
    _, body = await exchange(await serving(echo, LIMIT), request)
    assert body == b"abcde"

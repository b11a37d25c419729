"""The transport against a provider on a real socket: what goes out, what comes in, and every row of the error table."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import aiohttp
import httpx2
import pytest

from fairlead.shared.failure import Kind
from fairlead.shared.runtime.http import (
    AiohttpTransport,
    CutError,
    FirstByteTimeoutError,
    IdleTimeoutError,
    Timeouts,
    failure_from,
    open_client,
)
from fairlead.shared.runtime.transport_errors import mapped

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
PATIENT = Timeouts()


def request(url: str, body: bytes = b"{}", timeouts: Timeouts = PATIENT) -> httpx2.Request:
    return httpx2.Request("POST", url, content=body, extensions=timeouts.extensions())


async def read(
    transport: httpx2.AsyncBaseTransport,
    url: str,
    timeouts: Timeouts = PATIENT,
    each: Callable[[], object] = lambda: None,
) -> bytes:
    """The whole body; `each` is called for every piece of it."""
    response = await transport.handle_async_request(request(url, timeouts=timeouts))
    body = b""
    try:
        async for chunk in response.stream:
            body += chunk
            each()
    finally:
        await response.aclose()
    return body


async def test_a_request_goes_out_with_its_own_headers_and_nothing_of_the_library(provider, transport):
    provider.plays(HEAD + b"content-length: 2\r\n\r\nok")
    headers = [(b"X-Same", b"1"), (b"X-Same", b"2"), (b"x-word", "ü".encode())]
    await transport.handle_async_request(
        httpx2.Request("POST", provider.url + "?a=%2F%20b", headers=headers, content=b"{}")
    )
    line, *lines = provider.requests[0].partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert line == b"POST /v1/answer?a=%2F%20b HTTP/1.1"
    assert sorted(one.split(b":")[0].lower() for one in lines) == [
        b"content-length",
        b"host",
        b"x-same",
        b"x-same",
        b"x-word",
    ]
    assert "x-word: ü".encode() in lines


async def test_response_headers_and_body_come_in_as_they_are(provider, transport):
    provider.plays(HEAD + b"X-Odd: a\r\nX-Odd: b\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok")
    response = await transport.handle_async_request(request(provider.url))
    assert response.headers.raw[1:3] == [(b"X-Odd", b"a"), (b"X-Odd", b"b")]
    assert [chunk async for chunk in response.stream] == [b"ok"]


async def test_a_header_of_sixty_kilobytes_is_read(provider, transport):
    provider.plays(HEAD + b"x-long: " + b"a" * 60_000 + b"\r\ncontent-length: 0\r\n\r\n")
    response = await transport.handle_async_request(request(provider.url))
    assert len(response.headers["x-long"]) == 60_000


async def test_a_body_of_several_megabytes_is_sent_whole(provider, transport):
    provider.plays(HEAD + b"content-length: 0\r\n\r\n")
    body = bytes(range(256)) * 16_384
    await transport.handle_async_request(request(provider.url, body))
    assert provider.requests[0].endswith(body)


async def test_a_body_that_was_sent_is_not_kept_while_its_answer_comes(provider, transport):
    provider.plays(HEAD + b"content-length: 2\r\n\r\nok")
    body = b" ".join([b"a", b"long", b"question"])
    before = sys.getrefcount(body)
    sent = request(provider.url, body)
    response = await transport.handle_async_request(sent)
    del sent
    assert provider.requests[0].endswith(body)
    assert sys.getrefcount(body) == before
    await response.aclose()


async def test_bytes_are_delivered_as_they_arrive(provider, transport):
    provider.plays(HEAD + b"connection: close\r\n\r\none", "next", b"two")
    response = await transport.handle_async_request(request(provider.url))
    chunks = aiter(response.stream)
    assert await anext(chunks) == b"one"
    provider.go.set()
    assert await anext(chunks) == b"two"
    assert await anext(chunks, None) is None


async def test_a_connection_is_used_again(provider, transport):
    provider.plays(HEAD + b"content-length: 2\r\n\r\nok", "keep")
    assert [await read(transport, provider.url) for _ in range(3)] == [b"ok"] * 3
    assert provider.connections == 1


async def test_cookies_are_neither_kept_nor_sent(provider, transport):
    provider.plays(HEAD + b"set-cookie: a=b\r\ncontent-length: 2\r\n\r\nok", "keep")
    client = open_client(transport)
    for _ in range(2):
        await client.post(provider.url)
    assert b"cookie" not in provider.requests[1].lower()


async def test_redirects_are_not_followed(provider, transport):
    provider.plays(b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n")
    response = await transport.handle_async_request(request(provider.url))
    assert response.status_code == 302
    assert len(provider.requests) == 1


async def test_the_environments_proxy_is_ignored(provider, transport, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    provider.plays(HEAD + b"content-length: 2\r\n\r\nok")
    assert await read(transport, provider.url) == b"ok"


async def test_a_proxy_that_is_given_is_used(provider):
    provider.plays(HEAD + b"content-length: 2\r\n\r\nok")
    transport = AiohttpTransport(proxy=provider.url.removesuffix("/v1/answer"))
    assert await read(transport, "http://nowhere.invalid/path") == b"ok"
    assert provider.requests[0].startswith(b"POST http://nowhere.invalid/path HTTP/1.1\r\n")
    await transport.aclose()


async def test_closing_a_response_early_closes_the_connection(provider, transport):
    provider.plays(HEAD + b"connection: close\r\n\r\none", "hold")
    response = await transport.handle_async_request(request(provider.url))
    await anext(aiter(response.stream))
    await response.aclose()
    await provider.abandoned.wait()


@pytest.mark.parametrize("sent", [b"", HEAD + b"content-length: 9\r\n\r\none"])
async def test_cancelling_closes_the_connection(provider, transport, sent):
    provider.plays(sent, "hold")
    reading = asyncio.create_task(read(transport, provider.url))
    await provider.asked.wait()
    reading.cancel()
    await provider.abandoned.wait()
    with pytest.raises(asyncio.CancelledError):
        await reading


CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
QUICK = Timeouts(first_byte=0.02, idle=0.02)


@pytest.mark.parametrize(
    ("script", "raised", "kind", "message"),
    [
        ([b""], CutError, Kind.CUT, "acme closed the connection before its answer was complete"),
        ([b"HTTP/1.1 200"], CutError, Kind.CUT, "acme closed the connection before its answer was complete"),
        (
            [HEAD + b"content-length: 9\r\n\r\none"],
            CutError,
            Kind.CUT,
            "acme closed the connection before its answer was complete",
        ),
        (
            [CHUNKED + b"3\r\none\r\n"],
            CutError,
            Kind.CUT,
            "acme closed the connection before its answer was complete",
        ),
        (["reset"], httpx2.ReadError, Kind.CUT, "the connection to acme was lost: connection reset by peer"),
        (
            [CHUNKED + b"3\r\none\r\n", "next", "reset"],
            httpx2.ReadError,
            Kind.CUT,
            "the connection to acme was lost: connection reset by peer",
        ),
        (
            [b"SMTP ready\r\n\r\n"],
            httpx2.RemoteProtocolError,
            Kind.MALFORMED,
            "acme sent something that is not valid HTTP",
        ),
        (
            [HEAD + b"connection: close\r\n\r\none", "next", "reset"],
            httpx2.ReadError,
            Kind.CUT,
            "the connection to acme was lost: connection reset by peer",
        ),
        (
            [CHUNKED + b"3\r\none\r\n", "next", b"what?\r\n", "hold"],
            httpx2.RemoteProtocolError,
            Kind.MALFORMED,
            "acme sent something that is not valid HTTP",
        ),
        (["hold"], FirstByteTimeoutError, Kind.FIRST_BYTE_TIMEOUT, "acme did not begin to answer in time"),
        (
            [HEAD + b"content-length: 9\r\n\r\none", "hold"],
            IdleTimeoutError,
            Kind.IDLE_TIMEOUT,
            "acme stopped sending in the middle of its answer",
        ),
    ],
)
async def test_a_broken_answer_is_told_by_its_own_error(provider, transport, script, raised, kind, message):
    provider.plays(*script)
    timeouts = QUICK if "hold" in script and raised is not httpx2.RemoteProtocolError else PATIENT
    with pytest.raises(httpx2.HTTPError) as error:
        await read(transport, provider.url, timeouts, provider.go.set)
    assert type(error.value) is raised
    assert error.value.__cause__ is not None
    failure = failure_from(error.value, target="acme")
    assert (failure.kind, failure.message) == (kind, message)


async def test_the_idle_timeout_is_not_the_first_byte_timeout(provider, transport):
    provider.plays(HEAD + b"content-length: 9\r\n\r\none", "hold")
    with pytest.raises(IdleTimeoutError):
        await read(transport, provider.url, Timeouts(first_byte=300, idle=0.02))


async def test_a_stream_may_last_longer_than_every_timeout(provider, transport):
    pieces = [piece for _ in range(20) for piece in (b"3\r\none\r\n", "next")]
    provider.plays(CHUNKED, *pieces, b"0\r\n\r\n")
    later = partial(asyncio.get_running_loop().call_later, 0.02, provider.go.set)
    assert await read(transport, provider.url, Timeouts(first_byte=0.2, idle=0.2), later) == b"one" * 20


async def test_a_refused_connection_is_not_a_timeout(transport):
    with pytest.raises(httpx2.ConnectError) as error:
        await read(transport, "http://user:secret@127.0.0.1:1/path?key=secret")
    failure = failure_from(error.value, target="acme")
    assert failure.kind is Kind.UNREACHABLE
    assert failure.message == "could not connect to acme: connection refused"


async def test_a_request_that_could_not_be_sent_whole_is_told_so():
    """Servers that refuse a large request by closing may be heard to close before they are heard."""
    error = aiohttp.ClientOSError(None, "Can not write request body for http://acme/?key=secret")
    failure = failure_from(mapped(error, FirstByteTimeoutError), target="acme")
    assert failure.message == "the connection to acme was lost: closed before the whole request was sent"


async def test_an_unknown_host_is_told_so(transport):
    with pytest.raises(httpx2.ConnectError) as error:
        await read(transport, "http://nowhere.invalid/")
    assert failure_from(error.value, target="acme").message == (
        "could not connect to acme: its host name cannot be resolved"
    )


async def test_a_refusing_proxy_is_told_as_the_proxy(provider):
    transport = AiohttpTransport(proxy="http://127.0.0.1:1")
    with pytest.raises(httpx2.ProxyError) as error:
        await read(transport, provider.url)
    failure = failure_from(error.value, target="acme")
    assert failure.message == "could not connect to acme through its proxy: connection refused"
    await transport.aclose()


async def test_a_peer_that_speaks_no_tls_is_told_so(transport):
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        with pytest.raises(httpx2.ConnectError) as error:
            await read(transport, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    failure = failure_from(error.value, target="acme")
    assert failure.message == "could not connect to acme: the TLS handshake failed"


async def test_a_connection_that_takes_too_long_is_a_connect_timeout(provider, transport):
    provider.plays(b"")
    with pytest.raises(httpx2.ConnectTimeout) as error:
        await read(transport, provider.url.replace("http:", "https:"), Timeouts(connect=0.02))
    failure = failure_from(error.value, target="acme")
    assert (failure.kind, failure.message) == (Kind.CONNECT_TIMEOUT, "could not connect to acme in time")


async def test_a_url_that_is_not_http_is_unreachable(transport):
    with pytest.raises(httpx2.UnsupportedProtocol) as error:
        await read(transport, "ftp://127.0.0.1/")
    assert failure_from(error.value, target="acme").kind is Kind.UNREACHABLE


CERTIFICATE = Path(__file__).with_name("localhost.pem")


@pytest.fixture
async def secure_port() -> AsyncIterator[int]:
    """A peer with a certificate that nobody has signed."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(HEAD + b"content-length: 2\r\n\r\nok")
        writer.close()

    identity = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    identity.load_cert_chain(CERTIFICATE)
    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=identity) as server:
        yield server.sockets[0].getsockname()[1]


async def test_tls_is_verified(transport, secure_port):
    with pytest.raises(httpx2.ConnectError) as error:
        await read(transport, f"https://localhost:{secure_port}/")
    failure = failure_from(error.value, target="acme")
    assert failure.message == "could not connect to acme: its TLS certificate is not trusted: self-signed certificate"


async def test_a_trusted_certificate_of_another_host_is_refused(secure_port):
    transport = AiohttpTransport(tls=ssl.create_default_context(cafile=CERTIFICATE))
    with pytest.raises(httpx2.ConnectError) as error:
        await read(transport, f"https://127.0.0.1:{secure_port}/")
    assert "its TLS certificate is not trusted: IP address mismatch" in str(failure_from(error.value, target="acme"))
    await transport.aclose()


async def test_a_given_trust_is_used(secure_port):
    transport = AiohttpTransport(tls=ssl.create_default_context(cafile=CERTIFICATE))
    assert await read(transport, f"https://localhost:{secure_port}/") == b"ok"
    await transport.aclose()

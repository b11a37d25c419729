"""Client, server, attempt and provider on real sockets: what holds only when all of it works together."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.asgi import ClientGoneError, read_body, respond_failure, respond_json, watched
from fairlead.shared.runtime.attempt import Flowing, Refused, attempt
from fairlead.shared.runtime.reply import StreamReply

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
SAID = b'data: {"text":"hi"}\n\n'
DONE = b'data: {"done":true}\n\n'
BODY_LIMIT = 100_000
PINGS = {"/": 15.0, "/impatient": 0.001}


@pytest.fixture
async def port(serving, transport, call, dialect) -> int:
    """A service of one endpoint, which asks the provider for a stream."""

    async def answer(body: bytes, send: Any, ping: float) -> None:
        with StreamReply(send, lambda: dialect.ping, ping=ping) as reply:
            got = await attempt(transport, call(stream=True, body=body))
            if isinstance(got, Flowing):
                await got.run(reply.write)
                await reply.finish()
            elif isinstance(got, Refused) and reply.started:
                await reply.finish(dialect.failure_event(got.failure, "req_1"))
            elif isinstance(got, Refused):
                await respond_failure(send, got.failure, dialect, "req_1", got.headers)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await read_body(scope, receive, BODY_LIMIT)
            if scope["path"] == "/echo":
                await respond_json(send, 200, body)
            else:
                await watched(receive, answer(body, send, PINGS[scope["path"]]))
        except FailureError as error:
            await respond_failure(send, error.failure, dialect, "req_1")
        except ClientGoneError:
            pass

    return await serving(app)


async def connect(port: int, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    return reader, writer


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


ASK = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"


async def test_a_stream_goes_through(provider, port):
    provider.plays(EVENTS + SAID, "next", DONE)
    reader, writer = await connect(port, ASK)
    assert b"content-type: text/event-stream" in await reader.readuntil(SAID)
    provider.go.set()
    await reader.readuntil(DONE + b"\r\n0\r\n\r\n")
    await close(writer)


@pytest.mark.parametrize("sent", [b"", EVENTS, EVENTS + SAID])
async def test_a_client_that_leaves_takes_the_upstream_with_it(provider, port, sent):
    provider.plays(sent, "hold")
    _, writer = await connect(port, ASK)
    await provider.asked.wait()
    await close(writer)
    await provider.abandoned.wait()


async def test_silence_before_the_first_content_is_filled_and_a_late_failure_is_told(provider, port):
    provider.plays(EVENTS, "next", b'data: {"error":"overloaded"}\n\n')
    reader, writer = await connect(port, ASK.replace(b"/", b"/impatient", 1))
    head = await reader.readuntil(b": still here\n\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    provider.go.set()
    await reader.readuntil(b'data: {"error":"overloaded"}\n\n\r\n0\r\n\r\n')
    await close(writer)


async def test_a_failure_at_once_has_its_status(provider, port):
    provider.plays(b"HTTP/1.1 429 Slow\r\nretry-after: 3\r\ncontent-length: 4\r\n\r\nslow")
    reader, writer = await connect(port, ASK)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 429 ")
    assert b"retry-after: 3\r\n" in head
    await close(writer)


async def test_a_body_too_large_is_refused_before_it_is_sent(port):
    reader, writer = await connect(port, b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 413 ")
    await close(writer)


async def test_a_client_that_sends_too_much_all_the_same_reads_why(port):
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    reader, writer = await connect(port, head + chunk * 20 + b"0\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 413 ")
    await close(writer)


async def test_a_connection_serves_one_request_after_another(provider, port):
    provider.plays(EVENTS + SAID + DONE)
    reader, writer = await connect(port, ASK)
    for _ in range(3):
        await reader.readuntil(DONE + b"\r\n0\r\n\r\n")
        writer.write(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n[]")
        assert (await reader.readuntil(b"\r\n\r\n[]")).startswith(b"HTTP/1.1 200 ")
        writer.write(ASK)
    await close(writer)

"""Providers that stall at some stage, or never come to an end of it: each wait is bounded and told by its own name."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest

from fairlead.shared.failure import Kind
from fairlead.shared.runtime.http import (
    AiohttpTransport,
    FirstByteTimeoutError,
    IdleTimeoutError,
    Timeouts,
    failure_from,
)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SOON = 0.1


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[str]:
    """The URL of a provider that behaves so until its client has gone."""
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.ensure_future(serve(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0, limit=1024) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/answer"
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks)


async def asked(transport: AiohttpTransport, url: str, timeouts: Timeouts, body: bytes = b"{}") -> bytes:
    request = httpx2.Request("POST", url, content=body, extensions=timeouts.extensions())
    response = await transport.handle_async_request(request)
    try:
        return b"".join([chunk async for chunk in response.stream])
    finally:
        await response.aclose()


async def dripping(writer: asyncio.StreamWriter, what: bytes, *, gap: float = SOON / 10) -> None:
    """A byte at a time, for good."""
    while True:
        for byte in what:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(gap)


async def test_a_head_that_comes_a_byte_at_a_time_and_never_ends_is_a_first_byte_timeout(transport):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await dripping(writer, b"x-a: b\r\n")

    async with peer(talk) as url:
        with pytest.raises(FirstByteTimeoutError):
            await asked(transport, url, Timeouts(first_byte=SOON, idle=60))


async def test_the_same_on_a_connection_that_has_answered_before(transport):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await reader.readuntil(b"{}")
        await dripping(writer, b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 1000)

    async with peer(talk) as url:
        assert await asked(transport, url, Timeouts(first_byte=60)) == b"ok"
        with pytest.raises(FirstByteTimeoutError):
            await asked(transport, url, Timeouts(first_byte=SOON, idle=60))


@pytest.mark.parametrize("then", [b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
async def test_hints_are_no_answer(transport, then):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + then)
        await asyncio.Event().wait()

    async with peer(talk) as url, asyncio.timeout(10):
        with pytest.raises(FirstByteTimeoutError):
            await asked(transport, url, Timeouts(first_byte=SOON, idle=60))


async def test_hints_without_end_are_no_answer_either(transport):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
            await asyncio.sleep(SOON / 10)

    async with peer(talk) as url, asyncio.timeout(10):
        with pytest.raises(FirstByteTimeoutError):
            await asked(transport, url, Timeouts(first_byte=SOON, idle=60))


async def test_an_answer_after_hints_is_read_and_its_connection_used_again(transport):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"{}")
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    async with peer(talk) as url:
        for _ in range(3):
            assert await asked(transport, url, Timeouts(first_byte=SOON, idle=SOON)) == b"ok"
            await asyncio.sleep(1.5 * SOON)


async def test_a_provider_that_does_not_take_the_request_is_a_first_byte_timeout(transport):
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    async with peer(talk) as url:
        with pytest.raises(FirstByteTimeoutError) as error:
            await asked(transport, url, Timeouts(first_byte=SOON), b"x" * 32_000_000)
    assert failure_from(error.value, target="acme").kind is Kind.FIRST_BYTE_TIMEOUT


async def test_a_request_that_is_taken_slowly_is_no_stall(transport):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(12):
            await reader.readexactly(2_000_000)
            await asyncio.sleep(SOON)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    async with peer(talk) as url:
        assert await asked(transport, url, Timeouts(first_byte=7 * SOON), b"x" * 24_000_000) == b"ok"


async def test_a_body_a_byte_at_a_time_takes_as_long_as_it_likes(transport):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n")
        await dripping(writer, b"x" * 30)

    async with peer(talk) as url:
        assert await asked(transport, url, Timeouts(first_byte=SOON, idle=SOON)) == b"x" * 30


async def test_a_head_and_then_silence_is_an_idle_timeout(transport):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        await asyncio.Event().wait()

    async with peer(talk) as url:
        with pytest.raises(IdleTimeoutError):
            await asked(transport, url, Timeouts(first_byte=60, idle=SOON))


@pytest.mark.parametrize("endless", [b"x", b"x-a: " + b"b" * 1000 + b"\r\n"], ids=["one header", "many headers"])
async def test_headers_without_end_are_refused(transport, endless):
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\nx-first: ")
        while True:
            writer.write(endless * 50)
            sent += len(endless) * 50
            await writer.drain()

    async with peer(talk) as url:
        with pytest.raises(httpx2.RemoteProtocolError) as error:
            await asked(transport, url, Timeouts(first_byte=60))
    assert failure_from(error.value, target="acme").kind is Kind.MALFORMED
    assert sent < 64_000_000

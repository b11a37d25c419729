import asyncio

import pytest
from bench.http1 import BrokenAnswerError, Connection, Reader, written

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
SIZED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX: a: b\r\n\r\nno"


@pytest.mark.parametrize(("answer", "status", "body"), [(CHUNKED, 200, b"hello!"), (SIZED, 404, b"no")])
def test_an_answer_may_be_split_at_every_byte(answer: bytes, status: int, body: bytes) -> None:
    for at in range(1, len(answer)):
        reader = Reader()
        reader.feed(answer[:at])
        assert not reader.done
        reader.feed(answer[at:])
        assert (reader.done, reader.status, bytes(reader.body)) == (True, status, body)


def test_an_answer_may_come_byte_by_byte() -> None:
    reader = Reader()
    for at in range(len(SIZED)):
        reader.feed(SIZED[at : at + 1])
    assert reader.done
    assert reader.headers["x"] == "a: b"


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        CHUNKED + b"x",
        SIZED + b"HTTP/1.1 200 OK",
        CHUNKED.replace(b"hello", b"hello?"),
        CHUNKED.replace(b"5\r\n", b"five\r\n"),
        CHUNKED.removesuffix(b"\r\n") + b"trailer: 1\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000,
    ],
)
def test_what_is_no_answer_is_refused(broken: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        Reader().feed(broken)


async def test_a_connection_is_kept_and_an_answer_cut_short_is_told() -> None:
    answers = iter([SIZED, CHUNKED, CHUNKED[:-5]])

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"POST /x HTTP/1.1\r\n")
            await reader.readexactly(4)
            writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    async with server, await Connection.to(server.sockets[0].getsockname()[1]) as connection:
        request = written("POST", "/x", {"a": "b"}, b"body")
        assert (await connection.exchange(request)).status == 404
        reply = await connection.exchange(request)
        assert reply.body == b"hello!"
        assert 0 < reply.first_byte <= reply.end
        with pytest.raises(BrokenAnswerError, match="ended within"):
            await connection.exchange(request)
        with pytest.raises(BrokenAnswerError, match="closed"):
            await connection.exchange(request)


async def test_an_answer_is_heard_from_its_first_byte_to_its_end() -> None:
    whole, heard = asyncio.Event(), []

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(CHUNKED[:-5])
        await whole.wait()
        writer.write(CHUNKED[-5:])
        writer.close()

    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    async with server, await Connection.to(server.sockets[0].getsockname()[1]) as connection:
        heard.append(connection.hears)
        asked = asyncio.create_task(connection.exchange(written("GET", "/x", {})))
        while not connection.hears:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0)
        heard.append(asked.done())
        whole.set()
        await asked
        heard.append(connection.hears)
    assert heard == [False, False, False]

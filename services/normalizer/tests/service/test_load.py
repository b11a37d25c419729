"""Many streams at once, and one client that hardly reads."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from ..conftest import CANARY, CONFIG, normalizer
from ..talk import CHAT, MESSAGES, body

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def event(**data: object) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def delta(text: str) -> bytes:
    return event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": text})


START = event(
    type="message_start",
    message={
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "x",
        "content": [],
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
) + event(type="content_block_start", index=0, content_block={"type": "text", "text": ""})
END = (
    event(type="content_block_stop", index=0)
    + event(type="message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 9})
    + event(type="message_stop")
)


async def taken(reader: asyncio.StreamReader) -> bytes:
    """The body of a request."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))


class Slowly:
    """Begins every answer with what was asked, and ends none before all have begun."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._begun = 0
        self._all = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(await taken(reader))["messages"][0]["content"]
        words = asked if isinstance(asked, str) else asked[0]["text"]
        writer.write(HEAD + START + delta(f"<{words}"))
        self._begun += 1
        if self._begun == self._expected:
            self._all.set()
        await self._all.wait()
        writer.write(delta(f" {words}>") + END)
        writer.close()


class Flood:
    """Sends 100 MB as fast as they are taken; `stalled` once nobody has taken any for a while."""

    SIZE = 100_000_000

    def __init__(self) -> None:
        self.sent = 0
        self.stalled = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await taken(reader)
        writer.write(HEAD + START)
        piece = delta("x" * 10_000)
        with suppress(ConnectionError):
            while self.sent < self.SIZE:
                writer.write(piece)
                self.sent += len(piece)
                try:
                    await asyncio.wait_for(writer.drain(), 0.5)
                except TimeoutError:
                    self.stalled.set()
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def running(provider: Slowly | Flood) -> AsyncIterator[tuple[str, int]]:
    """Host and port of a normalizer before that provider."""
    async with await asyncio.start_server(provider, "127.0.0.1", 0, backlog=1000) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with normalizer(CONFIG.format(url=url, key=CANARY, more="")) as client, asyncio.timeout(60):
            assert client.base_url.port is not None
            yield client.base_url.host, client.base_url.port


def request(path: str, words: str) -> bytes:
    content = json.dumps(body("ant,sim-text", stream=True, messages=[{"role": "user", "content": words}])).encode()
    return (
        b"POST %s HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        % (
            path.encode(),
            len(content),
        )
        + content
    )


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_five_hundred_streams_at_once_are_held_and_none_is_mixed_up(path: str) -> None:
    async def one(address: tuple[str, int], number: int) -> bytes:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request(path, f"number {number}"))
        answer = await reader.read()
        writer.close()
        return answer

    async with running(Slowly(500)) as address:
        answers = await asyncio.gather(*(one(address, number) for number in range(500)))
    for number, answer in enumerate(answers):
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert answer.count(b"number") == 2, answer
        assert b'<number %d"' % number in answer
        assert b" number %d>" % number in answer


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_a_client_that_hardly_reads_stops_its_provider_and_fills_no_memory(path: str) -> None:
    flood = Flood()
    async with running(flood) as address:
        reader, writer = await asyncio.open_connection(*address, limit=1024)
        writer.write(request(path, "much"))
        while not flood.stalled.is_set():
            assert await reader.read(1024)
            await asyncio.sleep(0.01)
        # What the kernel's buffers of four sockets hold, which is much, and little of ours.
        assert flood.sent < 32_000_000
        writer.close()

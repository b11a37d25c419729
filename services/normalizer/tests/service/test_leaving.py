"""A client that leaves takes the call to the provider with it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from ..conftest import CANARY, CONFIG, normalizer
from ..talk import CHAT, MESSAGES, body

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Hanging:
    """A provider that says something, or nothing, and then waits for its client to go."""

    def __init__(self, says: bytes) -> None:
        self._says = says
        self.asked = asyncio.Event()
        self.abandoned = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._says)
        self.asked.set()
        while await reader.read(65_536):
            pass
        self.abandoned.set()
        writer.close()


@pytest_asyncio.fixture(loop_scope="module")
async def hanging(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Hanging, str]]:
    hanging = Hanging(request.param)
    async with await asyncio.start_server(hanging, "127.0.0.1", 0) as server:
        yield hanging, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


BEGUN = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant",'
    b'"model":"x","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
    b'"content_block":{"type":"text","text":""}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    b'"delta":{"type":"text_delta","text":"Hello"}}\n\n'
)


@pytest.mark.parametrize("hanging", [b"", BEGUN], indirect=True, ids=["before the answer", "in mid-stream"])
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_a_client_that_leaves_takes_the_upstream_with_it(
    path: str, hanging: tuple[Hanging, str], logged: list[Any]
) -> None:
    provider, url = hanging
    async with normalizer(CONFIG.format(url=url, key=CANARY, more="")) as client:
        asking = asyncio.create_task(client.post(path, json=body("ant,sim-text", stream=True)))
        async with asyncio.timeout(10):
            await provider.asked.wait()
            asking.cancel()
            await provider.abandoned.wait()
        await asyncio.gather(asking, return_exceptions=True)
    assert [entry["outcome"] for entry in logged if entry["event"] == "answered"] == ["client_gone"]

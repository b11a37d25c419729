"""The configuration's file changes while the normalizer runs: new requests see it, running ones do not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from fairlead.normalizer.app import Lasting, World
from fairlead.normalizer.serving import Reading, Serving, live
from fairlead.shared.config import load

from ..conftest import CANARY, listening, no_pause
from ..talk import MESSAGES, body
from .test_leaving import BEGUN

pytestmark = pytest.mark.asyncio(loop_scope="module")

STREAMS, EDITS = 50, 10
ENDED = (
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},'
    b'"usage":{"output_tokens":1}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)


class Slow:
    """A provider whose answers end when the test says so; it keeps the keys it is shown."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.keys: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.keys += [line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("x-api-key")]
        writer.write(BEGUN)
        await self.go_on.wait()
        writer.write(ENDED)
        writer.close()


def put(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def config(url: str, name: str, key: str = CANARY) -> str:
    provider = f'name: "{name}", api_base_url: "{url}/v1/messages", api_key: "{key}", models: ["m"]'
    return f"{{Providers: [{{{provider}}}]}}"


@asynccontextmanager
async def serving(file: Path) -> AsyncIterator[tuple[Serving, httpx2.AsyncClient]]:
    env: dict[str, str] = {}
    made = live(file, load(file, env), Reading(env, "127.0.0.1"), Lasting(), World(sleep=no_pause))
    async with listening(made.editions) as client:
        yield made, client


async def look(made: Serving) -> None:
    assert made.live is not None
    await made.live.look()
    await made.live.look()


async def whole_stream(client: httpx2.AsyncClient, model: str, begun: asyncio.Event) -> bytes:
    heard = b""
    async with client.stream("POST", MESSAGES, json=body(model, stream=True)) as response:
        async for chunk in response.aiter_raw():
            heard += chunk
            begun.set()
    return heard


async def test_no_stream_notices_that_the_file_changes(tmp_path: Path) -> None:
    slow = Slow()
    async with await asyncio.start_server(slow, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        file = put(tmp_path / "config.json", config(url, "p0"))
        async with serving(file) as (made, client):
            begun = [asyncio.Event() for _ in range(STREAMS)]
            running = [asyncio.create_task(whole_stream(client, "p0,m", one)) for one in begun]
            for one in begun:
                await one.wait()
            for number in range(1, EDITS + 1):
                put(file, config(url, f"p{number}", f"{CANARY}-{number}"))
                await look(made)
                listed = (await client.get("/v1/models")).json()["data"]
                assert {model["provider"] for model in listed} == {f"p{number}"}
            assert (await client.post(MESSAGES, json=body("p0,m"))).status_code == 404
            assert not any(task.done() for task in running)
            async with asyncio.timeout(20):  # editions close beside what is served
                while made.editions.retired != 1:  # noqa: ASYNC110 - nobody else wants to hear of it
                    await asyncio.sleep(0)
            slow.go_on.set()
            answers = await asyncio.gather(*running)
            last = await whole_stream(client, f"p{EDITS},m", asyncio.Event())
    assert all(answer.endswith(ENDED) for answer in (*answers, last))
    assert slow.keys == [CANARY] * STREAMS + [f"{CANARY}-{EDITS}"]


async def test_figures_outlive_an_edit_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    slow = Slow()
    slow.go_on.set()
    async with await asyncio.start_server(slow, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        file = put(tmp_path / "config.json", config(url, "p"))
        async with serving(file) as (made, client):
            await whole_stream(client, "p,m", asyncio.Event())
            put(file, config(url, "p", CANARY + "-2"))
            await look(made)
            await whole_stream(client, "p,m", asyncio.Event())
            put(file, "{Providers: 1}")
            await look(made)
            await whole_stream(client, "p,m", asyncio.Event())
            metrics = (await client.get("/metrics")).text
            assert made.live is not None
            assert [one.key for one in made.live.problems] == ["Providers"]
            told = (await client.get("/api/config")).json()
            assert [(one["file"], one["line"], one["key"]) for one in told["problems"]] == [(str(file), 1, "Providers")]
    assert 'fairlead_requests_total{client="anthropic",provider="p",outcome="ok"} 3' in metrics


async def test_a_provider_that_was_renamed_answers_to_its_former_name_until_the_next_change(tmp_path: Path) -> None:
    provider = Slow()
    provider.go_on.set()
    server = await asyncio.start_server(provider, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, serving(put(tmp_path / "c.json", config(url, "old"))) as (made, client):
        for name, status in (("new", 200), ("newer", 404)):
            put(tmp_path / "c.json", config(url, name))
            await look(made)
            answers = [await client.post(MESSAGES, json=body(f"{one},m", stream=True)) for one in ("old", name)]
            assert [answer.status_code for answer in answers] == [status, 200]

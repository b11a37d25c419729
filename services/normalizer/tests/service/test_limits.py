"""A provider's limits as clients meet them, and what one provider's trouble means for another: nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from fairlead.simulator import Canned, Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, TEXT, body, text_of, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{Providers: [
  {{name: "ant", api_base_url: "{url}/v1/messages", api_key: "{key}", models: ["sim-text"], limits: {{{limits}}}}},
  {{name: "stuck", api_base_url: "{stuck}/v1", api_key: "{key}", models: ["m"], limits: {{concurrency: 1, queue: 1}}}},
  {{name: "gem", api_base_url: "{url}/v1beta/models/", api_key: "{key}", models: ["sim-text"]}},
]}}"""


class Stuck:
    """A provider that takes requests and says nothing, until `go`."""

    def __init__(self) -> None:
        self.asked = 0
        self.came = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self.came.set()
        leaves = asyncio.ensure_future(reader.read())
        goes = asyncio.ensure_future(self.go.wait())
        await asyncio.wait([leaves, goes], return_when=asyncio.FIRST_COMPLETED)
        for waiting in (leaves, goes):
            waiting.cancel()
        if self.go.is_set():
            writer.write(b"HTTP/1.1 500 Oh\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        writer.close()

    async def has(self, asked: int) -> None:
        """Waits until so many have come."""
        while self.asked < asked:
            self.came.clear()
            await self.came.wait()


@asynccontextmanager
async def scene(simulator: Simulator, limits: str = "") -> AsyncIterator[tuple[httpx2.AsyncClient, Stuck]]:
    stuck = Stuck()
    async with await asyncio.start_server(stuck, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        config = CONFIG.format(url=simulator.url, stuck=url, key=CANARY, limits=limits)
        async with normalizer(config) as client, asyncio.timeout(20):
            yield client, stuck


def asking(client: httpx2.AsyncClient, path: str = CHAT) -> "asyncio.Task[httpx2.Response]":
    return asyncio.create_task(client.post(path, json=body("stuck,m")))


async def settled() -> None:
    """Lets everything on its way arrive."""
    for _ in range(50):
        await asyncio.sleep(0.002)


@pytest.mark.parametrize(("path", "spoken", "status"), [(CHAT, "openai", 503), (MESSAGES, "anthropic", 529)])
async def test_a_stuck_provider_with_a_full_queue_says_so_and_another_answers(
    path: str, spoken: str, status: int, simulator: Simulator
) -> None:
    async with scene(simulator) as (client, stuck):
        first = asking(client, path)
        await stuck.has(1)
        second = asking(client, path)
        await settled()
        full = await client.post(path, json=body("stuck,m"))
        assert (full.status_code, full.headers["x-fairlead-failure"]) == (status, "overloaded")
        assert told(full) == (
            spoken,
            "stuck answers 1 requests at once (limits.concurrency), and 1 more are waiting (limits.queue)",
        )
        answers = await asyncio.gather(*(client.post(path, json=body("ant,sim-text")) for _ in range(20)))
        assert {text_of(path, one.json()) for one in answers} == {TEXT}
        assert stuck.asked == 1
        figures = (await client.get("/metrics")).text.splitlines()
        assert 'fairlead_queue_waiting{provider="stuck"} 1' in figures
        assert 'fairlead_calls_running{provider="stuck"} 1' in figures
        assert 'fairlead_queue_rejected_total{provider="stuck",kind="overloaded"} 1' in figures
        stuck.go.set()
        assert [(await one).status_code for one in (first, second)] == [500, 500]
        figures = (await client.get("/metrics")).text.splitlines()
        assert 'fairlead_queue_seconds_count{provider="stuck"} 3' in figures


async def test_a_client_that_leaves_the_queue_or_the_provider_makes_room(simulator: Simulator) -> None:
    async with scene(simulator) as (client, stuck):
        first = asking(client)
        await stuck.has(1)
        queued = asking(client)
        await settled()
        queued.cancel()
        await settled()
        last = asking(client)
        await settled()
        assert not last.done()
        assert stuck.asked == 1
        first.cancel()
        await stuck.has(2)
        stuck.go.set()
        assert (await last).status_code == 500


@pytest.mark.parametrize(("path", "spoken"), [(CHAT, "openai"), (MESSAGES, "anthropic")])
async def test_beyond_the_requests_of_a_minute_a_client_is_told_when_to_come_again(
    path: str, spoken: str, simulator: Simulator
) -> None:
    async with scene(simulator, "rpm: 1") as (client, _):
        assert (await client.post(path, json=body("ant,sim-text"))).status_code == 200
        refused = await client.post(path, json=body("ant,sim-text"))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert refused.headers["x-fairlead-failure"] == "rate_limit"
    assert told(refused) == (spoken, "ant has had its 1 requests a minute (limits.rpm); try again in 60 s")
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_what_a_provider_says_is_left_is_passed_on_in_its_words_and_ours(
    stream: bool, simulator: Simulator
) -> None:
    limits = {"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "6m0s"}
    words = "".join(f",header={name}:{value}" for name, value in limits.items())
    async with scene(simulator) as (client, _):
        answer = await client.post(MESSAGES, json=body(f"ant,sim-text!{words[1:]}", stream=stream))
    assert answer.status_code == 200
    assert answer.headers["x-fairlead-rate"] == "requests;r=9;t=360"
    assert {name: answer.headers[name] for name in limits} == limits


async def test_googles_delay_becomes_a_retry_after(simulator: Simulator) -> None:
    error: dict[str, Any] = {
        "code": 429,
        "message": "quota",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "26.4s"}],
    }
    simulator.enqueue(Canned(status=429, body=httpx2.Response(200, json={"error": error}).content))
    async with scene(simulator) as (client, _):
        answer = await client.post(CHAT, json=body("gem,sim-text"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "27")

"""The simulator over real sockets, seen from the client's side."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from fairlead.simulator import Canned, Simulator, Text, say

HEADERS = {"anthropic-version": "2023-06-01"}
TEXT = "Hello from the simulator. This text is streamed in a few pieces."


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=sim.url, headers=HEADERS, trust_env=False) as opened:
        yield opened


def body(model: str, *, stream: bool = True) -> dict[str, object]:
    return {"model": model, "max_tokens": 1000, "stream": stream, "messages": [{"role": "user", "content": "hi"}]}


def wire(model: str, *, stream: bool = True) -> bytes:
    data = json.dumps(body(model, stream=stream)).encode()
    head = (
        f"POST /v1/messages HTTP/1.1\r\nhost: h\r\nanthropic-version: 2023-06-01\r\ncontent-length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


@asynccontextmanager
async def connected(sim: Simulator) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sim.url.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def until(condition: Callable[[], object]) -> None:
    """Gives the simulator time to notice; what it notices has no event of its own."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it was not noticed")


async def to_the_end(reader: asyncio.StreamReader) -> tuple[bytes, type[ConnectionError] | None]:
    """All bytes, and the error the connection ended with."""
    received = b""
    try:
        while part := await reader.read(1000):
            received += part
    except ConnectionError as error:
        return received, type(error)
    return received, None


async def whole(client: httpx2.AsyncClient) -> bytes:
    return (await client.post("/v1/messages", json=body("sim-text"))).content


async def test_a_real_client_gets_both_forms(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/messages", json=body("sim-text", stream=False))
    assert answer.json()["content"] == [{"type": "text", "text": TEXT}]
    answer = await client.post(
        "/v1/chat/completions", json={"model": "x", "messages": [{"role": "user", "content": "hi"}]}
    )
    assert "simulated" in answer.json()["choices"][0]["message"]["content"]
    streamed = await whole(client)
    assert streamed.startswith(b"event: message_start\n")
    assert streamed.endswith(b'data: {"type":"message_stop"}\n\n')


async def test_a_connection_is_kept_and_requests_are_recorded(sim: Simulator, client: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await client.post("/base/v1/messages?beta=true", json=body("sim-text"))
    await client.head("/")
    assert [(record.method, record.target, record.connection) for record in sim.requests] == [
        ("POST", "/base/v1/messages?beta=true", 1),
        ("POST", "/base/v1/messages?beta=true", 1),
        ("HEAD", "/", 1),
    ]
    assert all(record.finished and record.status == 200 for record in sim.requests)
    assert json.loads(sim.requests[0].body) == body("sim-text")


async def test_a_chunked_request_is_taken(client: httpx2.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        data = json.dumps(body("sim-text", stream=False)).encode()
        for at in range(0, len(data), 10):
            yield data[at : at + 10]

    assert (await client.post("/v1/messages", content=parts())).json()["content"][0]["text"] == TEXT


async def test_requests_sent_ahead_are_answered_in_order(sim: Simulator) -> None:
    async with connected(sim) as (reader, writer):
        writer.write(
            wire("sim-text!delay-headers=0.01", stream=False) + b"GET /health HTTP/1.1\r\nconnection: close\r\n\r\n"
        )
        received = await reader.read()
    assert received.index(TEXT.encode()) < received.index(b'"status":"ok"')


async def test_the_expectation_of_100_is_met(sim: Simulator) -> None:
    async with connected(sim) as (reader, writer):
        head, _, data = wire("sim-text", stream=False).partition(b"\r\n\r\n")
        writer.write(head + b"\r\nexpect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(data)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")


async def test_nonsense_is_answered_and_the_connection_closed(sim: Simulator) -> None:
    async with connected(sim) as (reader, writer):
        writer.write(b"nonsense\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request")


@pytest.mark.parametrize(
    "options", ["byte-at-a-time", "split=7", "chunks=5,gap=0.001", "delay-at=50:0.001,delay-at=e2:0.001"]
)
async def test_paced_answers_arrive_whole(client: httpx2.AsyncClient, options: str) -> None:
    received = (await client.post("/v1/messages", json=body(f"sim-text!{options}"))).content
    assert received.endswith(b'data: {"type":"message_stop"}\n\n')


async def test_a_pause_stands_between_head_and_body(sim: Simulator) -> None:
    async with connected(sim) as (reader, writer):
        writer.write(wire("sim-text!delay-first-byte=0.05"))
        await reader.readuntil(b"\r\n\r\n")
        assert not sim.requests[0].finished
        assert b"message_start" in await reader.readuntil(b"\n\n")
        await until(lambda: sim.requests[0].finished)


async def test_a_cut_ends_politely(client: httpx2.AsyncClient) -> None:
    received = (await client.post("/v1/messages", json=body("sim-text!cut=100"))).content
    assert len(received) == 100
    received = (await client.post("/v1/messages", json=body("sim-text!cut=40", stream=False))).content
    assert len(received) == 40


async def test_a_drop_breaks_the_framing(client: httpx2.AsyncClient) -> None:
    for stream in (True, False):
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.post("/v1/messages", json=body("sim-text!drop=40", stream=stream))


async def test_a_reset_is_a_reset_after_exactly_those_bytes(sim: Simulator) -> None:
    async with connected(sim) as (reader, writer):
        writer.write(wire("sim-text!reset=100", stream=False))
        await reader.readuntil(b"\r\n\r\n")
        received, error = await to_the_end(reader)
        assert (len(received), error) == (100, ConnectionResetError)
        assert sim.requests[0].finished


async def test_a_stall_is_silent_until_the_client_leaves(sim: Simulator) -> None:
    async with connected(sim) as (reader, writer):
        writer.write(wire("sim-text!stall=100"))
        await reader.readuntil(b"\r\n\r\n")
        received = await reader.readuntil(b"\r\n") + await reader.readexactly(102)
        assert received == b"64\r\n" + received[4:104] + b"\r\n"
        assert sim.requests[0].disconnected_after is None
    await until(lambda: sim.requests[0].disconnected_after is not None)
    assert not sim.requests[0].finished


async def test_a_client_that_leaves_early_is_noticed(sim: Simulator) -> None:
    async with connected(sim) as (reader, writer):
        writer.write(wire("sim-text!chunks=1000,gap=0.01"))
        await reader.readuntil(b"message_start")
    await until(lambda: sim.requests[0].disconnected_after is not None)
    assert not sim.requests[0].finished


async def test_a_slow_reader_does_not_finish_the_answer(sim: Simulator) -> None:
    sim.enqueue(Canned(body=b"x" * 20_000_000))
    async with connected(sim) as (reader, writer):
        writer.write(wire("any"))
        await reader.readuntil(b"\r\n\r\n")
        assert not sim.requests[0].finished
        assert len(await reader.readexactly(20_000_000)) == 20_000_000
        await until(lambda: sim.requests[0].finished)


async def test_answers_put_in_are_given_out(sim: Simulator, client: httpx2.AsyncClient) -> None:
    sim.enqueue(say(Text("first")), Canned(status=503, body=b"{}"))
    await client.post("/__simulator__/next", json={"chunks": ["data: third\n\n"]})
    first = await client.post("/v1/messages", json=body("any", stream=False))
    assert first.json()["content"][0]["text"] == "first"
    assert (await client.post("/v1/messages", json=body("any"))).status_code == 503
    assert (await client.post("/v1/messages", json=body("any"))).content == b"data: third\n\n"


async def test_the_record_can_be_had_over_http(sim: Simulator, client: httpx2.AsyncClient) -> None:
    await client.post("/v1/messages", json=body("sim-text"), headers={"x-api-key": "secret"})
    shown = (await client.get("/__simulator__/requests")).json()["requests"]
    assert [(each["target"], each["finished"]) for each in shown] == [("/v1/messages", True)]
    await client.delete("/__simulator__/requests")
    assert sim.requests == []


async def test_asking_whether_it_is_well_leaves_no_record(sim: Simulator, client: httpx2.AsyncClient) -> None:
    assert (await client.get("/__simulator__/health")).status_code == 200
    assert sim.requests == []
    assert (await client.get("/health")).status_code == 200
    assert [record.target for record in sim.requests] == ["/health"]


async def test_a_key_is_demanded() -> None:
    async with (
        Simulator(key="K") as sim,
        httpx2.AsyncClient(base_url=sim.url, headers=HEADERS, trust_env=False) as client,
    ):
        assert (await client.post("/v1/messages", json=body("sim-text"))).status_code == 401
        answer = await client.post("/v1/messages", json=body("sim-text"), headers={"authorization": "Bearer K"})
        assert answer.status_code == 200


async def test_leaving_the_context_ends_answers_under_way() -> None:
    async with Simulator() as sim:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(sim.url.rpartition(":")[2]))
        writer.write(wire("sim-text!stall=0"))
        await reader.readuntil(b"\r\n\r\n")
        record = sim.requests[0]
    received, _ = await to_the_end(reader)
    assert received == b""
    assert not record.finished
    writer.close()

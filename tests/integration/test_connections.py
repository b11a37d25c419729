"""Clients that write oddly: a byte at a time, many requests at once, or nothing any more."""

import asyncio

import pytest

from .provider import Provider
from .stack import Stack, Tell
from .surfaces import ANSWERS, CHAT, ROUTER, Surface
from .wire import connected, request

TEXT = b"Hello from the simulator."
EVERYWHERE = pytest.mark.parametrize("surface", ANSWERS, ids=str)
LANES = pytest.mark.parametrize("lane", ["native", "chat"])


@EVERYWHERE
async def test_a_request_may_come_a_byte_at_a_time(stack: Stack, provider: Provider, surface: Surface) -> None:
    async with connected(surface.url(stack)) as connection:
        for byte in request(surface, surface.body("native,sim-text")):
            await connection.write(bytes([byte]))
            await asyncio.sleep(0)
        answer = await connection.read_answer()
    assert answer.status == 200
    assert TEXT in answer.body


@EVERYWHERE
async def test_requests_on_one_connection_are_answered_in_their_order(
    stack: Stack, provider: Provider, surface: Surface
) -> None:
    bodies = [
        surface.body("native,sim-echo", messages=[{"role": "user", "content": f"number {number}"}], stream=streamed)
        for number, streamed in enumerate([False, True, False, True])
    ]
    async with connected(surface.url(stack)) as connection:
        await connection.write(b"".join(request(surface, body) for body in bodies))
        for number in range(len(bodies)):
            answer = await connection.read_answer()
            assert answer.status == 200
            assert f"number {number}".encode() in answer.body


@EVERYWHERE
async def test_a_connection_outlives_a_refusal(stack: Stack, provider: Provider, surface: Surface) -> None:
    async with connected(surface.url(stack)) as connection:
        await connection.write(request(surface, {"model": 5}))
        assert (await connection.read_answer()).status == 400
        await connection.write(request(surface, surface.body("native,sim-text"), key="wrong"))
        assert (await connection.read_answer()).status == 401
        await connection.write(request(surface, surface.body("native,sim-text")))
        assert (await connection.read_answer()).status == 200


@pytest.mark.parametrize("service", ["router", "normalizer"])
@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01", b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n"],
    ids=["tls", "words", "bad-length"],
)
async def test_bytes_that_are_no_request_are_refused(stack: Stack, service: str, garbage: bytes) -> None:
    async with connected(getattr(stack, service)) as connection:
        await connection.write(garbage)
        answer = await connection.read_answer()
        assert answer.status == 400
        assert b"invalid_request_error" in answer.body
        assert await connection.reader.read() == b""


@pytest.mark.parametrize("service", ["router", "normalizer"])
async def test_headers_without_end_are_refused(stack: Stack, service: str) -> None:
    async with connected(getattr(stack, service)) as connection:
        await connection.write(b"POST /v1/messages HTTP/1.1\r\nx-endless: " + b"x" * 20_000)
        assert (await connection.read_answer()).status == 431


# --- clients that leave ---------------------------------------------------------------------------------------------

STREAM = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
RESET = pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])


@EVERYWHERE
@LANES
@STREAM
async def test_a_client_that_leaves_before_the_answer_takes_the_providers_work_with_it(
    stack: Stack, provider: Provider, measured: Tell, surface: Surface, lane: str, streamed: bool
) -> None:
    body = surface.body(f"{lane},sim-text!delay-headers=60", stream=streamed)
    async with connected(surface.url(stack)) as connection:
        await connection.write(request(surface, body))
        await asyncio.to_thread(provider.wait_for)
        connection.reset()
        delay = await asyncio.to_thread(provider.wait_for_disconnect)
    measured("cancelled before the answer", delay)


@EVERYWHERE
@LANES
@RESET
async def test_a_client_that_leaves_in_mid_stream_takes_the_providers_work_with_it(
    stack: Stack, provider: Provider, measured: Tell, surface: Surface, lane: str, reset: bool
) -> None:
    body = surface.body(f"{lane},sim-text!chunks=2000,gap=0.03", stream=True)
    async with connected(surface.url(stack)) as connection:
        await connection.write(request(surface, body))
        assert (await connection.read_head()).status == 200
        said = b""
        async for chunk in connection.read_chunks():
            said += chunk
            if said.count(b"delta") > 5:
                break
        if reset:
            connection.reset()
        else:
            await connection.close()
        delay = await asyncio.to_thread(provider.wait_for_disconnect)
    measured("cancelled in mid-stream", delay)


@EVERYWHERE
@LANES
async def test_a_client_that_leaves_while_the_provider_is_silent_takes_its_work_with_it(
    stack: Stack, provider: Provider, measured: Tell, surface: Surface, lane: str
) -> None:
    body = surface.body(f"{lane},sim-text!stall=e2", stream=True)
    async with connected(surface.url(stack)) as connection:
        await connection.write(request(surface, body))
        assert (await connection.read_head()).status == 200
        await anext(connection.read_chunks())
        connection.reset()
        delay = await asyncio.to_thread(provider.wait_for_disconnect)
    measured("cancelled in silence", delay)


async def test_a_client_that_leaves_is_not_passed_on_to_the_next_target(stack: Stack, provider: Provider) -> None:
    body = ROUTER.body("claude-opus-4-8", thinking={"type": "adaptive"}, stream=True)
    provider.answers_next({"status": 529, "body": "{}", "fault": "delay-headers=60"})
    async with connected(ROUTER.url(stack)) as connection:
        await connection.write(request(ROUTER, body))
        await asyncio.to_thread(provider.wait_for)
        connection.reset()
        await asyncio.to_thread(provider.wait_for_disconnect)
    async with connected(CHAT.url(stack)) as connection:
        await connection.write(request(CHAT, CHAT.body("chat,sim-text")))
        assert (await connection.read_answer()).status == 200
    assert len(provider.requests()) == 2


async def test_a_client_that_leaves_in_the_middle_of_its_request_is_forgotten(stack: Stack, provider: Provider) -> None:
    whole = request(ROUTER, ROUTER.body("native,sim-text"))
    async with connected(ROUTER.url(stack)) as connection:
        await connection.write(whole[:-5])
        connection.reset()
    async with connected(ROUTER.url(stack)) as connection:
        await connection.write(whole)
        assert (await connection.read_answer()).status == 200
    assert len(provider.requests()) == 1

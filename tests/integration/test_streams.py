"""What a stream looks like on its way to the client: its headers, its signs of life, and how it ends."""

import asyncio
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from .provider import Provider
from .stack import CLIENT_KEY, Service, Stack
from .surfaces import ANSWERS, CHAT, NORMALIZER, ROUTER, Surface
from .wire import Event, connected, events, request

EVERYWHERE = pytest.mark.parametrize("surface", ANSWERS, ids=str)
LANES = pytest.mark.parametrize("lane", ["native", "chat"])
PING = 2.0
"""Seconds, as configured."""
TEXT = "Hello from the simulator. This text is streamed in a few pieces."


async def streamed(stack: Stack, surface: Surface, model: str, **more: Any) -> tuple[dict[str, str], list[Event]]:
    """The headers and the events of one stream, each event with the time at which it came."""
    async with connected(surface.url(stack)) as connection:
        await connection.write(request(surface, surface.body(model, stream=True, **more)))
        head = await connection.read_head()
        assert head.status == 200
        return head.headers, [event async for event in events(connection.read_chunks())]


def text_of(surface: Surface, told: list[Event]) -> str:
    """The text that a client puts together."""
    if surface.dialect == "openai":
        chunks = [event.json for event in told if event.data not in (None, "[DONE]")]
        return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    deltas = [event.json["delta"] for event in told if event.name == "content_block_delta"]
    return "".join(delta["text"] for delta in deltas if delta["type"] == "text_delta")


@EVERYWHERE
@LANES
async def test_a_stream_says_that_it_must_not_be_held_back(
    stack: Stack, provider: Provider, surface: Surface, lane: str
) -> None:
    async with httpx2.AsyncClient(headers={"x-api-key": CLIENT_KEY}, trust_env=False) as client:
        response = await client.post(
            surface.url(stack),
            json=surface.body(f"{lane},sim-text", stream=True),
            headers={"accept-encoding": "gzip, deflate, br, zstd", "accept": "application/json"},
        )
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    assert "no-cache" in response.headers["cache-control"]
    assert "content-encoding" not in response.headers
    assert "content-length" not in response.headers
    assert "server" not in response.headers


@pytest.mark.parametrize("lane", ["native", "gemini"])
@pytest.mark.parametrize("service", ["router", "normalizer"])
async def test_a_client_of_googles_that_asks_for_no_events_gets_one_list(
    stack: Stack, provider: Provider, service: Service, lane: str
) -> None:
    base: str = getattr(stack, service)
    url = f"{base}/v1beta/models/{quote(f'{lane},sim-text', safe='')}:streamGenerateContent"
    asked = {"contents": [{"parts": [{"text": "hi"}]}]}
    async with httpx2.AsyncClient(headers={"x-goog-api-key": CLIENT_KEY}, trust_env=False) as client:
        response = await client.post(url, json=asked)
    assert response.headers["content-type"] == "application/json"
    chunks = response.json()
    parts = [part for chunk in chunks for part in chunk["candidates"][0].get("content", {}).get("parts", [])]
    assert "".join(part.get("text", "") for part in parts) == TEXT
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"


@EVERYWHERE
@LANES
async def test_a_stream_arrives_while_the_provider_still_speaks(
    stack: Stack, provider: Provider, surface: Surface, lane: str
) -> None:
    model = f"{lane},sim-text!delay-at=e2:0.6"
    async with connected(surface.url(stack)) as connection:
        await connection.write(request(surface, surface.body(model, stream=True)))
        assert (await connection.read_head()).status == 200
        said = b""
        async for chunk in connection.read_chunks():
            said += chunk
            if b"Hello" in said:
                break
        [record] = await asyncio.to_thread(provider.requests)
    assert record["finished"] is False


@EVERYWHERE
@LANES
@pytest.mark.parametrize("fault", ["byte-at-a-time", "split=7", "crlf", "lenient"])
async def test_a_stream_is_whole_however_the_provider_writes_it(
    stack: Stack, provider: Provider, surface: Surface, lane: str, fault: str
) -> None:
    async with httpx2.AsyncClient(headers={"x-api-key": CLIENT_KEY}, trust_env=False) as client:
        body = surface.body(f"{lane},sim-unicode!{fault}", stream=True)
        response = await client.post(surface.url(stack), json=body)
        whole = await client.post(surface.url(stack), json=surface.body(f"{lane},sim-unicode"))

    async def lines() -> Any:
        yield response.content.replace(b"\r\n", b"\n")

    told = [event async for event in events(lines())]
    answer = whole.json()
    said = answer["choices"][0]["message"]["content"] if "choices" in answer else answer["content"][0]["text"]
    assert text_of(surface, told) == said


@EVERYWHERE
@LANES
async def test_a_stream_ends_as_its_dialect_ends(stack: Stack, provider: Provider, surface: Surface, lane: str) -> None:
    _, told = await streamed(stack, surface, f"{lane},sim-text")
    assert text_of(surface, told) == TEXT
    if surface.dialect == "openai":
        assert told[-1].data == "[DONE]"
        assert all(event.name is None for event in told)
        return
    names = [event.name for event in told if event.name not in ("ping", "content_block_delta")]
    assert names == ["message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop"]


@EVERYWHERE
@LANES
@pytest.mark.parametrize("fault", ["cut=e2", "reset=e2", "drop=e2", "error-event=2", "no-done"])
async def test_a_stream_that_breaks_off_ends_with_an_error(
    stack: Stack, provider: Provider, surface: Surface, lane: str, fault: str
) -> None:
    _, told = await streamed(stack, surface, f"{lane},sim-text!delay-at=e1:0.1,{fault}")
    last = told[-1]
    if fault == "no-done" and lane == "chat":
        assert text_of(surface, told) == TEXT
        return
    assert last.json["error"]["message"], told
    if surface.dialect == "anthropic":
        assert (last.name, last.json["type"]) == ("error", "error")
        assert "message_stop" not in [event.name for event in told]
    else:
        assert "[DONE]" not in [event.data for event in told]


@pytest.mark.parametrize(("surface", "lane"), [(ROUTER, "chat"), (NORMALIZER, "chat"), (CHAT, "native")], ids=str)
async def test_a_frame_that_cannot_be_translated_ends_the_stream_with_an_error(
    stack: Stack, provider: Provider, surface: Surface, lane: str
) -> None:
    _, told = await streamed(stack, surface, f"{lane},sim-text!delay-at=e1:0.1,garbage=2")
    assert told[-1].json["error"]["message"]


# --- silence --------------------------------------------------------------------------------------------------------


async def silences(stack: Stack) -> dict[str, list[Event]]:
    """Streams of providers that fall silent for two pings, before they speak and in the middle; all at once."""
    cases = {
        f"{surface} {lane} {fault}": streamed(stack, surface, f"{lane},sim-text!{fault}")
        for surface in ANSWERS
        for lane in ("native", "chat")
        for fault in (f"delay-headers={2.5 * PING}", f"delay-first-byte={2.5 * PING}", f"delay-at=e1:{2.5 * PING}")
    }
    told = await asyncio.gather(*cases.values())
    return {case: seen for case, (_, seen) in zip(cases, told, strict=True)}


async def test_a_silent_provider_does_not_make_the_stream_silent(stack: Stack, provider: Provider) -> None:
    for case, told in (await silences(stack)).items():
        surface = CHAT if "chat/completions" in case else ROUTER
        assert text_of(surface, told) == TEXT, case
        signs = [event for event in told if is_sign_of_life(event)]
        assert len(signs) >= 2, case
        gaps = [after.at - before.at for before, after in pairwise(told)]
        assert max(gaps) < 2 * PING, case


def is_sign_of_life(event: Event) -> bool:
    """A ping, a comment, or a delta that says nothing."""
    if event.name == "ping" or event.data is None:
        return True
    if event.name == "content_block_delta":
        return bool(event.json["delta"].get("text") == "")
    return False


@pytest.mark.parametrize("lane", ["native", "chat"])
async def test_in_an_open_block_the_sign_of_life_is_an_empty_delta(stack: Stack, provider: Provider, lane: str) -> None:
    """Some versions of Claude Code take no notice of pings and give up on a stream that has nothing else."""
    _, told = await streamed(stack, ROUTER, f"{lane},sim-text!delay-at=e1:{1.5 * PING}")
    deltas = [event.json["delta"] for event in told if event.name == "content_block_delta"]
    assert {"type": "text_delta", "text": ""} in deltas
    assert text_of(ROUTER, told) == TEXT


async def test_a_failure_after_a_sign_of_life_is_told_in_the_stream(stack: Stack, provider: Provider) -> None:
    _, told = await streamed(stack, ROUTER, f"native,sim-text!delay-headers={1.5 * PING},status=529")
    assert told[0].name == "ping"
    assert told[-1].name == "error"
    assert told[-1].json["error"]["type"] == "overloaded_error"


async def test_the_next_target_may_still_answer_after_a_sign_of_life(stack: Stack, provider: Provider) -> None:
    late = {"status": 529, "body": "{}", "fault": f"delay-headers={1.5 * PING}"}
    provider.answers_next(late)
    _, told = await streamed(stack, ROUTER, "m", thinking={"type": "adaptive"})
    assert told[0].name == "ping"
    assert "simulated" in text_of(ROUTER, told)
    assert told[-1].name == "message_stop"

"""Places, the queue behind them, and what may be asked a minute."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from fairlead.normalizer.admission import Admission, Places
from fairlead.shared.config.schema import RateLimits
from fairlead.shared.failure import Kind
from fairlead.shared.runtime.attempt import Flowing, Refused, Whole

from .calls import call
from .test_exchange import ANSWER, Provider, ok

pytestmark = pytest.mark.timeout(20)
ENOUGH = 60.0


async def settle() -> None:
    """Lets everybody else go as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_came_first_is_served_first() -> None:
    places, served = Places(1, 10), list[int]()

    async def one(number: int) -> None:
        assert await places.take(ENOUGH)
        served.append(number)

    tasks = [asyncio.create_task(one(number)) for number in range(4)]
    await settle()
    assert served == [0]
    for expected in ([0, 1], [0, 1, 2], [0, 1, 2, 3]):
        places.give()
        await settle()
        assert served == expected
    await asyncio.gather(*tasks)


async def test_the_queue_is_bounded() -> None:
    places = Places(1, 1)
    assert await places.take(ENOUGH)
    assert not places.crowded
    waiting = asyncio.create_task(places.take(ENOUGH))
    await settle()
    assert places.crowded
    places.give()
    assert await waiting


async def test_who_waited_too_long_has_no_place_and_leaves_none_behind() -> None:
    places = Places(1, 5)
    assert await places.take(ENOUGH)
    assert not await places.take(0.001)
    places.give()
    assert repr(places) == "<Places free=1 waiting=0>"


async def test_a_client_that_leaves_frees_its_turn() -> None:
    places = Places(1, 5)
    assert await places.take(ENOUGH)
    leaving, next_one = (asyncio.create_task(places.take(ENOUGH)) for _ in range(2))
    await settle()
    leaving.cancel()
    places.give()
    assert await next_one
    places.give()
    assert repr(places) == "<Places free=1 waiting=0>"


async def test_a_turn_that_comes_as_its_client_leaves_is_passed_on() -> None:
    places = Places(1, 5)
    assert await places.take(ENOUGH)
    leaving = asyncio.create_task(places.take(ENOUGH))
    await settle()
    places.give()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert repr(places) == "<Places free=1 waiting=0>"


def admission(now: list[float] | None = None, **limits: Any) -> Admission:
    moment = now if now is not None else [0.0]
    return Admission("acme", RateLimits(**limits), lambda: moment[0])


async def test_requests_beyond_those_of_a_minute_are_told_when_to_come_again() -> None:
    now = [100.0]
    gate, provider = admission(now, rpm=2), Provider(ok())
    assert all([isinstance(await gate.attempt(provider, call()), Whole) for _ in range(2)])
    answer = await gate.attempt(provider, call())
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, answer.failure.http_status, answer.failure.retry_after) == (Kind.RATE_LIMIT, 429, 30)
    assert answer.failure.message == "acme has had its 2 requests a minute (limits.rpm); try again in 30 s"
    assert len(provider.requests) == 2
    now[0] += 30
    assert isinstance(await gate.attempt(provider, call()), Whole)


async def test_tokens_are_counted_as_the_provider_counts_them_and_reads_of_its_cache_not() -> None:
    body = ANSWER.replace(b'"input_tokens": 3', b'"input_tokens": 3, "cache_read_input_tokens": 1000')
    gate, provider = admission(tpm=5), Provider(ok(body))
    assert isinstance(await gate.attempt(provider, call()), Whole)
    assert isinstance(await gate.attempt(provider, call()), Whole)
    answer = await gate.attempt(provider, call())
    assert isinstance(answer, Refused)
    assert answer.failure.message == "acme has had its 5 tokens a minute (limits.tpm); try again in 48 s"


async def test_a_full_queue_is_told_at_once_and_a_long_one_in_time() -> None:
    gate, provider = admission(concurrency=1, queue=0), Provider(ok())
    flowing = await gate.attempt(provider, call(stream=True))
    assert isinstance(flowing, Flowing)
    answer = await gate.attempt(provider, call())
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, answer.failure.http_status) == (Kind.OVERLOADED, 529)
    assert answer.failure.message == (
        "acme answers 1 requests at once (limits.concurrency), and 0 more are waiting (limits.queue)"
    )
    await flowing.aclose()
    patient = admission(concurrency=1, queue_s=60)
    assert isinstance(await patient.attempt(provider, call(stream=True)), Flowing)
    answer = await patient.attempt(provider, call(), deadline=0.001)
    assert isinstance(answer, Refused)
    assert answer.failure.message.endswith("and none ended within 0.001 s")


async def test_a_stream_keeps_its_place_until_it_is_over_and_an_answer_until_it_is_there() -> None:
    gate, provider = admission(concurrency=1), Provider(ok())
    flowing = await gate.attempt(provider, call(stream=True))
    assert isinstance(flowing, Flowing)
    waiting = asyncio.create_task(gate.attempt(provider, call()))
    await settle()
    assert len(provider.requests) == 1
    await flowing.aclose()
    await flowing.aclose()
    assert isinstance(await waiting, Whole)
    assert "free=1 waiting=0" in repr(gate)


@pytest.mark.parametrize("reply", [(500, [], b"no"), (200, [], b""), ConnectionError()])
async def test_no_failure_costs_a_place(reply: Any) -> None:
    gate, provider = admission(concurrency=1), Provider(reply)
    with suppress(ConnectionError):
        assert isinstance(await gate.attempt(provider, call()), Refused)
    assert "free=1" in repr(gate)

"""Two routers with one Redis, under load: neither a router that is killed nor a Redis that hangs or dies fails a request,
and both routers know the same when it is over."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from .conftest import keyed
from .processes import Process, ProcessStack, process_stack
from .redis_process import RedisProcess, redis_process
from .surfaces import ROUTER

CONFIG = Path(__file__).with_name("healthy.json5")
AT_ONCE = 12
SETTLES_WITHIN = 60.0
POLL, POLLS = 0.1, 6
"""Seconds, and for how long they agree who have nothing more to tell: routers talk four times a second."""
PATIENCE_MS = 50.0
"""What a request may wait for a Redis that does not answer."""


class Replicas(msgspec.Struct):
    """Two routers, the second of which can be killed."""

    stack: ProcessStack
    second: Process
    redis: RedisProcess

    @property
    def urls(self) -> tuple[str, str]:
        return self.stack.router, self.second.url


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    folder = tmp_path_factory.mktemp("replicas")
    with redis_process(folder) as redis, process_stack(folder, CONFIG, {"REDIS_URL": redis.url}) as stack:
        second = stack.another_router(folder)
        second.start()
        try:
            yield Replicas(stack, second, redis)
        finally:
            second.kill()


class Clients:
    """People who send each request to the next router, and to the other one when it is not there."""

    def __init__(self, urls: tuple[str, str]) -> None:
        self._clients = [keyed(url) for url in urls]
        self._limit = asyncio.Semaphore(AT_ONCE)
        self.sent = 0
        self.repeated = 0
        self._waited_for = 0
        self._reached = asyncio.Event()

    async def have_sent(self, count: int) -> None:
        """Returns in the middle of the load."""
        self._waited_for = count
        await self._reached.wait()

    async def ask(self) -> httpx2.Response:
        async with self._limit:
            number = self.sent
            self.sent += 1
            if self.sent == self._waited_for:
                self._reached.set()
            body = ROUTER.body("claude-haiku-4-5", stream=bool(number % 2), metadata={"user_id": f"_session_{number}"})
            for client in (self._clients[number % 2], self._clients[1 - number % 2]):
                try:
                    response = await client.post("/v1/messages", json=body)
                except httpx2.TransportError:
                    self.repeated += 1
                    continue
                assert response.status_code == 200, response.text
                assert "event: error" not in response.text
                return response
        raise AssertionError("neither router answers")

    async def ask_often(self, count: int) -> list[httpx2.Response]:
        return await asyncio.gather(*(self.ask() for _ in range(count)))

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def known(self) -> list[dict[str, Any]]:
        """What each router says of everybody."""
        return [(await client.get("/api/providers")).raise_for_status().json() for client in self._clients]

    async def same(self, *, idle: bool = True) -> dict[str, int]:
        """What both know, once they agree: calls by model."""
        deadline = time.monotonic() + SETTLES_WITHIN
        agreed: list[dict[str, int]] = []
        while len(agreed) < POLLS:
            told = await self.known()
            one, two = (calls(each) for each in told)
            resting = all(not model["in_flight"] for each in told for model in models(each))
            agree = one == two and (resting or not idle) and {each["redis"] for each in told} == {"here"}
            agreed = [*[each for each in agreed if each == one], one] if agree else []
            assert time.monotonic() < deadline, (one, two, resting)
            await asyncio.sleep(POLL)
        return agreed[0]

    async def until_redis_is(self, what: str) -> None:
        deadline = time.monotonic() + SETTLES_WITHIN
        while {each["redis"] for each in await self.known()} != {what}:
            assert time.monotonic() < deadline, f"redis is not {what}"
            await asyncio.sleep(POLL)


def models(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [model for provider in told["providers"] for model in provider["models"]]


def calls(told: dict[str, Any]) -> dict[str, int]:
    return {model["model"]: model["calls"] for model in models(told)}


@asynccontextmanager
async def clients_of(replicas: Replicas) -> AsyncIterator[Clients]:
    clients = Clients(replicas.urls)
    try:
        yield clients
    finally:
        await clients.close()


async def test_what_each_does_both_know(replicas: Replicas) -> None:
    async with clients_of(replicas) as clients:
        before = await clients.same()
        await clients.ask_often(120)
        after = await clients.same()
        assert sum(after.values()) - sum(before.values()) == 120
        assert all(after.values()), "both providers were asked"


async def test_a_router_that_is_killed_fails_nobody_and_one_that_starts_knows_what_there_is_to_know(
    replicas: Replicas,
) -> None:
    async with clients_of(replicas) as clients:
        before = await clients.same()
        asked = asyncio.create_task(clients.ask_often(200))
        await clients.have_sent(60)
        replicas.second.kill()
        await asked
        assert clients.repeated, "the second router was in use"
        replicas.second.start()
        await clients.until_redis_is("here")
        after = await clients.same(idle=False)
        # What the killed one had not told is lost; what it could not answer was asked again.
        assert 200 - AT_ONCE - 60 < sum(after.values()) - sum(before.values()) <= 200


async def test_a_redis_that_hangs_or_dies_fails_nobody_and_loses_nothing(replicas: Replicas) -> None:
    redis = replicas.redis
    async with clients_of(replicas) as clients:
        before = await clients.same(idle=False)
        asked = asyncio.create_task(clients.ask_often(150))
        await clients.have_sent(40)
        redis.hang()
        await asked
        await clients.until_redis_is("away")
        waits = [float((await clients.ask()).headers["x-fairlead-overhead-ms"]) for _ in range(30)]
        assert statistics.median(waits) < PATIENCE_MS, "a Redis that is known to be away is not waited for"
        redis.go_on()
        await clients.until_redis_is("here")
        hung = await clients.same(idle=False)
        assert sum(hung.values()) - sum(before.values()) == clients.sent

        redis.kill()
        await clients.ask_often(60)
        await clients.until_redis_is("away")
        redis.start()
        await clients.until_redis_is("here")
        await clients.ask_often(20)
        after = await clients.same(idle=False)
        assert sum(after.values()) - sum(hung.values()) == 80

"""A login that replicas share through Redis: renewed by one of them, and no worse off without it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from fairlead.normalizer.credentials import Surroundings, Vaults
from fairlead.normalizer.credentials.shared_records import SharedRecords, SharedUnavailableError
from fairlead.normalizer.credentials.tokens import Record, Token
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, Kind

from ..redis_server import redis_server
from .auth_server import HOUR, NOW, AuthServer, Wire, said
from .test_keeper import ASK, SEED, Scene, sent

PASSWORD = "canary-password-of-redis"
RECORD = Record(Secret("refresh"), Token(Secret("a"), NOW + HOUR, NOW), seed="s")


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secret]:
    with redis_server(tmp_path_factory.mktemp("redis"), password=PASSWORD) as url:
        yield Secret(url)


REFUSED = Failure(Kind.AUTHENTICATION, "no")


class Replica(Scene):
    """A service with a disk of its own, and a Redis that others use too."""

    def __init__(self, data: Path, server: AuthServer, redis: Secret, seed: str = SEED) -> None:
        self.redis = redis
        super().__init__(data, server, seed)

    def restart(self) -> None:
        self.vaults = Vaults(self.data, self.redis, lambda: str(self.data))
        self.world = Surroundings(
            Wire(self.server), lambda: 0.0, lambda: self.now, lambda: 0.0, asyncio.sleep, self.vaults, "us/1"
        )
        self.source = self.provider()


@pytest.fixture
async def replicas(tmp_path: Path, redis: Secret, request: pytest.FixtureRequest) -> list[Replica]:
    """Two, with a login that no other test has."""
    seed = f"seed of {request.node.name}"
    server = AuthServer(seed)
    return [Replica(tmp_path / name, server, redis, seed) for name in ("one", "two")]


async def close(replicas: list[Replica]) -> None:
    for replica in replicas:
        await replica.vaults.aclose()


async def test_fifty_calls_at_two_replicas_renew_once_each_time(replicas: list[Replica]) -> None:
    server = replicas[0].server
    for round_ in range(1, 4):
        found = await asyncio.gather(*(one.source.obtain(ASK) for one in replicas for _ in range(25)))
        assert {sent(lease) for lease in found} == {server.access}
        assert server.grants == round_
        for one in replicas:
            one.now += 2 * HOUR
        server.now += 2 * HOUR
    await close(replicas)


async def test_a_replica_that_is_refused_takes_what_another_has_renewed(replicas: list[Replica]) -> None:
    one, two = replicas
    leases = [await one.source.obtain(ASK), await two.source.obtain(ASK)]
    assert [await lease.renew(REFUSED) for lease in leases] == [True, True]
    assert {sent(lease) for lease in leases} == {one.server.access}
    assert one.server.grants == 2
    await close(replicas)


async def test_a_replica_whose_clock_is_behind_is_believed_all_the_same(replicas: list[Replica]) -> None:
    one, two = replicas
    lease = await one.source.obtain(ASK)
    two.now -= 300
    assert await (await two.source.obtain(ASK)).renew(REFUSED)
    assert await lease.renew(REFUSED)
    assert sent(lease) == one.server.access
    assert one.server.grants == 2
    await close(replicas)


async def test_what_one_has_renewed_while_redis_was_away_is_told_when_it_is_back(replicas: list[Replica]) -> None:
    one, two = replicas
    await one.access()
    one.redis, there = Secret("redis://127.0.0.1:1/0"), one.redis
    await one.vaults.aclose()
    one.restart()
    assert await (await one.source.obtain(ASK)).renew(REFUSED)
    one.redis = there
    one.restart()
    one.now += 2 * HOUR
    one.server.now = two.now = one.now
    assert await one.access() == await two.access() == one.server.access
    assert one.server.grants == 3
    await close(replicas)


async def test_what_replicas_share_stands_on_each_ones_disk_too(replicas: list[Replica]) -> None:
    one, two = replicas
    await one.access()
    await two.access()
    assert one.kept()["refresh_token"] == two.kept()["refresh_token"] == one.server.refresh
    await close(replicas)


async def test_replicas_with_another_refresh_token_have_another_login(tmp_path: Path, redis: Secret) -> None:
    one = Replica(tmp_path / "one", AuthServer("before a new login"), redis, "before a new login")
    two = Replica(tmp_path / "two", AuthServer("after it"), redis, "after it")
    for replica in (one, two):
        assert await replica.access() == replica.server.access
        assert replica.server.grants == 1
    await close([one, two])


async def test_without_redis_each_goes_on_alone(tmp_path: Path) -> None:
    alone = Replica(tmp_path, AuthServer(SEED), Secret("redis://:canary@127.0.0.1:1/0"))
    assert await alone.access() == alone.server.access
    assert alone.kept()["refresh_token"] == alone.server.refresh
    await close([alone])


@pytest.mark.parametrize("url", ["redis://:canary@127.0.0.1:1/0", "redis://u:canary@[bad", "http://canary"])
async def test_what_keeps_redis_from_answering_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SharedUnavailableError) as caught:
        await SharedRecords(Secret(url), "me").read("x")
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_who_was_too_slow_does_not_overwrite_what_came_later(redis: Secret) -> None:
    slow, quick = SharedRecords(redis, "slow"), SharedRecords(redis, "quick")
    first = await slow.take("fence")
    await slow.leave("fence")
    second = await quick.take("fence")
    assert second > first
    assert await quick.save("fence", RECORD, second)
    assert not await slow.save("fence", Record(Secret("stale")), first)
    assert await slow.read("fence") == RECORD
    await slow.leave("fence")
    assert not await taken(SharedRecords(redis, "third"), "fence"), "a lock was given back by one who had it no more"
    await quick.leave("fence")
    assert await taken(SharedRecords(redis, "third"), "fence")
    await slow.aclose()
    await quick.aclose()


async def test_a_redis_that_has_forgotten_everything_is_told_anew(redis: Secret) -> None:
    shared = SharedRecords(redis, "me")
    for _ in range(3):
        await shared.take("forgotten")
        await shared.leave("forgotten")
    async with Redis.from_url(redis.value) as other:
        await other.flushall()
    fence = await shared.take("forgotten")
    assert await shared.save("forgotten", RECORD, fence)
    assert await shared.read("forgotten") == RECORD
    await shared.leave("forgotten")
    await shared.aclose()


async def taken(shared: SharedRecords, name: str) -> bool:
    """Whether the lock can be had at once."""
    try:
        async with asyncio.timeout(0.2):
            await shared.take(name)
    except TimeoutError:
        return False
    finally:
        await shared.aclose()
    return True


async def test_a_replica_whose_login_another_has_spent_without_redis_says_what_to_do(replicas: list[Replica]) -> None:
    one, two = replicas
    await one.access()
    two.redis = Secret("redis://127.0.0.1:1/0")
    two.restart()
    assert "(invalid_grant)" in (await two.refused()).message
    await close(replicas)


async def test_a_redis_that_is_away_is_not_asked_again_at_once() -> None:
    shared = SharedRecords(Secret("redis://127.0.0.1:1/0"), "me")
    for words in ("cannot be asked: ConnectionError", "a moment ago"):
        with pytest.raises(SharedUnavailableError, match=words):
            await shared.read("x")
    assert shared.away
    await shared.aclose()


async def test_a_failing_endpoint_is_told_by_each_replica(replicas: list[Replica]) -> None:
    replicas[0].server.does += [lambda: said(503), lambda: said(503)]
    for replica in replicas:
        assert "answered 503" in (await replica.refused()).message
    await close(replicas)

"""The link to a real Redis: one that answers, one that is full, one that hangs, and one that comes back."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis

from fairlead.router.sharing.link import AwayError, RedisLink

from .redis_server import redis_server


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
async def link(url: str) -> AsyncIterator[RedisLink]:
    Redis.from_url(url).flushall()
    made = RedisLink(url, 5.0)
    yield made
    await made.aclose()


async def test_batches_are_read_in_their_order_and_each_once(link: RedisLink) -> None:
    first = await link.exchange("0-0", b"one", [], [])
    assert first.batches == (b"one",)
    second = await link.exchange(first.cursor, b"two", [], [])
    assert second.batches == (b"two",)
    third = await link.exchange(second.cursor, b"", [], [])
    assert (third.batches, third.cursor) == ((), second.cursor)


async def test_sessions_are_written_and_read_by_name(link: RedisLink) -> None:
    await link.exchange("0-0", b"", [("a", b"1"), ("b", b"2")], [])
    assert (await link.exchange("0-0", b"", [], ["b", "nobody", "a"])).pasts == (b"2", None, b"1")


async def test_a_session_is_forgotten_some_day(link: RedisLink, url: str) -> None:
    await link.exchange("0-0", b"", [("a", b"1")], [])
    redis = Redis.from_url(url)
    assert all(0 < redis.ttl(key) <= 7_200 for key in redis.keys("*session*"))


async def test_a_claim_is_of_one_alone(link: RedisLink) -> None:
    assert await link.claim(["p,a"], "one", 60.0) == [True]
    assert await link.claim(["p,a", "p,b"], "two", 60.0) == [False, True]
    assert await link.claim(["p,a", "p,b"], "one", 60.0) == [True, False]


async def test_a_script_that_redis_has_forgotten_is_told_again(link: RedisLink, url: str) -> None:
    await link.exchange("0-0", b"", [], [])
    Redis.from_url(url).script_flush()
    assert (await link.exchange("0-0", b"", [], [])).batches == ()


async def test_a_redis_that_is_full_is_away(link: RedisLink, url: str) -> None:
    redis = Redis.from_url(url)
    redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(AwayError):
            await link.exchange("0-0", b"one", [], [])
    finally:
        redis.config_set("maxmemory", "0")
    assert (await link.exchange("0-0", b"one", [], [])).batches == (b"one",)


async def test_a_redis_that_says_nothing_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        link = RedisLink(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", 0.05)
        with pytest.raises(AwayError):
            await link.exchange("0-0", b"", [], [])
        await link.aclose()


async def test_a_redis_that_is_not_there_is_away_and_may_come_later(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    link = RedisLink(f"redis://127.0.0.1:{port}/0", 5.0)
    with pytest.raises(AwayError):
        await link.exchange("0-0", b"", [], [])
    with redis_server(tmp_path, port=port):
        assert (await link.exchange("0-0", b"here", [], [])).batches == (b"here",)
    with pytest.raises(AwayError):
        await link.exchange("0-0", b"", [], [])
    await link.aclose()

"""Several routers write into one PostgreSQL, which may be away for a while."""

import threading

import httpx2
import psycopg
import pytest

from fairlead.router.usage import queries
from fairlead.router.usage.asking import Asked
from fairlead.router.usage.database import UsageError
from fairlead.router.usage.store import Keeping, Store, in_postgres

from ..answers import anthropic_message
from ..bodies import claude_code
from ..fake_normalizer import FakeNormalizer, whole
from ..running import RunningRouter
from .made import record


@pytest.fixture
def url(postgres_url: str) -> str:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS fairlead CASCADE")
    return postgres_url


def counted(store: Store) -> int:
    with store.database.reading() as cursor:
        return int(queries.series(cursor, Asked())[0]["requests"])


def test_routers_that_start_and_write_at_once_lose_nothing(url: str) -> None:
    stores: list[Store] = []

    def router(key: str) -> None:
        store = in_postgres(url, Keeping())
        stores.append(store)
        for number in range(10):
            models = ["a", "b", "c"] if number % 2 else ["c", "b", "a"]
            store.write([record(key=key, model=model) for model in models])

    threads = [threading.Thread(target=router, args=(key,)) for key in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [counted(store) for store in stores] == [90, 90, 90]
    for store in stores:
        store.database.close()


def test_a_connection_that_was_cut_is_made_anew(url: str) -> None:
    store = in_postgres(url, Keeping())
    store.write([record()])
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with pytest.raises(UsageError):
        store.write([record()])
    store.write([record()])
    with pytest.raises(UsageError):
        counted(store)
    assert counted(store) == 2
    store.database.close()


def test_what_is_not_ours_in_a_database_is_left_alone(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("CREATE TABLE public.requests (mine int)")
        store = in_postgres(url, Keeping())
        store.write([record()])
        assert other.execute("SELECT COUNT(*) FROM public.requests").fetchone() == (0,)
        other.execute("DROP TABLE public.requests")
    store.database.close()


@pytest.mark.parametrize("wrong", ["postgresql://me:s3cret@127.0.0.1:1/x", "postgresql://me:s3cret@[x"])
def test_an_error_of_connecting_shows_no_password(wrong: str) -> None:
    with pytest.raises(UsageError) as error:
        in_postgres(wrong, Keeping())
    assert "s3cret" not in str(error.value)
    assert "PostgreSQL cannot be reached" in str(error.value)


async def test_two_routers_tell_of_both(url: str, normalizer: FakeNormalizer) -> None:
    normalizer.unknown = whole(200, anthropic_message("hi"))
    for _ in range(2):
        async with (
            RunningRouter("{}", normalizer.url, database_url=url) as running,
            httpx2.AsyncClient(base_url=running.url) as client,
        ):
            await client.post("/v1/messages", json=claude_code(stream=False))
            told = (await client.get("/api/usage")).json()
            assert running.log.of("usage") == []
    assert told["totalRequests"] == 2

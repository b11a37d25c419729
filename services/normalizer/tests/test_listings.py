"""Lists are asked for again after a while, sooner when they failed, and never without bounds."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx2

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.normalizer.credentials import Ask, Lease
from fairlead.normalizer.list_calls import BODY, Source
from fairlead.normalizer.listings import FIRST_RETRY, LIFETIME, MODELS, PAGES, Listings
from fairlead.normalizer.providers.listing import ANTHROPIC, Listing, Offered
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure

Said = tuple[int, bytes]


class Renewable(Lease):
    """A credential that is another one after it was renewed."""

    async def renew(self, failure: Failure) -> bool:
        self.credential = Credential(Scheme.KEY, Secret("second"))
        return True


class Credentials:
    def __init__(self) -> None:
        self.lease: Lease = Lease(Credential(Scheme.KEY, Secret("first")))

    async def obtain(self, ask: Ask) -> Lease:
        assert ask.presented is None
        return self.lease


class Provider(httpx2.AsyncBaseTransport):
    """Says what is scripted, the last thing again and again; with nothing to say it is silent."""

    name = "p"

    def __init__(self, *said: Said) -> None:
        self.said = list(said)
        self.asked: list[httpx2.Request] = []
        self.source = Credentials()
        self.transport = self

    def headers(self, _client: Mapping[str, str], *, native: bool) -> dict[str, str]:
        return {"user-agent": "us"}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if not self.said:
            await asyncio.Event().wait()
        status, body = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        return httpx2.Response(status, content=body)


class Catalog:
    """What was learned, at every time."""

    def __init__(self) -> None:
        self.learned: list[list[str]] = []

    def learn(self, provider: str, offered: list[Offered]) -> None:
        assert provider == "p"
        self.learned.append([one.name for one in offered])


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, Any]] = []

    def info(self, event: str, **told: Any) -> None:
        self.lines.append((event, told.get("error")))

    warning = info


class World:
    def now(self) -> float:
        return 0.0


class Sleeper:
    """Sleeps `times` times at once, and then for ever."""

    def __init__(self, times: int) -> None:
        self.slept: list[float] = []
        self.done = asyncio.Event()
        self._times = times

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= self._times:
            self.done.set()
            await asyncio.Event().wait()


def page(*names: str, last: str | None = None) -> Said:
    return 200, json.dumps({"data": [{"id": name} for name in names], "has_more": bool(last), "last_id": last}).encode()


async def kept(provider: Provider, times: int, listing: Listing = ANTHROPIC) -> tuple[Catalog, Log, Sleeper]:
    """What came of asking so many times."""
    catalog, log, sleeper = Catalog(), Log(), Sleeper(times)
    source = Source(provider, "https://p.example/v1", listing)  # type: ignore[arg-type]
    made = Listings([source], catalog, World(), log, sleeper)  # type: ignore[arg-type]
    made.open()
    await made.first(60.0)
    await sleeper.done.wait()
    await made.aclose()
    return catalog, log, sleeper


async def test_a_list_is_asked_for_again_after_its_lifetime() -> None:
    catalog, log, sleeper = await kept(Provider(page("a"), page("a", "b")), 2)
    assert catalog.learned == [["a"], ["a", "b"]]
    assert sleeper.slept == [LIFETIME, LIFETIME]
    assert log.lines == [("models listed", None)]


async def test_a_list_that_cannot_be_had_is_asked_for_ever_more_rarely_and_the_old_one_stays() -> None:
    catalog, log, sleeper = await kept(
        Provider(page("a"), (500, b"a secret"), (200, b"<html>"), (429, b""), page("b")), 5
    )
    assert catalog.learned == [["a"], ["b"]]
    assert sleeper.slept == [LIFETIME, FIRST_RETRY, FIRST_RETRY * 2, FIRST_RETRY * 4, LIFETIME]
    assert log.lines == [("models listed", None), ("models not listed", "status 500"), ("models listed", None)]


async def test_pages_are_followed_with_the_credential_of_calls() -> None:
    provider = Provider(page("a", last="a"), page("b"))
    catalog, _, _ = await kept(provider, 1)
    assert catalog.learned == [["a", "b"]]
    assert [str(request.url) for request in provider.asked] == [
        "https://p.example/v1/models?limit=1000",
        "https://p.example/v1/models?limit=1000&after_id=a",
    ]
    assert {request.headers["x-api-key"] for request in provider.asked} == {"first"}


async def test_a_credential_that_is_refused_is_renewed_once() -> None:
    provider = Provider((401, b""), page("a"))
    provider.source.lease = Renewable(Credential(Scheme.KEY, Secret("first")))
    catalog, _, _ = await kept(provider, 1)
    assert catalog.learned == [["a"]]
    assert [request.headers["x-api-key"] for request in provider.asked] == ["first", "second"]


async def test_a_list_has_no_more_pages_and_models_than_we_keep() -> None:
    provider = Provider(page("a", last="a"))
    catalog, _, _ = await kept(provider, 1)
    assert len(provider.asked) == len(catalog.learned[0]) == PAGES
    many = Provider(page(*[f"m{number}" for number in range(MODELS + 1)], last="x"))
    catalog, _, _ = await kept(many, 1)
    assert (len(many.asked), len(catalog.learned[0])) == (1, MODELS)


async def test_a_page_that_is_too_large_is_given_up() -> None:
    catalog, log, _ = await kept(Provider(page("a" * BODY)), 1)
    assert catalog.learned == []
    assert log.lines == [("models not listed", f"a page of more than {BODY} bytes")]


async def test_who_is_silent_is_waited_for_once() -> None:
    source = Source(Provider(), "https://p.example/v1", ANTHROPIC)  # type: ignore[arg-type]
    made = Listings([source], Catalog(), World(), Log())  # type: ignore[arg-type]
    made.open()
    await made.first(0.0)
    await made.first(1e9)
    await made.aclose()


async def test_who_is_not_wanted_yet_is_left_alone_until_he_is_used_or_somebody_looks() -> None:
    for look in (False, True):
        provider, wanted, catalog = Provider(page("a")), asyncio.Event(), Catalog()
        source = Source(provider, "https://p.example/v1", ANTHROPIC)  # type: ignore[arg-type]
        made = Listings([source], catalog, World(), Log(), Sleeper(1), {"p": wanted})  # type: ignore[arg-type]
        made.open()
        for _ in range(20):
            await asyncio.sleep(0)
        assert provider.asked == []
        if look:
            assert await made.look(60.0)
        else:
            wanted.set()
            await made.first(60.0)
        assert catalog.learned == [["a"]]
        assert not await made.look(60.0)
        await made.aclose()

"""Proxies take turns, are passed over when they fail, and are never gone around."""

import httpx2
import pytest

from fairlead.normalizer.proxies import REST_SECONDS, TRIES, InTurn
from fairlead.shared.runtime.http import ProxyTimeoutError


class Way(httpx2.AsyncBaseTransport):
    """A way through one proxy, which writes its name down when it is taken."""

    def __init__(self, name: str, taken: list[str]) -> None:
        self.name = name
        self.fails: Exception | None = None
        self.closed = False
        self._taken = taken

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._taken.append(self.name)
        if self.fails is not None:
            raise self.fails
        return httpx2.Response(200)

    async def aclose(self) -> None:
        self.closed = True


class Scene:
    def __init__(self, names: str) -> None:
        self.taken: list[str] = []
        self.now = 0.0
        self.ways = {name: Way(name, self.taken) for name in names}
        self.in_turn = InTurn(list(self.ways.values()), lambda: self.now)

    async def ask(self) -> str:
        """Who was asked, in their order."""
        self.taken.clear()
        await self.in_turn.handle_async_request(httpx2.Request("POST", "http://h.example/"))
        return "".join(self.taken)


async def test_each_has_its_turn() -> None:
    scene = Scene("abc")
    assert [await scene.ask() for _ in range(4)] == ["a", "b", "c", "a"]


@pytest.mark.parametrize("error", [httpx2.ProxyError("x"), ProxyTimeoutError("x")])
async def test_one_that_fails_is_passed_over_and_rests(error: Exception) -> None:
    scene = Scene("abc")
    scene.ways["a"].fails = error
    assert [await scene.ask() for _ in range(4)] == ["ab", "b", "c", "b"]
    scene.now = REST_SECONDS
    scene.ways["a"].fails = None
    assert [await scene.ask() for _ in range(3)] == ["b", "c", "a"]


async def test_when_all_are_down_the_last_error_is_told() -> None:
    scene = Scene("abcd")
    for way in scene.ways.values():
        way.fails = httpx2.ProxyError(f"{way.name} is down")
    for asked in ("abc", "dbc"):
        with pytest.raises(httpx2.ProxyError, match=f"{asked[-1]} is down"):
            await scene.ask()
        assert "".join(scene.taken) == asked
        assert len(asked) == TRIES


@pytest.mark.parametrize("error", [httpx2.ReadError("x"), httpx2.ConnectTimeout("x"), httpx2.ReadTimeout("x")])
async def test_what_may_have_reached_the_provider_is_not_sent_again(error: Exception) -> None:
    scene = Scene("ab")
    scene.ways["a"].fails = error
    with pytest.raises(type(error)):
        await scene.ask()
    assert scene.taken == ["a"]


async def test_closing_closes_every_way() -> None:
    scene = Scene("ab")
    await scene.in_turn.aclose()
    assert all(way.closed for way in scene.ways.values())

"""Logins over real sockets and processes: renewed once for all who wait, kept over a restart, and survived by a kill."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ..credentials.auth_server import HOUR, AuthServer, said
from ..redis_server import redis_server
from .logins import World, process, world

SEED = "seed-refresh-token-0"
FACTORY = (
    "{{endpoint: [{{name: 'anthropic', base_url: '{url}/v1/messages'}}], models: [{{id: 'm', type: 'anthropic'}}]}}"
)


@pytest.fixture
async def provider() -> AsyncIterator[World]:
    async with world(AuthServer(SEED, life=HOUR, now=time.time())) as made:
        yield made


def environment(provider: World, **more: str) -> dict[str, str]:
    return {"FACTORY_TOKEN_URL": f"{provider.url}/token", "DROID_REFRESH_KEY": SEED, **more}


def factory(provider: World) -> str:
    return FACTORY.format(url=provider.url)


def hold(provider: World) -> asyncio.Event:
    """Token requests are answered when this is set."""
    released = asyncio.Event()

    async def pause() -> None:
        await released.wait()

    provider.pause = pause
    return released


async def test_fifty_requests_without_a_token_renew_once_and_a_restart_not_at_all(
    provider: World, tmp_path: Path
) -> None:
    released = hold(provider)
    async with process(tmp_path / "home", factory(provider), **environment(provider)) as normalizer:
        asked = [asyncio.create_task(normalizer.ask()) for _ in range(50)]
        await provider.server.met.wait()
        released.set()
        assert {response.status_code for response in await asyncio.gather(*asked)} == {200}
    async with process(tmp_path / "home", factory(provider), **environment(provider)) as normalizer:
        assert (await normalizer.ask()).status_code == 200
    assert provider.server.grants == 1
    [kept] = (tmp_path / "home" / ".fairlead" / "tokens").glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


async def test_two_processes_with_redis_renew_once(provider: World, tmp_path: Path) -> None:
    released = hold(provider)
    with redis_server(tmp_path) as url:
        async with AsyncExitStack() as stack:
            env = environment(provider, REDIS_URL=url)
            both = [
                await stack.enter_async_context(process(tmp_path / name, factory(provider), **env))
                for name in ("one", "two")
            ]
            asked = [asyncio.create_task(one.ask()) for one in both for _ in range(25)]
            await provider.server.met.wait()
            released.set()
            assert {response.status_code for response in await asyncio.gather(*asked)} == {200}
    assert provider.server.grants == 1


async def test_two_processes_of_one_home_renew_once_without_redis(provider: World, tmp_path: Path) -> None:
    released = hold(provider)
    async with AsyncExitStack() as stack:
        env = environment(provider, FAIRLEAD_DATA=str(tmp_path / "data"))
        both = [
            await stack.enter_async_context(process(tmp_path / name, factory(provider), **env))
            for name in ("one", "two")
        ]
        asked = [asyncio.create_task(one.ask()) for one in both for _ in range(10)]
        await provider.server.met.wait()
        released.set()
        assert {response.status_code for response in await asyncio.gather(*asked)} == {200}
    assert provider.server.grants == 1


async def test_a_token_is_renewed_in_the_background_before_it_ends(provider: World, tmp_path: Path) -> None:
    def short() -> tuple[int, bytes]:
        provider.server.now, provider.server.life = time.time(), 3.0
        answer = provider.server.granted()
        provider.server.met.clear()
        provider.server.life = HOUR
        return answer

    provider.server.does.append(short)
    async with process(tmp_path / "home", factory(provider), **environment(provider)) as normalizer:
        assert (await normalizer.ask()).status_code == 200
        async with asyncio.timeout(30):
            while provider.server.grants < 2:
                await provider.server.met.wait()
                provider.server.met.clear()
        provider.called.clear()
        assert (await normalizer.ask()).status_code == 200
        assert provider.called == [provider.server.access]


async def test_a_refused_token_is_renewed_once_and_the_requests_sent_again(provider: World, tmp_path: Path) -> None:
    async with process(tmp_path / "home", factory(provider), **environment(provider)) as normalizer:
        assert (await normalizer.ask()).status_code == 200
        # Revoked: the server takes the next one only, and has not given it to anybody.
        provider.server.life = HOUR / 2
        answers = await asyncio.gather(*(normalizer.ask() for _ in range(20)))
    assert {response.status_code for response in answers} == {200}
    assert provider.server.grants == 2


async def test_a_process_killed_between_spending_and_saving_says_what_to_do(provider: World, tmp_path: Path) -> None:
    hold(provider)
    async with process(tmp_path / "home", factory(provider), **environment(provider)) as normalizer:
        asked = asyncio.create_task(normalizer.ask())
        await provider.server.met.wait()
        await normalizer.kill()
        await asyncio.gather(asked, return_exceptions=True)
    async with process(tmp_path / "home", factory(provider), **environment(provider)) as normalizer:
        released = hold(provider)
        released.set()
        refused = await normalizer.ask()
        assert refused.status_code == 401
        message = refused.json()["error"]["message"]
        assert "was cut off before its token could be saved, so the refresh token has probably been used up" in message
        assert "Log in to Factory anew, and put the new refresh token into DROID_REFRESH_KEY" in message
        health = (await normalizer.get("/health")).json()
        assert health == {
            "status": "degraded",
            "credentials": [{"provider": "anthropic", "type": "factory", "state": "refused"}],
        }
    provider.server.refresh = "of a new login"
    env = environment(provider, DROID_REFRESH_KEY="of a new login")
    async with process(tmp_path / "home", factory(provider), **env) as normalizer:
        assert (await normalizer.ask()).status_code == 200


@pytest.mark.parametrize(
    "down", [lambda: said(503), lambda: (200, b"<html>"), lambda: said(400, error="invalid_grant")]
)
async def test_a_start_never_fails_for_a_token(provider: World, tmp_path: Path, down: object) -> None:
    provider.server.does += [down] * 3  # type: ignore[list-item]
    async with process(tmp_path / "home", factory(provider), **environment(provider)) as normalizer:
        assert (await normalizer.get("/health")).status_code == 200
        assert (await normalizer.get("/ready")).status_code == 200
        assert (await normalizer.ask()).status_code in (401, 502)
        assert "Traceback" not in normalizer.log


async def test_the_login_of_droid_is_used_and_kept_for_droid(provider: World, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".factory").mkdir(parents=True)
    auth_json = home / ".factory" / "auth.json"
    auth_json.write_text(json.dumps({"refresh_token": SEED, "user": {"email": "me@example.com"}}))
    async with process(home, factory(provider), FACTORY_TOKEN_URL=f"{provider.url}/token") as normalizer:
        assert (await normalizer.ask()).status_code == 200
        provider.server.granted()
        written = json.loads(auth_json.read_text())
        auth_json.write_text(
            json.dumps({**written, "refresh_token": provider.server.refresh, "access_token": provider.server.access})
        )
        assert (await normalizer.ask()).status_code == 200
        told = (await normalizer.get("/api/credentials")).json()["credentials"]
    assert [(one["provider"], one["type"], one["state"], one["source"]) for one in told] == [
        ("anthropic", "factory", "ok", str(auth_json))
    ]
    assert written["user"] == {"email": "me@example.com"}
    assert len(provider.server.forms) == 1

"""Factory's credentials in droid2api's order, decided for each call."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from fairlead.normalizer.authorization import Credential, Scheme, Unsigned
from fairlead.normalizer.credentials import Ask, CredentialSource, Lease, Surroundings, Vaults, source_of
from fairlead.normalizer.providers.anthropic import ANTHROPIC
from fairlead.shared.config import parse
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind

from .auth_server import HOUR, NOW, AuthServer, Wire, jwt

FILE = """{endpoint: [{name: 'anthropic', base_url: 'https://api.factory.ai/api/llm/a/v1/messages'},
  {name: 'openai', base_url: 'https://api.factory.ai/api/llm/o/v1/responses'},
  {name: 'other', base_url: 'https://api.example.com/v1/messages'}],
  models: [{id: 'm', type: 'anthropic'}, {id: 'n', type: 'openai'}, {id: 'o', type: 'other'}]}"""
SEED, KEY = "seed-refresh-token-0", "fk-the-key-of-factory"
OWN = Ask(Credential(Scheme.KEY, Secret("the-clients-own")), native=True, affinity="s")
NOBODYS = Ask(None, native=True, affinity="s")
REFUSED = Failure(Kind.AUTHENTICATION, "no")


class Scene:
    """The providers of a droid2api file, with a home directory and an authorization server."""

    def __init__(self, home: Path, server: AuthServer | None = None, **env: str) -> None:
        self.server = server or AuthServer(SEED)
        self.now = NOW
        self.auth_json = home / ".factory" / "auth.json"
        self.world = Surroundings(
            Wire(self.server), lambda: 0.0, lambda: self.now, lambda: 0.0, asyncio.sleep, Vaults(home / "data")
        )
        config = parse(FILE, {"HOME": str(home), **env}, file="c").config
        self.sources = {one.name: self._source(one) for one in config.providers}

    def _source(self, provider: Any) -> CredentialSource:
        source = source_of(provider, ANTHROPIC, self.world)
        assert source is not None
        return source

    def log_in(self, **fields: object) -> None:
        self.auth_json.parent.mkdir(exist_ok=True)
        self.auth_json.write_text(json.dumps({"refresh_token": self.server.refresh, "user": {"id": 7}, **fields}))

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.server.now = self.now

    async def headers(self, ask: Ask = NOBODYS, name: str = "anthropic") -> dict[str, str]:
        return sent(await self.sources[name].obtain(ask))

    def state(self) -> tuple[str | None, str]:
        [report] = self.sources["anthropic"].reports()
        return report.source, report.state


def sent(lease: Lease) -> dict[str, str]:
    assert lease.credential is not None
    return dict(lease.credential.authorize(Unsigned("POST", "https://h", {}, b"", NOW)))


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def test_a_key_comes_first_and_nothing_is_renewed(tmp_path: Path) -> None:
    scene = Scene(tmp_path, FACTORY_API_KEY=f" {KEY}\n", DROID_REFRESH_KEY=SEED)
    scene.log_in()
    await scene.sources["anthropic"].open()
    await asyncio.sleep(0)
    assert await scene.headers(OWN) == bearer(KEY)
    assert scene.state() == ("FACTORY_API_KEY", "ok")
    assert scene.server.forms == []


@pytest.mark.parametrize("variable", ["DROID_REFRESH_KEY", "FACTORY_REFRESH_TOKEN"])
async def test_then_a_refresh_token_from_the_environment(tmp_path: Path, variable: str) -> None:
    scene = Scene(tmp_path, FACTORY_API_KEY="  ", **{variable: SEED})
    scene.log_in(refresh_token="of somebody else")
    assert await scene.headers(OWN) == bearer(scene.server.access)
    assert scene.state() == (variable, "ok")
    assert scene.server.forms == [
        {"grant_type": "refresh_token", "refresh_token": SEED, "client_id": "client_01HNM792M5G5G1A2THWPXKFMXB"}
    ]


async def test_then_the_file_of_factorys_own_client(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.log_in(access_token=jwt("a", NOW + HOUR), last_updated="2023-11-14T22:13:20Z")
    assert await scene.headers(OWN) == bearer(jwt("a", NOW + HOUR))
    assert scene.server.forms == []
    scene.later(2 * HOUR)
    assert await scene.headers(OWN) == bearer(scene.server.access)
    written = json.loads(scene.auth_json.read_text())
    assert written["refresh_token"] == scene.server.refresh
    assert written["access_token"] == scene.server.access
    assert written["last_updated"] == "2023-11-15T00:13:20.000Z"
    assert written["user"] == {"id": 7}
    assert scene.auth_json.stat().st_mode & 0o777 == 0o600
    assert scene.state() == (str(scene.auth_json), "ok")


async def test_then_what_the_client_brings_always_as_a_bearers(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert await scene.headers(OWN) == bearer("the-clients-own")
    assert scene.state() == ("the client", "ok")


async def test_with_none_of_them_the_client_is_told_all_ways(tmp_path: Path) -> None:
    with pytest.raises(FailureError) as caught:
        await Scene(tmp_path).headers()
    failure = caught.value.failure
    assert (failure.kind, failure.should_retry) == (Kind.AUTHENTICATION, False)
    for word in ("FACTORY_API_KEY", "DROID_REFRESH_KEY", f"{tmp_path}/.factory/auth.json", "Authorization: Bearer"):
        assert word in failure.message


async def test_people_log_in_and_out_while_we_run(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert await scene.headers(OWN) == bearer("the-clients-own")
    scene.log_in()
    assert await scene.headers(OWN) == bearer(scene.server.access)
    scene.auth_json.unlink()
    assert await scene.headers(OWN) == bearer("the-clients-own")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"access_token": ""}'])
async def test_a_file_that_holds_no_login_is_told_and_the_client_serves(tmp_path: Path, text: str) -> None:
    scene = Scene(tmp_path)
    scene.log_in()
    scene.auth_json.write_text(text)
    assert await scene.headers(OWN) == bearer("the-clients-own")
    [report] = scene.sources["anthropic"].reports()
    assert report.problem is not None
    assert "holds no login that can be read" in report.problem


async def test_a_token_that_droid_has_renewed_is_used_without_asking(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.log_in()
    lease = await scene.sources["anthropic"].obtain(NOBODYS)
    scene.later(120)
    scene.server.granted()
    scene.log_in(access_token=scene.server.access)
    asked = len(scene.server.forms)
    assert await lease.renew(REFUSED)
    assert sent(lease) == bearer(scene.server.access)
    assert len(scene.server.forms) == asked


async def test_a_refresh_token_that_droid_spends_while_we_ask_is_no_trouble(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.log_in()

    def droid_was_quicker() -> tuple[int, bytes]:
        scene.server.granted()
        scene.log_in(access_token=scene.server.access)
        return 400, b'{"error":"invalid_grant"}'

    scene.server.does.append(droid_was_quicker)
    assert await scene.headers() == bearer(jwt("access-1", NOW + HOUR))
    assert len(scene.server.forms) == 1


async def test_all_endpoints_share_the_login(tmp_path: Path) -> None:
    scene = Scene(tmp_path, DROID_REFRESH_KEY=SEED)
    found = await asyncio.gather(*(scene.headers(name=name) for name in ("anthropic", "openai") * 25))
    assert {each["authorization"] for each in found} == {f"Bearer {scene.server.access}"}
    assert scene.server.grants == 1


async def test_factorys_credentials_go_to_no_other_host(tmp_path: Path) -> None:
    scene = Scene(tmp_path, FACTORY_API_KEY=KEY, DROID_REFRESH_KEY=SEED)
    scene.log_in()
    assert await scene.headers(OWN, "other") == {"x-api-key": "the-clients-own"}
    with pytest.raises(FailureError):
        await scene.headers(name="other")


async def test_a_login_that_is_over_is_not_exchanged_for_another_ones(tmp_path: Path) -> None:
    scene = Scene(tmp_path, AuthServer("another"), DROID_REFRESH_KEY=SEED)
    scene.log_in()
    with pytest.raises(FailureError) as caught:
        await scene.headers(OWN)
    assert "put the new refresh token into DROID_REFRESH_KEY" in caught.value.failure.message
    assert scene.state() == ("DROID_REFRESH_KEY", "refused")


async def test_a_key_that_is_refused_says_what_else_there_is(tmp_path: Path) -> None:
    lease = await Scene(tmp_path, FACTORY_API_KEY=KEY).sources["anthropic"].obtain(NOBODYS)
    with pytest.raises(FailureError) as caught:
        await lease.renew(REFUSED)
    assert "Factory refuses the key of FACTORY_API_KEY (401)" in caught.value.failure.message
    assert KEY not in caught.value.failure.message


async def test_an_organisation_is_named_to_factory_and_to_its_token_endpoint(tmp_path: Path) -> None:
    scene = Scene(tmp_path, DROID_REFRESH_KEY=SEED, FACTORY_ORG_ID="org_1")
    assert await scene.headers() == {**bearer(scene.server.access), "x-factory-org-id": "org_1"}
    assert scene.server.forms[0]["organization_id"] == "org_1"


async def test_another_organisation_gets_a_token_of_its_own_from_the_same_login(tmp_path: Path) -> None:
    before = Scene(tmp_path, DROID_REFRESH_KEY=SEED)
    await before.headers()
    for organization in ("org_1", "org_2"):
        after = Scene(tmp_path, before.server, DROID_REFRESH_KEY=SEED, FACTORY_ORG_ID=organization)
        assert await after.headers() == {**bearer(before.server.access), "x-factory-org-id": organization}
        assert await after.headers() == {**bearer(before.server.access), "x-factory-org-id": organization}
    assert before.server.grants == 3
    assert before.server.forms[-1]["refresh_token"] == "rotated-refresh-token-2"

"""Kiro's own login: read from its file, renewed at the endpoint that goes with it, and written back."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.normalizer.credentials import Ask, Surroundings, Vaults
from fairlead.normalizer.credentials.kiro import Kiro
from fairlead.normalizer.upstreams import upstreams
from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.kiro import KiroAuth
from fairlead.shared.config.schema import Secret
from fairlead.shared.dialects import DIALECTS, WITHOUT_CLIENTS
from fairlead.shared.failure import Failure, FailureError, Kind

from ..world import NOBODY

NOW = 1_700_000_000.0
LATER, EARLIER = "2023-11-14T23:13:20.000Z", "2023-11-14T21:13:20.000Z"
"""An hour after NOW, and one before."""
ASK = Ask(None, native=False, affinity="session")
CENTER = {"authMethod": "IdC", "region": "eu-central-1", "clientId": "id", "clientSecret": "secret-of-client"}


class Endpoint:
    """Answers every request for a token alike, and remembers them."""

    def __init__(self, status: int = 200, **answer: Any) -> None:
        self.status = status
        self.answer = answer or {"accessToken": "new-access", "refreshToken": "new-refresh", "expiresIn": 3600}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.headers["content-type"] == "application/json"
        self.asked.append((str(request.url), json.loads(await request.aread())))
        return httpx2.Response(self.status, json=self.answer)


def written(folder: Path, **more: Any) -> Path:
    path = folder / "kiro-auth-token.json"
    fields = {"accessToken": "old-access", "refreshToken": "old-refresh", "expiresAt": LATER, "profileArn": "arn"}
    path.write_text(json.dumps({**fields, **more}))
    return path


def source(path: Path, endpoint: Endpoint, token_url: str | None = None) -> Kiro:
    async def no_pause(_seconds: float) -> None:
        raise AssertionError("nobody waits here")

    world = Surroundings(
        httpx2.MockTransport(endpoint), lambda: 0.0, lambda: NOW, lambda: 0.5, no_pause, Vaults(path.parent / "data")
    )
    return Kiro("kiro", KiroAuth(str(path), token_url), world)


async def access(source: Kiro) -> str:
    credential = (await source.obtain(ASK)).credential
    assert isinstance(credential, Credential)
    assert credential.scheme is Scheme.BEARER
    return credential.secret.value


async def test_a_token_that_counts_is_used_as_it_stands(tmp_path: Path) -> None:
    endpoint = Endpoint()
    assert await access(source(written(tmp_path), endpoint)) == "old-access"
    assert endpoint.asked == []


async def test_one_that_has_ended_is_renewed_and_the_file_keeps_all_else(tmp_path: Path) -> None:
    path, endpoint = written(tmp_path, expiresAt=EARLIER), Endpoint()
    assert await access(source(path, endpoint)) == "new-access"
    assert endpoint.asked == [
        ("https://prod.us-east-1.auth.desktop.kiro.dev/refreshToken", {"refreshToken": "old-refresh"})
    ]
    assert json.loads(path.read_text()) == {
        "accessToken": "new-access",
        "refreshToken": "new-refresh",
        "expiresAt": LATER,
        "profileArn": "arn",
    }


async def test_a_login_of_an_organisation_is_renewed_by_its_client_where_it_is(tmp_path: Path) -> None:
    endpoint = Endpoint(accessToken="new-access", expiresIn=3600)
    path = written(tmp_path, expiresAt=EARLIER, **CENTER)
    assert await access(source(path, endpoint)) == "new-access"
    url, body = endpoint.asked[0]
    assert url == "https://oidc.eu-central-1.amazonaws.com/token"
    assert body == {
        "clientId": "id",
        "clientSecret": "secret-of-client",
        "grantType": "refresh_token",
        "refreshToken": "old-refresh",
    }
    assert json.loads(path.read_text())["refreshToken"] == "old-refresh"


async def test_a_region_that_is_none_leads_nowhere_else(tmp_path: Path) -> None:
    endpoint = Endpoint()
    await access(source(written(tmp_path, expiresAt=EARLIER, region="evil.example/"), endpoint))
    assert endpoint.asked[0][0].startswith("https://prod.us-east-1.auth.desktop.kiro.dev/")


async def test_an_address_that_is_written_down_wins(tmp_path: Path) -> None:
    endpoint = Endpoint()
    await access(source(written(tmp_path, expiresAt=EARLIER), endpoint, "http://127.0.0.1:9/t"))
    assert endpoint.asked[0][0] == "http://127.0.0.1:9/t"


async def test_a_refused_token_is_exchanged(tmp_path: Path) -> None:
    lease = await source(written(tmp_path), Endpoint()).obtain(ASK)
    assert await lease.renew(Failure(Kind.AUTHENTICATION, "no"))
    assert lease.credential == Credential(Scheme.BEARER, Secret("new-access"))


async def test_a_login_that_has_ended_says_how_to_log_in(tmp_path: Path) -> None:
    path = written(tmp_path, expiresAt=EARLIER)
    one = source(path, Endpoint(400, error="invalid_grant"))
    with pytest.raises(FailureError) as refused:
        await one.obtain(ASK)
    assert refused.value.failure.kind is Kind.AUTHENTICATION
    assert "Log in anew with Kiro" in refused.value.failure.message
    assert "old-refresh" not in refused.value.failure.message
    assert one.reports()[0].state == "refused"


async def test_no_login_says_where_it_would_be(tmp_path: Path) -> None:
    with pytest.raises(FailureError, match=r"nothing\.json"):
        await source(tmp_path / "nothing.json", Endpoint()).obtain(ASK)


def test_a_configured_provider_has_its_login(tmp_path: Path) -> None:
    auth = f'{{type: "kiro", auth_file: "{tmp_path}/t.json"}}'
    config = f'{{Providers: [{{name: "k", api_base_url: "https://q.us-east-1.amazonaws.com", models: ["m"], auth: {auth}}}]}}'
    ready, unusable = upstreams(parse(config, {}, file="c").config, {**DIALECTS, **WITHOUT_CLIENTS}, "us/1", NOBODY)
    assert unusable == ()
    assert isinstance(ready["k"].source, Kiro)


def test_secrets_go_nowhere_unencrypted() -> None:
    auth = '{type: "kiro", token_url: "http://elsewhere.example/t"}'
    config = f'{{Providers: [{{name: "k", api_base_url: "https://q.us-east-1.amazonaws.com", models: ["m"], auth: {auth}}}]}}'
    with pytest.raises(ConfigError, match=r"auth\.token_url"):
        parse(config, {}, file="c")

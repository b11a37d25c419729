"""Google's logins: service accounts, gcloud's, and what is said when there is no token."""

import asyncio
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from fairlead.normalizer.authorization import Unsigned
from fairlead.normalizer.credentials import Ask, Lease, Report, Surroundings, UnavailableError
from fairlead.normalizer.credentials.extras import LostError
from fairlead.normalizer.credentials.google import (
    Fetched,
    Google,
    GoogleCredential,
    Send,
    google_of,
    project_of,
)
from fairlead.normalizer.credentials.google_auth import fetch
from fairlead.shared.config.google import CLOUD_PLATFORM, GoogleLogin
from fairlead.shared.config.oauth import SecretSource
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind

from .auth_server import Body
from .google_server import EMAIL, Answer, GoogleServer, gcloud_login, in_time, said, service_account, written

TOKEN_URI = "https://oauth2.googleapis.com/token"
ASK = Ask(None, native=True, affinity="s")
REFUSED = Failure(Kind.AUTHENTICATION, "no")


class Wire(httpx2.AsyncBaseTransport):
    """A network with Google at its end."""

    def __init__(self, server: GoogleServer) -> None:
        self.server = server
        self.requests: list[httpx2.Request] = []
        self.fails: Exception | None = None
        self.met = asyncio.Event()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        self.requests.append(request)
        self.met.set()
        if self.fails is not None:
            raise self.fails
        status, headers, answer = self.server.answer(request.url.path, dict(request.headers), body)
        return httpx2.Response(status, headers=headers, stream=Body(answer))


class Scene:
    """One provider, its login and the network before it."""

    def __init__(self, login: GoogleLogin, *tokens: str, life: int = 3600) -> None:
        self.wire = Wire(GoogleServer(*tokens, life=life))
        self.near = Wire(self.wire.server)
        self.later = 0.0
        world = Surroundings(
            self.wire, lambda: 0.0, lambda: time.time() + self.later, lambda: 0.0, asyncio.sleep, direct=self.near
        )
        self.source = Google("p", login, world, fetch)

    async def lease(self) -> Lease:
        return await self.source.obtain(ASK)

    async def refused(self) -> Failure:
        with pytest.raises(FailureError) as caught:
            await self.lease()
        return caught.value.failure

    @property
    def report(self) -> Report:
        (report,) = self.source.reports()
        return report


def shown(lease: Lease) -> dict[str, str]:
    assert isinstance(lease.credential, GoogleCredential)
    return dict(lease.credential.authorize(Unsigned("POST", "https://x", {}, b"", 0.0)))


def from_file(file: Path, **more: Any) -> GoogleLogin:
    return GoogleLogin(SecretSource(str(file), file=str(file)), **more)


def from_text(told: dict[str, str], **more: Any) -> GoogleLogin:
    return GoogleLogin(SecretSource("auth.credentials", Secret(json.dumps(told))), **more)


async def test_a_service_account_signs_for_a_token(tmp_path: Path) -> None:
    scene = Scene(from_file(written(tmp_path, service_account(TOKEN_URI))), "ya29.one")
    assert shown(await scene.lease()) == {"authorization": "Bearer ya29.one"}
    (claims,) = scene.wire.server.claims
    assert (claims["iss"], claims["aud"], claims["scope"]) == (EMAIL, TOKEN_URI, CLOUD_PLATFORM)
    assert in_time(claims)
    assert scene.wire.requests[0].headers["user-agent"].startswith("fairlead")
    assert (scene.report.state, scene.report.type, scene.near.requests) == ("ok", "google", [])


async def test_a_login_of_gcloud_is_charged_to_the_project_it_names() -> None:
    scene = Scene(from_text(gcloud_login(quota_project_id="billed-1")))
    assert shown(await scene.lease()) == {"authorization": "Bearer ya29.granted", "x-goog-user-project": "billed-1"}
    other = Scene(from_text(gcloud_login(quota_project_id="billed-1"), quota_project="billed-2"))
    assert shown(await other.lease())["x-goog-user-project"] == "billed-2"


async def test_one_token_does_for_all_who_wait_and_all_who_come_later() -> None:
    scene = Scene(from_text(service_account(TOKEN_URI)), "ya29.one", "ya29.two")
    leases = await asyncio.gather(*(scene.lease() for _ in range(20)))
    assert {shown(lease)["authorization"] for lease in (*leases, await scene.lease())} == {"Bearer ya29.one"}
    assert len(scene.wire.server.asked) == 1


async def test_a_token_is_renewed_before_it_runs_out() -> None:
    scene = Scene(from_text(service_account(TOKEN_URI)), "ya29.one", "ya29.two")
    await scene.lease()
    scene.later = 3600 - 500
    scene.wire.met.clear()
    assert shown(await scene.lease()) == {"authorization": "Bearer ya29.one"}
    async with asyncio.timeout(10):
        await scene.wire.met.wait()
    await scene.source.aclose()
    assert shown(await scene.lease()) == {"authorization": "Bearer ya29.two"}


async def test_a_refused_token_is_exchanged_once() -> None:
    scene = Scene(from_text(service_account(TOKEN_URI)), "ya29.one", "ya29.two")
    lease = await scene.lease()
    assert await lease.renew(REFUSED)
    assert shown(lease) == {"authorization": "Bearer ya29.two"}


async def test_a_file_that_is_exchanged_is_read_for_the_next_token(tmp_path: Path) -> None:
    file = written(tmp_path, {**service_account(TOKEN_URI), "client_email": "old@x"})
    scene = Scene(from_file(file), "ya29.one", "ya29.two")
    lease = await scene.lease()
    written(tmp_path, service_account(TOKEN_URI))
    await lease.renew(REFUSED)
    assert [claims["iss"] for claims in scene.wire.server.claims] == ["old@x", EMAIL]


async def test_a_token_endpoint_of_ones_own_is_called_directly() -> None:
    scene = Scene(from_text(service_account("http://127.0.0.1:9/token")))
    await scene.lease()
    assert (len(scene.near.requests), scene.wire.requests) == (1, [])


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (None, "cannot be read"),
        (b"{", "is no JSON"),
        (b"[]", "holds no object"),
        (b"{}", "holds no service account and no login"),
        (b'{"type":"service_account","private_key":"canary"}', "holds no service account and no login"),
        (
            json.dumps({**service_account(TOKEN_URI), "private_key": "canary"}).encode(),
            "cannot be used|holds no service account",
        ),
    ],
)
async def test_credentials_that_are_none_are_told_with_their_place_and_what_to_do(
    told: bytes | None, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "sa.json"
    if told is not None:
        file.write_bytes(told)
    failure = await Scene(from_file(file)).refused()
    assert (failure.kind, failure.should_retry) == (Kind.AUTHENTICATION, False)
    assert re.search(says, failure.message)
    assert str(file) in failure.message
    assert "Put the JSON of a service account" in failure.message
    assert "canary" not in failure.message


@pytest.mark.parametrize("code", ["invalid_grant", "unauthorized_client"])
async def test_a_login_that_google_refuses_is_told_without_googles_own_words(code: str) -> None:
    scene = Scene(from_text(gcloud_login()))
    scene.wire.server.does = [lambda: said(400, error=code, error_description="canary-gcloud-refresh")]
    failure = await scene.refused()
    assert failure.kind is Kind.AUTHENTICATION
    assert f"Google no longer accepts the credentials ({code})" in failure.message
    assert "gcloud auth application-default login" in failure.message
    assert "canary" not in failure.message
    assert scene.report.state == "refused"
    await scene.refused()
    assert len(scene.wire.server.asked) == 1


def page() -> Answer:
    return 200, {"content-type": "text/html"}, b"<html>canary</html>"


@pytest.mark.parametrize(
    "answer", [page, lambda: said(200, access_token="two\nlines"), lambda: said(200, other="canary")]
)
async def test_what_is_no_token_is_told_as_such(answer: Any) -> None:
    scene = Scene(from_text(service_account(TOKEN_URI)))
    scene.wire.server.does = [answer] * 9
    failure = await scene.refused()
    assert failure.kind in (Kind.UPSTREAM, Kind.AUTHENTICATION)
    assert "canary" not in failure.message


async def test_a_network_that_is_down_is_no_fault_of_the_login() -> None:
    scene = Scene(from_text(service_account(TOKEN_URI)))
    scene.wire.fails = httpx2.ConnectError("no")
    failure = await scene.refused()
    assert failure.kind is Kind.UPSTREAM
    assert "Google cannot be reached" in failure.message
    assert "oauth2.googleapis.com" in failure.message


async def test_a_file_that_everybody_can_read_is_warned_about(tmp_path: Path) -> None:
    file = written(tmp_path, service_account(TOKEN_URI))
    file.chmod(0o644)
    scene = Scene(from_file(file))
    with structlog.testing.capture_logs() as logged:
        await scene.source.open()
    assert [entry["to_do"] for entry in logged] == [f"chmod 600 {file}"]
    await scene.source.aclose()


async def test_without_credentials_googles_own_ways_are_gone() -> None:
    told: list[GoogleLogin] = []

    def none(login: GoogleLogin, send: Send) -> Fetched:
        told.append(login)
        raise LostError("none of gcloud")

    source = Google("p", GoogleLogin(), Scene(GoogleLogin()).source._world, none)
    with pytest.raises(FailureError, match=r"none of gcloud.*application-default login"):
        await source.obtain(ASK)
    assert told == [GoogleLogin()]


def test_the_project_is_the_configured_one_or_that_of_the_account(tmp_path: Path) -> None:
    account = from_file(written(tmp_path, service_account(TOKEN_URI)))
    assert project_of(account) == "my-project-1"
    assert project_of(from_text(gcloud_login(quota_project_id="billed-1"))) == "billed-1"
    assert project_of(GoogleLogin(project="p")) == "p"
    assert project_of(from_text({"project_id": "../x"})) is None
    assert project_of(from_file(tmp_path / "none")) is None
    assert project_of(GoogleLogin()) is None


def test_without_the_package_one_is_told_how_to_get_it() -> None:
    world = Scene(GoogleLogin()).source._world
    with pytest.raises(UnavailableError, match=r"pip install 'fairlead-normalizer\[google\]'"):
        google_of("p", GoogleLogin(), world, fetch, installed=lambda _module: False)


def test_nothing_that_is_printed_holds_a_secret() -> None:
    login = from_text(service_account(TOKEN_URI))
    printed = repr([login, Fetched("canary-token", None), GoogleCredential(Secret("canary-token"))])
    assert "canary" not in printed
    assert "PRIVATE" not in printed


def test_the_library_is_imported_by_nobody_who_does_not_need_it() -> None:
    code = "import sys, fairlead.normalizer.app; sys.exit('google.auth.credentials' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

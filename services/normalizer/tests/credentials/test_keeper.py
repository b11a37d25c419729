"""Tokens of one login: renewed once for all who wait, kept over restarts, and what is said when that cannot be."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fairlead.normalizer.authorization import Unsigned
from fairlead.normalizer.credentials import Ask, CredentialSource, Lease, Report, Surroundings, Vaults
from fairlead.normalizer.credentials.endpoint import CALL_WITHIN_S
from fairlead.normalizer.credentials.oauth import OAuthTokens
from fairlead.shared.config.oauth import OAuth, SecretSource
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind

from .auth_server import HOUR, NOW, AuthServer, Wire, said

SEED = "seed-refresh-token-0"
ASK = Ask(None, native=True, affinity="s")
REFUSED = Failure(Kind.AUTHENTICATION, "no")


class Scene:
    """Providers of one service before one authorization server, at a time that stands."""

    def __init__(self, data: Path | None, server: AuthServer | None = None, seed: str = SEED) -> None:
        self.server = server or AuthServer(seed)
        self.now = self.server.now
        self.data = data
        self.seed = seed
        self.renewals: list[tuple[str, str]] = []
        self.restart()

    def restart(self) -> None:
        """A new process on the same disk."""
        self.world = Surroundings(
            Wire(self.server),
            lambda: 0.0,
            lambda: self.now,
            lambda: 0.0,
            asyncio.sleep,
            Vaults(self.data),
            "us/1",
            renewed=lambda login, result: self.renewals.append((login, result)),
        )
        self.source = self.provider()

    def provider(self, name: str = "p", **options: Any) -> CredentialSource:
        seed = SecretSource("auth.refresh_token", Secret(self.seed))
        oauth = OAuth("https://auth.example.com/token", "client-1", refresh_token=seed, **options)
        return OAuthTokens("oauth", name, oauth, self.world)

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.server.now = self.now

    async def access(self) -> str:
        return sent(await self.source.obtain(ASK))

    async def refused(self) -> Failure:
        with pytest.raises(FailureError) as caught:
            await self.source.obtain(ASK)
        return caught.value.failure

    def report(self) -> Report:
        [report] = self.source.reports()
        return report

    def kept(self) -> dict[str, Any]:
        assert self.data is not None
        [file] = (self.data / "tokens").glob("*.json")
        found: dict[str, Any] = json.loads(file.read_text())
        return found


def sent(lease: Lease) -> str:
    """The access token of a call."""
    assert lease.credential is not None
    return lease.credential.authorize(Unsigned("POST", "https://h", {}, b"", NOW))["authorization"].removeprefix(
        "Bearer "
    )


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_the_first_call_waits_for_a_token_and_the_next_take_the_same(scene: Scene) -> None:
    assert await scene.access() == scene.server.access
    assert await scene.access() == scene.server.access
    assert scene.server.grants == 1
    assert scene.server.headers[0]["user-agent"] == "us/1"


async def test_fifty_calls_at_once_with_an_expired_token_renew_it_once(scene: Scene) -> None:
    await scene.access()
    scene.later(2 * HOUR)
    tokens = await asyncio.gather(*(scene.access() for _ in range(50)))
    assert set(tokens) == {scene.server.access}
    assert scene.server.grants == 2


async def test_each_renewal_is_told_with_what_came_of_it(scene: Scene) -> None:
    await scene.access()
    scene.later(2 * HOUR)
    scene.server.refresh = "another"
    await scene.refused()
    assert scene.renewals == [("p", "renewed"), ("p", "failed")]


async def test_providers_with_the_same_login_share_it(scene: Scene) -> None:
    sources = [scene.provider(name) for name in "abcd"]
    leases = await asyncio.gather(*(source.obtain(ASK) for source in sources for _ in range(10)))
    assert {sent(lease) for lease in leases} == {scene.server.access}
    assert scene.server.grants == 1


async def test_a_rotated_token_outlives_the_process(scene: Scene) -> None:
    first = await scene.access()
    scene.restart()
    assert await scene.access() == first
    scene.later(2 * HOUR)
    scene.restart()
    assert await scene.access() == scene.server.access != first
    assert [form["refresh_token"] for form in scene.server.forms] == [SEED, "rotated-refresh-token-1"]


async def test_a_changed_seed_wins_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    await scene.access()
    anew = Scene(tmp_path, AuthServer("a-new-login"), seed="a-new-login")
    assert await anew.access() == anew.server.access
    assert anew.server.forms[0]["refresh_token"] == "a-new-login"


async def test_a_due_token_serves_while_it_is_renewed_behind_the_call(scene: Scene) -> None:
    first = await scene.access()
    scene.later(HOUR - 60)
    assert await scene.access() == first
    await settled()
    assert await scene.access() == scene.server.access != first


async def test_an_open_service_has_its_token_before_anybody_asks(scene: Scene) -> None:
    await scene.source.open()
    await scene.server.met.wait()
    await settled()
    assert scene.report().renewed_at == NOW
    await scene.source.aclose()


async def test_a_refused_token_is_exchanged_however_new_it_is(scene: Scene) -> None:
    lease = await scene.source.obtain(ASK)
    assert await lease.renew(REFUSED)
    assert sent(lease) == scene.server.access
    assert scene.server.grants == 2


async def test_a_provider_that_refuses_new_tokens_does_not_wear_the_login_out(scene: Scene) -> None:
    for _ in range(5):
        await (await scene.source.obtain(ASK)).renew(REFUSED)
    assert scene.server.grants == 2
    scene.later(61)
    assert await (await scene.source.obtain(ASK)).renew(REFUSED)
    assert scene.server.grants == 3


async def test_many_refused_calls_renew_once(scene: Scene) -> None:
    leases = [await scene.source.obtain(ASK) for _ in range(20)]
    assert await asyncio.gather(*(lease.renew(REFUSED) for lease in leases)) == [True] * 20
    assert {sent(lease) for lease in leases} == {scene.server.access}
    assert scene.server.grants == 2


DOWN: list[Callable[[], Any]] = [
    lambda: said(500, error="server_error"),
    lambda: (503, b"<html>"),
    lambda: (200, b"garbage"),
    lambda: (429, b""),
    lambda: httpx2.ConnectError("refused"),
    lambda: httpx2.ReadTimeout("slow"),
    lambda: httpx2.RemoteProtocolError("cut"),
    TimeoutError,
]


@pytest.mark.parametrize("fails", DOWN)
async def test_while_a_token_lives_a_failing_endpoint_is_nobodys_trouble(
    scene: Scene, fails: Callable[[], Any]
) -> None:
    first = await scene.access()
    scene.later(HOUR - 60)
    scene.server.does.append(fails)
    assert await scene.access() == first
    await settled()
    assert await scene.access() == first
    await settled()
    assert len(scene.server.forms) == 2, "it was asked again at once"
    assert scene.report().state == "expiring"
    scene.later(7)
    await scene.access()
    await settled()
    assert await scene.access() == scene.server.access != first
    assert (scene.report().state, scene.report().problem) == ("ok", None)


@pytest.mark.parametrize("fails", DOWN)
async def test_without_a_token_a_failing_endpoint_is_told_and_asked_again_later(
    scene: Scene, fails: Callable[[], Any]
) -> None:
    scene.server.does.append(fails)
    failure = await scene.refused()
    assert failure.kind is not Kind.AUTHENTICATION
    assert failure.message.startswith("p: ")
    assert "token endpoint auth.example.com" in failure.message
    assert await scene.refused() == failure
    assert len(scene.server.forms) == 1
    assert scene.report().state == "expired"
    scene.later(7)
    assert await scene.access() == scene.server.access


async def test_a_login_that_is_not_accepted_says_how_to_log_in_and_is_not_tried_each_time(scene: Scene) -> None:
    scene.server.refresh = "another"
    failure = await scene.refused()
    assert (failure.kind, failure.http_status, failure.should_retry) == (Kind.AUTHENTICATION, 401, False)
    assert failure.message == (
        "p: the token endpoint auth.example.com no longer accepts the login (invalid_grant). "
        "Put a new refresh token into auth.refresh_token"
    )
    for _ in range(5):
        assert await scene.refused() == failure
    assert len(scene.server.forms) == 1
    assert (scene.report().state, scene.report().problem) == ("refused", failure.message.removeprefix("p: "))


async def test_each_provider_is_told_of_its_own_though_another_with_the_same_login_met_the_refusal(
    scene: Scene,
) -> None:
    scene.server.refresh = "another"
    told = []
    for name in "ab":
        with pytest.raises(FailureError) as refused:
            await scene.provider(name).obtain(ASK)
        told.append(refused.value.failure.message)
    assert len(scene.server.forms) == 1
    assert [message.partition(": ")[0] for message in told] == ["a", "b"]
    assert len({message.partition(": ")[2] for message in told}) == 1


async def test_what_another_program_has_renewed_is_found_after_a_refusal(scene: Scene, tmp_path: Path) -> None:
    await scene.access()
    other = Scene(tmp_path, scene.server)
    scene.later(2 * HOUR)
    other.now = scene.now
    theirs = await other.access()
    assert await scene.access() == theirs
    assert scene.server.grants == 2


async def test_a_process_killed_before_it_could_save_still_works_with_the_token_that_lives(scene: Scene) -> None:
    first = await scene.access()
    scene.later(HOUR - 60)
    lost(scene)
    scene.restart()
    assert await scene.access() == first


async def test_a_process_killed_before_it_could_save_says_so_when_its_token_has_ended(scene: Scene) -> None:
    await scene.access()
    lost(scene)
    scene.later(2 * HOUR)
    scene.restart()
    failure = await scene.refused()
    assert failure.kind is Kind.AUTHENTICATION
    assert "a renewal begun at 2023-11-14T22:13:20+00:00 was cut off before its token could be saved" in failure.message
    assert "Put a new refresh token into auth.refresh_token" in failure.message
    scene.restart()
    assert await scene.refused() == failure, "after one more start nobody would know"


def lost(scene: Scene) -> None:
    """What is left of a process that has noted that it begins, has spent its refresh token, and is killed."""
    from fairlead.normalizer.credentials.files import RecordFile
    from fairlead.normalizer.credentials.tokens import Begun, Record, digest

    assert scene.data is not None
    [path] = (scene.data / "tokens").glob("*.json")
    file = RecordFile(path)
    record = file.look()
    assert record is not None
    file.save(Record(record.refresh, record.token, Begun(digest(record.refresh), NOW), record.seed))
    scene.server.granted()


async def test_before_a_refresh_token_is_spent_the_disk_says_so(scene: Scene) -> None:
    seen: list[dict[str, Any]] = []

    def look() -> tuple[int, bytes]:
        seen.append(scene.kept())
        return scene.server.granted()

    scene.server.does.append(look)
    await scene.access()
    assert seen[0]["refresh_begun_at"] == NOW
    assert seen[0]["refresh_token"] == SEED
    assert "refresh_begun_at" not in scene.kept()


async def test_a_disk_that_cannot_be_written_is_told_and_the_token_serves(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("no folder")
    scene = Scene(tmp_path)
    assert await scene.access() == scene.server.access
    scene.later(2 * HOUR)
    assert await scene.access() == scene.server.access
    assert scene.server.grants == 2
    problem = scene.report().problem
    assert problem is not None
    assert "cannot be written" in problem


async def test_a_client_that_leaves_does_not_take_the_renewal_with_it(scene: Scene) -> None:
    waiting = asyncio.create_task(scene.access())
    await scene.server.met.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await scene.access() == scene.server.access
    assert scene.server.grants == 1


async def test_a_service_that_stops_finishes_the_renewal_that_runs(scene: Scene) -> None:
    await scene.source.open()
    await scene.server.met.wait()
    await scene.source.aclose()
    assert scene.kept()["refresh_token"] == scene.server.refresh


async def test_an_endless_answer_is_not_read_to_its_end(tmp_path: Path) -> None:
    class Endless(httpx2.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                yield b" " * 65_536

    async def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=Endless())

    scene = Scene(tmp_path)
    world = Surroundings(httpx2.MockTransport(answer), lambda: 0.0, lambda: NOW, lambda: 0.0, asyncio.sleep)
    scene.world, scene.source = world, scene.source
    scene.source = scene.provider()
    assert "something that is no token" in (await scene.refused()).message


async def test_client_credentials_are_had_anew_and_kept_nowhere(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    secret = SecretSource("auth.client_secret", Secret("s3cret-of-the-client"))
    oauth = OAuth("https://auth.example.com/token", "client-1", client_secret=secret, auth_method="client_secret_post")
    scene.source = OAuthTokens("client_credentials", "p", oauth, scene.world)
    assert scene.report().state == "ok"
    assert await scene.access() == scene.server.access
    scene.later(2 * HOUR)
    assert await scene.access() == scene.server.access
    assert [form["grant_type"] for form in scene.server.forms] == ["client_credentials"] * 2
    assert not (tmp_path / "tokens").exists()
    assert scene.report().problem is None


async def test_a_secret_in_a_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    scene = Scene(None)
    secret = SecretSource("the file", file=str(tmp_path / "secret"))
    oauth = OAuth("https://auth.example.com/token", "c", client_secret=secret, auth_method="client_secret_post")
    scene.source = OAuthTokens("client_credentials", "p", oauth, scene.world)
    failure = await scene.refused()
    assert "client_secret: the file cannot be read" in failure.message
    (tmp_path / "secret").write_text("now it is there\n")
    scene.later(7)
    await scene.access()
    assert scene.server.forms[0]["client_secret"] == "now it is there"


async def test_a_refresh_token_in_a_file_may_be_exchanged_while_we_run(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    oauth = OAuth("https://h/token", "c", refresh_token=SecretSource("the file", file=str(tmp_path / "seed")))
    scene.source = OAuthTokens("oauth", "p", oauth, scene.world)
    failure = await scene.refused()
    assert (failure.kind, scene.report().state) == (Kind.AUTHENTICATION, "missing")
    assert failure.message == f"p: {scene.report().problem}"
    assert "there is no login in the file. Put a new refresh token into the file" in failure.message
    (tmp_path / "seed").write_text(SEED)
    assert await scene.access() == scene.server.access
    scene.server.refresh = "of a new login"
    (tmp_path / "seed").write_text("of a new login")
    assert await scene.access() == scene.server.access
    assert scene.server.grants == 2


async def test_a_report_tells_no_secret(scene: Scene) -> None:
    await scene.access()
    report = scene.report()
    assert (report.type, report.state, report.source) == ("oauth", "ok", "auth.refresh_token")
    assert (report.expires_at, report.renewed_at) == (NOW + HOUR, NOW)
    assert report.masked == f"***{scene.server.access[-4:]}"
    assert scene.server.access not in repr(report)


async def settled() -> None:
    """Until what runs in the background has come to rest."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=CALL_WITHIN_S)
        if all(task.done() for task in others):
            break
    await asyncio.sleep(0)

"""Several keys of one provider, from the configuration and from files that change."""

import os
from pathlib import Path
from typing import Any

import pytest
import structlog
from msgspec import structs

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.normalizer.credentials import Ask, Lease
from fairlead.normalizer.credentials.api_keys import ApiKeys
from fairlead.normalizer.retry import Patience
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.attempt import Refused, Whole

from ..test_exchange import Reply, Scene, asked, ok, sent
from ..world import NOBODY

REFUSED = Failure(Kind.AUTHENTICATION, "no")


class Now:
    """A clock that is put."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def keys_of(*keys: str, files: tuple[Path, ...] = (), clock: Now | None = None) -> ApiKeys:
    world = structs.replace(NOBODY, clock=clock or Now())
    return ApiKeys("p", [Secret(key) for key in keys], [str(file) for file in files], Scheme.BEARER, world)


async def lease_of(source: ApiKeys, session: str = "s") -> Lease:
    return await source.obtain(Ask(None, native=True, affinity=session))


def key_of(lease: Lease) -> str:
    assert isinstance(lease.credential, Credential)
    return lease.credential.secret.value


async def test_a_refused_key_is_exchanged_for_another_and_left_alone() -> None:
    source = keys_of("sk-a", "sk-b")
    lease = await lease_of(source)
    first = key_of(lease)
    assert await lease.renew(REFUSED)
    second = key_of(lease)
    lease.settle(None)
    assert {first, second} == {"sk-a", "sk-b"}
    assert {key_of(await lease_of(source, f"{number}")) for number in range(9)} == {second}
    assert {one.state for one in source.reports()} == {"ok", "refused"}


async def test_the_only_key_has_no_other() -> None:
    lease = await lease_of(keys_of("sk-a"))
    assert not await lease.renew(REFUSED)
    assert Kind.RATE_LIMIT not in lease.curable


async def test_a_call_counts_for_its_key_until_it_is_over() -> None:
    source = keys_of("sk-a", "sk-b")
    leases = [await lease_of(source, f"{number}") for number in range(10)]
    assert sorted(map(key_of, leases)) == ["sk-a"] * 5 + ["sk-b"] * 5
    for lease in leases:
        lease.settle(None)
    assert repr(source._rotation) == "<Rotation open=0 resting=0>"


async def test_when_all_keys_are_at_their_limits_the_client_is_told_how_long() -> None:
    now = Now()
    source = keys_of("sk-a", "sk-b", clock=now)
    for seconds in (20.0, 40.0):
        (await lease_of(source, f"{seconds}")).settle(Failure(Kind.RATE_LIMIT, "slow", retry_after=seconds))
    now.at = 4.5
    with pytest.raises(FailureError) as refused:
        await lease_of(source)
    failure = refused.value.failure
    assert (failure.kind, failure.http_status, failure.retry_after) == (Kind.RATE_LIMIT, 429, 16.0)
    assert failure.message == "all 2 keys of the provider p are at their limits; the first is back in 16 s"
    assert {one.state for one in source.reports()} == {"cooling down"}
    now.at = 20.0
    (await lease_of(source)).settle(None)


async def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-one\n")
    source = keys_of(files=(file,))
    lease = await lease_of(source)
    assert key_of(lease) == "sk-one"
    file.write_text("sk-another\n")
    assert await lease.renew(REFUSED)
    assert key_of(lease) == "sk-another"
    assert key_of(await lease_of(source)) == "sk-another"
    assert [one.source for one in source.reports()] == [str(file)]


async def test_a_file_may_hold_many_keys_and_remarks(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_bytes(b"# the team's\nsk-a\r\n\n  sk-b  \nsk-a\nno\x00t a key\nsk-\xc3\xa9\n")
    source = keys_of("sk-c", files=(file,))
    assert {one.masked for one in source.reports()} == {"***"}
    assert {key_of(await lease_of(source, f"{number}")) for number in range(30)} == {"sk-a", "sk-b", "sk-c"}


@pytest.mark.parametrize("content", [None, "", "# nothing\n"])
async def test_a_file_without_a_key_is_told_with_its_name(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    source = keys_of(files=(file,))
    with structlog.testing.capture_logs() as logged:
        await source.open()
    assert logged[0]["event"] == "no key in the file"
    with pytest.raises(FailureError, match=f"no key for the provider p: {file}"):
        await lease_of(source)
    (report,) = source.reports()
    assert (report.state, report.source) == ("missing", str(file))


@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, False), (0o644, True)])
async def test_a_file_that_everybody_can_read_is_warned_about(mode: int, told: bool, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-canary")
    file.chmod(mode)
    with structlog.testing.capture_logs() as logged:
        await keys_of(files=(file,)).open()
    assert [entry["to_do"] for entry in logged] == ([f"chmod 600 {file}"] if told else [])
    assert "canary" not in repr(logged)


def scene(*replies: Reply | Exception, keys: int = 2) -> tuple[Scene, ApiKeys]:
    source = keys_of(*(f"sk-{number}" for number in range(keys)))
    return Scene(*replies, source=source), source


@pytest.mark.parametrize("status", [401, 402, 429])
async def test_a_call_that_one_key_cannot_make_is_made_with_another_at_once(status: int) -> None:
    played, _ = scene((status, [(b"retry-after", b"60")], b"{}"), ok())
    answer, attempts = await played.ask(asked("c", patience=Patience(1)))
    assert isinstance(answer, Whole)
    assert attempts == 2
    assert played.time.slept == []
    assert sent(played, 0)["authorization"] != sent(played, 1)["authorization"]


async def test_no_more_than_two_keys_are_tried_for_one_call() -> None:
    played, _ = scene((429, [], b"{}"), keys=5)
    answer, attempts = await played.ask(asked("c", patience=Patience(1)))
    assert isinstance(answer, Refused)
    assert attempts == 2


async def test_who_has_but_one_key_waits_as_ever() -> None:
    played, _ = scene((429, [], b"{}"), ok(), keys=1)
    answer, attempts = await played.ask(asked("c", patience=Patience(3)))
    assert isinstance(answer, Whole)
    assert (attempts, len(played.time.slept)) == (2, 1)


def test_what_is_printed_holds_no_key() -> None:
    printed: list[Any] = [keys_of("sk-canary"), keys_of("sk-canary")._rotation]
    assert "canary" not in repr(printed)
    assert os.linesep not in repr(printed)

"""Before the first call nothing is opened or read; afterwards a source is itself."""

from pathlib import Path

import pytest

from fairlead.normalizer.authorization import Scheme
from fairlead.normalizer.credentials import Ask, Lease, OnDemand, Report, Surroundings, Vaults
from fairlead.normalizer.credentials.api_keys import ApiKeys
from fairlead.normalizer.credentials.aws import Aws
from fairlead.normalizer.credentials.base import CredentialSource
from fairlead.normalizer.credentials.factory import Factory
from fairlead.normalizer.credentials.google import Google
from fairlead.normalizer.credentials.kiro import Kiro
from fairlead.normalizer.credentials.oauth import OAuthTokens
from fairlead.normalizer.credentials.passthrough import Passthrough
from fairlead.shared.config.aws import AwsLogin
from fairlead.shared.config.factory import FactoryLogin
from fairlead.shared.config.google import GoogleLogin
from fairlead.shared.config.kiro import KiroAuth
from fairlead.shared.config.oauth import OAuth, SecretSource
from fairlead.shared.config.schema import Secret

ASK = Ask(None, native=True, affinity="s")


class Recording:
    """A source that notes what it is asked for."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def obtain(self, ask: Ask) -> Lease:
        self.done.append("obtain")
        return Lease(None)

    def reports(self) -> tuple[Report, ...]:
        self.done.append("reports")
        return (Report("oauth", "ok"),)

    def unread(self) -> tuple[Report, ...]:
        return (Report("oauth", "unused"),)

    async def open(self) -> None:
        self.done.append("open")

    async def aclose(self) -> None:
        self.done.append("aclose")


async def test_a_source_is_opened_by_its_first_call_alone() -> None:
    behind, heard = Recording(), list[str]()
    source = OnDemand(behind, lambda: heard.append("opened"))
    assert source.reports() == (Report("oauth", "unused"),)
    assert (behind.done, heard, source.wanted.is_set()) == ([], [], False)
    await source.obtain(ASK)
    await source.obtain(ASK)
    assert source.reports() == (Report("oauth", "ok"),)
    assert (behind.done, heard, source.wanted.is_set()) == (["open", "obtain", "obtain", "reports"], ["opened"], True)


def world() -> Surroundings:
    nobody: list[object] = [None, float, float, float, None]
    return Surroundings(*nobody, Vaults())  # type: ignore[arg-type]


def keys(path: Path) -> CredentialSource:
    return ApiKeys("p", (), (str(path),), Scheme.BEARER, world())


def oauth(path: Path) -> CredentialSource:
    told = OAuth("https://auth.example/token", client_id="c", refresh_token=SecretSource(str(path), file=str(path)))
    return OAuthTokens("oauth", "p", told, world())


def google(path: Path) -> CredentialSource:
    return Google("p", GoogleLogin(SecretSource(str(path), file=str(path))), world(), _never)


def kiro(path: Path) -> CredentialSource:
    return Kiro("p", KiroAuth(auth_file=str(path)), world())


def _never(*_: object) -> None:  # type: ignore[misc]
    raise AssertionError("nobody asked for it")


@pytest.mark.parametrize("made", [keys, oauth, google, kiro])
def test_a_file_is_known_to_be_there_or_not_without_being_read(made: object, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    source: CredentialSource = made(path)  # type: ignore[operator]
    (missing,) = source.unread()
    assert (missing.state, missing.problem is None) == ("missing", False)
    path.write_text("# nothing that could be used, which only a reader knows\n")
    (unread,) = source.unread()
    assert (unread.state, unread.problem, unread.masked) == ("unused", None, None)


def test_keys_of_the_configuration_are_there_and_files_beside_them_unread(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("another-key-of-the-provider\n")
    source = ApiKeys("p", (Secret("a-key-of-the-provider"),), (str(path),), Scheme.BEARER, world())
    assert [(one.state, one.masked, one.label) for one in source.unread()] == [
        ("ok", "***ider", "1"),
        ("unused", None, None),
    ]


def test_what_has_to_be_looked_for_is_not() -> None:
    aws = Aws("p", "https://bedrock-runtime.us-east-1.amazonaws.com", AwsLogin(), _never, float)  # type: ignore[arg-type]
    assert [one.state for one in aws.unread()] == ["unused"]
    passed = Passthrough("p", Scheme.BEARER, demanded=True)
    assert passed.unread() == passed.reports()


def test_factorys_login_is_named_unread(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    login = FactoryLogin(tokens=OAuth("https://auth.example/token", client_id="c"), auth_file=str(path))
    source = Factory("p", login, world())
    assert [(one.state, one.source) for one in source.unread()] == [("ok", "the client")]
    path.write_text("{}")
    assert [(one.state, one.source) for one in source.unread()] == [("unused", str(path))]

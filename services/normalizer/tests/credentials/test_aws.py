"""Amazon's keys: where they are looked for, when again, and what is signed by them."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fairlead.normalizer.authorization import Unsigned
from fairlead.normalizer.credentials import Ask, UnavailableError, source_of
from fairlead.normalizer.credentials.amazon import look_up, sign
from fairlead.normalizer.credentials.aws import Aws, Found, Keys, aws_of
from fairlead.normalizer.credentials.extras import LostError
from fairlead.normalizer.providers.bedrock_claude import BEDROCK_CLAUDE
from fairlead.normalizer.upstreams import upstreams
from fairlead.shared.config import parse
from fairlead.shared.config.aws import AwsLogin
from fairlead.shared.config.schema import Auth, Provider, Secret
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.simulator.sigv4 import is_signed, signature_of

from ..world import NOBODY

HOST = "bedrock-runtime.eu-west-1.amazonaws.com"
URL = f"https://{HOST}/model/us.anthropic.claude-x-v1%3A0/invoke"
BODY = b'{"max_tokens":1}'
MOMENT = 1_767_225_600.0
ASK = Ask(None, native=True, affinity="session")
REFUSED = Failure(Kind.AUTHENTICATION, "no")
ACCESS, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ANYWHERE, LOGIN = AwsLogin(), AwsLogin(ACCESS, Secret(SECRET))


def request(url: str = URL, body: bytes = BODY) -> Unsigned:
    return Unsigned("POST", url, {"accept": "application/json", "user-agent": "us/1"}, body, MOMENT)


def is_right(
    headers: dict[str, str], *, path: str = "/model/us.anthropic.claude-x-v1%3A0/invoke", host: str = HOST
) -> bool:
    sent = {"host": host, "content-type": "application/json", "user-agent": "any", **headers}
    return is_signed("POST", path, list(sent.items()), BODY, SECRET)


class Searches:
    """Finds what stands next on its list, the last again and again; an exception is raised."""

    def __init__(self, *outcomes: Found | Exception) -> None:
        self.outcomes = list(outcomes)
        self.count = 0
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def __call__(self, login: AwsLogin) -> Found:
        self.count += 1
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def found(name: str, region: str | None = "us-east-1", *, stale: bool = False) -> Found:
    return Found("env", region, lambda: Keys(name, SECRET), lambda: stale, sign)


def source(searches: Searches, login: AwsLogin = ANYWHERE, url: str = f"https://{HOST}") -> Aws:
    return Aws("claude", url, login, searches, searches.clock)


async def headers_of(source: Aws) -> dict[str, str]:
    credential = (await source.obtain(ASK)).credential
    assert credential is not None
    return dict(credential.authorize(request()))


def scope_of(headers: dict[str, str]) -> str:
    signature = signature_of(headers["authorization"])
    assert signature is not None
    return signature.scope


def test_a_request_is_signed_so_that_amazons_own_rules_find_it_right() -> None:
    headers = dict(sign(Keys(ACCESS, SECRET), "eu-west-1", "bedrock", request()))
    assert headers["x-amz-date"] == "20260101T000000Z"
    assert scope_of(headers) == "20260101/eu-west-1/bedrock/aws4_request"
    assert is_right(headers)
    assert not is_right(headers, path="/model/us.anthropic.claude-x-v1:0/invoke")
    assert not is_right(headers, host="elsewhere")


def test_a_session_token_goes_along_and_is_signed() -> None:
    headers = dict(sign(Keys(ACCESS, SECRET, "the-token"), "eu-west-1", "bedrock", request()))
    assert headers["x-amz-security-token"] == "the-token"
    assert is_right(headers)
    assert not is_right({**headers, "x-amz-security-token": "another"})


def test_the_same_request_at_the_same_moment_is_signed_alike() -> None:
    assert sign(Keys(ACCESS, SECRET), "r", "bedrock", request()) == sign(
        Keys(ACCESS, SECRET), "r", "bedrock", request()
    )


async def test_written_keys_sign_at_once() -> None:
    headers = await headers_of(Aws("claude", f"https://{HOST}", LOGIN, look_up, lambda: 0.0))
    assert is_right(headers)


@pytest.mark.parametrize(
    ("url", "login", "scope"),
    [
        (f"https://{HOST}", AwsLogin(), "eu-west-1/bedrock"),
        (f"https://{HOST}", AwsLogin(region="us-west-2"), "us-west-2/bedrock"),
        ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", AwsLogin(), "us-gov-west-1/bedrock"),
        ("https://vpce-1-2.bedrock-runtime.us-east-2.vpce.amazonaws.com", AwsLogin(), "us-east-2/bedrock"),
        ("https://bedrock-mantle.us-east-2.api.aws/anthropic", AwsLogin(), "us-east-2/bedrock-mantle"),
        ("https://q.us-east-1.amazonaws.com", AwsLogin(), "us-east-1/q"),
        ("http://127.0.0.1:9", AwsLogin(service="other"), "us-east-1/other"),
    ],
)
async def test_region_and_service_are_as_written_else_as_the_host_says_else_as_found(
    url: str, login: AwsLogin, scope: str
) -> None:
    headers = await headers_of(source(Searches(found("a")), login, url))
    assert scope_of(headers) == f"20260101/{scope}/aws4_request"


async def test_no_region_anywhere_is_refused_with_what_to_do() -> None:
    with pytest.raises(FailureError, match="set region in its auth"):
        await source(Searches(found("a", None)), url="http://127.0.0.1:9").obtain(ASK)


async def test_keys_are_looked_for_once_whoever_asks() -> None:
    searches = Searches(found("a"))
    one = source(searches)
    await one.open()
    await asyncio.gather(*(one.obtain(ASK) for _ in range(5)))
    await one.aclose()
    assert searches.count == 1
    assert [(report.type, report.state, report.source) for report in one.reports()] == [("aws", "ok", "env")]


async def test_keys_that_could_not_be_had_are_looked_for_again() -> None:
    searches = Searches(LostError("no such profile"), found("a"))
    one = source(searches)
    with pytest.raises(FailureError) as refused:
        await one.obtain(ASK)
    failure = refused.value.failure
    assert (failure.kind, failure.should_retry) == (Kind.AUTHENTICATION, False)
    assert "no such profile" in failure.message
    assert "secret_access_key" in failure.message
    assert [(report.state, report.problem) for report in one.reports()] == [("missing", failure.message)]
    await one.obtain(ASK)
    assert [report.state for report in one.reports()] == ["ok"]


async def test_refused_keys_are_looked_for_again_and_worth_a_try_only_if_they_are_others() -> None:
    searches = Searches(found("a"), found("b"))
    lease = await source(searches).obtain(ASK)
    assert await lease.renew(REFUSED)
    assert lease.credential is not None
    assert "Credential=b/" in lease.credential.authorize(request())["authorization"]
    assert not await lease.renew(REFUSED)


async def test_keys_that_are_refused_over_and_over_are_looked_for_once_a_minute() -> None:
    searches = Searches(found("a"))
    one = source(searches)
    for _ in range(5):
        assert not await (await one.obtain(ASK)).renew(REFUSED)
    assert searches.count == 2
    searches.now += 60.0
    await (await one.obtain(ASK)).renew(REFUSED)
    assert searches.count == 3


async def test_whoever_comes_later_takes_what_was_found_instead() -> None:
    searches = Searches(found("a"), found("b"))
    one = source(searches)
    first, second = await one.obtain(ASK), await one.obtain(ASK)
    assert await first.renew(REFUSED)
    assert await second.renew(REFUSED)
    assert searches.count == 2


async def test_written_keys_are_not_looked_for_again() -> None:
    searches = Searches(found("a"), found("b"))
    lease = await source(searches, LOGIN).obtain(ASK)
    assert not await lease.renew(REFUSED)
    assert searches.count == 1


async def test_keys_that_end_are_had_anew_off_the_loop() -> None:
    threads = []

    def keys() -> Keys:
        threads.append(threading.current_thread() is threading.main_thread())
        return Keys("a", SECRET)

    await source(Searches(Found("iam-role", "r", keys, lambda: True, sign))).obtain(ASK)
    assert threads == [False]


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No keys anywhere, and nobody to ask for them."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return tmp_path


def test_nothing_found_is_said(clean: Path) -> None:
    with pytest.raises(LostError, match="none in the environment"):
        look_up(AwsLogin())


def test_the_environment_is_read(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t")
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    one = look_up(AwsLogin())
    assert (one.method, one.region, one.keys(), one.stale()) == ("env", "sa-east-1", Keys(ACCESS, SECRET, "t"), False)


def test_a_profile_is_read(clean: Path) -> None:
    (clean / "credentials").write_text(f"[work]\naws_access_key_id={ACCESS}\naws_secret_access_key={SECRET}\n")
    (clean / "config").write_text("[profile work]\nregion=ca-central-1\n")
    one = look_up(AwsLogin(profile="work"))
    assert (one.region, one.keys()) == ("ca-central-1", Keys(ACCESS, SECRET))
    with pytest.raises(LostError, match="play"):
        look_up(AwsLogin(profile="play"))


def test_an_answer_that_is_none_of_a_program_is_said(clean: Path) -> None:
    (clean / "config").write_text(f"[profile work]\ncredential_process={sys.executable} -c exit(3)\n")
    with pytest.raises(LostError):
        look_up(AwsLogin(profile="work"))


def test_without_the_extra_a_provider_says_what_to_install() -> None:
    with pytest.raises(UnavailableError, match=r"pip install 'fairlead-normalizer\[aws\]'"):
        aws_of("claude", "https://h.example", AwsLogin(), look_up, lambda: 0.0, installed=lambda _module: False)


def test_the_extra_is_not_imported_before_it_is_wanted() -> None:
    code = "import sys, fairlead.normalizer.app; sys.exit('botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_secret_is_printed() -> None:
    assert SECRET not in repr(Keys(ACCESS, SECRET, "token"))
    assert SECRET not in repr(LOGIN)


def test_a_configured_provider_has_its_keys() -> None:
    keys = f'access_key_id: "{ACCESS}", secret_access_key: "{SECRET}"'
    provider = f'{{name: "claude", api_base_url: "https://{HOST}", models: ["m"], auth: {{type: "aws", {keys}}}}}'
    config = f"{{Providers: [{provider}]}}"
    ready, unusable = upstreams(parse(config, {}, file="c").config, DIALECTS, "us/1", NOBODY)
    assert unusable == ()
    assert isinstance(ready["claude"].source, Aws)


def test_the_word_alone_means_amazons_own_ways() -> None:
    made = Provider(
        name="p", api_base_url=f"https://{HOST}", type="bedrock-claude", dialect="anthropic", auth=Auth("aws")
    )
    assert isinstance(source_of(made, BEDROCK_CLAUDE, NOBODY), Aws)


def test_without_the_extra_the_service_starts_and_says_why_the_provider_is_not_called() -> None:
    code = f"""
import sys
sys.modules["botocore"] = None
from fairlead.normalizer.credentials import Surroundings
from fairlead.normalizer.upstreams import upstreams
from fairlead.shared.config import parse
from fairlead.shared.dialects import DIALECTS
config = '{{Providers: [{{name: "b", api_base_url: "https://{HOST}", models: ["m"], auth: "aws"}}]}}'
ready, unusable = upstreams(parse(config, {{}}, file="c").config, DIALECTS, "us/1", Surroundings(None, *[float] * 4))
print(sorted(ready), unusable[0].because)
"""
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.startswith("[] the auth type aws needs a package")
    assert "pip install 'fairlead-normalizer[aws]'" in told

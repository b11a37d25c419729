"""`auth: {type: "aws", …}`: which keys there are, and what does not go together."""

import pytest

from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.aws import AwsLogin
from fairlead.shared.config.schema import Secret

URL = "https://bedrock-runtime.us-east-1.amazonaws.com"
PAIR = 'access_key_id: "AKID", secret_access_key: "$SECRET"'


def read(auth: str, *, secrets: bool = True) -> tuple[AwsLogin | None, list[str]]:
    config = f'{{Providers: [{{name: "b", api_base_url: "{URL}", models: ["m"], auth: {auth}}}]}}'
    loaded = parse(config, {"SECRET": "s3cret"}, file="c", resolve_secrets=secrets)
    provider = loaded.config.providers[0]
    assert provider.auth is not None
    assert (provider.type, provider.auth.type, provider.disabled_because) == ("bedrock-claude", "aws", None)
    return provider.auth.options.get("aws"), [str(one) for one in loaded.warnings]


def test_keys_may_be_written_down() -> None:
    login, warnings = read(f'{{type: "aws", {PAIR}, session_token: "t", region: "eu-west-1", service: "bedrock"}}')
    assert login == AwsLogin("AKID", Secret("s3cret"), Secret("t"), "eu-west-1", None, "bedrock")
    assert warnings == []


def test_nothing_need_be_written_down() -> None:
    assert read('"aws"') == (AwsLogin(), [])
    assert read('{type: "aws", profile: "work"}')[0] == AwsLogin(profile="work")


def test_who_does_not_resolve_secrets_reads_none() -> None:
    assert read(f'{{type: "aws", {PAIR}}}', secrets=False)[0] is None


def test_a_slip_is_told_with_the_nearest_name() -> None:
    _, warnings = read('{type: "aws", regio: "eu-west-1"}')
    assert "did you mean region" in warnings[0]


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ('{type: "aws", access_key_id: "a"}', r"auth\.secret_access_key.*go together"),
        ('{type: "aws", secret_access_key: "a"}', r"auth\.access_key_id.*go together"),
        ('{type: "aws", session_token: "a"}', r"auth\.session_token.*no use"),
        (f'{{type: "aws", {PAIR}, profile: "p"}}', r"auth\.profile.*leave one"),
        ('{type: "aws", region: "eu west"}', r"auth\.region.*such as"),
    ],
)
def test_what_does_not_go_together_is_refused(auth: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(auth)

"""How a provider's credential is got: the options of `auth`, and Factory's variables."""

from typing import Any

import pytest

from fairlead.shared.config import Config, ConfigError, parse
from fairlead.shared.config.factory import CLIENT_ID, TOKEN_URL, FactoryLogin
from fairlead.shared.config.oauth import OAuth, SecretSource
from fairlead.shared.config.schema import Secret

OAUTH = "type: 'oauth', token_url: 'https://h/t', client_id: 'c'"


def config(auth: str, url: str = "https://api.example.com/v1", **env: str) -> Config:
    text = f"{{Providers: [\n{{name: 'p', api_base_url: '{url}', auth: {auth}, models: ['m']}}]}}"
    return parse(text, env, file="c").config


def options(auth: str, name: str, **env: str) -> Any:
    found = config(auth, **env).providers[0].auth
    assert found is not None
    return found.options[name]


def errors(auth: str, **env: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config(auth, **env)
    return str(caught.value).splitlines()


def test_a_login_with_a_refresh_token() -> None:
    found = options(
        f"{{{OAUTH}, refresh_token: '$R', scope: ['a', 'b'], params: {{audience: '$A'}}}}", "oauth", R="r\n", A="x"
    )
    assert found == OAuth(
        "https://h/t",
        "c",
        refresh_token=SecretSource("auth.refresh_token", Secret("r")),
        scope="a b",
        params={"audience": Secret("x")},
    )
    assert "'r'" not in repr(found)


def test_client_credentials_prove_themselves_in_a_header_unless_told_otherwise() -> None:
    auth = "{type: 'client-credentials', token_url: 'https://h/t', client_id: 'c', client_secret: 's'"
    assert options(auth + "}", "oauth").auth_method == "client_secret_basic"
    assert options(auth + ", auth_method: 'client_secret_post'}", "oauth").auth_method == "client_secret_post"
    assert options(auth + ", lifetime_s: 60}", "oauth").lifetime_s == 60


def test_secrets_may_stand_in_files_of_the_home_directory() -> None:
    found = options(f"{{{OAUTH}, client_secret_file: '/run/s', refresh_token_file: '~/r'}}", "oauth", HOME="/home/me")
    assert found.client_secret == SecretSource("/run/s", file="/run/s")
    assert found.refresh_token == SecretSource("~/r", file="/home/me/r")


@pytest.mark.parametrize(
    ("auth", "messages"),
    [
        (
            "'oauth'",
            [
                "c:2: Providers[0].auth.token_url: missing; the operator of the token endpoint gives it",
                "c:2: Providers[0].auth.client_id: missing; the operator of the token endpoint gives it",
                "c:2: Providers[0].auth.refresh_token: missing; give it, or refresh_token_file",
            ],
        ),
        (
            "{type: 'client_credentials', token_url: 'https://h/t', client_id: 'c', refresh_token: 'r'}",
            [
                "c:2: Providers[0].auth.client_secret: missing; give it, or client_secret_file",
                'c:2: Providers[0].auth.refresh_token: is for the type "oauth"',
            ],
        ),
        (
            "{type: 'oauth', token_url: 'http://h.example/t', client_id: 'c', refresh_token: 'r'}",
            ["c:2: Providers[0].auth.token_url: must begin with https://, since secrets are sent there"],
        ),
        (
            f"{{{OAUTH}, refresh_token: 'r', refresh_token_file: 'f'}}",
            ["c:2: Providers[0].auth.refresh_token_file: is given beside refresh_token; keep one"],
        ),
        (
            f"{{{OAUTH}, refresh_token: 'r', auth_method: 'basic'}}",
            ["c:2: Providers[0].auth.auth_method: must be one of client_secret_basic, client_secret_post, none"],
        ),
        (
            f"{{{OAUTH}, refresh_token: 'r', auth_method: 'client_secret_post'}}",
            ["c:2: Providers[0].auth.auth_method: client_secret_post needs a client_secret"],
        ),
        (
            f"{{{OAUTH}, refresh_token: 'canary\\ncanary'}}",
            ["c:2: Providers[0].auth.refresh_token: must be one line of plain ASCII"],
        ),
        (f"{{{OAUTH}, refresh_token: '$R'}}", []),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(auth: str, messages: list[str]) -> None:
    if not messages:
        assert config(auth).providers[0].disabled_because == "the variable R is not set"
        return
    assert errors(auth) == messages


def test_an_unknown_option_is_warned_of() -> None:
    text = (
        f"{{Providers: [{{name: 'p', api_base_url: 'https://h', auth: {{{OAUTH}, refresh_token: 'r', scpe: 'x'}}}}]}}"
    )
    assert [str(one) for one in parse(text, {}, file="c").warnings] == [
        "c:1: Providers[0].auth.scpe: unknown key, ignored; did you mean scope?"
    ]


def test_the_router_reads_none_of_it() -> None:
    text = "{Providers: [{name: 'p', api_base_url: 'https://h', auth: {type: 'oauth', refresh_token: '$R'}}]}"
    found = parse(text, {}, file="c", resolve_secrets=False)
    assert found.warnings == ()
    assert found.config.providers[0].auth is not None
    assert found.config.providers[0].auth.options == {}


def test_factory_needs_no_option() -> None:
    assert options("'factory'", "factory", HOME="/home/me") == FactoryLogin(
        OAuth(TOKEN_URL, CLIENT_ID, lifetime_s=6 * 3600.0), auth_file="/home/me/.factory/auth.json"
    )


def test_factorys_variables_fill_what_the_options_leave_open() -> None:
    env = {
        "FACTORY_API_KEY": "fk-1",
        "DROID_REFRESH_KEY": " ",
        "FACTORY_REFRESH_TOKEN": "r",
        "FACTORY_AUTH_FILE": "/f",
        "FACTORY_TOKEN_URL": "https://t/u",
        "FACTORY_CLIENT_ID": "from the environment",
        "FACTORY_ORG_ID": "org_1",
    }
    found = options("{type: 'factory', client_id: 'from the file'}", "factory", **env)
    assert found == FactoryLogin(
        OAuth(
            "https://t/u",
            "from the file",
            refresh_token=SecretSource("FACTORY_REFRESH_TOKEN", Secret("r")),
            params={"organization_id": Secret("org_1")},
            lifetime_s=6 * 3600.0,
        ),
        SecretSource("FACTORY_API_KEY", Secret("fk-1")),
        "/f",
        "org_1",
    )


def test_a_variable_that_cannot_be_used_is_named() -> None:
    assert errors("'factory'", FACTORY_TOKEN_URL="http://h.example/t") == [
        "c:1: FACTORY_TOKEN_URL: must begin with https://, since secrets are sent there"
    ]
    text = "{endpoint: [{name: 'a', base_url: 'https://api.example.com/v1/messages'}]}"
    for base in ("http://[", "ftp://h", "http://u:canary@h"):
        with pytest.raises(ConfigError, match="c:1: FACTORY_API_BASE_URL: ") as caught:
            parse(text, {"FACTORY_API_BASE_URL": base}, file="c")
        assert "canary" not in str(caught.value)
    assert errors("'factory'", FACTORY_API_KEY="canary\ncanary") == [
        "c:1: FACTORY_API_KEY: must be one line that can go into a header"
    ]


@pytest.mark.parametrize(
    ("base", "url", "moved"),
    [
        ("", "https://api.factory.ai/api/llm/a/v1/messages", "https://api.factory.ai/api/llm/a/v1/messages"),
        (
            "https://api.eu.factory.ai/",
            "https://api.factory.ai/api/llm/a/v1/messages",
            "https://api.eu.factory.ai/api/llm/a/v1/messages",
        ),
        ("http://127.0.0.1:9/f", "https://app.factory.ai/a/v1/messages", "http://127.0.0.1:9/f/a/v1/messages"),
        ("https://api.eu.factory.ai", "https://api.example.com/v1/messages", "https://api.example.com/v1/messages"),
        ("https://api.eu.factory.ai", "https://notfactory.ai/v1/messages", "https://notfactory.ai/v1/messages"),
    ],
)
def test_factorys_addresses_can_be_moved(base: str, url: str, moved: str) -> None:
    assert config("'factory'", url, FACTORY_API_BASE_URL=base).providers[0].api_base_url == moved
    text = f"{{endpoint: [{{name: 'a', base_url: '{url}'}}], models: [{{id: 'm', type: 'a'}}]}}"
    assert parse(text, {"FACTORY_API_BASE_URL": base}, file="c").config.providers[0].api_base_url == moved


@pytest.mark.parametrize(
    ("url", "goes"),
    [
        ("https://api.factory.ai/v1/messages", True),
        ("https://api.eu.factory.ai/v1/messages", True),
        ("http://127.0.0.1:3999/v1/messages", True),
        ("https://proxy.example.com/v1/messages", False),
        ("https://api.anthropic.com/v1/messages", False),
        ("https://factory.ai.example.com/v1/messages", False),
    ],
)
def test_only_factory_and_ones_own_servers_get_factorys_credentials_from_a_droid2api_file(url: str, goes: bool) -> None:
    text = f"{{endpoint: [{{name: 'a', base_url: '{url}'}}], models: [{{id: 'm', type: 'a'}}]}}"
    auth = parse(text, {"FACTORY_API_KEY": "fk-1"}, file="c").config.providers[0].auth
    assert auth is not None
    assert (auth.type, "factory" in auth.options) == ("factory", goes)
    moved = parse(text, {"FACTORY_API_BASE_URL": "https://proxy.example.com"}, file="c").config.providers[0].auth
    assert moved is not None
    assert ("factory" in moved.options) == (goes or "proxy" in url)

"""`auth: {type: "google", …}`, and providers at Vertex in every form in which people write them."""

from typing import Any

import pytest

from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.google import CLOUD_PLATFORM, GoogleLogin
from fairlead.shared.config.oauth import SecretSource
from fairlead.shared.config.schema import Provider, Secret
from fairlead.shared.config.vertex import in_project, lacks_project, placed, publisher_url

HOST = "https://us-east5-aiplatform.googleapis.com"


def read(provider: str, *, secrets: bool = True, **env: str) -> tuple[Provider, list[str]]:
    loaded = parse(f"{{Providers: [{{name: 'v', models: ['m'], {provider}}}]}}", env, file="c", resolve_secrets=secrets)
    return loaded.config.providers[0], [str(one) for one in loaded.warnings]


def login_of(auth: str, **env: str) -> GoogleLogin:
    provider, warnings = read(f"api_base_url: 'https://h.example/v1', auth: {auth}", **env)
    assert warnings == []
    assert provider.auth is not None
    login: Any = provider.auth.options["google"]
    return login


def test_nothing_need_be_written_down() -> None:
    assert login_of("'google'") == GoogleLogin(scopes=(CLOUD_PLATFORM,))


def test_everything_may_be() -> None:
    auth = "{type: 'google', credentials_file: '~/sa.json', scopes: 'a b', project: 'p', location: 'eu', quota_project: 'q'}"
    file = SecretSource("~/sa.json", file="/home/u/sa.json")
    assert login_of(auth, HOME="/home/u") == GoogleLogin(file, ("a", "b"), "p", "eu", "q")
    written = login_of("{type: 'google', credentials: '$SA'}", SA='{"type":"service_account"}')
    assert written.credentials == SecretSource("auth.credentials", Secret('{"type":"service_account"}'))


def test_what_is_not_stands_where_googles_tools_and_claude_code_read_it() -> None:
    env = {
        "GOOGLE_APPLICATION_CREDENTIALS": "/run/sa.json",
        "ANTHROPIC_VERTEX_PROJECT_ID": "p-of-claude-code",
        "CLOUD_ML_REGION": "us-east5",
    }
    file = SecretSource("GOOGLE_APPLICATION_CREDENTIALS", file="/run/sa.json")
    assert login_of("'google'", **env) == GoogleLogin(file, project="p-of-claude-code", location="us-east5")
    assert login_of("{type: 'google', project_id: 'mine'}", **env, GOOGLE_CLOUD_PROJECT="x").project == "mine"
    assert login_of("'google'", GOOGLE_CLOUD_PROJECT="not / a name").project is None


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ("{type: 'google', project: 'a/b'}", r"auth\.project.*such as"),
        ("{type: 'google', location: '../x'}", r"auth\.location.*such as"),
        ("{type: 'google', credentials: 'abc'}", r"auth\.credentials.*must be the JSON"),
        ("{type: 'google', credentials: '{}', credentials_file: '/x'}", r"auth\.credentials.*keep one"),
        ("{type: 'google', scopes: ['a b']}", r"auth\.scopes.*must be scopes"),
    ],
)
def test_what_cannot_be_is_refused(auth: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        login_of(auth)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{HOST}", f"{HOST}/v1/projects/p/locations/us-east5"),
        (f"{HOST}/v1beta1/", f"{HOST}/v1beta1/projects/p/locations/us-east5"),
        (f"{HOST}/v1/projects/q/locations/us-west1", "https://us-west1-aiplatform.googleapis.com/v1/projects/q/locations/us-west1"),
        (f"{HOST}/v1/projects/q/locations/us-east5/publishers/anthropic/models", f"{HOST}/v1/projects/q/locations/us-east5"),
        (f"{HOST}/v1/publishers/google/models/m:generateContent?x=y", f"{HOST}/v1/projects/p/locations/us-east5"),
        ("https://aiplatform.googleapis.com/v1", "https://l-aiplatform.googleapis.com/v1/projects/p/locations/l"),
        ("https://aiplatform.eu.rep.googleapis.com", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu"),
        (
            "https://aiplatform.googleapis.com/v1/projects/q/locations/global",
            "https://aiplatform.googleapis.com/v1/projects/q/locations/global",
        ),
        ("http://127.0.0.1:9/proxy", "http://127.0.0.1:9/proxy/v1/projects/p/locations/l"),
        ("http://gate:80/a/v1/projects/q", "http://gate:80/a/v1/projects/q/locations/l"),
    ],
)  # fmt: skip
def test_a_projects_address_follows_from_any_form_of_the_url(url: str, expected: str) -> None:
    assert placed(url, "v1", "p", "l") == expected
    assert placed(expected, "v1beta1", "other", "other") == expected


def test_without_a_location_it_is_the_one_that_serves_everything() -> None:
    assert placed("https://aiplatform.googleapis.com", "v1", "p", None).endswith(".com/v1/projects/p/locations/global")
    assert placed("https://aiplatform.googleapis.com", "v1", "p", "us").startswith("https://aiplatform.us.rep.")


def test_a_project_that_is_not_known_yet_is_filled_in_later() -> None:
    url = placed(HOST, "v1", None, None)
    assert lacks_project(url)
    assert in_project(url, "p") == f"{HOST}/v1/projects/p/locations/us-east5"
    assert not lacks_project(in_project(url, "p"))


def test_models_are_listed_below_no_project() -> None:
    assert publisher_url(f"{HOST}/v1/projects/p/locations/us-east5") == f"{HOST}/v1beta1/publishers/google/models"


def test_a_provider_at_vertex_uses_googles_own_ways_where_nothing_is_said() -> None:
    provider, warnings = read(f"api_base_url: '{HOST}'", GOOGLE_CLOUD_PROJECT="p")
    assert (provider.type, provider.dialect, provider.disabled_because) == ("vertex-gemini", "gemini", None)
    assert provider.api_base_url == f"{HOST}/v1beta1/projects/p/locations/us-east5"
    assert provider.auth is not None
    assert provider.auth.type == "google"
    assert warnings == []


@pytest.mark.parametrize("key", ["/etc/sa.json", "sa.json", '{\\"type\\": \\"service_account\\"}'])
def test_claude_code_routers_form_is_read(key: str) -> None:
    provider, _ = read(
        f"api_base_url: '{HOST}', api_key: \"{key}\", transformer: {{use: ['vertex-claude']}}",
        GOOGLE_CLOUD_PROJECT="p",
        GOOGLE_CLOUD_LOCATION="europe-west1",
    )
    assert (provider.type, provider.api_keys) == ("vertex-claude", ())
    assert provider.api_base_url == f"{HOST}/v1/projects/p/locations/us-east5"
    assert provider.auth is not None
    credentials = provider.auth.options["google"].credentials
    assert (credentials.file or credentials.value.value) == key.replace("\\", "")


def test_an_api_key_needs_no_project_for_gemini() -> None:
    provider, _ = read("api_base_url: 'https://aiplatform.googleapis.com', api_key: 'AIza'")
    assert (provider.auth, provider.api_keys) == (None, (Secret("AIza"),))
    assert provider.api_base_url == "https://aiplatform.googleapis.com/v1beta1"
    named, _ = read("api_base_url: 'https://aiplatform.googleapis.com', api_key: 'AIza'", GOOGLE_CLOUD_PROJECT="p")
    assert named.api_base_url == "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global"


@pytest.mark.parametrize("more", ["headers: {Authorization: 'Bearer x'}", "api_key_file: '/k'", "auth: 'passthrough'"])
def test_another_credential_is_left_alone(more: str) -> None:
    provider, _ = read(f"api_base_url: '{HOST}', {more}", GOOGLE_CLOUD_PROJECT="p")
    assert provider.auth is None or provider.auth.type == "passthrough"
    assert "/projects/p/" in provider.api_base_url


def test_who_does_not_resolve_secrets_leaves_the_url_as_it_is() -> None:
    provider, _ = read(f"api_base_url: '{HOST}/v1'", secrets=False, GOOGLE_CLOUD_PROJECT="p")
    assert (provider.api_base_url, provider.auth, provider.api_keys) == (f"{HOST}/v1", None, None)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"{HOST}/v1/projects/p/locations/l/publishers/google/models/m:generateContent", "vertex-gemini"),
        (f"{HOST}/v1/projects/p/locations/l/publishers/anthropic/models", "vertex-claude"),
        ("https://aiplatform.us.rep.googleapis.com/v1", "vertex-gemini"),
        (f"{HOST}/v1/projects/p/locations/l/endpoints/openapi", "openai"),
        (f"{HOST}/v1/projects/p/locations/l/endpoints/openapi/chat/completions", "openai"),
    ],
)
def test_the_address_tells_what_is_spoken_there(url: str, kind: str) -> None:
    assert read(f"api_base_url: '{url}', api_key: 'k'", GOOGLE_CLOUD_PROJECT="p")[0].type == kind

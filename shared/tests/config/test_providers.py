"""One entry of Providers in every spelling, and every way to get it wrong."""

import pytest

from fairlead.shared.config import ConfigError, Loaded, parse
from fairlead.shared.config.google import GoogleLogin
from fairlead.shared.config.masking import masked
from fairlead.shared.config.schema import Auth, HealthCheck, Prices, Provider, RateLimits, Secret, Timeouts

PLAIN = "name: 'p', api_base_url: 'https://h/v1'"


def loaded(provider: str, *, resolve_secrets: bool = True, **env: str) -> Loaded:
    return parse(f"{{Providers: [\n{{{provider}}}]}}", env, file="c", resolve_secrets=resolve_secrets)


def read(provider: str, **env: str) -> Provider:
    return loaded(provider, **env).config.providers[0]


def errors(provider: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(provider)
    return str(caught.value)


@pytest.mark.parametrize(
    "provider",
    [
        "name: 'p', api_base_url: 'https://h/v1', api_key: 'k', models: ['m']",
        "name: 'p', baseUrl: 'https://h/v1', apiKey: 'k', models: ['m']",
        "name: 'p', baseurl: 'https://h/v1', apikey: 'k', models: ['m']",
        "NAME: 'p', HOST: 'https://h/v1', APIKEY: 'k', MODELS: ['m']",
    ],
)
def test_a_provider_is_read_in_every_spelling(provider: str) -> None:
    read_one = read(provider)
    assert (read_one.name, read_one.api_base_url, read_one.models) == ("p", "https://h/v1", ("m",))
    assert read_one.api_keys == (Secret("k"),)
    assert loaded(provider).warnings == ()


def test_several_keys_are_one_list_without_repetition() -> None:
    assert read(PLAIN + ", api_key: 'a', api_keys: ['b', 'a', '']").api_keys == (Secret("a"), Secret("b"))
    assert read(PLAIN + ", api_key: ['a', 'b']").api_keys == (Secret("a"), Secret("b"))
    assert read(PLAIN + ", api_keys: 'a'").api_keys == (Secret("a"),)


def test_keys_may_stand_in_files_which_are_not_read_here() -> None:
    provider = read(
        PLAIN + ", api_key_file: '~/key', api_keys_file: ['$DIR/keys', '~/key']", HOME="/home/u", DIR="/run"
    )
    assert (provider.api_keys, provider.api_key_files) == ((), ("/home/u/key", "/run/keys"))
    assert loaded(PLAIN + ", api_key_file: '$F'", resolve_secrets=False).config.providers[0].api_key_files == ()


@pytest.mark.parametrize("url", ["https://models.github.ai/inference", "https://models.inference.ai.azure.com"])
def test_github_gets_its_own_token_where_nothing_else_is_said_and_nobody_else_gets_it(url: str) -> None:
    github = f"name: 'g', api_base_url: '{url}', type: 'github-models'"
    assert read(github, GITHUB_TOKEN="ghp").api_keys == (Secret("ghp"),)
    assert read(github + ", api_key: 'k'", GITHUB_TOKEN="ghp").api_keys == (Secret("k"),)
    assert read(github + ", auth: 'passthrough'", GITHUB_TOKEN="ghp").api_keys == ()
    assert read(github + ", api_key_file: '/k'", GITHUB_TOKEN="ghp").api_keys == ()
    assert read("name: 'g', api_base_url: 'https://h/v1', type: 'github'", GITHUB_TOKEN="ghp").api_keys == ()
    assert read(github).api_keys == ()


def test_a_provider_without_a_key_is_legal() -> None:
    assert read(PLAIN).api_keys == ()
    assert read(PLAIN + ", api_key: ''").api_keys == ()


def test_a_key_comes_out_of_the_environment_without_its_line_end() -> None:
    assert read(PLAIN + ", api_key: '$K'", K="secret\n").api_keys == (Secret("secret"),)


def test_no_secret_is_printed_with_a_config() -> None:
    text = PLAIN + (
        ", api_key: 'canary', headers: {x: 'canary'}, proxy: 'http://u:canary@h', auth: {type: 'google', token: 'canary'}"
    )
    result = loaded(text)
    assert result.config.providers[0].headers == {"x": Secret("canary")}
    assert "canary" not in repr(result)
    assert "canary" not in f"{Secret('canary')} {Secret('canary')!r}"


def test_where_secrets_are_not_resolved_nothing_asks_for_their_variables() -> None:
    text = PLAIN + ", api_key: '$A', api_keys: ['$B'], headers: {x: '$C'}, auth: {type: 'passthrough', y: '$D'}"
    result = loaded(text + ", proxy: '$E'", resolve_secrets=False)
    provider = result.config.providers[0]
    assert (provider.api_keys, provider.headers, provider.proxy) == (None, None, None)
    assert provider.auth == Auth("passthrough")
    assert provider.disabled_because is None


def test_the_lesser_keys_are_read() -> None:
    provider = read(
        PLAIN
        + """, timeouts: {connect: 1, idle: '20'}, limits: {rpm: 60, tpm: 1000, concurrency: 2},
        prices: {input: 3, output: 15, cache_read: 0.3}"""
    )
    assert provider.timeouts == Timeouts(connect=1.0, idle=20.0)
    assert provider.limits == RateLimits(60, 1000, 2)
    assert provider.prices == {"*": Prices(input=3.0, output=15.0, cache_read=0.3)}


def test_prices_of_a_model_that_is_not_listed_are_warned_of() -> None:
    result = loaded(PLAIN + ", models: ['gpt-5'], prices: {gpt5: {input: 1}, '*': {input: 2}}")
    assert [str(one) for one in result.warnings] == [
        "c:2: Providers[0].prices.gpt5: is not among the models of this provider; did you mean gpt-5?"
    ]


def test_prices_may_be_given_by_model() -> None:
    assert read(PLAIN + ", prices: {m: {input: 1}, n: {output: 2}}").prices == {
        "m": Prices(input=1.0),
        "n": Prices(output=2.0),
    }


def test_auth_is_a_type_with_options_or_the_type_alone() -> None:
    google = GoogleLogin(project="x")
    assert read(PLAIN + ", auth: {type: 'Google', project: '$I'}", I="x").auth == Auth("google", {"google": google})
    assert read(PLAIN + ", auth: 'passthrough'").auth == Auth("passthrough")


def test_a_given_type_wins_over_what_the_url_tells() -> None:
    provider = read("name: 'p', api_base_url: 'https://h/v1/chat/completions', type: 'Anthropic'")
    assert (provider.type, provider.dialect) == ("anthropic", "anthropic")


def test_a_vendor_type_speaks_the_dialect_of_its_kind() -> None:
    provider = read(PLAIN + ", type: 'deepseek'")
    assert (provider.type, provider.dialect, provider.disabled_because) == ("deepseek", "openai", None)


def test_a_provider_can_be_switched_off() -> None:
    assert read(PLAIN + ", enabled: false").disabled_because == "enabled is false"


@pytest.mark.parametrize("url", ["http://localhost:3000/v1/...", "http://127.0.0.1:3000"])
def test_a_provider_at_the_normalizers_port_is_the_normalizer(url: str) -> None:
    provider = read(f"name: 'droid2api', api_base_url: '{url}', api_key: '$UNSET'")
    assert provider.is_normalizer
    assert (provider.api_keys, provider.disabled_because) == (None, None)


def test_the_normalizer_is_found_where_it_is_said_to_be() -> None:
    text = "{NORMALIZER_URL: 'http://n:9', Providers: [{name: 'p', api_base_url: 'http://n:9/v1'}]}"
    assert parse(text, {}, file="c").config.providers[0].is_normalizer
    moved = parse(text, {}, file="c", normalizer_url="http://m:9")
    assert not moved.config.providers[0].is_normalizer


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        ("name: 'p'", "c:2: Providers[0].api_base_url: missing; give the URL of the provider's API"),
        (
            "api_base_url: 'https://h'",
            "c:2: Providers[0].name: missing; every provider needs a name that routes can use",
        ),
        (
            "name: 'a,b', api_base_url: 'https://h'",
            "c:2: Providers[0].name: must not hold a comma, which ends the provider in provider,model",
        ),
        ("name: 'p', baseUrl: 'ftp://h'", "c:2: Providers[0].baseUrl: must begin with http:// or https://"),
        (
            PLAIN + ", type: 'antropic'",
            "c:2: Providers[0].type: unknown type antropic; did you mean anthropic?",
        ),
        (PLAIN + ", api_key: 5", "c:2: Providers[0].api_key: must be text or a list, not a whole number"),
        (PLAIN + ", api_key: 'a\\nb'", "c:2: Providers[0].api_key: must be one line that can go into a header"),
        (PLAIN + ", models: 'm'", "c:2: Providers[0].models: must be a list, not text"),
        (PLAIN + ", models: ['m', 1]", "c:2: Providers[0].models[1]: must be text, not a whole number"),
        (PLAIN + ", headers: {'a b': 'c'}", 'c:2: Providers[0].headers["a b"]: is not the name of a header'),
        (
            PLAIN + ", headers: {a: 'b\\r\\nc: d'}",
            "c:2: Providers[0].headers.a: must be one line that can go into a header",
        ),
        (
            PLAIN + ", proxy: 'socks4://h'",
            "c:2: Providers[0].proxy: must begin with http:// or https:// or socks5:// or socks5h://",
        ),
        (PLAIN + ", limits: {queue: -1}", "c:2: Providers[0].limits.queue: must be at least 0"),
        (PLAIN + ", timeouts: {connect: 0}", "c:2: Providers[0].timeouts.connect: must be more than 0"),
        (PLAIN + ", timeouts: 5", "c:2: Providers[0].timeouts: must be an object, not a number"),
        (
            PLAIN + ", auth: 'sk-secret'",
            "c:2: Providers[0].auth: unknown type; must be one of "
            "api_key, passthrough, factory, oauth, client_credentials, google, aws, kiro; a key goes to api_key",
        ),
        (
            PLAIN + ", auth: {type: 'oauht'}",
            "c:2: Providers[0].auth: unknown type; did you mean oauth? It must be one of "
            "api_key, passthrough, factory, oauth, client_credentials, google, aws, kiro; a key goes to api_key",
        ),
        (
            PLAIN + ", auth: {}",
            "c:2: Providers[0].auth: must be an object with a type: one of "
            "api_key, passthrough, factory, oauth, client_credentials, google, aws, kiro",
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(provider: str, message: str) -> None:
    assert errors(provider) == message


def test_a_type_like_no_other_is_answered_with_all_there_are() -> None:
    assert errors(PLAIN + ", type: 'zzz'").startswith(
        "c:2: Providers[0].type: unknown type zzz; must be one of anthropic,"
    )


def test_a_url_with_a_password_is_refused_without_repeating_it() -> None:
    message = errors("name: 'p', api_base_url: 'https://u:canary@h/v1'")
    assert message == (
        "c:2: Providers[0].api_base_url: must not hold a user or password; put the credential under api_key or headers"
    )


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("{PORT: 0, Providers: [\n{name: 'p'},\n{api_base_url: 'x', api_key: 1}]}", {}, file="c")
    assert str(caught.value).splitlines() == [
        "c:1: PORT: must be at least 1",
        "c:2: Providers[0].api_base_url: missing; give the URL of the provider's API",
        "c:3: Providers[1].name: missing; every provider needs a name that routes can use",
    ]


def test_two_providers_of_one_name_are_refused_whatever_their_case() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"{{Providers: [{{{PLAIN}}},\n{{name: 'P', api_base_url: 'https://i'}}]}}", {}, file="c")
    assert str(caught.value) == "c:2: Providers[1]: a second provider of the name P, after Providers[0]; rename one"


@pytest.mark.parametrize(
    ("reasoning", "levels"),
    [
        ("'high'", {"*": "high"}),
        ("'HIGH'", {"*": "high"}),
        ("''", {"*": "auto"}),
        ("{m: 'xhigh', '*': 'off'}", {"m": "xhigh", "*": "off"}),
        ("{m: '$LEVEL'}", {"m": "low"}),
    ],
)
def test_a_provider_has_a_level_of_reasoning_for_all_its_models_or_for_each(
    reasoning: str, levels: dict[str, str]
) -> None:
    provider = read(PLAIN + f", models: ['m'], reasoning: {reasoning}", LEVEL="low")
    assert provider.reasoning == levels
    assert not provider.reasoning_fixed


@pytest.mark.parametrize(
    ("reasoning", "message"),
    [
        ("'hihg'", "c:2: Providers[0].reasoning: unknown level hihg; did you mean high?"),
        ("{m: 'medum'}", "c:2: Providers[0].reasoning.m: unknown level medum; did you mean medium?"),
        ("{m: 'zzz'}", "unknown level zzz; must be one of auto, off, minimal, low, medium, high, xhigh, max"),
        ("['high']", "c:2: Providers[0].reasoning: must be text, not a list"),
    ],
)
def test_an_unknown_level_is_refused_with_the_nearest(reasoning: str, message: str) -> None:
    assert message in errors(PLAIN + f", models: ['m'], reasoning: {reasoning}")


def test_a_level_that_nothing_will_have_is_warned_of() -> None:
    warnings = map(str, loaded(PLAIN + ", models: ['gpt'], reasoning: {gtp: 'low'}").warnings)
    assert "c:2: Providers[0].reasoning.gtp: gtp is not among the models; did you mean gpt?" in list(warnings)
    own = "name: 'n', api_base_url: 'http://127.0.0.1:3000', models: ['m'], reasoning: 'low'"
    assert "the normalizer's models have levels of their own" in str(loaded(own).warnings)


def test_a_system_prompt_is_kept_as_it_is_written() -> None:
    assert read(f"{PLAIN}, system_prompt: 'Be brief.\\n'").system_prompt == "Be brief.\n"
    assert read(PLAIN).system_prompt == ""


def test_a_provider_is_told_of_traces_only_where_that_is_wanted() -> None:
    assert not read(PLAIN).traceparent
    assert read(f"{PLAIN}, traceparent: true").traceparent


def test_a_system_prompt_of_the_normalizer_itself_is_said_to_do_nothing() -> None:
    result = loaded("name: 'n', api_base_url: 'http://127.0.0.1:3000/v1', models: ['m'], system_prompt: 'x'")
    assert [warning.key for warning in result.warnings] == ["Providers[0].system_prompt"]


@pytest.mark.parametrize(
    ("written", "check"),
    [
        ("30", HealthCheck(30.0)),
        ("{every_s: 300}", HealthCheck(300.0)),
        ("{}", HealthCheck(60.0)),
        ("{kind: 'answer'}", HealthCheck(60.0, "answer", "m")),
        ("{kind: 'answer', model: 'other', everyS: 600}", HealthCheck(600.0, "answer", "other")),
    ],
)
def test_a_health_check_is_seconds_or_an_object(written: str, check: HealthCheck) -> None:
    assert read(PLAIN + f", models: ['m'], health_check: {written}").health_check == check


def test_nobody_is_checked_who_is_not_said_to_be() -> None:
    assert read(PLAIN).health_check is None


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("5", "must be at least 10"),
        ("{every_s: 'often'}", "must be a number"),
        ("{kind: 'ping'}", "must be one of list, answer"),
        ("{kind: 'answer'}", "say which model is to answer"),
        ("{model: 'm'}", "a list is that of all models"),
    ],
)
def test_a_health_check_that_cannot_be_made_is_refused_with_its_place(written: str, fault: str) -> None:
    told = errors(PLAIN + f", health_check: {written}")
    assert fault in told
    assert "Providers[0].health_check" in told


def test_the_normalizer_has_no_list_of_its_own_to_be_checked_by() -> None:
    own = "name: 'p', api_base_url: 'http://127.0.0.1:3000/v1', models: ['m'], health_check: "
    assert "the normalizer has no list" in errors(own + "60")
    assert read(own + "{kind: 'answer'}").health_check == HealthCheck(60.0, "answer", "m")


def test_a_tokenizer_is_a_vocabulary_for_all_models_or_for_one() -> None:
    tokenizer = "{default: {type: 'tiktoken'}, models: {m: {type: 'tiktoken', encoding: 'o200k_harmony'}}}"
    assert read(f"{PLAIN}, tokenizer: {tokenizer}").tokenizers == {"*": "cl100k_base", "m": "o200k_base"}


@pytest.mark.parametrize(
    ("tokenizer", "said"),
    [
        (
            "{type: 'huggingface', model: 'a/b'}",
            "tokenizers of the type huggingface are never asked; tokens are counted",
        ),
        ("{type: 'api', url: 'https://h', apiKey: '$UNSET'}", "tokenizers of the type api are never asked"),
        (
            "{type: 'tiktoken', encoding: 'p50k_base'}",
            "the encoding p50k_base is not packaged here (cl100k_base, o200k",
        ),
    ],
)
def test_another_kind_of_tokenizer_is_told_of_with_what_is_used_instead(tokenizer: str, said: str) -> None:
    result = loaded(f"{PLAIN}, tokenizer: {{models: {{m: {tokenizer}}}}}")
    assert result.config.providers[0].tokenizers == {}
    assert len(result.warnings) == 1
    assert str(result.warnings[0]).startswith(f"c:2: Providers[0].tokenizer.models.m: {said}")


def test_credentials_of_claude_code_router_3_are_its_keys() -> None:
    text = f"""{PLAIN}, credentials: [{{api_key: '$ONE', name: 'a', enabled: true}}, {{apiKey: ' k2 ', priority: 1}},
        {{api_key: 'k3', enabled: false}}]"""
    assert [key.value for key in read(text, ONE="k1").api_keys or ()] == ["k1", "k2"]
    told = [str(one) for one in loaded(text, ONE="k1").warnings]
    assert told == ["c:2: Providers[0].credentials[1].priority: unknown key, ignored"]
    assert "c:2: Providers[0].credentials[0].api_key: must be one line" in errors(
        f"{PLAIN}, credentials: [{{api_key: 'a\\nb'}}]"
    )
    assert masked({"Providers": [{"credentials": [{"api_key": "k"}]}]}) == {
        "Providers": [{"credentials": [{"api_key": "***"}]}]
    }

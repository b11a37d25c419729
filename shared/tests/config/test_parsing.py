"""Whole files, as people have them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.config import Config, ConfigError, Loaded, parse
from fairlead.shared.config.never import NEVER
from fairlead.shared.config.parsing import TOP
from fairlead.shared.config.schema import ClientKey, CustomTransformer, Limits, Route, Secret, Target


def loaded(text: str, *, resolve_secrets: bool = True, **env: str) -> Loaded:
    return parse(text, env, file="config.json", resolve_secrets=resolve_secrets)


def errors(text: str, *, resolve_secrets: bool = True, **env: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(text, resolve_secrets=resolve_secrets, **env)
    return str(caught.value).splitlines()


def warnings(text: str, **env: str) -> list[str]:
    return [str(warning) for warning in loaded(text, **env).warnings]


CCR = """
// a configuration of claude-code-router 2.0
{
  LOG: true,
  LOG_LEVEL: "debug",
  HOST: "127.0.0.1",
  PORT: 3456,
  APIKEY: "",
  API_TIMEOUT_MS: "600000",
  PROXY_URL: "",
  NON_INTERACTIVE_MODE: false,
  CUSTOM_ROUTER_PATH: "~/custom.js",
  transformers: [{path: "/x/y.js", options: {a: 1}}],
  StatusLine: {enabled: true, currentStyle: "default", default: {modules: []}},
  /* two providers */
  Providers: [
    {
      name: "openrouter",
      api_base_url: "https://openrouter.ai/api/v1/chat/completions",
      api_key: "$OPENROUTER_API_KEY",
      models: ["google/gemini-2.5-pro", "anthropic/claude-sonnet-4"],
      transformer: {use: ["openrouter"]},
    },
    {
      name: "anthropic",
      api_base_url: "https://api.anthropic.com/v1/messages",
      api_key: "${ANTHROPIC_API_KEY}",
      models: ["claude-sonnet-4"],
      transformer: {use: ["Anthropic"]},
    },
  ],
  Router: {
    default: "anthropic,claude-sonnet-4",
    background: "openrouter,google/gemini-2.5-pro",
    think: "",
    longContext: "openrouter,google/gemini-2.5-pro",
    longContextThreshold: 100000,
    webSearch: "openrouter,anthropic/claude-sonnet-4",
    image: "",
  },
  fallback: {
    default: ["openrouter,anthropic/claude-sonnet-4"],
  },
}
"""
KEYS = {"OPENROUTER_API_KEY": "or", "ANTHROPIC_API_KEY": "an"}


def test_a_file_of_claude_code_router_is_read_whole() -> None:
    config = loaded(CCR, **KEYS).config
    assert [(p.name, p.dialect, p.api_keys) for p in config.providers] == [
        ("openrouter", "openai", (Secret("or"),)),
        ("anthropic", "anthropic", (Secret("an"),)),
    ]
    assert set(config.router.scenarios) == {"default", "background", "longContext", "webSearch"}
    assert config.router.scenarios["default"] == Route((Target("anthropic", "claude-sonnet-4"),))
    assert config.router.long_context_threshold == 100_000
    assert config.fallback == {"default": (Target("openrouter", "anthropic/claude-sonnet-4"),)}
    assert (config.host, config.port, config.client_keys, config.proxy_url) == ("127.0.0.1", 3456, (), None)
    assert (config.log, config.log_level, config.api_timeout_ms) == (True, "debug", 600_000)
    assert config.transformers == (CustomTransformer("/x/y.js", {"a": 1}),)
    assert config.status_line is not None


def test_what_it_holds_and_nothing_is_done_about_is_said_once_each() -> None:
    text = CCR.replace("LOG: true", "plugins: [{}], forceUseImageAgent: true")
    assert warnings(text, **KEYS) == [
        f"config.json:4: plugins: has no effect: {NEVER['plugins']}",
        f"config.json:4: forceUseImageAgent: has no effect: {NEVER['forceUseImageAgent']}",
    ]


def test_what_is_empty_or_switched_off_there_too_is_not_worth_a_word() -> None:
    assert (
        warnings("{plugins: [], forceUseImageAgent: false, OPENAI_API_KEY: '', Router: {rules: [], builtInRules: {}}}")
        == []
    )


def test_templates_of_a_status_line_are_no_variables() -> None:
    text = "{StatusLine: {enabled: true, default: {modules: [{type: 'cost', text: '${{cost}} $NAME'}]}}}"
    assert loaded(text).config.status_line == {
        "enabled": True,
        "default": {"modules": [{"type": "cost", "text": "${{cost}} $NAME"}]},
    }
    assert errors("{StatusLine: true}") == ["config.json:1: StatusLine: must be an object"]


def test_the_router_reads_the_same_file_without_the_providers_keys() -> None:
    config = loaded(CCR, resolve_secrets=False).config
    assert [provider.api_keys for provider in config.providers] == [None, None]
    assert [provider.disabled_because for provider in config.providers] == [None, None]


def test_an_unset_variable_is_an_error_that_names_line_key_and_variable() -> None:
    assert errors(CCR, ANTHROPIC_API_KEY="an") == [
        "config.json:20: Providers[0].api_key: the variable OPENROUTER_API_KEY is not set; "
        "set it, or write ${OPENROUTER_API_KEY:-default}"
    ]


def test_a_provider_that_only_a_fallback_names_is_used() -> None:
    text = "{Providers: [{name: 'p', api_base_url: 'https://h', api_key: '$K'}], fallback: {default: ['p,m']}}"
    assert len(errors(text)) == 1


def test_an_unset_variable_of_a_provider_that_no_route_uses_disables_that_provider() -> None:
    text = """{Providers: [{name: 'p', api_base_url: 'https://h'},
      {name: 'q', api_base_url: '$URL',
       api_key: '$K'}], Router: {default: 'p,m'}}"""
    result = loaded(text)
    assert [provider.disabled_because for provider in result.config.providers] == [
        None,
        "the variable K is not set",
    ]
    assert [str(warning) for warning in result.warnings] == [
        "config.json:2: Providers[1].api_base_url: the variable URL is not set; q is disabled, since no route uses it",
        "config.json:3: Providers[1].api_key: the variable K is not set; q is disabled, since no route uses it",
    ]


def test_an_unset_variable_anywhere_else_is_an_error() -> None:
    assert errors("{APIKEY: '$K',\n Router: {default: '${R}'},\n PORT: '$P', limits: {idle_s: '$I'}}") == [
        "config.json:1: APIKEY: the variable K is not set; set it, or write ${K:-default}",
        "config.json:2: Router.default: the variable R is not set; set it, or write ${R:-default}",
        "config.json:3: limits.idle_s: the variable I is not set; set it, or write ${I:-default}",
        "config.json:3: PORT: the variable P is not set; set it, or write ${P:-default}",
    ]


def test_the_router_needs_the_variables_of_its_own_half() -> None:
    text = "{Providers: [{name: 'p', api_base_url: '$URL', api_key: '$K'}], Router: {default: 'p,m'}}"
    assert errors(text, resolve_secrets=False) == [
        "config.json:1: Providers[0].api_base_url: the variable URL is not set; set it, or write ${URL:-default}"
    ]


def test_values_come_out_of_the_environment_everywhere() -> None:
    text = """{PORT: '$P', APIKEY: '${K:-dev}', REDIS_URL: '$R', limits: {idle_s: '${I:-5}'},
      Providers: [{name: '$N', api_base_url: '${B}/v1', models: ['$M']}], Router: {default: '$N,$M'}}"""
    config = loaded(text, P="80", R="redis://:pw@r", N="p", B="https://h", M="m").config
    assert (config.port, config.client_keys, config.redis_url) == (
        80,
        (ClientKey("APIKEY", Secret("dev")),),
        Secret("redis://:pw@r"),
    )
    assert config.limits == Limits(idle_s=5.0)
    assert config.providers[0].api_base_url == "https://h/v1"
    assert config.router.scenarios["default"].targets == (Target("p", "m"),)


def test_a_service_beside_litellm_and_ollama_is_read_with_its_shorter_keys() -> None:
    text = """{"APIKEY": "${CCR_API_KEY:-dev-key}", "HOST": "0.0.0.0", "PORT": 3456,
      "providers": [
        {"name": "litellm", "api_base_url": "http://litellm:4000/v1", "api_key": "${LITELLM_MASTER_KEY}",
         "models": ["claude-3-sonnet", "gpt-4"], "transformers": ["Anthropic", "OpenAI"]},
        {"name": "deepseek", "api_base_url": "https://api.deepseek.com/v1", "api_key": "${DEEPSEEK_API_KEY}",
         "models": ["deepseek-chat", "deepseek-coder"], "transformers": ["deepseek"]},
        {"name": "ollama", "api_base_url": "http://ollama:11434/v1", "models": ["qwen2.5-coder:latest"],
         "transformers": ["OpenAI"]}],
      "router": {"default": "deepseek,deepseek-chat", "background": "ollama,qwen2.5-coder:latest",
        "think": "litellm,claude-3-sonnet", "coder": "deepseek,deepseek-coder"},
      "transformers": {"enableToolForcing": true, "maxTokens": 4096, "temperature": 0.1}}"""
    config = loaded(text, LITELLM_MASTER_KEY="l", DEEPSEEK_API_KEY="d").config
    assert config.client_keys == (ClientKey("APIKEY", Secret("dev-key")),)
    assert [provider.dialect for provider in config.providers] == ["openai"] * 3
    assert [provider.api_keys for provider in config.providers] == [(Secret("l"),), (Secret("d"),), ()]
    assert config.router.scenarios["coder"].targets == (Target("deepseek", "deepseek-coder"),)
    assert config.transformers == ()


def test_a_router_service_with_one_provider_and_a_log_level_is_read() -> None:
    text = """{"APIKEY": "k", "LOG": true, "LOG_LEVEL": "info", "Providers": [{"name": "openrouter",
      "api_base_url": "https://openrouter.ai/api/v1/chat/completions", "api_key": "$OPENROUTER_API_KEY",
      "models": ["anthropic/claude-3.5-sonnet"], "transformer": {"use": ["openrouter"]}}],
      "Router": {"default": "openrouter,anthropic/claude-3.5-sonnet", "longContextThreshold": 60000}}"""
    config = loaded(text, OPENROUTER_API_KEY="o").config
    assert (config.client_keys, config.log_level) == ((ClientKey("APIKEY", Secret("k")),), "info")
    assert config.providers[0].models == ("anthropic/claude-3.5-sonnet",)


def test_an_empty_file_of_claude_code_router_is_legal() -> None:
    assert loaded("{PORT: 3456, Providers: [], Router: {}}").config == Config(port=3456)


def test_an_empty_object_is_what_a_service_runs_with_when_there_is_no_file() -> None:
    assert loaded("{}") == Loaded(Config())


def test_an_unknown_key_at_the_top_is_warned_of() -> None:
    assert warnings("{\n Provider: []}") == ["config.json:2: Provider: unknown key, ignored; did you mean Providers?"]


def test_a_key_given_twice_is_warned_of() -> None:
    assert warnings("{PORT: 1,\n PORT: 2}") == ["config.json:2: PORT: given more than once; the last one is used"]


@pytest.mark.parametrize("key", ["PROXY_URL", "HTTPS_PROXY", "https_proxy", "httpsProxy"])
def test_the_proxy_is_read_under_all_its_names(key: str) -> None:
    assert loaded(f"{{{key}: 'http://p:1'}}").config.proxy_url == Secret("http://p:1")


def test_the_router_does_not_ask_for_the_proxy() -> None:
    assert loaded("{PROXY_URL: '$NOT_SET'}", resolve_secrets=False).config.proxy_url is None


@pytest.mark.parametrize(("given_level", "level"), [("WARN", "warn"), ("warning", "warn"), ("fatal", "fatal")])
def test_log_levels_are_read_in_any_case(given_level: str, level: str) -> None:
    assert loaded(f"{{LOG_LEVEL: '{given_level}'}}").config.log_level == level


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{PORT: 'x'}", "config.json:1: PORT: must be a whole number, not text"),
        ("{PORT: 65536}", "config.json:1: PORT: must be at most 65535"),
        (
            "{PROXY_URL: 'p:8080'}",
            "config.json:1: PROXY_URL: must begin with http:// or https:// or socks5:// or socks5h://",
        ),
        (
            "{REDIS_URL: 'redis.local:6379'}",
            "config.json:1: REDIS_URL: must begin with redis:// or rediss:// or unix://",
        ),
        ("{APIKEY: 5}", "config.json:1: APIKEY: must be text, not a whole number"),
        ("{LOG_LEVEL: 'inof'}", "config.json:1: LOG_LEVEL: unknown level inof; did you mean info?"),
        ("{Providers: {}}", "config.json:1: Providers: must be a list, not an object"),
        ("{Providers: [5]}", "config.json:1: Providers[0]: must be an object, not a number"),
        ("{limits: {body_bytes: 0}}", "config.json:1: limits.body_bytes: must be at least 1"),
        ("{limits: {ping_s: 0}}", "config.json:1: limits.ping_s: must be more than 0"),
        ("{NORMALIZER_URL: 'n:3000'}", "config.json:1: NORMALIZER_URL: must begin with http:// or https://"),
        ("{transformers: 5}", "config.json:1: transformers: must be a list, not a number"),
        ("{transformers: [{}]}", "config.json:1: transformers[0].path: missing; name the file of the transformer"),
        ("{plugins: ['x']}", "config.json:1: plugins[0]: must be an object, not text"),
    ],
)
def test_a_wrong_value_at_the_top_is_told_with_line_and_key(text: str, message: str) -> None:
    assert errors(text) == [message]


def test_problems_stand_in_the_order_of_the_file() -> None:
    assert [line.split(":")[1] for line in errors("{Router: 5,\nPORT: 0,\nProviders: 1}")] == ["1", "2", "3"]


def test_every_top_level_key_without_effect_is_a_key_that_is_read() -> None:
    assert {key for key in NEVER if "." not in key} <= set(TOP.keys)


words = st.sampled_from(
    [*TOP.keys, "endpoint", "models", "name", "api_base_url", "use", "default", "targets", "p,m", "$X"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


def json5(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json5(key)}:{json5(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json5, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in value) + '"'
    # Python writes the numbers that JSON lacks as JSON5 does.
    return json.dumps(value)


def refuses_or_reads(text: str, env: dict[str, str], *, resolve_secrets: bool) -> None:
    try:
        result = parse(text, env, file="c", resolve_secrets=resolve_secrets)
    except ConfigError as error:
        findings = error.findings
    else:
        findings = result.warnings
    assert all(str(finding).startswith("c:") and finding.message for finding in findings)


@given(st.text(), st.booleans())
def test_any_text_is_read_or_refused_with_a_config_error(text: str, secrets: bool) -> None:
    refuses_or_reads(text, {}, resolve_secrets=secrets)


@given(st.text(alphabet="{}[]:,\"'\\/*\n \u2028a1-+.eExXuINn$", max_size=40))
def test_any_punctuation_is_read_or_refused_with_a_config_error(text: str) -> None:
    refuses_or_reads(text, {}, resolve_secrets=True)


@given(st.dictionaries(words, values, max_size=5), st.dictionaries(st.just("X"), st.text(max_size=5)), st.booleans())
def test_any_values_are_read_or_refused_with_a_config_error(
    value: dict[str, object], env: dict[str, str], secrets: bool
) -> None:
    refuses_or_reads(json5(value), env, resolve_secrets=secrets)


def test_log_files_have_a_folder_and_limits() -> None:
    found = loaded("{log_files: {folder: '~/logs', megabytes: 50, hours: 1}}").config.log_files
    assert (found.folder, found.megabytes, found.hours, found.count) == ("~/logs", 50, 1, 7)


def test_a_key_that_is_missing_is_told_with_the_one_that_may_have_been_meant_for_it() -> None:
    text = '{Providers: [{name: "a",\napi_bas_url: "http://x/v1", models: ["m"], mine: 1}], Router: {}}'
    assert errors(text) == [
        "config.json:1: Providers[0].api_base_url: missing; give the URL of the provider's API",
        "config.json:2: Providers[0].api_bas_url: unknown key, ignored; did you mean api_base_url?",
    ]

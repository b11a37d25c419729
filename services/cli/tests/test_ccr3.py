"""claude-code-router 3's configuration becomes ours: what says the same is taken over, what does not is told."""

import json
from typing import Any

import pytest

from fairlead.cli.converters import ccr
from fairlead.cli.converters.converted import ConversionError, Converted
from fairlead.shared.config import Config, parse
from fairlead.shared.config.schema import Prices, Target
from fairlead.shared.config.when import Tokens, When

DEEPSEEK: dict[str, Any] = {
    "id": "provider-deepseek-1",
    "name": "DeepSeek",
    "type": "openai_chat_completions",
    "capabilities": [
        {"type": "openai_chat_completions", "baseUrl": "https://api.deepseek.com"},
        {"type": "anthropic_messages", "baseUrl": "https://api.deepseek.com/anthropic", "source": "preset"},
    ],
    "api_base_url": "https://api.deepseek.com",
    "api_key": "sk-single",
    "credentials": [
        {"name": "spare", "api_key": "sk-2", "priority": 2, "limits": {"rpm": 10}},
        {"name": "first", "api_key": "sk-1", "priority": 1, "limits": {"rpm": 50, "rpd": 900}},
        {"name": "old", "api_key": "sk-0", "enabled": False},
    ],
    "extraHeaders": {"x-team": "core"},
    "extraBody": {"temperature": 0.2},
    "models": ["deepseek-chat", "deepseek-reasoner"],
    "modelMetadata": {
        "deepseek-chat": {
            "contextWindow": 128_000,
            "pricing": {"inputUsdPerMillionTokens": 0.3, "cacheWrite5mUsdPerMillionTokens": 0.4},
        }
    },
}
OPENAI = {
    "name": "OpenAI",
    "type": "openai",
    "baseUrl": "https://api.openai.com/v1",
    "apiKey": "k",
    "models": ["gpt-5"],
}
OFF = {"name": "Off", "enabled": False, "api_base_url": "https://off.example.com/v1", "models": ["gone"]}
CLAUDE = {
    "agent": "claude-code",
    "name": "Claude Code",
    "enabled": True,
    "scope": "global",
    "model": "DeepSeek/deepseek-chat",
    "haikuModel": "",
    "smallFastModel": "DeepSeek,deepseek-chat",
    "opusModel": "gpt-5",
}


def rule(left: str, operator: str, right: str, model: str = "OpenAI/gpt-5", **more: Any) -> dict[str, Any]:
    condition = {"left": left, "operator": operator, "right": right}
    rewrites = [{"key": "request.body.model", "operation": "set", "value": model}]
    return {"name": "mine", "enabled": True, "type": "condition", "condition": condition, "rewrites": rewrites} | more


def made_of(rules: list[Any] | None = None, **more: Any) -> Converted:
    router = {"builtInRules": {}, "rules": rules or [], **more.pop("Router", {})}
    document = {"Providers": [DEEPSEEK, OPENAI, OFF], "Router": router, "profile": {"profiles": [CLAUDE]}} | more
    return ccr.convert(json.dumps(document), {}, file="/x/config.sqlite")


def config_of(made: Converted) -> Config:
    loaded = parse(made.text, {}, file="made.json")
    assert loaded.warnings == ()
    return loaded.config


def told(made: Converted, *sentences: str) -> bool:
    return all(any(line.startswith(sentence) for line in made.lost) for sentence in sentences)


def test_a_provider_is_asked_in_the_protocol_that_serves_claude_code_best_with_all_its_keys() -> None:
    made = made_of()
    first, second, off = config_of(made).providers
    assert (first.name, first.type, first.api_base_url) == (
        "DeepSeek",
        "anthropic",
        "https://api.deepseek.com/anthropic",
    )
    assert [key.value for key in first.api_keys or ()] == ["sk-1", "sk-2"]
    assert (first.limits.rpm, first.models) == (60, ("deepseek-chat", "deepseek-reasoner"))
    assert first.prices == {"deepseek-chat": Prices(input=0.3, cache_write=0.4)}
    assert {name: value.value for name, value in (first.headers or {}).items()} == {"x-team": "core"}
    assert (first.transformer.use[0].name, first.transformer.use[0].options) == ("customparams", {"temperature": 0.2})
    assert (second.type, [key.value for key in second.api_keys or ()]) == ("openai-responses", ["k"])
    assert off.disabled_because == "enabled is false"
    assert told(
        made,
        "Providers DeepSeek: speaks openai_chat_completions too; it is asked as anthropic alone",
        "Providers DeepSeek: the key old is switched off, and left out",
        "Providers DeepSeek: priority and weight of its keys",
        "Providers DeepSeek: limits of its keys are rpm and tpm of all together; rpd left out",
        "Providers DeepSeek: extraBody: is put into requests that do not say otherwise",
        "Providers DeepSeek: modelMetadata: contextWindow",
        "Providers Off: is switched off there, and so it is here",
    )


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"name": "A", "api_key": "ccr-local-agent-login"}, "Providers A: uses the login of another program"),
        ({"name": "A", "baseUrl": "ftp://x"}, "Providers A: its address must begin with http:// or https://"),
        ({"name": "A"}, "Providers A: has no address, and is left out"),
        ({"baseUrl": "https://a.example.com"}, "Providers 1: has no name, and is left out"),
        ({"name": ",", "baseUrl": "https://a.example.com"}, "Providers ,: has no name, and is left out"),
        (
            {"name": "A", "type": "gemini_interactions", "baseUrl": "https://a.example.com", "models": ["m"]},
            "Providers A: gemini_interactions is not spoken here; it is asked as gemini",
        ),
        (
            {"name": "A,B", "baseUrl": "https://a.example.com/v1", "models": ["m"], "account": {"enabled": True}},
            "Providers A,B: without a counterpart: account",
        ),
        (
            {"name": "openai", "baseUrl": "https://a.example.com/v1", "transformer": {"use": ["Anthropic"]}},
            "Providers openai: is called openai-2 here",
        ),
        ({"name": "A", "baseUrl": "https://a.example.com", "extraHeaders": [1]}, "Providers A: extraHeaders: are not"),
        ({"name": "A", "baseUrl": "https://a.example.com", "extraBody": [1]}, "Providers A: extraBody: is no object"),
    ],
)
def test_what_of_a_provider_cannot_be_taken_over_is_told(entry: dict[str, Any], sentence: str) -> None:
    made = made_of(Providers=[OPENAI, entry], profile={})
    config_of(made)
    assert told(made, sentence)


def test_models_that_are_fetched_by_themselves_are_listed() -> None:
    entry = {"name": "A", "baseUrl": "https://a.example.com/v1", "models": ["m"], "autoFetchModels": True}
    assert config_of(made_of(Providers=[entry], profile={})).providers[0].lists_models


def test_the_profile_of_claude_code_names_the_default_and_the_families() -> None:
    router = config_of(made_of()).router
    assert router.scenarios["default"].targets == (Target("DeepSeek", "deepseek-chat"),)
    assert {name: route.targets[0] for name, route in router.families.items()} == {
        "haiku": Target("DeepSeek", "deepseek-chat"),
        "opus": Target("OpenAI", "gpt-5"),
    }


def test_without_one_the_preferred_provider_answers_and_it_is_told() -> None:
    made = made_of(profile={}, preferredProvider="OpenAI")
    assert config_of(made).router.scenarios["default"].targets == (Target("OpenAI", "gpt-5"),)
    assert told(made, "Router.default: no profile of Claude Code names a model; OpenAI,gpt-5 is taken")


def test_profiles_of_others_are_told_with_what_is_their_own() -> None:
    codex = {"agent": "codex", "name": "Codex", "enabled": True, "model": "OpenAI/gpt-5", "env": {"A": "b"}}
    scoped = {**CLAUDE, "name": "Work", "scope": "ccr", "routing": {"rules": [{"name": "r1"}]}}
    wrong = {**CLAUDE, "sonnetModel": "Nobody/none", "env": {"CLAUDE_CODE_ATTRIBUTION_HEADER": "0"}}
    made = made_of(profile={"profiles": [scoped, codex, wrong]})
    assert config_of(made).router.families["opus"]
    assert told(
        made,
        "profile Work: its own rules r1 are left out",
        "profile Codex: its client asks for its model itself; OpenAI/gpt-5 was meant",
        "profile Codex: of the client's own environment: A",
        "profile Claude Code: sonnetModel Nobody/none is no model of a provider that was taken over",
    )
    assert not any("ATTRIBUTION" in line for line in made.lost)


@pytest.mark.parametrize(
    ("left", "operator", "right", "when"),
    [
        ("request.body.model", "starts-with", "claude-", When(model=("claude-*",))),
        ("request.body.model", "==", "[1m]*", When(model=("[[]1m][*]",))),
        ("request.body.model", "contains", "'haiku'", When(model=("*haiku*",))),
        ("request.header.X-Team", "==", "core", When(header={"x-team": ("core",)})),
        ("request.headers.user-agent", "contains-deep", "codex", When(header={"user-agent": ("*codex*",)})),
        ("request.tokenCount", ">", "60000", When(tokens=Tokens(60_001))),
        ("request.tokenCount", "<=", "1e3", When(tokens=Tokens(0, 1_000))),
        ("request.sessionId", "==", "abc", When(session=("abc",))),
        ("request.body.tools", "contains", '{"name": "Bash"}', When(tool=("Bash",))),
        ("request.auth.apiKeyId", "==", "k1", When(key=("Laptop",))),
    ],
)
def test_a_condition_that_says_the_same_is_a_when(left: str, operator: str, right: str, when: When) -> None:
    keys = [{"id": "k1", "name": "Laptop", "key": "sk-ccr-1"}]
    route = config_of(made_of([rule(left, operator, right)], APIKEYS=keys)).router.scenarios["mine"]
    assert (route.when, route.targets) == (when, (Target("OpenAI", "gpt-5"),))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (rule("request.body.model", "!=", "x"), "!= of request.body.model: a condition here is a pattern that fits"),
        (rule("request.body.model", "==", "[1]"), "== [1] of request.body.model cannot be said here"),
        (rule("request.body.model", "contains", ""), "contains nothing of request.body.model cannot be said here"),
        (rule("request.body.model", "==", "OpenAI/gpt-5"), "whoever asks for a provider's model"),
        (rule("request.header.authorization", "==", "x"), "authorization is a credential"),
        (rule("request.body.thinking.type", "==", "enabled"), "who thinks is told by the scenario Router.think"),
        (rule("request.body.max_tokens", ">", "1"), "request.body.max_tokens is not looked at here"),
        (rule("request.body.tools", "contains-deep", "web_search"), "contains-deep web_search of request.body.tools"),
        (rule("request.body.tools", "contains", "{"), "contains { of request.body.tools"),
        (rule("request.tokenCount", ">", "many"), "many is no number of tokens"),
        (rule("request.tokenCount", "contains", "1"), "contains 1 is no range of tokens"),
        (rule("request.auth.apiKeyId", "==", "k9"), "== k9 is no client key that was taken over"),
        (rule("request.body.model", "==", "x", "Fusion/mine"), "Fusion/mine is no model of a provider that was taken"),
        (rule("request.body.model", "==", "x", "gone"), "gone is no model of a provider that was taken over"),
        (rule("request.body.model", "==", "x", enabled=False), "it is switched off"),
        (rule("", "", "", condition={}), "it has no condition that could be read"),
        ({"name": "mine", "type": "script", "script": {"file": "/a.js"}}, "it is a script (/a.js)"),
        (rule("a", "==", "b", rewrites=[{"key": "request.body.x", "value": "1"}]), "it sets no model"),
    ],
)
def test_a_rule_that_cannot_be_said_is_left_out_with_its_name_and_why(given: dict[str, Any], why: str) -> None:
    made = made_of([given])
    assert list(config_of(made).router.scenarios) == ["default"]
    assert told(made, f"Router.rules mine: is left out: {why}")


@pytest.mark.parametrize("selector", ["A/B/z-ai/glm", "a/b,Z-AI/glm", "id-1/z-ai/glm", "z-ai/glm"])
def test_a_model_is_found_in_every_way_its_rules_name_it(selector: str) -> None:
    entry = {"id": "id-1", "name": "A/B", "baseUrl": "https://a.example.com/v1", "models": ["z-ai/glm"]}
    made = made_of([rule("request.body.model", "==", "x", selector)], Providers=[OPENAI, entry], profile={})
    assert config_of(made).router.scenarios["mine"].targets == (Target("A/B", "z-ai/glm"),)


def test_rules_keep_their_order_and_names_that_mean_nothing_else_here() -> None:
    prefix = {"name": "think", "type": "model-prefix", "pattern": "claude-opus", "target": "gpt-5"}
    elsewhere = {"key": "request.header.x-target-provider", "value": "deepseek"}
    chat = {"key": "request.body.model", "value": "deepseek-chat"}
    warm = {"key": "request.body.temperature", "value": "1"}
    named = rule("request.body.model", "==", "y", rewrites=[elsewhere, chat, warm])
    made = made_of([prefix, rule("request.body.model", "==", "x"), named])
    scenarios = config_of(made).router.scenarios
    assert list(scenarios) == ["default", "think (rule 1)", "mine", "mine (rule 3)"]
    assert scenarios["think (rule 1)"].when == When(model=("claude-opus*",))
    assert scenarios["mine (rule 3)"].targets == (Target("DeepSeek", "deepseek-chat"),)
    assert told(
        made,
        "Router.rules mine: request.body.temperature of a request: a route changes nothing but its model",
        "Router.rules: conditions here do not tell small letters from capital ones",
    )


def test_a_chain_of_models_is_asked_after_every_route_that_has_none_of_its_own() -> None:
    chain = {"mode": "model-chain", "models": ["gpt-5", "DeepSeek/deepseek-reasoner", "Nobody/x"], "retryCount": 1}
    own = rule("request.body.model", "==", "x", fallback={"mode": "retry", "retryCount": 3, "models": []})
    made = made_of([own], Router={"fallback": chain})
    router = config_of(made).router
    after = (Target("OpenAI", "gpt-5"), Target("DeepSeek", "deepseek-reasoner"))
    assert (router.scenarios["default"].fallback, router.families["opus"].fallback) == (after, after[1:])
    assert router.scenarios["mine"].fallback == ()
    assert told(
        made,
        "Router.fallback: Nobody/x is no model of a provider that was taken over",
        "Router.rules mine: fallback: the same model is not asked once more here",
    )


def test_a_chain_that_is_longer_than_usual_is_asked_to_its_end() -> None:
    models = [f"m{number}" for number in range(25)]
    entry = {**OPENAI, "models": ["gpt-5", *models]}
    short = made_of(Providers=[entry], profile={}, Router={"fallback": {"models": models[:5]}})
    assert config_of(short).router.policy.max_fallbacks == 5
    long = made_of(Providers=[entry], profile={}, Router={"fallback": {"models": models}})
    assert config_of(long).router.policy.max_fallbacks == 20
    assert told(long, "Router.fallback: not more than 20 are asked")


def test_client_keys_keep_name_time_and_limits() -> None:
    made = made_of(
        APIKEY="sk-ccr-1",
        APIKEYS=[
            {"id": "local-gateway", "name": "Local Gateway", "key": "sk-ccr-1"},
            {"id": "k2", "name": "Local/Gateway", "key": "sk-2", "expiresAt": "2027-01-31T12:00:00.000Z"},
            {"id": "k3", "key": "sk-3", "limits": {"rpm": 5, "maxTokens": 900, "quotaWindowMs": 60_000, "rpd": 9}},
            {"id": "k4", "key": "sk-4", "expiresAt": "2027-01-31", "limits": {"tpm": 7}},
            {"id": "k5", "name": "k5", "key": "sk-5", "expiresAt": "soon"},
            {"id": "k6", "name": "k6"},
            {"id": "k7", "key": "sk-3"},
        ],
    )
    keys = config_of(made).client_keys
    assert [(key.name, key.key.value, key.rpm, key.tpm, key.expires) for key in keys] == [
        ("Local-Gateway", "sk-ccr-1", None, None, None),
        ("Local-Gateway-2", "sk-2", None, None, 1_801_396_800.0),
        ("k3", "sk-3", 5, 900, None),
        ("k4", "sk-4", None, 7, 1_801_353_600.0),
    ]
    assert told(
        made,
        "APIKEYS Local Gateway: is called Local-Gateway here",
        "APIKEYS k3: limits here are rpm and tpm; rpd left out",
        "APIKEYS k5: is good until soon, which is no time, and left out",
        "APIKEYS k6: is kept in a form that only claude-code-router reads",
    )


def test_a_single_key_is_a_client_key() -> None:
    [key] = config_of(made_of(APIKEY="sk-1")).client_keys
    assert (key.key.value, key.is_unlimited) == ("sk-1", True)


def test_the_gateways_own_address_counts_and_a_router_of_ones_own_is_found_from_the_file() -> None:
    made = made_of(
        HOST="a", PORT=1, API_TIMEOUT_MS="5000", CUSTOM_ROUTER_PATH="./r.js", gateway={"host": "b", "port": 2}
    )
    config = config_of(made)
    assert (config.host, config.port, config.api_timeout_ms, config.custom_router_path) == ("b", 2, 5_000, "/x/r.js")
    assert told(made, "CUSTOM_ROUTER_PATH: is run as it is; here it has to answer provider,model")


def test_what_has_no_counterpart_is_told_once_where_it_is_in_use() -> None:
    made = made_of(
        Router={"builtInRules": {"claude-code": {"enabled": False}}, "default": "x,y"},
        theme="dark",
        trayIcon="random",
        agent={"mcpServers": [{"name": "m"}]},
        toolHub={"enabled": False, "maxTools": 10},
        observability={"requestLogs": False, "requestLogBodyCapture": "all"},
        proxy={"enabled": False, "host": "127.0.0.1", "upstream": {"mode": "custom"}},
        virtualModelProfiles=[{"key": "f", "enabled": True}],
        plugins=[{"id": "p", "enabled": False}],
        botConfigs=[],
        somethingNew={"a": 1},
    )
    config_of(made)
    assert told(
        made,
        "of its app alone: theme, trayIcon",
        "Router.builtInRules.claude-code: is switched off",
        "Router: of version 2, and not heeded by claude-code-router 3: default",
        "agent: has no counterpart: MCP servers are of the clients",
        "proxy: has no counterpart",
        "virtualModelProfiles: has no counterpart: there are no Fusion models",
        "somethingNew: has no counterpart",
    )
    assert not any(line.startswith(("toolHub", "observability", "plugins", "botConfigs")) for line in made.lost)


def test_an_export_has_it_beside_copies_of_the_databases() -> None:
    document = {"config": {"Providers": [OPENAI], "Router": {"rules": []}}, "exportedAt": "2026-09-01", "files": []}
    made = ccr.convert(json.dumps(document), {}, file="export.json")
    assert config_of(made).providers[0].name == "OpenAI"


@pytest.mark.parametrize(
    "sign",
    [
        {"Router": {"rules": []}},
        {"Router": {"builtInRules": {}}},
        {"profile": {}},
        {"Providers": [{**OPENAI, "credentials": []}]},
        {"Providers": [{**OPENAI, "capabilities": []}]},
        {"APIKEYS": [{"id": "k", "key": "sk-1", "createdAt": "2026-01-01T00:00:00.000Z"}]},
    ],
)
def test_version_3_is_known_by_any_of_its_keys(sign: dict[str, Any]) -> None:
    made = ccr.convert(json.dumps({"Providers": [OPENAI], "Router": {}} | sign), {}, file="config.json")
    assert made.text.startswith("// Made from claude-code-router's config.json.")


def test_a_file_of_version_2_is_not_taken_for_one_of_3() -> None:
    text = '{Providers: [{name: "a", api_base_url: "https://a.example.com/v1", api_key: "k", models: ["m"]}], // mine\nRouter: {default: "a,m"}}'
    assert ccr.convert(text, {}, file="config.json").text == text


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [3], ["x"], [[]], [{}], {"a": [{}]}, True])
@pytest.mark.parametrize("key", ["Router", "profile", "gateway", "APIKEYS", "agent", "proxy", "theme", "HOST", "PORT"])
def test_no_shape_of_a_section_breaks_the_import(key: str, value: Any) -> None:
    document = {"Providers": [DEEPSEEK], "toolHub": {}, key: value}
    config_of(ccr.convert(json.dumps(document), {}, file="config.sqlite"))


@pytest.mark.parametrize("value", [None, 3, [], {}, [3], [{}], {"a": [{}]}, True])
@pytest.mark.parametrize("key", [*DEEPSEEK, "enabled", "keys", "autoFetchModels"])
def test_no_shape_of_a_providers_key_breaks_the_import(key: str, value: Any) -> None:
    document = {"Providers": [OPENAI, {**DEEPSEEK, key: value}], "toolHub": {}}
    config_of(ccr.convert(json.dumps(document), {}, file="config.sqlite"))


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [3], [{}], {"mode": 3, "models": [3]}, True])
@pytest.mark.parametrize("key", ["name", "type", "condition", "rewrites", "rewrite", "target", "fallback", "script"])
def test_no_shape_of_a_rule_breaks_the_import(key: str, value: Any) -> None:
    config_of(made_of([rule("request.body.model", "==", "x") | {key: value}]))


def test_without_any_model_it_is_refused_with_what_is_wrong() -> None:
    with pytest.raises(ConversionError, match="no model of f can be taken over\nProviders A: has no address"):
        ccr.convert('{"Providers": [{"name": "A"}], "gateway": {}}', {}, file="f")

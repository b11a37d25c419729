"""droid2api's keys, from its own file and from the section normalizer."""

import pytest

from fairlead.shared.config import Config, ConfigError, Loaded, parse
from fairlead.shared.config.schema import Model, Secret
from fairlead.shared.levels import REASONING_LEVELS

FILE = """{
  "port": 3001,
  "model_redirects": {"claude-haiku-4-5": "claude-haiku-4-5-20251001"},
  "endpoint": [
    {"name": "openai", "base_url": "https://api.factory.ai/api/llm/o/v1/responses"},
    {"name": "anthropic", "base_url": "https://api.factory.ai/api/llm/a/v1/messages"},
    {"name": "common", "base_url": "https://api.factory.ai/api/llm/o/v1/chat/completions"},
    {"name": "google", "base_url": "https://api.factory.ai/api/llm/g/v1/generate"}
  ],
  "proxies": [{"name": "a", "url": "http://u:canary@proxy:8080"}],
  "models": [
    {"name": "Opus", "id": "claude-opus-4-6", "type": "anthropic", "reasoning": "auto", "provider": "anthropic"},
    {"name": "Haiku", "id": "claude-haiku-4-5-20251001", "type": "anthropic", "reasoning": "High", "provider": "anthropic"},
    {"name": "GPT", "id": "gpt-5.4-fast", "type": "openai", "reasoning": "auto", "provider": "openai", "fast": true},
    {"name": "GLM", "id": "glm-5", "type": "common", "provider": "fireworks"},
    {"name": "Flash", "id": "gemini-3-flash-preview", "type": "google", "reasoning": "off"}
  ],
  "system_prompt": "You are Droid.\\n\\n",
  "user_agent": "factory-cli/0.85.0",
  "dev_mode": false
}"""


def loaded(text: str, *, resolve_secrets: bool = True) -> Loaded:
    return parse(text, {}, file="d", resolve_secrets=resolve_secrets)


def small(*, endpoint: str = "[{name: 'anthropic', base_url: 'https://h/v1/messages'}]", rest: str = "") -> str:
    return (
        f"{{endpoint: {endpoint},\nmodels: [{{id: 'm', type: 'anthropic'}}, {{id: 'n', type: 'anthropic'}}],\n{rest}}}"
    )


def errors(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    return str(caught.value)


def test_a_droid2api_file_becomes_one_provider_for_each_endpoint() -> None:
    providers = {provider.name: provider for provider in loaded(FILE).config.providers}
    assert {name: provider.models for name, provider in providers.items()} == {
        "openai": ("gpt-5.4-fast",),
        "anthropic": ("claude-opus-4-6", "claude-haiku-4-5-20251001"),
        "common": ("glm-5",),
        "google": ("gemini-3-flash-preview",),
    }
    assert {name: provider.dialect for name, provider in providers.items()} == {
        "openai": "openai-responses",
        "anthropic": "anthropic",
        "common": "openai",
        "google": "gemini",
    }
    assert providers["anthropic"].auth is not None
    assert providers["anthropic"].auth.type == "factory"
    assert providers["anthropic"].disabled_because is None


def test_its_other_keys_are_kept() -> None:
    normalizer = loaded(FILE).config.normalizer
    assert normalizer.port == 3001
    assert normalizer.models[:2] == (
        Model("claude-opus-4-6", "anthropic", "Opus", "auto", "anthropic"),
        Model("claude-haiku-4-5-20251001", "anthropic", "Haiku", "high", "anthropic"),
    )
    assert normalizer.models[2].fast
    assert normalizer.models[3].reasoning == "off"
    assert normalizer.model_redirects == {"claude-haiku-4-5": "claude-haiku-4-5-20251001"}
    assert normalizer.system_prompt == "You are Droid.\n\n"
    assert normalizer.user_agent == "factory-cli/0.85.0"
    assert normalizer.proxies == (Secret("http://u:canary@proxy:8080"),)


def test_its_levels_are_fixed_by_model() -> None:
    config = loaded(FILE).config
    levels = {provider.name: (provider.reasoning, provider.reasoning_fixed) for provider in config.providers}
    assert levels["anthropic"] == ({"claude-opus-4-6": "auto", "claude-haiku-4-5-20251001": "high"}, True)


def test_its_endpoints_are_told_the_configured_user_agent() -> None:
    assert {str(provider.headers) for provider in loaded(FILE).config.providers} == {"{'user-agent': ***}"}
    assert loaded(FILE).config.providers[0].headers == {"user-agent": Secret("factory-cli/0.85.0")}
    assert loaded(small()).config.providers[0].headers == {}


def test_an_endpoint_may_be_told_other_headers() -> None:
    text = small(
        endpoint="[{name: 'anthropic', base_url: 'https://h/v1/messages', headers: {'x-client-version': '1'}}]"
    )
    assert loaded(text).config.providers[0].headers == {"x-client-version": Secret("1")}
    assert loaded(text, resolve_secrets=False).config.providers[0].headers is None


def test_its_port_is_the_normalizers_and_not_the_routers() -> None:
    assert loaded(FILE).config.port is None


def test_proxies_stay_unread_where_secrets_are_not_resolved() -> None:
    assert loaded(FILE, resolve_secrets=False).config.normalizer.proxies == ()
    assert "canary" not in repr(loaded(FILE))


def test_the_other_spelling_and_endpoints_known_by_type_are_read_too() -> None:
    text = """{"port": 3000, "models": [{"id": "claude-opus-4", "type": "anthropic", "reasoning": "high"},
        {"id": "gpt-5-mini", "type": "openai", "reasoning": "low"}],
      "endpoints": [{"type": "anthropic", "base_url": "https://api.anthropic.com/v1/messages"},
        {"type": "openai", "base_url": "https://api.openai.com/v1/..."}]}"""
    config = loaded(text).config
    assert [(provider.name, provider.dialect, provider.models) for provider in config.providers] == [
        ("anthropic", "anthropic", ("claude-opus-4",)),
        ("openai", "openai-responses", ("gpt-5-mini",)),
    ]


def test_the_end_of_an_endpoints_url_tells_more_than_its_type() -> None:
    text = (
        "{endpoint: [{name: 'openai', base_url: 'https://h/v1/chat/completions'}], models: [{id: 'm', type: 'openai'}]}"
    )
    assert loaded(text).config.providers[0].dialect == "openai"


def test_the_section_normalizer_means_the_same_beside_a_routers_keys() -> None:
    text = f"""{{PORT: 3456, Router: {{default: 'anthropic,claude-opus-4-6'}}, normalizer: {FILE}}}"""
    config = loaded(text).config
    alone = loaded(FILE).config
    assert config.normalizer == alone.normalizer
    assert config.providers == alone.providers
    assert config.port == 3456
    assert config.router.scenarios["default"].targets[0].provider == "anthropic"


def test_beside_providers_a_port_at_the_top_is_the_routers() -> None:
    config = loaded("{endpoint: [], Providers: [], port: 4000, system_prompt: 'x'}").config
    assert (config.port, config.normalizer.port, config.normalizer.system_prompt) == (4000, None, "x")


def test_a_file_cannot_have_both_forms() -> None:
    assert errors("{endpoint: [],\n normalizer: {}}") == (
        "d:2: normalizer: a file with endpoint at the top cannot have this section too; keep one"
    )


def test_a_key_of_a_fork_is_warned_of_with_the_nearest_known_one() -> None:
    assert "d:3: system_promt: unknown key, ignored; did you mean system_prompt?" in [
        str(warning) for warning in loaded(small(rest="system_promt: 'x'")).warnings
    ]


def test_keys_without_effect_are_said_once_each() -> None:
    keys = [warning.key for warning in loaded(FILE).warnings if "no effect" in warning.message]
    assert len(keys) == len(set(keys))
    assert keys == []


@pytest.mark.parametrize("level", [*REASONING_LEVELS, *map(str.upper, REASONING_LEVELS)])
def test_every_reasoning_level_is_accepted_in_any_case(level: str) -> None:
    text = f"{{endpoint: [], models: [{{id: 'm', type: 't', reasoning: '{level}'}}]}}"
    assert loaded(text).config.normalizer.models[0].reasoning == level.lower()


def test_the_first_of_two_models_with_one_id_is_kept() -> None:
    result = loaded("{endpoint: [], models: [{id: 'm', type: 'a'},\n{id: 'm', type: 'b'}]}")
    assert result.config.normalizer.models == (Model("m", "a"),)
    assert "d:2: models[1]: a second model with the id m, ignored" in map(str, result.warnings)


def test_a_model_that_no_endpoint_serves_is_warned_of() -> None:
    text = small(endpoint="[{name: 'antropic', base_url: 'https://h/v1/messages'}]")
    assert [str(warning) for warning in loaded(text).warnings if "serves" in str(warning)] == [
        "d:1: endpoint: no endpoint serves the type anthropic of the model m; did you mean antropic?",
        "d:1: endpoint: no endpoint serves the type anthropic of the model n; did you mean antropic?",
    ]


@pytest.mark.parametrize(
    ("redirects", "message"),
    [
        ("{a: 'b', b: 'a'}", "d:3: model_redirects.a: redirects in a circle: a → b → a"),
        ("{a: 'a'}", "d:3: model_redirects.a: redirects in a circle: a → a"),
        ("{x: 'm', a: 'b', b: 'c', c: 'a'}", "d:3: model_redirects.a: redirects in a circle: a → b → c → a"),
    ],
)
def test_redirects_in_a_circle_are_refused(redirects: str, message: str) -> None:
    assert errors(small(rest=f"model_redirects: {redirects}")).splitlines()[0] == message


def test_redirects_that_only_lead_into_a_circle_end_the_search() -> None:
    lines = errors(small(rest="model_redirects: {z: 'a', a: 'b', b: 'a'}")).splitlines()
    assert lines == [
        "d:3: model_redirects.a: redirects in a circle: a → b → a",
        "d:3: model_redirects.b: redirects in a circle: b → a → b",
    ]


def test_a_redirect_to_no_model_is_warned_of() -> None:
    warnings = [str(warning) for warning in loaded(small(rest="model_redirects: {a: 'b', b: 'claude'}")).warnings]
    assert "d:3: model_redirects.b: claude is not among the models" in warnings
    assert not [warning for warning in warnings if "model_redirects.a:" in warning]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{endpoint: [], models: [{id: 'm', type: 't', reasoning: 'hihg'}]}",
            "d:1: models[0].reasoning: unknown level hihg; did you mean high?",
        ),
        (
            "{endpoint: [], models: [{id: 'm', type: 't', reasoning: 'zzz'}]}",
            "d:1: models[0].reasoning: unknown level zzz; "
            "must be one of auto, off, minimal, low, medium, high, xhigh, max",
        ),
        ("{endpoint: [], models: [{type: 't'}]}", "d:1: models[0].id: missing; a model is {id, type, reasoning}"),
        ("{endpoint: {}}", "d:1: endpoint: must be a list, not an object"),
        ("{endpoint: ['x']}", "d:1: endpoint[0]: must be an object, not text"),
        (
            "{endpoint: [{base_url: 'https://h'}]}",
            "d:1: endpoint[0].name: missing; name the type of the models that this endpoint serves",
        ),
        (
            "{endpoint: [{name: 'common'}]}",
            "d:1: endpoint[0].base_url: missing; give the complete URL of the endpoint",
        ),
        (
            "{endpoint: [{name: 'common', base_url: 'h'}]}",
            "d:1: endpoint[0].base_url: must begin with http:// or https://",
        ),
        ("{endpoint: [], port: 70000}", "d:1: port: must be at most 65535"),
        ("{endpoint: [], proxies: [{}]}", "d:1: proxies[0].url: missing; a proxy is {name, url}"),
        (
            "{endpoint: [{name: 'a', base_url: 'https://h', headers: {a: 'b\\nc'}}]}",
            "d:1: endpoint[0].headers.a: must be one line that can go into a header",
        ),
        ("{endpoint: [], user_agent: 'a\\nb'}", "d:1: user_agent: must be one line that can go into a header"),
        (
            "{endpoint: [], proxies: ['x']}",
            "d:1: proxies[0]: must begin with http:// or https:// or socks5:// or socks5h://",
        ),
        ("{endpoint: [], model_redirects: {a: 1}}", "d:1: model_redirects.a: must be text, not a whole number"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(text: str, message: str) -> None:
    assert errors(text) == message


def test_the_pair_of_files_works_as_drawn() -> None:
    """A router's file whose provider is the normalizer, and a normalizer's file with the models."""
    text = """{"PORT": 3456,
      "Router": {"default": "droid2api,claude-opus-4", "background": "droid2api,gpt-5-mini"},
      "Providers": [{"name": "droid2api", "api_base_url": "http://localhost:3000/v1/...", "api_key": "dummy",
        "models": ["claude-opus-4", "gpt-5-mini"]}]}"""
    result = parse(text, {}, file="r", resolve_secrets=False)
    assert result.warnings == ()
    assert result.config.providers[0].is_normalizer
    assert isinstance(result.config, Config)


def test_what_its_models_are_asked_with_stands_at_their_endpoint() -> None:
    providers = {provider.name: provider for provider in loaded(FILE).config.providers}
    assert {provider.system_prompt for provider in providers.values()} == {"You are Droid.\n\n"}
    assert providers["openai"].fast == {"gpt-5.4-fast"}
    assert providers["openai"].served_by == {"gpt-5.4-fast": "openai"}
    assert providers["google"].served_by == {}


def test_a_fast_model_of_googles_is_said_to_be_as_fast_as_others() -> None:
    models = "[{id: 'm', type: 'google', fast: true}]"
    text = f"{{endpoint: [{{name: 'google', base_url: 'https://h/v1/generate'}}],\nmodels: {models}}}"
    assert [warning.key for warning in loaded(text).warnings] == ["models[0].fast"]


def test_a_models_provider_is_one_line() -> None:
    text = "{endpoint: [], models: [{id: 'm', type: 't', provider: 'a\\nb'}]}"
    assert errors(text).startswith("d:1: models[0].provider: ")

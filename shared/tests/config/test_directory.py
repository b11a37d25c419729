"""A V3 directory: several files, one configuration, and every finding in the file it is about."""

from pathlib import Path
from typing import Any

import pytest

from fairlead.shared.config import ConfigError, Loaded, load
from fairlead.shared.config.schema import Route, Secret, Target

TABLE = """{
  "version": "3.0",
  "categories": {
    "default": {"required": true, "providers": [
      {"provider": "deep", "model": "chat", "weight": 0.7},
      {"provider": "local", "model": "m", "weight": 0.3}]},
    "background": {"providers": [{"provider": "local", "model": "m", "weight": 1.0}]}
  }
}"""
AUTH = """{"providers": {
  "deep": {"api_base_url": "https://api.deepseek.com/v1/chat/completions", "api_key": "$DEEP_KEY", "models": ["chat"]},
  "local": {"api_base_url": "http://127.0.0.1:11434/v1/chat/completions", "models": ["m"]}
}}"""
DEFAULT = (Target("deep", "chat", 0.7), Target("local", "m", 0.3))


def loaded(folder: Path, **files: str) -> Loaded:
    for name, text in {"routing_table": TABLE, "provider_auth": AUTH, **files}.items():
        (folder / f"{name.replace('_', '-')}.json").write_text(text)
    return load(folder, {"DEEP_KEY": "sk-1"})


def error(folder: Path, **files: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, **files)
    return str(caught.value)


def test_categories_are_scenarios_and_providers_are_known_by_name(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert found.warnings == ()
    assert found.config.router.scenarios == {
        "default": Route(DEFAULT, "weighted"),
        "background": Route((Target("local", "m"),)),
    }
    assert [(one.name, one.api_keys) for one in found.config.providers] == [("deep", (Secret("sk-1"),)), ("local", ())]


@pytest.mark.parametrize(
    "text", ['{"claude-opus-*": "deep,chat"}', '{"version": 1, "mappings": {"claude-opus-*": "deep,chat"}}']
)
def test_a_model_mapping_says_where_models_go(tmp_path: Path, text: str) -> None:
    families = loaded(tmp_path, model_mapping=text).config.router.families
    assert families == {"claude-opus-*": Route((Target("deep", "chat"),))}


BALANCING: list[tuple[str, Any, Any]] = [
    ('{"strategy": "cost"}', "cost", "cost"),
    ('{"strategy": "cost", "categories": {"default": {"strategy": "intelligent"}}}', "intelligent", "cost"),
    ('{"default": {"strategy": "sticky"}}', "sticky", None),
    ('{"categories": {"background": "performance"}}', "weighted", "performance"),
]


@pytest.mark.parametrize(("text", "default", "background"), BALANCING)
def test_load_balancing_says_how_targets_are_put_in_order(
    tmp_path: Path, text: str, default: str | None, background: str | None
) -> None:
    scenarios = loaded(tmp_path, load_balancing=text).config.router.scenarios
    assert (scenarios["default"].strategy, scenarios["background"].strategy) == (default, background)
    assert scenarios["default"].targets == DEFAULT


def test_load_balancing_may_tune_the_policy(tmp_path: Path) -> None:
    config = loaded(tmp_path, load_balancing='{"policy": {"max_fallbacks": 1}}').config
    assert config.router.policy.max_fallbacks == 1


def test_a_plain_table_of_plain_targets_is_read_too(tmp_path: Path) -> None:
    found = loaded(tmp_path, routing_table='{"default": "deep,chat"}', load_balancing='{"strategy": "cost"}')
    assert found.config.router.scenarios == {"default": Route((Target("deep", "chat"),), "cost")}


def test_config_json_holds_the_rest_and_provider_auth_adds_to_its_providers(tmp_path: Path) -> None:
    rest = """{APIKEY: "k", Router: {think: "deep,chat"}, providers: [
      {name: "Deep", api_base_url: "https://d", models: ["chat"]}]}"""
    config = loaded(tmp_path, config=rest).config
    assert [(one.name, one.api_base_url, one.api_keys) for one in config.providers] == [
        ("Deep", "https://d", (Secret("sk-1"),)),
        ("local", "http://127.0.0.1:11434/v1/chat/completions", ()),
    ]
    assert list(config.router.scenarios) == ["think", "default", "background"]
    assert config.client_keys[0].key == Secret("k")


FAULTS = {
    "a provider nobody has": (
        {"routing_table": '{\n"categories": {\n"default": {"providers": [{"provider": "dep", "model": "chat"}]}}}'},
        "routing-table.json:3: categories.default.providers[0]: there is no provider dep; did you mean deep?",
    ),
    "a strategy nobody has": (
        {"load_balancing": '{\n"categories": {"default":\n {"strategy": "cots"}}}'},
        "load-balancing.json:3: categories.default.strategy: unknown strategy cots; did you mean cost?",
    ),
    "a mapping to nobody": (
        {"model_mapping": '{\n"gpt*": "nobody,m"}'},
        'model-mapping.json:2: ["gpt*"]: there is no provider nobody',
    ),
    "a provider without a URL": (
        {"provider_auth": '{"providers": {"deep": {"models": ["chat"]},\n"local": {}}}'},
        "provider-auth.json:2: providers.local.api_base_url: missing",
    ),
    "a variable that is not set": (
        {"provider_auth": AUTH.replace("$DEEP_KEY", "$ABSENT")},
        "provider-auth.json:2: providers.deep.api_key: the variable ABSENT is not set",
    ),
    "no JSON5": ({"load_balancing": "{\n]"}, "load-balancing.json:2"),
    "required and empty": (
        {"routing_table": '{"categories": {"default": {"required": true, "providers": []}}}'},
        "routing-table.json:1: categories.default: is required and has no targets",
    ),
}


@pytest.mark.parametrize(("files", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_own_file_line_and_key(tmp_path: Path, files: dict[str, str], said: str) -> None:
    assert f"{tmp_path}/{said}" in error(tmp_path, **files)


def test_a_key_given_twice_is_told_in_its_file(tmp_path: Path) -> None:
    found = loaded(tmp_path, load_balancing='{"strategy": "cost",\n"strategy": "sticky"}')
    assert (
        str(found.warnings[0])
        == f"{tmp_path}/load-balancing.json:2: strategy: given more than once; the last one is used"
    )


def test_a_directory_without_a_routing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    assert str(caught.value) == f"{tmp_path}: has no routing-table.json, so it is no directory of a configuration"

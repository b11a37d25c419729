"""Presets beside a configuration: each by itself, and none at the others' cost."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from fairlead.shared.config import ConfigError, Finding, Loaded, parse
from fairlead.shared.config.presets import Found, with_presets
from fairlead.shared.config.schema import Preset, Secret, Target

MAIN = "{Providers: [{name: 'p', api_base_url: 'https://p', models: ['m']}], Router: {default: 'p,m'}}"
WORK = """{
  name: "work", version: "1.0.0",
  Providers: [{name: "Own", api_base_url: "https://own", api_key: "$KEY", models: ["m", "n"]}],
  Router: {default: "own,m", think: "own,n"},
  fallback: {default: ["own,n"]},
}"""


def loaded(presets: Mapping[str, str | ConfigError], main: str = MAIN, *, secrets: bool = True) -> Loaded:
    found = [Found(name, f"presets/{name}", text) for name, text in presets.items()]
    env = {"KEY": "sk-1"}
    return with_presets(parse(main, env, file="config.json"), found, env, resolve_secrets=secrets)


def only(text: str) -> Preset:
    (preset,) = loaded({"work": text}).config.presets
    return preset


def problem(text: str) -> str:
    (told,) = only(text).problems
    return told


def test_its_providers_are_called_by_its_name_and_so_are_its_targets() -> None:
    preset = only(WORK)
    assert [one.name for one in preset.providers] == ["work/Own"]
    assert preset.router.scenarios["default"].targets == (Target("work/Own", "m"),)
    assert preset.fallback == {"default": (Target("work/Own", "n"),)}
    assert preset.problems == ()


def test_the_configuration_itself_stays_as_it_was() -> None:
    config = loaded({"work": WORK}).config
    assert [one.name for one in config.providers] == ["p"]
    assert [one.name for one in config.all_providers] == ["p", "work/Own"]
    assert config.router == parse(MAIN, {}, file="config.json").config.router


def test_variables_are_filled_in_as_in_the_configuration_and_secrets_stay_unread_where_they_are_nobodys() -> None:
    assert only(WORK).providers[0].api_keys == (Secret("sk-1"),)
    assert loaded({"work": WORK}, secrets=False).config.presets[0].providers[0].api_keys is None


def test_a_preset_that_is_broken_is_told_and_takes_nothing_from_the_rest() -> None:
    both = loaded({"bad": "{\nProviders: [{name: 'x'}], Router: {default: 'x,m'}}", "work": WORK})
    bad, work = both.config.presets
    assert (bad.providers, len(work.providers)) == ((), 1)
    assert bad.problems == (
        "presets/bad/manifest.json:2: Providers[0].api_base_url: missing; give the URL of the provider's API",
    )
    assert [str(one) for one in both.warnings] == [f"{bad.problems[0]} (the preset bad is not served)"]


def test_a_manifest_that_cannot_be_read_is_a_preset_with_that_problem() -> None:
    preset = loaded({"work": ConfigError([Finding("f", None, "", "cannot be read: no")])}).config.presets[0]
    assert preset.problems == ("f: cannot be read: no",)


def test_a_preset_routes_to_its_own_providers_alone() -> None:
    assert "there is no provider p" in problem(WORK.replace("own,n", "p,m", 1))


def test_a_preset_has_a_default_route() -> None:
    assert "Router.default: missing" in problem(WORK.replace('default: "own,m", ', ""))


def test_a_provider_of_the_configuration_may_not_be_called_as_one_of_a_preset() -> None:
    main = MAIN.replace("name: 'p'", "name: 'WORK/own'").replace("p,m", "WORK/own,m")
    (preset,) = loaded({"work": WORK}, main).config.presets
    assert "rename one" in preset.problems[0]


def test_names_that_differ_in_case_alone_are_one_preset() -> None:
    config = loaded({"work": WORK, "Work": WORK})
    assert [one.name for one in config.config.presets] == ["work"]
    assert "differ in case alone" in str(config.warnings[0])


def test_a_folder_that_no_path_could_name_is_no_preset() -> None:
    assert "begins with a letter or digit" in loaded({"my work": WORK}).config.presets[0].problems[0]


def test_a_variable_that_is_not_set_disables_the_provider_that_needs_it() -> None:
    both = loaded({"work": WORK.replace("$KEY", "$NONE")})
    assert both.config.presets[0].providers[0].disabled_because == "the variable NONE is not set"
    assert "api_key: the variable NONE is not set; Own is disabled until it is" in str(both.warnings[0])


def test_a_variable_that_is_not_set_elsewhere_is_a_mistake() -> None:
    assert "the variable NONE is not set" in problem(WORK.replace("own,m", "$NONE", 1))


def test_keys_of_the_gateway_have_no_effect_in_a_preset_and_that_is_said_once() -> None:
    text = WORK.replace("name:", "PORT: 1, APIKEY: 'x', transformers: [], noServer: true, Roter: {}, name:", 1)
    told = [str(one).removeprefix("presets/work/manifest.json:2: ") for one in loaded({"work": text}).warnings]
    assert told == [
        "noServer: has no effect: every request goes through fairlead",
        "Roter: unknown key, ignored; did you mean Router?",
        "PORT: no effect in a preset, only in the configuration: PORT, APIKEY, transformers",
    ]
    assert only(text).problems == ()


def test_what_is_for_claude_code_is_left_alone() -> None:
    more = "claudeCodeSettings: {env: {A: '$NONE'}}, StatusLine: {}, API_TIMEOUT_MS: 5, noServer: false, name:"
    text = WORK.replace("name:", more, 1)
    assert loaded({"work": text}).warnings == ()


WHOLE: dict[str, Any] = {
    "name": "work",
    "keywords": ["a"],
    "schema": [
        {"id": "k", "label": "K"},
        {"id": "m", "type": "select", "options": [{"label": "B", "value": "b"}], "defaultValue": "b"},
        {"id": "p", "type": "select", "options": {"type": "models", "providerField": "#{k}"}, "dependsOn": ["k"]},
        {"id": "n", "type": "number", "min": 1, "required": False, "when": {"field": "k", "operator": "exists"}},
    ],
    "userValues": {"k": "key", "Providers[0].timeouts.idle": 5},
    "template": {
        "Providers": [
            {"name": "o", "api_base_url": "https://o", "api_key": "#{k}", "models": ["b"], "api_key_file": "k"}
        ],
        "Router": {"default": "o,#{m}", "think": {"targets": ["o,b"]}},
    },
    "configMappings": [{"target": "Providers[0].models[1]", "value": "x", "when": [{"field": "m", "value": ["b"]}]}],
    "fallback": {"default": ["o,b"]},
    "StatusLine": {"default": {"modules": [{"scriptPath": "x.js"}]}},
}
JUNK = (
    None,
    True,
    0,
    1e308,
    "",
    "#{k}",
    "#{none}",
    "$NONE",
    "Providers[99999].x",
    [],
    {},
    [[]],
    [{}],
    {"a": 1},
    {"": ""},
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in members:
        yield (*path, key)
        yield from places(item, (*path, key))


def with_junk(value: Any, path: tuple[str | int, ...], junk: Any) -> Any:
    made = deepcopy(value)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = junk
    return made


def test_as_it_is_it_is_served() -> None:
    assert only(json.dumps(WHOLE)).problems == ()


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_whatever_stands_anywhere_in_a_manifest_it_is_served_or_told(junk: Any) -> None:
    for path in places(WHOLE):
        both = loaded({"odd": json.dumps(with_junk(WHOLE, path, junk)), "work": WORK})
        odd, work = both.config.presets
        assert bool(odd.providers) != bool(odd.problems), (path, odd)
        assert len(work.providers) == 1


def test_the_manifest_of_the_documentation_is_served() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/presets.md").read_text()
    text = page.split("```json5\n")[1].split("```")[0].replace("$OUR_KEY", "$KEY")
    preset = only(text)
    assert preset.problems == ()
    assert preset.router.scenarios["default"].targets == (Target("work/ours", "big-1"),)
    assert "background" not in preset.router.scenarios
    assert "background" in only(text.replace("userValues: {", "userValues: { own: true,")).router.scenarios

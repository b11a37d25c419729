"""Presets beside a configuration: each by itself, and none at the others' cost."""

from collections.abc import Mapping

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


def test_a_variable_that_is_not_set_disables_a_preset_that_needs_it() -> None:
    assert "the variable NONE is not set" in problem(WORK.replace("$KEY", "$NONE"))


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
    text = WORK.replace("name:", "claudeCodeSettings: {env: {A: '$NONE'}}, StatusLine: {}, name:", 1)
    assert loaded({"work": text}).warnings == ()

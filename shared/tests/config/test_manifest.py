"""A preset's manifest: what it says, and what it configures with the answers to its questions."""

from typing import Any

import pytest

from fairlead.shared.config import ConfigError
from fairlead.shared.config.manifest import MOST, MOST_FILLED_IN, Manifest, read_manifest

SCHEMA = "schema: [{id: 'key'}, {id: 'model', type: 'select', required: false}, {id: 'n', type: 'number'}]"


def manifest(text: str) -> Manifest:
    return read_manifest(text, file="m.json", folder="/presets/work")


def configured(text: str) -> dict[str, Any]:
    read = manifest(text)
    assert [str(one) for one in read.problems] == []
    return read.applied.value


def problems(text: str) -> list[str]:
    return [str(one) for one in manifest(text).problems]


def test_words_about_it_are_no_configuration() -> None:
    read = manifest("{name: 'work', version: '1.0.0', keywords: ['a'], ccr_version: '2', Router: {default: 'p,m'}}")
    assert read.about == {"name": "work", "version": "1.0.0", "keywords": ["a"], "ccrVersion": "2"}
    assert read.applied.value == {"Router": {"default": "p,m"}}


def test_answers_go_where_their_places_are() -> None:
    text = (
        f"{{{SCHEMA}, userValues: {{key: 'sk', model: 'm'}}, Providers: [{{api_key: '#{{key}}', x: 'p,#{{model}}'}}]}}"
    )
    assert configured(text) == {"Providers": [{"api_key": "sk", "x": "p,m"}]}


def test_a_template_stands_above_keys_of_the_same_name() -> None:
    text = "{Router: {default: 'a,b'}, noServer: true, template: {router: {default: '#{t}'}}, userValues: {t: 'p,m'}}"
    assert configured(text) == {"Router": {"default": "p,m"}, "noServer": True}


def test_a_place_that_is_the_whole_text_keeps_the_answers_type() -> None:
    text = "{Providers: [{models: '#{list}', note: '#{flag} of #{list}'}], userValues: {list: ['a', 'b'], flag: true}}"
    assert configured(text) == {"Providers": [{"models": ["a", "b"], "note": 'true of ["a","b"]'}]}


def test_what_an_answer_says_is_not_searched_again() -> None:
    assert configured("{Router: {default: '#{a}'}, userValues: {a: '#{b}', b: 'c'}}") == {"Router": {"default": "#{b}"}}


def test_mappings_put_answers_and_fixed_values_where_they_say() -> None:
    text = """{
      Providers: [{name: "p", api_key: ""}],
      userValues: {key: "sk", hosted: true},
      configMappings: [
        {target: "Providers[0].api_key", value: "#{key}"},
        {target: "Providers[1]", value: {name: "q"}, when: {field: "hosted", value: true}},
        {target: "Providers[1].transformer.use[0]", value: "deepseek"},
        {target: "Router.default", value: "p,m", when: [{field: "hosted", operator: "eq", value: false}]},
      ],
    }"""
    assert configured(text) == {
        "Providers": [{"name": "p", "api_key": "sk"}, {"name": "q", "transformer": {"use": ["deepseek"]}}]
    }


def test_answers_that_are_called_as_places_go_there() -> None:
    text = "{Providers: [{name: 'p'}], userValues: {'Providers[0].api_key': 'sk'}}"
    assert configured(text) == {"Providers": [{"name": "p", "api_key": "sk"}]}


def test_inputs_that_stand_at_the_top_are_no_keys() -> None:
    assert configured("{key: '#{key}', schema: [{id: 'key'}], userValues: {key: 'k'}}") == {}


def test_a_mapping_without_an_answer_that_need_not_be_given_changes_nothing() -> None:
    text = f"{{{SCHEMA}, Router: {{think: 'p,m'}}, configMappings: [{{target: 'Router.think', value: '#{{model}}'}}]}}"
    assert configured(text) == {"Router": {"think": "p,m"}}


def test_without_anything_to_fill_in_texts_stay_as_they_are() -> None:
    assert configured("{Router: {default: 'p,#{m}'}}") == {"Router": {"default": "p,#{m}"}}


def test_relative_files_lie_in_the_presets_folder() -> None:
    text = """{
      Providers: [{api_key_file: "./keys", auth: {credentials_file: "~/g.json", profile: "dev"}, api_base_url: "x/y"}],
      StatusLine: {default: {modules: [{scriptPath: "line.js"}, {scriptPath: "/l.js"}, {scriptPath: "$HOME/l.js"}]}},
    }"""
    assert configured(text) == {
        "Providers": [
            {
                "api_key_file": "/presets/work/keys",
                "auth": {"credentials_file": "~/g.json", "profile": "dev"},
                "api_base_url": "x/y",
            }
        ],
        "StatusLine": {
            "default": {
                "modules": [
                    {"scriptPath": "/presets/work/line.js"},
                    {"scriptPath": "/l.js"},
                    {"scriptPath": "$HOME/l.js"},
                ]
            }
        },
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{{{SCHEMA},\nRouter: {{default: '#{{key}}'}}}}", "m.json:2: Router.default: #{key} has no value"),
        (f"{{{SCHEMA},\nRouter: {{default: '#{{kay}}'}}}}", "m.json:2: Router.default: #{kay} is no input"),
        ("{\nschema: [{id: 5}]}", "m.json:2: schema[0].id: must be text"),
        ("{\nschema: [{id: 'a', type: 'secret'}]}", "m.json:2: schema[0].type: "),
        ("{\nschema: {id: 'a'}}", "m.json:2: schema: must be a list, not an object"),
        ("{\nuserValues: []}", "m.json:2: userValues: must be an object"),
        ("{\ntemplate: 'x'}", "m.json:2: template: must be an object"),
        ("{\nconfigMappings: [{target: 'a..b'}]}", 'configMappings[0].value: "a..b" is no place'),
        ("{\nconfigMappings: [{target: 'Providers[9]', value: 1}]}", "there is no place Providers[9]"),
        ("{\nconfigMappings: [{target: 'Providers[999999].x', value: 1}]}", "there is no place Providers[999999].x"),
        ("{Router: 5, configMappings: [{target: 'Router.x', value: 1}]}", "there is no place Router.x"),
        (f"{{schema: [{'{id: `a`}, '.replace('`', chr(39)) * (MOST + 1)}]}}", f"schema: has more than {MOST}"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line_and_key(text: str, said: str) -> None:
    told = problems(text)
    assert len(told) == 1
    assert said in told[0]


def test_a_finding_about_what_was_put_together_is_told_where_it_was_written() -> None:
    read = manifest(
        """{
        template: {
          Providers: [{name: "p"}],
        },
        userValues: {a: 1},
        configMappings: [
          {target: "Providers[0].api_key", value: "x"}],
        Router: {
          default: 5},
    }"""
    )
    find = read.applied.find
    assert str(find(("Providers", 0, "api_base_url"), "x")) == "m.json:3: template.Providers[0].api_base_url: x"
    assert str(find(("Providers", 0, "api_key"), "x")) == "m.json:7: configMappings[0].value: x"
    assert str(find(("Router", "default"), "x")) == "m.json:9: Router.default: x"
    assert str(find(("fallback",), "x")) == "m.json:1: fallback: x"


def test_a_text_that_is_no_object_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"m\.json:2"):
        manifest("{\nRouter: }")


def test_no_answer_that_is_a_secret_is_in_a_finding() -> None:
    read = manifest(
        """{schema: [{id: "key"}, {id: "plain", type: "input"}],
        userValues: {key: "sk-secret", plain: "word", extra: "sk-other", short: "a", of_env: "$NAME"}}"""
    )
    told = read.applied.find(("Router",), '"sk-secret" and "sk-other" and "word" are no targets').message
    assert told == '"***" and "***" and "word" are no targets'


def test_answers_fill_so_much_and_no_more() -> None:
    places = "'#{a}'," * 5
    (told,) = problems(f"{{userValues: {{a: '{'x' * (MOST_FILLED_IN // 4)}'}}, Router: {{x: [{places}]}}}}")
    assert "answers fill more than" in told


def test_sections_in_other_spellings_keep_their_lines() -> None:
    read = manifest("{\nTemplate: {Router: {}}, user_values: {\n'Router.think': 'x'}}")
    assert str(read.applied.find(("Router", "default"), "x")) == "m.json:2: Template.Router.default: x"
    assert str(read.applied.find(("Router", "think"), "x")) == 'm.json:3: user_values["Router.think"]: x'

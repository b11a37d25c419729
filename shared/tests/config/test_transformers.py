"""claude-code-router's transformers by name and option."""

import pytest

from fairlead.shared.config import ConfigError, Loaded, parse
from fairlead.shared.config.schema import CustomTransformer, Transformer, TransformerUse
from fairlead.shared.config.transformers import DIALECTS, OPTIONS


def loaded(keys: str) -> Loaded:
    return parse(f"{{Providers: [{{name: 'p', api_base_url: 'https://h',\n{keys}}}]}}", {}, file="c")


def test_a_chain_of_a_provider_and_of_a_model() -> None:
    keys = "transformer: {use: ['deepseek', ['maxtoken', {max_tokens: 9}]], 'm.1': {use: ['tooluse']}}"
    assert loaded(keys).config.providers[0].transformer == Transformer(
        (TransformerUse("deepseek"), TransformerUse("maxtoken", {"max_tokens": 9})),
        {"m.1": (TransformerUse("tooluse"),)},
    )


@pytest.mark.parametrize("keys", ["transformers: ['Anthropic']", "transformer: ['Anthropic']"])
def test_a_plain_list_is_the_chain_of_the_provider(keys: str) -> None:
    result = loaded(keys)
    assert result.config.providers[0].transformer == Transformer((TransformerUse("Anthropic"),))
    assert result.config.providers[0].dialect == "anthropic"
    assert result.warnings == ()


def test_an_object_under_the_name_of_the_list_is_meant_as_the_other() -> None:
    result = loaded("transformers: {use: ['deepseek'], m: {use: ['tooluse']}}")
    assert result.config.providers[0].transformer == Transformer(
        (TransformerUse("deepseek"),), {"m": (TransformerUse("tooluse"),)}
    )
    assert result.warnings == ()


@pytest.mark.parametrize("name", [*OPTIONS, *sorted(DIALECTS), "MaxToken", "OpenRouter"])
def test_a_known_one_is_taken_without_a_word_whatever_its_case(name: str) -> None:
    result = loaded(f"transformer: {{use: ['{name}'], m: {{use: ['{name}']}}}}")
    assert [str(warning) for warning in result.warnings if "transformer" in str(warning)] == []


def test_options_that_fit_keep_the_shape_they_were_written_in() -> None:
    keys = (
        "transformer: {use: [['sampling', {temperature: 0.5, top_k: '$K'}], ['openrouter', {provider: {only: ['a']}}]]}"
    )
    result = parse(f"{{Providers: [{{name: 'p', api_base_url: 'https://h', {keys}}}]}}", {"K": "5"}, file="c")
    assert result.config.providers[0].transformer.use == (
        TransformerUse("sampling", {"temperature": 0.5, "top_k": "5"}),
        TransformerUse("openrouter", {"provider": {"only": ["a"]}}),
    )
    assert result.warnings == ()


def test_an_option_nobody_knows_is_warned_of_with_the_nearest_name() -> None:
    assert [str(warning) for warning in loaded("transformers: [['maxtoken', {max_token: 5}]]").warnings] == [
        "c:2: Providers[0].transformers[0][1].max_token: unknown option of maxtoken, ignored; did you mean max_tokens?"
    ]


def test_an_unknown_one_is_warned_of_with_the_nearest_name() -> None:
    assert [str(warning) for warning in loaded("transformers: ['deepsek']").warnings] == [
        "c:2: Providers[0].transformers[0]: unknown transformer deepsek, ignored; did you mean deepseek?"
    ]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("transformer: 'deepseek'", 'c:2: Providers[0].transformer: must be an object such as {use: ["deepseek"]}'),
        ("transformer: {use: 'deepseek'}", "c:2: Providers[0].transformer.use: must be a list, not text"),
        (
            "transformer: {use: [5]}",
            'c:2: Providers[0].transformer.use[0]: must be the name of a transformer, or ["name", {options}]',
        ),
        (
            "transformer: {use: [[]]}",
            'c:2: Providers[0].transformer.use[0]: must be the name of a transformer, or ["name", {options}]',
        ),
        (
            "transformer: {use: [['maxtoken', {max_tokens: 'many'}]]}",
            "c:2: Providers[0].transformer.use[0][1].max_tokens: must be a whole number, not text",
        ),
        (
            "transformer: {m: {use: [['maxtoken', {max_tokens: 0}]]}}",
            "c:2: Providers[0].transformer.m.use[0][1].max_tokens: must be at least 1",
        ),
        (
            "transformer: {use: [['reasoning', {enable: 3}]]}",
            "c:2: Providers[0].transformer.use[0][1].enable: must be true or false, not a whole number",
        ),
        ("transformer: {m: []}", 'c:2: Providers[0].transformer.m: must be an object such as {use: ["deepseek"]}'),
    ],
)
def test_another_shape_is_refused(keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(keys)
    assert str(caught.value) == message


def test_a_key_beside_use_of_a_model_is_warned_of() -> None:
    assert [str(warning) for warning in loaded("transformer: {m: {uses: []}}").warnings] == [
        "c:2: Providers[0].transformer.m.uses: unknown key, ignored; the transformers of a model go under use"
    ]


FILES = "transformers: [{path: '~/mine.js', options: {key: '$KEY'}}, {path: '/x/deepseek.js', name: 'deepseek'}]"


def with_files(use: str, *, resolve_secrets: bool = True, url: str = "https://h/v1/messages", more: str = "") -> Loaded:
    text = f"{{{FILES}, Providers: [{{name: 'p', api_base_url: '{url}', transformer: {{use: {use}}}{more}}}]}}"
    return parse(text, {"HOME": "/home/me", "KEY": "k"}, file="c", resolve_secrets=resolve_secrets)


def test_files_of_the_users_own_are_read_and_their_options_are_secret() -> None:
    files = (CustomTransformer("/home/me/mine.js", {"key": "k"}), CustomTransformer("/x/deepseek.js", {}, "deepseek"))
    assert with_files("[]").config.transformers == files
    assert with_files("[]", resolve_secrets=False).config.transformers[0].options == {}


def test_where_there_are_files_a_name_nobody_knows_is_theirs() -> None:
    result = with_files("['mine', ['DeepSeek', {a: 1}], 'groq']")
    assert result.config.providers[0].transformer.use == (
        TransformerUse("mine", custom=True),
        TransformerUse("DeepSeek", {"a": 1}, custom=True),
        TransformerUse("groq"),
    )
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("use", "more", "dialect"),
    [
        ("['mine']", "", "openai"),
        ("['Anthropic', 'mine']", "", "openai"),
        ("['gemini', 'mine']", "", "gemini"),
        ("['mine']", ", type: 'anthropic'", "anthropic"),
        ("['groq']", "", "anthropic"),
    ],
)
def test_one_of_the_users_own_is_told_everything_in_chat_whatever_the_url(use: str, more: str, dialect: str) -> None:
    assert with_files(use, more=more).config.providers[0].dialect == dialect

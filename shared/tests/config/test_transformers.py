"""claude-code-router's transformers by name and option."""

import pytest

from fairlead.shared.config import ConfigError, Loaded, parse
from fairlead.shared.config.schema import Transformer, TransformerUse


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


def test_one_that_changes_requests_is_said_to_do_nothing_yet_once() -> None:
    result = loaded("transformer: {use: ['maxtoken'],\n m: {use: ['maxtoken', 'MaxToken']}}")
    assert [str(warning) for warning in result.warnings] == [
        "c:2: Providers[0].transformer.use[0]: transformer maxtoken: accepted, has no effect yet"
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

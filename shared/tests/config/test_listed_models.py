"""Which providers are to be asked for their models."""

import pytest

from fairlead.shared.config import parse


@pytest.mark.parametrize(
    ("models", "configured", "lists"),
    [
        ("", (), True),
        ("models: [],", (), True),
        ('models: ["*"],', (), True),
        ('models: "*",', (), True),
        ('models: ["a", "*", "b"],', ("a", "b"), True),
        ('models: ["a"],', ("a",), False),
    ],
)
def test_a_provider_without_models_or_with_a_star_is_asked(
    models: str, configured: tuple[str, ...], lists: bool
) -> None:
    text = f'{{Providers: [{{name: "p", {models} api_base_url: "http://h.example/v1"}}], Router: {{default: "p,x"}}}}'
    loaded = parse(text, {}, file="config.json")
    (provider,) = loaded.config.providers
    assert (provider.models, provider.lists_models) == (configured, lists)
    assert bool(loaded.warnings) is not lists


def test_the_normalizer_is_not_asked_as_a_provider() -> None:
    text = '{Providers: [{name: "n", api_base_url: "http://127.0.0.1:3000/v1"}]}'
    (provider,) = parse(text, {}, file="config.json").config.providers
    assert not provider.lists_models

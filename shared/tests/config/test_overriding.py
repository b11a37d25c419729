"""Router files of projects and sessions."""

import pytest

from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.overriding import override
from fairlead.shared.config.schema import Target

CONFIG = parse(
    """{
  Providers: [{name: "p", api_base_url: "https://p", models: ["m", "n"]}],
  Router: {default: "p,m", think: "p,m", policy: {max_fallbacks: 1}},
  fallback: {default: ["p,n"]},
}""",
    {},
    file="config.json",
).config


def test_the_router_of_the_file_stands_in_place_of_the_other_whole() -> None:
    router = override(CONFIG, "{Router: {default: 'P,n'}}", {}, file="f").config.router
    assert {name: route.targets for name, route in router.scenarios.items()} == {"default": (Target("p", "n"),)}


def test_everything_else_stays() -> None:
    config = override(CONFIG, "{Router: {background: 'p,n'}}", {}, file="f").config
    assert config.router.policy.max_fallbacks == 1
    assert (config.providers, config.fallback) == (CONFIG.providers, CONFIG.fallback)


def test_a_fallback_of_its_own_counts() -> None:
    config = override(CONFIG, "{Router: {default: 'p,n'}, fallback: {default: ['p,m']}}", {}, file="f").config
    assert config.fallback == {"default": (Target("p", "m"),)}


def test_how_targets_are_judged_is_not_a_projects_to_say() -> None:
    loaded = override(CONFIG, "{Router: {default: 'p,n', policy: {max_fallbacks: 3}}}", {}, file="f")
    assert loaded.config.router.policy.max_fallbacks == 1
    assert "Router.policy: has no effect here" in str(loaded.warnings[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "f:1: has no Router"),
        ("{Router: {default: 'q,n'}}", "f:1: Router.default: there is no provider q"),
        ("{Router: {default: '$UNSET'}}", "the variable UNSET is not set"),
        ("{Router", "f:1:"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        override(CONFIG, text, {}, file="f")
    assert said in str(caught.value)

"""Conditions of scenarios in every spelling, and what is said of those that mean nothing."""

import pytest

from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.schema import Config, Route, Target
from fairlead.shared.config.when import Hours, Tokens, When

PROVIDER = "Providers: [{name: 'p', api_base_url: 'https://p', models: ['m']}],"


def config(router: str) -> Config:
    return parse(f"{{{PROVIDER}\nRouter: {{{router}}}}}", {"HOME": "/home/me"}, file="c").config


def when(conditions: str) -> When | None:
    return config(f"own: {{targets: 'p,m', when: {conditions}}}").router.scenarios["own"].when


def error(router: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(router)
    return str(caught.value)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("{model: 'claude-*'}", When(model=("claude-*",))),
        ("{models: ['a', 'b']}", When(model=("a", "b"))),
        (
            "{tool: 'mcp__*', session: 's', key: ['ci'], agent: 'Explore', auxiliary: 't*'}",
            When(tool=("mcp__*",), session=("s",), key=("ci",), agent=("Explore",), auxiliary=("t*",)),
        ),
        ("{class: ['main', 'side_reply', 'new*']}", When(request_class=("main", "side_reply", "new*"))),
        ("{project: ['-home-me-repo', '/home/me/a.b/*']}", When(project=("-home-me-repo", "-home-me-a-b-*"))),
        ("{project: ['/src/shop/', '~/shop']}", When(project=("-src-shop", "-home-me-shop"))),
        (
            "{header: {'X-Team': ['core*', 'web'], 'x-debug': '*'}}",
            When(header={"x-team": ("core*", "web"), "x-debug": ("*",)}),
        ),
        ("{tokens: '10000-60000'}", When(tokens=Tokens(10_000, 60_000))),
        ("{tokens: '60_000 -'}", When(tokens=Tokens(60_000))),
        ("{tokens: '-10000'}", When(tokens=Tokens(0, 10_000))),
        ("{hours: '22-06'}", When(hours=(Hours(22 * 60, 6 * 60),))),
        ("{hours: ['9:30-12', '13-24:00']}", When(hours=(Hours(570, 720), Hours(780, 1440)))),
        ("{hours: '24-06'}", When(hours=(Hours(0, 360),))),
        ("{days: 'mon-fri'}", When(days=frozenset({0, 1, 2, 3, 4}))),
        ("{days: ['sat', 'Sunday']}", When(days=frozenset({5, 6}))),
        ("{days: ['tues', 'thurs']}", When(days=frozenset({1, 3}))),
        ("{days: 'sat-mon'}", When(days=frozenset({5, 6, 0}))),
    ],
)
def test_a_condition_is_read(conditions: str, expected: When) -> None:
    assert when(conditions) == expected


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ("{modle: 'x'}", "c:2: Router.own.when.modle: unknown condition; did you mean model?"),
        ("{weather: 'x'}", "Router.own.when.weather: unknown condition; must be one of model, tool"),
        ("'claude-*'", "must be an object of conditions"),
        ("{class: 'mian'}", "there is no class mian; did you mean main?"),
        ("{tokens: 'many'}", '"many" is no range of tokens; write "10000-60000"'),
        ("{tokens: '-'}", "is no range of tokens"),
        ("{tokens: '5-4'}", "no number of tokens is in 5-4"),
        ("{hours: '22'}", '"22" is no part of a day'),
        ("{hours: '25-3'}", "is no part of a day"),
        ("{hours: '6-6'}", "is no part of a day"),
        ("{days: 'someday'}", '"someday" is no day'),
        ("{days: 'sat,sun'}", '"sat,sun" is no day; write "sat", "mon-fri" or a list of those'),
        ("{days: 'mon-'}", '"mon-" is no day'),
        ("{header: 'x-team'}", "must be an object"),
        ("{header: {Authorization: 'x'}}", "is a credential, and not looked at here; use key"),
    ],
)
def test_a_condition_that_means_nothing_is_refused_with_its_place(conditions: str, said: str) -> None:
    assert said in error(f"own: {{targets: 'p,m', when: {conditions}}}")


def test_what_is_of_a_wrong_kind_is_told_once() -> None:
    assert error("own: {targets: 'p,m', when: {tokens: 60000}}").splitlines() == [
        "c:2: Router.own.when.tokens: must be text, not a whole number"
    ]


@pytest.mark.parametrize("conditions", ["{}", "{model: ''}", "{tool: [], key: null}"])
def test_conditions_that_hold_always_are_remarked_on(conditions: str) -> None:
    loaded = parse(f"{{{PROVIDER} Router: {{own: {{targets: 'p,m', when: {conditions}}}}}}}", {}, file="c")
    assert [str(warning) for warning in loaded.warnings] == [
        "c:1: Router.own.when: holds no condition, so every request meets it"
    ]


def test_the_default_has_no_conditions() -> None:
    assert "Router.default.when" in error("default: {targets: 'p,m', when: {model: 'x'}}")


def test_scenarios_keep_the_order_they_were_written_in() -> None:
    router = "z: {targets: 'p,m', when: {model: 'z'}}, default: 'p,m', a: {targets: 'p,m', when: {model: 'a'}}"
    assert list(config(router).router.scenarios) == ["z", "default", "a"]


def test_families_and_patterns_of_models_are_mapped() -> None:
    families = config("families: {Haiku: 'p,m', 'gpt-5*': {targets: ['p,m'], strategy: 'cost'}}").router.families
    assert families == {"haiku": Route((Target("p", "m"),)), "gpt-5*": Route((Target("p", "m"),), "cost")}


def test_a_slip_in_a_family_is_remarked_on() -> None:
    loaded = parse(f"{{{PROVIDER} Router: {{families: {{sonet: 'p,m'}}}}}}", {}, file="c")
    assert "did you mean the family sonnet?" in str(loaded.warnings[0])


def test_the_threshold_of_fast_is_read() -> None:
    assert config("fast: 'p,m', fastThreshold: 4000").router.fast_threshold == 4_000
    assert config("fast: 'p,m'").router.fast_threshold == 10_000

"""Routes in every spelling, checked against the providers they name."""

import pytest

from fairlead.shared.config import ConfigError, Loaded, parse
from fairlead.shared.config.schema import Route, StrategyWeights, Target

PROVIDERS = """Providers: [
  {name: 'DeepSeek', api_base_url: 'https://d', models: ['chat', 'reasoner', 'a,b']},
  {name: 'local', api_base_url: 'http://l'}],"""


def loaded(rest: str) -> Loaded:
    return parse(f"{{{PROVIDERS}\n{rest}}}", {"MODEL": "chat"}, file="c")


def route(value: str) -> Route:
    return loaded(f"Router: {{default: {value}}}").config.router.scenarios["default"]


def errors(rest: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(rest)
    return str(caught.value)


def warnings(rest: str) -> list[str]:
    return [str(warning) for warning in loaded(rest).warnings]


CHAT = Target("DeepSeek", "chat")
LOCAL = Target("local", "m")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'DeepSeek,chat'", Route((CHAT,))),
        ("' DeepSeek , chat '", Route((CHAT,))),
        ("'deepseek,chat'", Route((CHAT,))),
        ("'DeepSeek,$MODEL'", Route((CHAT,))),
        ("'DeepSeek,a,b'", Route((Target("DeepSeek", "a,b"),))),
        ("['DeepSeek,chat', 'local,m']", Route((CHAT, LOCAL))),
        ("[{provider: 'local', model: 'm', weight: 2}]", Route((Target("local", "m", 2.0),))),
        ("{targets: 'local,m'}", Route((LOCAL,))),
        (
            """{targets: [{provider: 'DeepSeek', model: 'chat', weight: 0.7}, {provider: 'local', model: 'm', weight: 0}],
            strategy: 'Weighted', fallback: ['local,m'], delay_ms: 250}""",
            Route((Target("DeepSeek", "chat", 0.7), Target("local", "m", 0.0)), "weighted", (LOCAL,), 250),
        ),
        ("{providers: [{provider: 'local', model: 'm'}]}", Route((LOCAL,))),
    ],
)
def test_a_route_is_read_in_every_spelling(value: str, expected: Route) -> None:
    assert route(value) == expected


@pytest.mark.parametrize("empty", ["''", "null", "[]", "['']"])
def test_a_scenario_left_empty_has_no_route(empty: str) -> None:
    assert loaded(f"Router: {{think: {empty}}}").config.router.scenarios == {}


@pytest.mark.parametrize("key", ["Router", "router"])
@pytest.mark.parametrize("scenario", ["longContext", "longcontext", "long_context", "LONGCONTEXT"])
def test_scenarios_are_known_in_any_case(key: str, scenario: str) -> None:
    assert list(loaded(f"{key}: {{{scenario}: 'local,m'}}").config.router.scenarios) == ["longContext"]


def test_a_user_may_name_scenarios() -> None:
    result = loaded("Router: {reviews: 'local,m'}")
    assert result.config.router.scenarios == {"reviews": Route((LOCAL,))}
    assert [warning.key for warning in result.warnings] == ["Router.reviews"]
    assert "without conditions, so nothing goes there" in result.warnings[0].message
    assert loaded("CUSTOM_ROUTER_PATH: '/r.py', Router: {reviews: 'local,m'}").warnings == ()
    assert loaded("Router: {reviews: {targets: 'local,m', when: {hours: '22-06'}}}").warnings == ()


def test_a_name_that_resembles_a_built_in_scenario_is_remarked_on() -> None:
    assert warnings("Router: {backgroud: 'local,m'}") == [
        "c:4: Router.backgroud: taken as a scenario of your own; did you mean background?"
    ]


@pytest.mark.parametrize(("value", "threshold"), [("1000", 1000), ("'1000'", 1000), ("''", 60000), ("null", 60000)])
def test_the_threshold_is_tokens_with_a_default(value: str, threshold: int) -> None:
    assert loaded(f"Router: {{longContextThreshold: {value}}}").config.router.long_context_threshold == threshold
    assert loaded("Router: {}").config.router.long_context_threshold == 60000


def test_fallbacks_are_kept_by_scenario() -> None:
    result = loaded(
        "Router: {mine: 'local,m'}, fallback: {default: ['local,m', 'DeepSeek,chat'], mine: 'local,m', think: [], image: null}"
    )
    assert result.config.fallback == {"default": (LOCAL, CHAT), "mine": (LOCAL,)}


def test_a_family_and_a_scenario_that_is_left_empty_may_have_a_fallback() -> None:
    text = "Router: {families: {opus: 'local,m'}}, fallback: {'families.opus': ['DeepSeek,chat'], think: null}"
    assert warnings(text) == []
    assert loaded(text).config.fallback == {"families.opus": (CHAT,)}


@pytest.mark.parametrize(
    "router", ["default: 'local,m', Default: 'local,m'", "families: {opus: 'local,m', OPUS: 'local,m'}"]
)
def test_a_scenario_in_two_spellings_is_warned_of(router: str) -> None:
    assert "stands above in another spelling; this one counts" in warnings(f"Router: {{{router}}}")[0]


def test_a_condition_that_no_client_key_meets_is_warned_of() -> None:
    text = "client_keys: [{name: 'ci', key: 'secret-of-ci'}], Router: {own: {targets: 'local,m', when: {key: 'KEY'}}}"
    assert warnings(text.replace("KEY", "c*")) == []
    assert warnings(text.replace("KEY", "cii")) == [
        "c:4: Router.own.when: there is no client key of the name cii; did you mean ci?"
    ]


def test_a_fallback_of_no_scenario_is_warned_of() -> None:
    assert warnings("fallback: {defualt: ['local,m']}") == [
        "c:4: fallback.defualt: no such scenario under Router; did you mean default?"
    ]


@pytest.mark.parametrize("model", ["reasoner(high)", "reasoner:off", "a,b(max)"])
def test_a_target_may_say_how_hard_its_model_is_to_think(model: str) -> None:
    routed = loaded(f"Router: {{default: 'DeepSeek,{model}'}}")
    assert routed.config.router.scenarios["default"] == Route((Target("DeepSeek", model),))
    assert [warning for warning in routed.warnings if "not among" in warning.message] == []


def test_a_model_that_is_not_listed_is_only_warned_of() -> None:
    assert warnings("Router: {default: 'DeepSeek,reasonr'}") == [
        "c:4: Router.default: reasonr is not among the models of DeepSeek; did you mean reasoner?"
    ]
    assert warnings("Router: {default: 'local,anything'}") == []


def test_emergency_and_policy_are_no_scenarios() -> None:
    policy = "{weights: {cost: 0.5}, switch_at: 0.9, max_fallbacks: 1, circuit: {failures: 3}}"
    router = loaded(f"Router: {{default: 'local,m', emergency: 'local,m', policy: {policy}}}").config.router
    assert list(router.scenarios) == ["default"]
    assert router.emergency == LOCAL
    assert router.policy.weights == StrategyWeights(cost=0.5)
    assert (router.policy.switch_at, router.policy.max_fallbacks, router.policy.circuit.failures) == (0.9, 1, 3)


def test_an_unknown_key_of_the_policy_is_named_with_the_nearest_known_one() -> None:
    told = warnings("Router: {default: 'local,m', policy: {circuit: {failure: 3}}}")
    assert "did you mean failures?" in told[0]


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (
            "Router: {default: 'deepsek,chat'}",
            "c:4: Router.default: there is no provider deepsek; did you mean DeepSeek?",
        ),
        (
            "Router: {default: 'zzz,chat'}",
            "c:4: Router.default: there is no provider zzz; name one that is listed under Providers",
        ),
        ("Router: {policy: {switch_at: 0}}", "c:4: Router.policy.switch_at: must be more than 0"),
        ("Router: {think: ['local']}", 'c:4: Router.think[0]: "local" is not a target; write "provider,model"'),
        ("Router: {think: 'local,'}", 'c:4: Router.think: "local," is not a target; write "provider,model"'),
        (
            "Router: {default: 5}",
            'c:4: Router.default: must be "provider,model", a list of those, '
            "or {targets: [{provider, model, weight}], strategy, fallback, delay_ms}",
        ),
        (
            "Router: {longContextTreshold: 5}",
            'c:4: Router.longContextTreshold: must be "provider,model", a list of those, '
            "or {targets: [{provider, model, weight}], strategy, fallback, delay_ms}; did you mean longContextThreshold?",
        ),
        (
            "Router: {default: {strategy: 'cost'}}",
            'c:4: Router.default: has no targets; a route is "provider,model", a list of those, '
            "or {targets: [{provider, model, weight}], strategy, fallback, delay_ms}",
        ),
        (
            "Router: {default: {targets: [{provider: 'local'}]}}",
            "c:4: Router.default.targets[0].model: missing; a target is {provider, model, weight}",
        ),
        (
            "Router: {default: {targets: 'local,m', strategy: 'costt'}}",
            "c:4: Router.default.strategy: unknown strategy costt; did you mean cost?",
        ),
        (
            "Router: {default: [{provider: 'local', model: 'm', weight: -1}]}",
            "c:4: Router.default[0].weight: must be at least 0",
        ),
        (
            "Router: {default: {targets: [{provider: 'local', model: 'm', weight: 0}]}}",
            "c:4: Router.default.targets: every weight is 0, so nothing can be chosen",
        ),
        (
            "Router: {default: [{provider: 'local', model: 'm', weight: 0}]}",
            "c:4: Router.default: every weight is 0, so nothing can be chosen",
        ),
        (
            "Router: {default: {targets: 'local,m', delay_ms: -1}}",
            "c:4: Router.default.delay_ms: must be at least 0",
        ),
        ("Router: {longContextThreshold: 0}", "c:4: Router.longContextThreshold: must be at least 1"),
        ("Router: {longContextThreshold: 'x'}", "c:4: Router.longContextThreshold: must be a whole number, not text"),
        ("Router: []", 'c:4: Router: must be an object of scenarios, as in {default: "provider,model"}'),
        ("fallback: []", 'c:4: fallback: must be an object of scenarios, as in {default: ["provider,model"]}'),
        (
            "fallback: {default: ['x,y']}",
            "c:4: fallback.default[0]: there is no provider x; name one that is listed under Providers",
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(rest: str, message: str) -> None:
    assert errors(rest) == message


def test_what_claude_code_router_3_has_there_is_no_scenario() -> None:
    text = "Router: {default: 'local,m', rules: [{id: '1', type: 'script'}], builtInRules: {codex: {}}, fallback: {mode: 'off'}}"
    said = warnings(text)
    assert [line.split(": ")[1:3] for line in said] == [
        ["Router.rules", "has no effect"],
        ["Router.builtInRules", "has no effect"],
        ["Router.fallback", "has no effect"],
    ]
    assert list(loaded(text).config.router.scenarios) == ["default"]


def test_a_scenario_may_have_such_a_name_all_the_same() -> None:
    router = loaded("Router: {rules: ['local,m'], fallback: {targets: 'local,m'}}").config.router
    assert list(router.scenarios) == ["rules", "fallback"]


@pytest.mark.parametrize(
    ("value", "strategy"),
    [
        ("['local,m', 'DeepSeek,chat']", None),
        (
            "[{provider: 'local', model: 'm', weight: 50}, {provider: 'DeepSeek', model: 'chat', weight: 50}]",
            "weighted",
        ),
        ("{targets: ['local,m', {provider: 'DeepSeek', model: 'chat', Weight: 1}]}", "weighted"),
        ("{targets: [{provider: 'local', model: 'm', weight: 1}, 'DeepSeek,chat'], strategy: 'priority'}", "priority"),
        ("[{provider: 'local', model: 'm', weight: 1}]", None),
    ],
)
def test_weights_that_are_written_are_meant_be_they_all_the_same(value: str, strategy: str | None) -> None:
    assert route(value).strategy == strategy

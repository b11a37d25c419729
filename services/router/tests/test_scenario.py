"""Every rule of the scenarios, what beats what, and when tokens must be counted."""

from typing import Any

import pytest

from fairlead.router.catalog import Catalog, Entry
from fairlead.router.facts import Facts
from fairlead.router.policy import Names, Policy
from fairlead.router.scenario import LONG_AFTER, RULES, Choice, CountFirst, Question, choose
from fairlead.shared.config.schema import Target

SCENARIOS = ("default", "background", "think", "longContext", "webSearch", "image")
THRESHOLD = 60_000
EMPTY = Catalog()


def policy(*scenarios: str) -> Policy:
    """A route `p,<scenario>` for each."""
    return Policy(
        routes={name: (Target("p", name),) for name in scenarios or SCENARIOS},
        fallbacks={},
        long_context_threshold=THRESHOLD,
        names={
            "openrouter": Names("OpenRouter", {"vendor/model-x": "Vendor/Model-X"}),
            "deep": Names("Deep", {"chat": "chat"}),
        },
    )


def ask(
    given: Policy | None = None,
    *,
    tokens: int | None = None,
    last: int = 0,
    catalog: Catalog = EMPTY,
    **told: Any,
) -> Choice | CountFirst:
    facts = Facts(**({"model": "my-model", "stream": True, "size": 4_000, "token_bound": 5_000} | told))
    return choose(Question(facts, given or policy(), catalog, tokens, last))


def scenario(*args: Any, **told: Any) -> str:
    choice = ask(*args, **told)
    assert isinstance(choice, Choice)
    return choice.scenario


def target(*args: Any, **told: Any) -> Target:
    choice = ask(*args, **told)
    assert isinstance(choice, Choice)
    return choice.targets[0]


APPLIES: list[tuple[str, dict[str, Any]]] = [
    ("image", {"image_now": True}),
    ("longContext", {"token_bound": 90_000, "tokens": THRESHOLD + 1}),
    ("background", {"model": "claude-haiku-4-5-20251001"}),
    ("background", {"model": "anthropic/Claude-3-5-Haiku"}),
    ("webSearch", {"web_search": True}),
    ("think", {"thinking": True}),
    ("default", {}),
]


@pytest.mark.parametrize(("name", "told"), APPLIES)
def test_a_request_goes_where_its_kind_goes(name: str, told: dict[str, Any]) -> None:
    assert scenario(**told) == name
    assert target(**told) == Target("p", name)


@pytest.mark.parametrize(("name", "told"), [row for row in APPLIES if row[0] != "default"])
def test_a_scenario_without_a_route_does_not_exist(name: str, told: dict[str, Any]) -> None:
    assert scenario(policy("default"), **told) == "default"


ORDER: list[dict[str, Any]] = [
    {"model": "openrouter,claude-haiku"},
    {"image_now": True},
    {"token_bound": 90_000, "tokens": THRESHOLD + 1},
    {"subagent_model": "deep,chat"},
    {"model": "claude-haiku"},
    {"web_search": True},
    {"thinking": True},
]


@pytest.mark.parametrize("first", range(len(ORDER)))
@pytest.mark.parametrize("second", range(len(ORDER)))
def test_of_two_kinds_the_one_that_stands_first_decides(first: int, second: int) -> None:
    if first < second:
        assert ask(**(ORDER[second] | ORDER[first])) == ask(**ORDER[first])


def test_all_kinds_at_once_are_what_the_client_asked_for_by_name() -> None:
    everything: dict[str, Any] = {key: value for told in reversed(ORDER) for key, value in told.items()}
    assert target(**everything) == Target("OpenRouter", "claude-haiku")


def test_the_rules_are_complete_and_end_with_the_default() -> None:
    names = [rule.__name__ for rule in RULES]
    assert names == [
        "explicit",
        "image",
        "long_context",
        "subagent",
        "background",
        "web_search",
        "think",
        "default",
    ]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("openrouter,vendor/model-x", Target("OpenRouter", "Vendor/Model-X")),
        ("OPENROUTER, VENDOR/MODEL-X ", Target("OpenRouter", "Vendor/Model-X")),
        ("openrouter,Not-Listed", Target("OpenRouter", "Not-Listed")),
        ("Stranger,Model", Target("Stranger", "Model")),
        ("deep,a,b", Target("Deep", "a,b")),
        ("openrouter/vendor/model-x", Target("OpenRouter", "Vendor/Model-X")),
        ("Deep/Chat", Target("Deep", "chat")),
    ],
)
def test_a_provider_and_model_asked_for_by_name_are_taken(asked: str, meant: Target) -> None:
    assert target(model=asked) == meant
    assert scenario(model=asked) == "default"


@pytest.mark.parametrize("asked", ["deep/other", "vendor/model-x", "openrouter", "chat", "/", "a/b/c"])
def test_a_slash_in_a_models_own_name_is_not_a_provider(asked: str) -> None:
    assert target(model=asked) == Target("p", "default")


@pytest.mark.parametrize("model", ["haiku", "claude-sonnet-5", "my-haiku", "claude"])
def test_only_a_haiku_of_claude_is_background(model: str) -> None:
    assert scenario(model=model) == "default"


CATALOG = Catalog({"own-id": Entry("own-id", "openai"), "far,model": Entry("model", "anthropic", "far")})


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("deep,chat", Target("Deep", "chat")),
        ("Deep/Chat", Target("Deep", "chat")),
        ("openrouter/vendor/model-x", Target("OpenRouter", "Vendor/Model-X")),
        ("deep,unlisted", Target("Deep", "unlisted")),
        ("far,model", Target("far", "model")),
        ("far/model", Target("far", "model")),
        ("own-id", Target("", "own-id")),
    ],
)
def test_a_subagent_goes_to_the_model_its_prompt_names(tag: str, meant: Target) -> None:
    assert target(subagent_model=tag, catalog=CATALOG) == meant


@pytest.mark.parametrize("tag", ["provider,model", "provider/model", "nothing", ","])
def test_a_tag_that_names_no_model_is_an_example_in_a_prompt(tag: str) -> None:
    assert target(subagent_model=tag, catalog=CATALOG) == Target("p", "default")


LONG = [
    # bound, counted, last prompt, what it is
    (THRESHOLD, None, 0, "default"),
    (THRESHOLD + 1, None, 0, "count"),
    (THRESHOLD + 1, THRESHOLD, 0, "default"),
    (THRESHOLD + 1, THRESHOLD + 1, 0, "longContext"),
    (LONG_AFTER, None, THRESHOLD + 1, "default"),
    (LONG_AFTER + 1, None, THRESHOLD + 1, "count"),
    (LONG_AFTER + 1, LONG_AFTER, THRESHOLD + 1, "default"),
    (LONG_AFTER + 1, LONG_AFTER + 1, THRESHOLD + 1, "longContext"),
    (LONG_AFTER + 1, None, THRESHOLD, "default"),
    (THRESHOLD + 1, LONG_AFTER + 1, THRESHOLD, "default"),
]


@pytest.mark.parametrize(("bound", "counted", "last", "expected"), LONG)
def test_a_long_context_is_counted_only_where_the_bound_cannot_tell(
    bound: int, counted: int | None, last: int, expected: str
) -> None:
    choice = ask(token_bound=bound, tokens=counted, last=last)
    assert ("count" if isinstance(choice, CountFirst) else choice.scenario) == expected


@pytest.mark.parametrize("tokens", [1, LONG_AFTER, LONG_AFTER + 1, THRESHOLD, THRESHOLD + 1, 89_999])
@pytest.mark.parametrize("last", [0, THRESHOLD, THRESHOLD + 1])
def test_the_bound_decides_as_exact_counting_does(tokens: int, last: int) -> None:
    exact = ask(token_bound=10**9, tokens=tokens, last=last)
    bounded = ask(token_bound=tokens, last=last)
    assert isinstance(bounded, CountFirst) or bounded == exact


def test_nothing_is_counted_where_no_long_context_is_configured() -> None:
    assert scenario(policy("default", "think"), token_bound=10**9) == "default"


@pytest.mark.parametrize("told", [{"model": "deep,chat"}, {"image_now": True}])
def test_nothing_is_counted_where_something_stronger_decides(told: dict[str, Any]) -> None:
    assert isinstance(ask(token_bound=10**9, **told), Choice)


def test_a_small_threshold_holds_for_long_sessions_too() -> None:
    small = Policy({"longContext": (Target("p", "l"),)}, {}, 1_000, {})
    assert scenario(small, token_bound=10**9, tokens=1_001, last=5_000) == "longContext"
    assert scenario(small, token_bound=10**9, tokens=999, last=5_000) == "default"


def test_without_any_route_the_model_goes_under_the_name_it_was_asked_by() -> None:
    choice = ask(Policy({}, {}, THRESHOLD, {}), model="claude-opus", thinking=True, token_bound=10**9)
    assert isinstance(choice, Choice)
    assert (choice.scenario, choice.targets) == ("default", (Target("", "claude-opus"),))


def test_a_route_of_several_targets_is_chosen_whole() -> None:
    both = (Target("p", "a"), Target("p", "b"))
    choice = ask(Policy({"default": both}, {}, THRESHOLD, {}))
    assert isinstance(choice, Choice)
    assert choice.targets == both

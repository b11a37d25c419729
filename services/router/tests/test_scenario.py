"""Every rule of the scenarios, what beats what, and when tokens must be counted."""

from typing import Any

import pytest

from fairlead.router.catalog import Ability, Catalog, Entry
from fairlead.router.facts import Facts
from fairlead.router.policy import Names, Policy
from fairlead.router.question import Choice, CountFirst, Moment, Question
from fairlead.router.scenario import LONG_AFTER, RULES, choose
from fairlead.shared.config.schema import ClientKey, Secret, Target
from fairlead.shared.config.when import Hours, Tokens, When

SCENARIOS = ("default", "background", "think", "longContext", "webSearch", "image", "coder", "families.opus")
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
        families={"opus": "families.opus"},
    )


def ask(
    given: Policy | None = None,
    *,
    tokens: int | None = None,
    last: int = 0,
    catalog: Catalog = EMPTY,
    custom: str | None = None,
    **told: Any,
) -> Choice | CountFirst:
    facts = Facts(**({"model": "my-model", "stream": True, "size": 4_000, "token_bound": 5_000} | told))
    return choose(Question(facts, given or policy(), catalog, tokens, last, custom=custom))


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
    ("families.opus", {"model": "claude-opus-5-5"}),
    ("think", {"thinking": True}),
    ("coder", {"tool_names": ("Read", "Edit")}),
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
    {"custom": "deep,chat"},
    {"model": "openrouter,claude-haiku"},
    {"image_now": True},
    {"token_bound": 90_000, "tokens": THRESHOLD + 1},
    {"subagent_tags": ("deep,chat",)},
    {"model": "claude-haiku"},
    {"web_search": True},
    {"model": "claude-opus-5"},
    {"thinking": True},
    {"tool_names": ("Bash",)},
]


@pytest.mark.parametrize("first", range(len(ORDER)))
@pytest.mark.parametrize("second", range(len(ORDER)))
def test_of_two_kinds_the_one_that_stands_first_decides(first: int, second: int) -> None:
    kinds = [*ORDER[first], *ORDER[second]]
    named_twice = kinds.count("model") > 1 or kinds == ["model", "subagent_tags"]
    if first < second and not named_twice:
        assert ask(**(ORDER[second] | ORDER[first])) == ask(**ORDER[first])


def test_all_kinds_at_once_are_what_the_client_asked_for_by_name() -> None:
    everything: dict[str, Any] = {key: value for told in reversed(ORDER) for key, value in told.items()}
    assert target(**everything) == Target("Deep", "chat")
    del everything["custom"], everything["subagent_tags"]
    assert target(**everything) == Target("OpenRouter", "claude-haiku")


def test_the_rules_are_complete_and_end_with_the_default() -> None:
    names = [rule.__name__ for rule in RULES]
    assert names == [
        "custom",
        "explicit",
        "named",
        "image",
        "long_context",
        "subagent",
        "background",
        "web_search",
        "fast",
        "family",
        "think",
        "coder",
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
        ("deep,CHAT(High)", Target("Deep", "chat(High)")),
        ("deep/chat:low", Target("Deep", "chat:low")),
        ("deep,Not-Listed(low)", Target("Deep", "Not-Listed(low)")),
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
    assert target(subagent_tags=(tag,), catalog=CATALOG) == meant


@pytest.mark.parametrize("asked", ["openrouter,vendor/model-x", "openrouter/vendor/model-x"])
def test_a_tag_beats_the_model_a_subagent_has_from_its_session(asked: str) -> None:
    assert target(model=asked, subagent_tags=("deep,chat",)) == Target("Deep", "chat")
    assert target(model=asked, subagent_tags=("an,example",)) == Target("OpenRouter", "Vendor/Model-X")


def test_an_example_may_stand_before_the_tag_that_is_meant() -> None:
    assert target(subagent_tags=("provider,model", "deep,chat", "own-id"), catalog=CATALOG) == Target("Deep", "chat")


@pytest.mark.parametrize("tag", ["provider,model", "provider/model", "nothing", ","])
def test_a_tag_that_names_no_model_is_an_example_in_a_prompt(tag: str) -> None:
    assert target(subagent_tags=(tag,), catalog=CATALOG) == Target("p", "default")


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


@pytest.mark.parametrize("asked", ["Stranger,Model", "openruoter,vendor/model-x"])
def test_a_provider_nobody_knows_is_remarked_on(asked: str) -> None:
    choice = ask(model=asked)
    assert isinstance(choice, Choice)
    assert choice.warning is not None
    assert choice.warning in choice.why
    assert "there is no provider" in choice.warning
    assert ("did you mean OpenRouter?" in choice.warning) == asked.startswith("open")


def test_a_provider_only_the_normalizer_knows_is_nothing_to_remark_on() -> None:
    choice = ask(model="far,anything", catalog=Catalog.of([Entry("model", "anthropic", "far")]))
    assert isinstance(choice, Choice)
    assert choice.warning is None


FAST = Policy({"fast": (Target("p", "f"),), "default": (Target("p", "d"),)}, {}, THRESHOLD, {}, fast_threshold=10_000)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"token_bound": 9_999}, "fast"),
        ({"token_bound": 10_000}, "count"),
        ({"token_bound": 10**6, "tokens": 9_999}, "fast"),
        ({"token_bound": 10**6, "tokens": 10_000}, "default"),
        ({"token_bound": 10**6, "thinking": True}, "default"),
        ({"token_bound": 100, "thinking": True}, "default"),
    ],
)
def test_a_short_request_without_reasoning_is_fast(told: dict[str, Any], expected: str) -> None:
    choice = ask(FAST, **told)
    assert ("count" if isinstance(choice, CountFirst) else choice.scenario) == expected


FAMILIES = Policy(
    {
        "default": (Target("p", "d"),),
        "f.h": (Target("p", "h"),),
        "f.g": (Target("p", "g"),),
        "f.*": (Target("p", "x"),),
        "f.[": (Target("p", "v"),),
    },
    {},
    THRESHOLD,
    {},
    families={"haiku": "f.h", "gpt-5*": "f.g", "claude-*": "f.*", "[vip]gpt-5": "f.["},
)


@pytest.mark.parametrize(
    ("model", "meant"),
    [
        ("claude-haiku-4-5-20251001", "h"),
        ("anthropic/Claude-Haiku-9", "h"),
        ("GPT-5.2", "g"),
        ("[VIP]gpt-5", "v"),
        ("claude-fable-5", "x"),
        ("gpt-4", "d"),
        ("my-haiku", "d"),
    ],
)
def test_a_model_goes_where_its_family_goes_the_first_written_one(model: str, meant: str) -> None:
    assert target(FAMILIES, model=model) == Target("p", meant)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"request_class": "auxiliary", "guessed": "main"}, "background"),
        ({"request_class": "side_reply"}, "background"),
        ({"guessed": "auxiliary"}, "background"),
        ({"guessed": "auxiliary", "stream": False}, "default"),
        ({"request_class": "auxiliary", "web_search": True}, "webSearch"),
        ({"request_class": "main", "model": "claude-haiku-5"}, "default"),
        ({"request_class": "compaction", "model": "claude-haiku-5"}, "default"),
        ({"request_class": "subagent", "model": "claude-haiku-5", "tool_names": ()}, "background"),
        ({"guessed": "main", "model": "claude-haiku-5"}, "background"),
        ({"request_class": "of-tomorrow", "guessed": "auxiliary"}, "background"),
    ],
)
def test_what_claude_code_says_of_a_request_counts_before_what_it_looks_like(
    told: dict[str, Any], expected: str
) -> None:
    assert scenario(policy("default", "background", "webSearch"), **told) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"request_class": "main"}, "coder"),
        ({"request_class": "workflow"}, "coder"),
        ({"request_class": "compaction"}, "default"),
        ({"tool_names": ("mcp__x", "Bash")}, "coder"),
        ({"tool_names": ("Read", "WebSearch")}, "default"),
        ({"tool_names": ("Bash",), "thinking": True}, "think"),
    ],
)
def test_an_agent_at_work_is_a_coder(told: dict[str, Any], expected: str) -> None:
    assert scenario(policy("default", "coder", "think"), **told) == expected


@pytest.mark.parametrize("kind", ["subagent", "workflow", "auxiliary"])
def test_a_long_session_says_nothing_of_other_conversations(kind: str) -> None:
    told = {"token_bound": 10**9, "tokens": LONG_AFTER + 1, "last": THRESHOLD + 1}
    given = policy("default", "longContext")
    assert scenario(given, request_class=kind, **told) == "default"
    assert scenario(given, request_class="main", **told) == "longContext"


BLIND = Entry("blind", capabilities={"image_input": Ability(False)}, provider="q")
SEES = Entry("sees", capabilities={"image_input": Ability(True)}, provider="q")
UNSAID = Entry("unsaid", provider="q")
EYES = Catalog.of([BLIND, SEES, UNSAID])


def eyes(*models: str, **more: tuple[Target, ...]) -> Policy:
    return Policy({"default": tuple(Target("q", model) for model in models), **more}, {}, THRESHOLD, {})


IMAGE = (Target("q", "eye"),)


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (("blind",), "image"),
        (("blind", "blind"), "image"),
        (("blind", "sees"), "default"),
        (("sees",), "default"),
        (("unsaid",), "default"),
        (("unlisted",), "default"),
    ],
)
def test_a_conversation_with_pictures_does_not_go_where_nobody_sees(models: tuple[str, ...], expected: str) -> None:
    assert scenario(eyes(*models, image=IMAGE), images=True, catalog=EYES) == expected
    assert scenario(eyes(*models, image=IMAGE), images=False, catalog=EYES) == "default"
    assert scenario(eyes(*models), images=True, catalog=EYES) == "default"


def test_a_model_asked_for_by_name_that_does_not_see_is_no_exception() -> None:
    choice = ask(eyes("sees", image=IMAGE), model="q,blind", images=True, catalog=EYES)
    assert isinstance(choice, Choice)
    assert (choice.scenario, choice.targets) == ("image", IMAGE)
    assert "q,blind" in choice.why


def conditional(*conditions: tuple[str, When]) -> Policy:
    return Policy(
        {"default": (Target("p", "d"),), "image": IMAGE, **{name: (Target("p", name),) for name, _ in conditions}},
        {},
        THRESHOLD,
        {"p": Names("p", {})},
        conditions=dict(conditions),
        named=tuple(name for name, _ in conditions if name != "image"),
    )


KEY = ClientKey("ci", Secret("k"))
NIGHT = Moment(23 * 60, 5)
MET: list[tuple[When, dict[str, Any], bool]] = [
    (When(model=("claude-*",)), {"model": "Claude-Opus"}, True),
    (When(model=("claude-*",)), {"model": "gpt"}, False),
    (When(model=("gpt", "o?")), {"model": "o3"}, True),
    (When(tool=("mcp__*",)), {"tool_names": ("Bash", "mcp__db")}, True),
    (When(tool=("mcp__*",)), {"tool_names": ("Bash",)}, False),
    (When(tool=("*",)), {"tool_names": ()}, False),
    (When(session=("abc*",)), {"session": "abcd"}, True),
    (When(session=("abc*",)), {"session": None}, False),
    (When(request_class=("auxiliary",)), {"request_class": "auxiliary"}, True),
    (When(request_class=("auxiliary",)), {"guessed": "auxiliary"}, True),
    (When(request_class=("auxiliary",)), {"request_class": "main", "guessed": "auxiliary"}, False),
    (When(agent=("Explore",)), {"agent_type": "explore"}, True),
    (When(auxiliary=("title*",)), {"auxiliary_type": "title_generation"}, True),
    (When(header={"x-team": ("core*",)}), {"heard": {"x-team": "core-1"}}, True),
    (When(header={"x-team": ("core*",)}), {"heard": {}}, False),
    (When(header={"x-team": ("*",), "x-b": ("1",)}), {"heard": {"x-team": "core-1"}}, False),
    (When(key=("ci",)), {}, True),
    (When(key=("dev",)), {}, False),
    (When(project=("-home-me-*",)), {}, True),
    (When(project=("-other",)), {}, False),
    (When(hours=(Hours(22 * 60, 6 * 60),)), {}, True),
    (When(hours=(Hours(6 * 60, 22 * 60),)), {}, False),
    (When(hours=(Hours(0, 60), Hours(23 * 60, 24 * 60))), {}, True),
    (When(days=frozenset({5, 6})), {}, True),
    (When(days=frozenset({0})), {}, False),
    (When(tokens=Tokens(most=5_000)), {}, True),
    (When(tokens=Tokens(5_001)), {}, False),
    (When(model=("my*",), hours=(Hours(22 * 60, 6 * 60),), key=("ci",)), {}, True),
    (When(model=("my*",), hours=(Hours(22 * 60, 6 * 60),), key=("dev",)), {}, False),
]


@pytest.mark.parametrize(("when", "told", "met"), MET)
def test_a_scenario_of_the_users_own_is_chosen_when_all_its_conditions_hold(
    when: When, told: dict[str, Any], met: bool
) -> None:
    facts = Facts(**({"model": "my-model", "stream": True, "size": 4_000, "token_bound": 5_000} | told))
    question = Question(facts, conditional(("own", when)), key=KEY, moment=NIGHT, project="-home-me-repo")
    choice = choose(question)
    assert isinstance(choice, Choice)
    assert choice.scenario == ("own" if met else "default")


@pytest.mark.parametrize(
    ("tokens", "expected"), [(None, "count"), (99, "default"), (100, "own"), (200, "own"), (201, "default")]
)
def test_a_range_of_tokens_is_counted_where_the_bound_cannot_tell(tokens: int | None, expected: str) -> None:
    choice = ask(conditional(("own", When(tokens=Tokens(100, 200)))), token_bound=10_000, tokens=tokens)
    assert ("count" if isinstance(choice, CountFirst) else choice.scenario) == expected


def test_nothing_is_counted_for_a_scenario_whose_other_conditions_do_not_hold() -> None:
    given = conditional(("own", When(model=("x",), tokens=Tokens(100, 200))))
    assert scenario(given, token_bound=10**9) == "default"


def test_of_two_own_scenarios_the_one_written_first_is_chosen() -> None:
    both = (("a", When(model=("my-*",))), ("b", When(model=("*",))))
    assert scenario(conditional(*both)) == "a"
    assert scenario(conditional(*reversed(both))) == "b"


def test_own_scenarios_stand_before_the_built_in_ones_and_after_what_the_client_names() -> None:
    given = conditional(("own", When(model=("*",))))
    assert scenario(given, image_now=True, images=True) == "own"
    assert scenario(given, model="p,m") == "default"


def test_conditions_narrow_a_built_in_scenario() -> None:
    given = conditional(("image", When(model=("claude-*",))))
    assert scenario(given, image_now=True, model="claude-x") == "image"
    assert scenario(given, image_now=True, model="other") == "default"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("think", Target("p", "think")),
        ("deep,chat", Target("Deep", "chat")),
        ("Deep/Chat", Target("Deep", "chat")),
        ("nobody,at-all", Target("p", "default")),
        ("nonsense", Target("p", "default")),
        (None, Target("p", "default")),
    ],
)
def test_a_custom_router_names_a_scenario_or_a_model_or_has_no_say(said: str | None, expected: Target) -> None:
    assert target(custom=said) == expected

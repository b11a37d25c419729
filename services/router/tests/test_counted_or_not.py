"""Without a count, with a bound that may be any, a decision is what it would be with the exact number of tokens."""

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec import structs

from fairlead.router.affinity import Warmth
from fairlead.router.brief import View
from fairlead.router.catalog import Catalog, Entry, PricedStep
from fairlead.router.decide import Decision, case_of, decide
from fairlead.router.facts import Facts
from fairlead.router.health import Speed, Standing, State
from fairlead.router.policy import Policy
from fairlead.router.question import CountFirst, Question
from fairlead.router.ranking import TooLong
from fairlead.router.scenario import choose
from fairlead.router.strategy import STRATEGIES
from fairlead.shared.config.schema import Target

NOW = 1_000.0
MODELS = ("claude-opus-4-7", "claude-sonnet-4-5", "gpt-5", "glm-5", "deepseek-v4")
TARGETS = tuple([Target("p", model) for model in MODELS])
NAMES = tuple([f"p,{model}" for model in MODELS])

tokens = st.integers(0, 300_000)
prices = st.none() | st.sampled_from([0.0, 0.5, 1.0, 1.1, 3.0, 15.0])
stepped = st.lists(st.builds(PricedStep, tokens, prices, prices, prices), max_size=1).map(tuple)
routes = st.lists(st.sampled_from(TARGETS), min_size=1, max_size=4, unique=True).map(tuple)
standings = st.builds(
    Standing,
    until=st.sampled_from([0.0, NOW + 1, NOW + 9]),
    throttled=st.booleans(),
    state=st.sampled_from([State.CLOSED, State.OPEN]),
    used=st.sampled_from([0.0, 0.3, 0.9]),
    reliability=st.sampled_from([1.0, 0.9]),
    speed=st.none() | st.builds(Speed, st.sampled_from([0.5, 1.0]), st.just(2.0), st.just(50.0)),
)


@st.composite
def entries(draw: st.DrawFn, model: str) -> Entry:
    return Entry(
        model,
        provider="p",
        context_window=draw(st.none() | st.sampled_from([8_000, 100_000, 128_000, 200_000])),
        input_price=draw(prices),
        output_price=draw(prices),
        cache_read_price=draw(prices),
        price_steps=draw(stepped),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    named = ("default", *draw(st.lists(st.sampled_from(["longContext", "fast", "think"]), unique=True)))
    return Policy(
        routes={name: draw(routes) for name in named},
        fallbacks={name: draw(routes) for name in draw(st.lists(st.sampled_from(named), unique=True))},
        long_context_threshold=draw(tokens),
        names={},
        strategies={name: draw(st.sampled_from(sorted(STRATEGIES))) for name in named},
        emergency=draw(st.none() | st.sampled_from(TARGETS)),
        fast_threshold=draw(tokens),
    )


@st.composite
def views(draw: st.DrawFn) -> View:
    warm = st.builds(Warmth, st.sampled_from(NAMES), tokens, st.just(NOW + 100), st.just("mark"))
    return View(
        NOW,
        draw(st.dictionaries(st.sampled_from(NAMES), standings)),
        draw(st.none() | warm),
        draw(st.dictionaries(st.sampled_from(NAMES), st.floats(0.25, 4.0))),
    )


def made(question: Question, view: View) -> Decision | TooLong | None:
    """None: only a count can tell."""
    choice = choose(question)
    decision = decide(case_of(question, choice, view, "d")) if not isinstance(choice, CountFirst) else choice
    return None if isinstance(decision, CountFirst) else decision


def told(decision: Decision | TooLong) -> Any:
    """What becomes of the request; how many tokens there are, and what they are worth, is only told of it."""
    return structs.replace(decision, tokens=None, stake=0.0) if isinstance(decision, Decision) else decision


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_decision_without_a_count_is_the_one_with_it(data: st.DataObject) -> None:
    exact, slack = data.draw(tokens), data.draw(tokens)
    facts = Facts(
        data.draw(st.sampled_from(MODELS)),
        stream=True,
        size=data.draw(st.integers(0, 2_000_000)),
        token_bound=exact + slack,
        thinking=data.draw(st.booleans()),
        most_output=data.draw(st.none() | st.integers(0, 32_000)),
    )
    catalog = Catalog.of([data.draw(entries(model)) for model in MODELS])
    question = Question(facts, data.draw(policies()), catalog, last_prompt=data.draw(tokens))
    view = data.draw(views())
    counted = made(structs.replace(question, tokens=exact), view)
    assert counted is not None
    bounded = made(question, view)
    event("decided without a count" if bounded is not None else "counted")
    assert bounded is None or told(bounded) == told(counted)


def test_two_whose_prices_are_far_apart_are_told_apart_without_a_count() -> None:
    catalog = Catalog.of(
        [
            Entry("gpt-5", provider="p", input_price=1.0, output_price=4.0),
            Entry("glm-5", provider="p", input_price=0.1, output_price=0.4),
        ]
    )
    for strategy in ("cost", "intelligent"):
        policy = Policy({"default": TARGETS[2:4]}, {}, 60_000, {}, strategies={"default": strategy})
        decision = made(Question(Facts("m", stream=True, size=9, token_bound=10**6), policy, catalog), View(NOW))
        assert isinstance(decision, Decision)
        assert decision.targets[0].model == "glm-5"

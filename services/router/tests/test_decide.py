"""Decisions are values: ordered targets, each once, with a reason."""

import msgspec

from fairlead.router.decide import Decision, decide
from fairlead.router.facts import Facts
from fairlead.router.policy import Names, Policy
from fairlead.router.scenario import CountFirst, Question
from fairlead.shared.config.schema import Target

A, B, C = Target("p", "a"), Target("p", "b"), Target("q", "c")
POLICY = Policy(
    routes={"default": (A, B), "think": (C,), "longContext": (B,)},
    fallbacks={"default": (B, C, A), "think": (A,), "webSearch": (C,)},
    long_context_threshold=100,
    names={"q": Names("q", {"c": "c"})},
)


def facts(model: str = "m", *, thinking: bool = False, bound: int = 50) -> Facts:
    return Facts(model, True, 10, bound, thinking=thinking)


def test_a_decision_lists_targets_then_fallbacks_each_once() -> None:
    assert decide(Question(facts(), POLICY), "d1") == Decision(
        id="d1", scenario="default", targets=(A, B, C), why="no other scenario applies", asked="m"
    )


def test_each_scenario_has_fallbacks_of_its_own() -> None:
    decision = decide(Question(facts(thinking=True), POLICY), "d1")
    assert isinstance(decision, Decision)
    assert (decision.scenario, decision.targets) == ("think", (C, A))


def test_a_model_asked_for_by_name_falls_back_like_the_default() -> None:
    decision = decide(Question(facts("q,c"), POLICY), "d1")
    assert isinstance(decision, Decision)
    assert decision.targets == (C, B, A)


def test_a_question_only_a_count_can_answer_is_put_again_with_the_count() -> None:
    question = Question(facts(bound=101), POLICY)
    assert isinstance(decide(question, "d1"), CountFirst)
    decision = decide(msgspec.structs.replace(question, tokens=101), "d1")
    assert isinstance(decision, Decision)
    assert (decision.scenario, decision.tokens) == ("longContext", 101)


def test_a_target_of_a_decision_is_named_by_its_position() -> None:
    decision = decide(Question(facts("other"), POLICY), "d1")
    assert isinstance(decision, Decision)
    assert [decision.route(position) for position in range(3)] == ["p,a", "p,b", "q,c"]


def test_a_decision_survives_being_stored() -> None:
    decision = decide(Question(facts(), POLICY), "d1")
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision

"""Decisions are values: ordered targets, each once, with a reason."""

import msgspec

from fairlead.router.brief import View
from fairlead.router.decide import Case, Decision, case_of, decide
from fairlead.router.facts import Facts
from fairlead.router.policy import Names, Policy
from fairlead.router.question import Choice, CountFirst, Question
from fairlead.router.scenario import choose
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


def case(question: Question, decision_id: str = "d1") -> Case:
    choice = choose(question)
    assert isinstance(choice, Choice)
    return case_of(question, choice, View(0.0), decision_id)


def decided(question: Question) -> Decision:
    decision = decide(case(question))
    assert isinstance(decision, Decision)
    return decision


def test_a_decision_lists_targets_then_fallbacks_each_once() -> None:
    assert decided(Question(facts(), POLICY)) == Decision(
        id="d1",
        scenario="default",
        targets=(A, B, C),
        why="no other scenario applies",
        asked="m",
        strategy="priority",
    )


def test_each_scenario_has_fallbacks_of_its_own() -> None:
    decision = decided(Question(facts(thinking=True), POLICY))
    assert (decision.scenario, decision.targets) == ("think", (C, A))


def test_a_model_asked_for_by_name_falls_back_like_the_default() -> None:
    decision = decided(Question(facts("q,c"), POLICY))
    assert decision.targets == (C, B, A)


def test_a_question_only_a_count_can_answer_is_put_again_with_the_count() -> None:
    question = Question(facts(bound=101), POLICY)
    assert isinstance(choose(question), CountFirst)
    decision = decided(msgspec.structs.replace(question, tokens=101))
    assert (decision.scenario, decision.tokens) == ("longContext", 101)


def test_a_target_of_a_decision_is_named_by_its_position() -> None:
    decision = decided(Question(facts("other"), POLICY))
    assert [decision.route(position) for position in range(3)] == ["p,a", "p,b", "q,c"]


def test_a_decision_survives_being_stored() -> None:
    decision = decided(Question(facts(), POLICY))
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision

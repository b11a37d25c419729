"""A stored case is decided again to the same bytes, and what differs is told value by value."""

from msgspec import structs

from fairlead.router.decide import Decision, decide
from fairlead.router.question import Question
from fairlead.router.replay import Difference, replay
from fairlead.shared.config.schema import Target

from .test_decide import POLICY, A, B, C, case, facts


def decided() -> tuple[Decision, Question]:
    question = Question(facts(), POLICY)
    decision = decide(case(question))
    assert isinstance(decision, Decision)
    return decision, question


def test_a_case_is_decided_the_same_way_again() -> None:
    decision, question = decided()
    told = replay(case(question), decision)
    assert (told.same, told.differences) == (True, ())
    assert told == replay(case(question), decision)


def test_another_order_of_targets_is_told_target_by_target() -> None:
    decision, question = decided()
    told = replay(case(question), structs.replace(decision, targets=(B, A, C)))
    assert not told.same
    assert told.differences == (
        Difference("decision.targets[0].model", "b", "a"),
        Difference("decision.targets[1].model", "a", "b"),
    )


def test_a_target_more_is_told_as_a_whole() -> None:
    decision, question = decided()
    told = replay(case(question), structs.replace(decision, targets=(A, B, C, Target("q", "d"))))
    assert [(one.path, one.again) for one in told.differences] == [("decision.targets[3]", None)]


def test_another_scenario_of_the_same_question_is_told() -> None:
    decision, question = decided()
    made = case(question)
    other = structs.replace(made, choice=structs.replace(made.choice, scenario="think"))
    told = replay(other, decision)
    assert Difference("choice.scenario", "think", "default") in told.differences

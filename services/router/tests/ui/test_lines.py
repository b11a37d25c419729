"""A decision in one line, whatever became of it, and the list of them."""

from msgspec import structs

from fairlead.router.brief import View
from fairlead.router.decide import Decision, case_of, decide
from fairlead.router.explain import Attempt, Filed
from fairlead.router.facts import Facts
from fairlead.router.question import Question
from fairlead.router.scenario import choose
from fairlead.router.ui.decisions import MOST, Filter, explained, listed, wanted_of
from fairlead.router.ui.lines import Verdict, failures, line

from ..test_decide import POLICY

FACTS = Facts(model="claude-opus-5-5", stream=True, size=100, token_bound=50)


def filed(number: int = 0, result: str | None = "answered", attempts: tuple[Attempt, ...] = ()) -> Filed:
    question = Question(FACTS, POLICY)
    case = case_of(question, choose(question), View(0.0), f"dec_{number}")
    decision = decide(case)
    assert isinstance(decision, Decision)
    return Filed(case, decision, "req_1", 1_000.0 + number, attempts, result)


def routes() -> list[str]:
    decision = filed().decision
    return [decision.route(place) for place in range(len(decision.targets))]


def test_what_is_on_its_way_says_who_is_asked_first() -> None:
    one = line(filed(result=None))
    assert one.verdict == Verdict("running", "accent")
    assert f"{one.provider},{one.model}" == routes()[0]
    assert one.seconds is None


def test_who_failed_before_the_answer_is_named() -> None:
    first, second = routes()[:2]
    attempts = (Attempt(first, "overloaded", 1.0, "busy"), Attempt(second, "answered", 2.0, pause=0.5))
    one = line(filed(attempts=attempts))
    assert (f"{one.provider},{one.model}", one.passed, one.seconds) == (second, attempts[:1], 3.5)
    assert not one.failed


def test_of_two_asked_side_by_side_the_one_that_answered_is_named() -> None:
    first, second = routes()[:2]
    one = line(filed(attempts=(Attempt(first, "answered", 2.0), Attempt(second, "let_go", 0.0))))
    assert (f"{one.provider},{one.model}", one.passed) == (first, ())


def test_a_failure_says_why() -> None:
    one = line(filed(result="rate_limit", attempts=(Attempt(routes()[0], "rate_limit", 0.1, "slow down"),)))
    assert (one.verdict, one.message, one.failed) == (Verdict("rate limit", "bad"), "slow down", True)
    assert failures([filed(1, "gone"), filed(2, "overloaded"), filed(3), filed(4, "cut")], 1) == [
        line(filed(2, "overloaded"))
    ]


def test_the_list_is_filtered_and_bounded() -> None:
    failing = filed(1, "overloaded", (Attempt(routes()[0], "overloaded", 0.1),))
    every = [failing, *[filed(number) for number in range(2, MOST + 5)]]
    assert len(listed(every, Filter()).lines) == MOST
    only = listed(every, Filter(failed=True))
    assert [one.id for one in only.lines] == ["dec_1"]
    assert only.kept == len(every)
    assert listed(every, Filter(provider="nobody")).lines == ()
    assert "nobody" in listed(every, Filter(provider="nobody")).providers


def test_the_query_says_what_is_wanted() -> None:
    assert wanted_of({"scenario": "think", "failed": "1", "x": "y"}) == Filter("think", "", failed=True)
    assert wanted_of({}) == Filter()


def test_an_explanation_has_the_request_in_a_few_words() -> None:
    one = filed()
    facts = structs.replace(FACTS, thinking=True, tools=3)
    case = structs.replace(one.case, question=structs.replace(one.case.question, facts=facts))
    made = explained(structs.replace(one, case=case), None)
    assert made.traits[:3] == ("streamed", "thinking", "3 tools")
    assert made.told["id"] == made.line.id

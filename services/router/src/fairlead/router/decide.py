"""Where one request goes, who is next if that fails, and why: a value that can be kept, shown and made again."""

from msgspec import Struct

from fairlead.router.brief import View, brief_of
from fairlead.router.policy import name_of
from fairlead.router.question import Choice, CountFirst, Question
from fairlead.router.ranking import TooLong, Uncounted, rank
from fairlead.router.terms import Brief
from fairlead.shared.config.schema import Target


class Decision(Struct, frozen=True):
    """`targets` in the order they are tried, at least one, none twice. `asked` is the model the client named; `tokens`
    is None where they did not matter.

    `wait`: seconds before the first target is asked, `delay` before each further one. `stake`: US dollars that the
    session's cache is worth; `stays`: it goes where that is, though another target would have come first.
    """

    id: str
    scenario: str
    targets: tuple[Target, ...]
    why: str
    asked: str
    tokens: int | None = None
    strategy: str = ""
    wait: float = 0.0
    delay: float = 0.0
    stake: float = 0.0
    stays: bool = False

    def route(self, position: int) -> str:
        """The target at `position` as people write it."""
        return name_of(self.targets[position])


class Case(Struct, frozen=True):
    """Everything one decision depends on: the same case is decided the same way, then and now."""

    question: Question
    choice: Choice
    brief: Brief
    id: str


def case_of(question: Question, choice: Choice, view: View, decision_id: str) -> Case:
    """The id is what distinguishes requests that are alike in everything else."""
    return Case(question, choice, brief_of(question, choice, view, decision_id), decision_id)


def decide(case: Case) -> Decision | CountFirst | TooLong:
    """The decision; or that the tokens must be counted and the case made anew; or that nobody can take so many."""
    choice, question = case.choice, case.question
    ranking = rank(case.brief)
    if isinstance(ranking, Uncounted):
        return CountFirst()
    if isinstance(ranking, TooLong):
        return ranking
    return Decision(
        id=case.id,
        scenario=choice.scenario,
        targets=ranking.targets,
        why=choice.why,
        asked=question.facts.model,
        tokens=question.tokens,
        strategy=case.brief.strategy,
        wait=ranking.wait,
        delay=question.policy.delays.get(choice.scenario, 0.0),
        stake=ranking.stake,
        stays=ranking.stays,
    )

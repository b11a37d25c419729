"""Where one request goes, who is next if that fails, and why: a value that can be kept, shown and made again."""

from msgspec import Struct, structs

from fairlead.router.policy import name_of, unrepeated
from fairlead.router.scenario import CountFirst, Question, choose
from fairlead.shared.access import forbidden, may_use
from fairlead.shared.config.schema import ClientKey, Target


class Decision(Struct, frozen=True):
    """`targets` in the order they are tried, at least one, none twice. `asked` is the model the client named; `tokens`
    is None where they did not matter."""

    id: str
    scenario: str
    targets: tuple[Target, ...]
    why: str
    asked: str
    tokens: int | None = None

    def route(self, position: int) -> str:
        """The target at `position` as people write it."""
        return name_of(self.targets[position])


def permitted(decision: Decision, key: ClientKey | None) -> Decision:
    """The decision without the targets that a client's key does not open. Raises `FailureError` (PERMISSION) when none
    is left."""
    targets = tuple(target for target in decision.targets if may_use(key, target.provider, target.model))
    if not targets and key is not None:
        raise forbidden(key, name_of(decision.targets[0]))
    return decision if targets == decision.targets else structs.replace(decision, targets=targets)


def decide(question: Question, decision_id: str) -> Decision | CountFirst:
    """The decision; or that the tokens must be counted and the question put again."""
    choice = choose(question)
    if isinstance(choice, CountFirst):
        return choice
    fallbacks = question.policy.fallbacks.get(choice.scenario, ())
    return Decision(
        id=decision_id,
        scenario=choice.scenario,
        targets=unrepeated((*choice.targets, *fallbacks)),
        why=choice.why,
        asked=question.facts.model,
        tokens=question.tokens,
    )

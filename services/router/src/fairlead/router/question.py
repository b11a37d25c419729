"""What a choice of a scenario depends on, and what it comes to."""

from typing import TypeAlias

from msgspec import Struct

from fairlead.router.budgets import Thrift
from fairlead.router.catalog import Catalog
from fairlead.router.facts import Facts
from fairlead.router.policy import Policy
from fairlead.shared.config.schema import ClientKey, Target


class Moment(Struct, frozen=True, gc=False):
    """A time of the week where the router stands: minutes after midnight, and the day, 0 for Monday."""

    minute: int
    day: int


class Question(Struct, frozen=True):
    """Everything a choice depends on. `tokens` is None until they were counted; `last_prompt` is what the session's
    last answered request came to, in tokens, cache included. `key`: what the client showed, which may not open every
    model. `project`: the folder of the session, where one is known. `custom`: what the user's own router says.
    `thrift`: the budget that is nearly spent, if one is."""

    facts: Facts
    policy: Policy
    catalog: Catalog = Catalog()
    tokens: int | None = None
    last_prompt: int = 0
    key: ClientKey | None = None
    moment: Moment = Moment(0, 0)
    project: str | None = None
    custom: str | None = None
    thrift: Thrift | None = None


class Choice(Struct, frozen=True):
    """The scenario, its targets (before fallbacks), and the rule's reason in words. `warning`: what is odd about the
    request, for the one who wrote it. `named`: somebody asked for this very model, and no budget changes it."""

    scenario: str
    targets: tuple[Target, ...]
    why: str
    warning: str | None = None
    named: bool = False


class CountFirst(Struct, frozen=True):
    """The tokens must be counted before this question can be answered."""


Answer: TypeAlias = bool | CountFirst


def comes_to(question: Question, least: int, most: int | None) -> Answer:
    """Whether the tokens are from `least` to `most`, both included; counted only where their bound cannot tell."""
    tokens, bound = question.tokens, question.facts.token_bound
    if tokens is not None:
        return least <= tokens and (most is None or tokens <= most)
    if bound < least:
        return False
    return True if least <= 0 and (most is None or bound <= most) else CountFirst()

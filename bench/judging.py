"""What the router's judgement costs: the facts of a request, and a decision among ten targets."""

import json
from collections.abc import Mapping
from typing import Any

from fairlead.router.brief import View
from fairlead.router.decide import Case, Decision, case_of, decide
from fairlead.router.facts import Facts, read
from fairlead.router.health import Speed, Standing
from fairlead.router.marks import marks_of
from fairlead.router.policy import Policy, name_of
from fairlead.router.question import Choice, Question
from fairlead.router.scenario import choose
from fairlead.shared.codec import peek
from fairlead.shared.config import parse
from fairlead.shared.pieces import pieces_of

from .answers import WrongAnswerError, expect

TARGETS = 10
DECISION_TARGET = 50.0
"""Microseconds for one decision."""
FACTS_TARGETS: Mapping[str, float] = {"136k": 0.6, "850k": 3.0}
"""Milliseconds by size of the body, whose beginning was seen before."""


def facts(body: bytes) -> tuple[Facts, tuple[str, ...]]:
    """What a request says of itself, and the marks of its beginnings."""
    fields = peek(body)
    return read({}, fields, len(body)), marks_of(pieces_of("anthropic", fields))


class Choosing:
    """One request and ten targets that do differently well, each at a price of its own."""

    def __init__(self, strategy: str) -> None:
        targets = [{"provider": "p", "model": str(number)} for number in range(TARGETS)]
        prices = {str(number): {"input": 1 + number, "output": 5 + number} for number in range(TARGETS)}
        provider = {
            "name": "p",
            "api_base_url": "https://p.example/v1",
            "api_key": "k",
            "models": list(prices),
            "prices": prices,
        }
        config: dict[str, Any] = {
            "Providers": [provider],
            "Router": {"default": {"targets": targets, "strategy": strategy}, "policy": {"max_fallbacks": TARGETS}},
        }
        loaded = parse(json.dumps(config), {}, file="bench", resolve_secrets=False)
        self._policy = Policy.of(loaded.config)
        self._facts = Facts("m", True, 100_000, 100_000, session="s")
        self._view = View(
            100.0,
            {
                name_of(target): Standing(used=place / 20, speed=Speed(0.5 + place / 10, 1.0 + place / 10, 50.0))
                for place, target in enumerate(self._policy.targets)
            },
        )

    def case(self) -> Case:
        """Everything the decision depends on, put together as for a request. Raises WrongAnswerError."""
        question = Question(self._facts, self._policy, tokens=30_000)
        choice = choose(question)
        if not isinstance(choice, Choice):
            raise WrongAnswerError("no scenario was chosen")
        case = case_of(question, choice, self._view, "dec_1")
        decision = decide(case)
        expect(isinstance(decision, Decision) and len(decision.targets) == TARGETS, "not everybody has a place")
        return case

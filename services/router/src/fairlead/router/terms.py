"""Everything a ranking of targets depends on, and nothing else: the same brief is ranked the same way, then and now."""

from msgspec import Struct

from fairlead.router.affinity import Patience, Warmth
from fairlead.router.candidates import Candidate
from fairlead.shared.config.schema import StrategyWeights
from fairlead.shared.conversation import Usage

EXPECTED_OUTPUT = 1_000
"""Tokens an answer is taken to have, unless it may have fewer."""


class Terms(Struct, frozen=True):
    """What of the configuration a ranking depends on. `fallbacks`: how many targets may follow the first."""

    weights: StrategyWeights = StrategyWeights()
    switch_at: float = 0.8
    fallbacks: int = 3
    patience: Patience = Patience()


class Brief(Struct, frozen=True):
    """Everything a ranking depends on.

    `candidates` are the route's own, `fallbacks` come after them in the order written, `emergency` after everybody.
    `tokens`: exact, None where they were not counted; `bound` a number they cannot exceed; `guess` what they may be.
    `most_output`: the largest answer that is asked for. `session`: the same for all requests of one; `draw`: of this
    request alone. `warmth`: where the beginning of this request is cached, if it is.
    """

    candidates: tuple[Candidate, ...]
    fallbacks: tuple[Candidate, ...]
    emergency: Candidate | None
    strategy: str
    tokens: int | None
    bound: int
    guess: int
    most_output: int | None
    session: str
    draw: str
    now: float
    warmth: Warmth | None = None
    terms: Terms = Terms()

    @property
    def everybody(self) -> tuple[Candidate, ...]:
        """All candidates in the order they were written."""
        last = (self.emergency,) if self.emergency is not None else ()
        return (*self.candidates, *self.fallbacks, *last)

    @property
    def likely_tokens(self) -> int:
        """The exact number where it was counted."""
        return self.guess if self.tokens is None else self.tokens

    def by_name(self) -> dict[str, Candidate]:
        """Everybody, by the names people write; of two alike the first."""
        return {one.name: one for one in reversed(self.everybody)}

    def usage_at(self, candidate: Candidate, tokens: int) -> Usage:
        """What a request of so many tokens comes to there."""
        warmth = self.warmth
        cached = min(tokens, warmth.tokens) if warmth is not None and warmth.name == candidate.name else 0
        return Usage(tokens - cached, cached, output=expected_output(self.most_output))

    def cost_at(self, candidate: Candidate) -> float | None:
        """US dollars it is likely to cost there; None where no price is known."""
        return candidate.tariff.cost(self.usage_at(candidate, self.likely_tokens))


def expected_output(most: int | None) -> int:
    """Tokens an answer is taken to have that may have `most`."""
    return EXPECTED_OUTPUT if most is None else min(most, EXPECTED_OUTPUT)

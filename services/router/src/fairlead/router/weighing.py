"""How many tokens one request has: at most, by what was counted of it before; and exactly, where that must be known."""

from functools import cached_property
from math import ceil

from msgspec import structs

from fairlead.router.question import Question
from fairlead.router.reception import Received
from fairlead.shared.measures import measure_of
from fairlead.shared.pieces import Piece, pieces_of
from fairlead.shared.runtime.counting import Counting


class Weighing:
    """Of one request, in tokens of the model it asks for."""

    def __init__(self, taken: Received, model: str, counting: Counting) -> None:
        self._taken = taken
        self._measure = measure_of(model)
        self._counting = counting

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What the request is made of; finding them costs a scan of the body."""
        return pieces_of(self._taken.client.name, self._taken.fields)

    def narrowed(self, question: Question) -> Question:
        """The question with the lowest bound there is without counting, or with the count where all is known."""
        known = self._counting.known(self.pieces, self._measure.vocabulary)
        if known.whole:
            return structs.replace(question, tokens=self._multiplied(known.tokens))
        # What was counted needs no byte a token any more.
        facts = question.facts
        bound = min(facts.token_bound, facts.token_bound + ceil((known.tokens - known.size) * self._measure.factor) + 1)
        return structs.replace(question, facts=structs.replace(facts, token_bound=bound))

    async def counted(self, question: Question) -> Question:
        """The question with its tokens."""
        return structs.replace(question, tokens=await self.count())

    async def count(self) -> int:
        """Raises `FailureError` (BAD_REQUEST) for what cannot be read."""
        taken, vocabulary = self._taken, self._measure.vocabulary
        return self._multiplied(await self._counting.tokens(taken.client, taken.fields, vocabulary, self.pieces))

    def _multiplied(self, tokens: int) -> int:
        return round(tokens * self._measure.factor)

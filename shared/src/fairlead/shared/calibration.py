"""What counts on this machine are multiplied by for each model, learned from what its provider said it had read.

No vocabulary of most models is public, and what a provider wraps around messages and tools is not either.
"""

from collections import OrderedDict

from msgspec import Struct

LEAST = 100
"""Tokens below which a provider's wrapping outweighs the text."""
LOWEST, HIGHEST = 0.25, 4.0
"""No vocabulary is so far from ours; a figure that is means something else."""
STEP = 1.5
"""The most by which one answer may contradict what is known, so that an odd one does little harm."""
SLOWEST = 0.1
"""The weight of a new answer once there are many."""
EAGER, EVERY = 8, 16
"""How many answers are all learned from, and which of those after them."""


class _Learned(Struct):
    factor: float = 1.0
    answers: int = 0
    seen: int = 0


class Calibration:
    """A factor for each model that was counted here; `remembered` bounds how many. Not shared between processes.

    The same answers in the same order always give the same factors.
    """

    def __init__(self, remembered: int = 1_000) -> None:
        self._remembered = remembered
        self._models: OrderedDict[str, _Learned] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Calibration models={len(self._models)}>"

    def factor(self, model: str) -> float:
        """What to multiply a count by; 1 while nothing is known. From now on the model's answers are worth learning
        from."""
        learned = self._models.setdefault(model, _Learned())
        self._models.move_to_end(model)
        if len(self._models) > self._remembered:
            self._models.popitem(last=False)
        return learned.factor

    def wants(self, model: str) -> bool:
        """Whether to learn from this one answer: of a model that is counted here, the first few, then one of many."""
        learned = self._models.get(model)
        if learned is None:
            return False
        learned.seen += 1
        return learned.seen <= EAGER or learned.seen % EVERY == 0

    def learn(self, model: str, counted: int, read: int) -> None:
        """`counted` tokens here (not multiplied) were `read` tokens to the provider."""
        learned = self._models.get(model)
        if learned is None or counted < LEAST or read <= 0 or not LOWEST <= read / counted <= HIGHEST:
            return
        nearest = min(max(read / counted, learned.factor / STEP), learned.factor * STEP)
        learned.answers += 1
        # The first answer weighs as much as the guess it meets.
        learned.factor += (nearest - learned.factor) * max(1 / (learned.answers + 1), SLOWEST)

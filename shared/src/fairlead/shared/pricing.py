"""What a call costs: prices that may rise with the length of the prompt, and the sum for one call's tokens."""

from msgspec import Struct

from fairlead.shared.config.schema import Prices
from fairlead.shared.conversation import Usage

PER = 1_000_000
"""Prices are US dollars for so many tokens."""


class Step(Struct, frozen=True):
    """The prices of prompts of more than `above` tokens, for all of their tokens and those of the answer."""

    above: int
    prices: Prices


class Tariff(Struct, frozen=True):
    """`steps` in rising order. A price that is None is not known, which is not the same as free."""

    prices: Prices = Prices()
    steps: tuple[Step, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is any price at all."""
        return self.prices != Prices()

    @property
    def is_free(self) -> bool:
        """Whether everything is known to cost nothing."""
        listed = (self.prices, *[step.prices for step in self.steps])
        return all(one.input == one.output == 0 and not one.cache_read and not one.cache_write for one in listed)

    def at(self, prompt: int) -> Prices:
        """The prices for a prompt of that many tokens."""
        prices = self.prices
        for step in self.steps:
            if prompt <= step.above:
                break
            prices = step.prices
        return prices

    def cost(self, usage: Usage) -> float | None:
        """US dollars; None when the price of anything that was used is not known."""
        prices = self.at(usage.prompt) if self.steps else self.prices
        # Where caches have no price of their own, what goes through them is prompt like any other.
        read = prices.input if prices.cache_read is None else prices.cache_read
        write = prices.input if prices.cache_write is None else prices.cache_write
        total = 0.0
        for tokens, price in (
            (usage.input, prices.input),
            (usage.cache_read, read),
            (usage.cache_write, write),
            (usage.output, prices.output),
        ):
            if tokens:
                if price is None:
                    return None
                total += tokens * price / PER
        return total

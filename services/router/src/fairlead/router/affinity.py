"""What a session would lose by going elsewhere: the part of its prompt that its last target holds in a cache."""

from collections.abc import Collection

from msgspec import Struct

from fairlead.shared.conversation import Usage
from fairlead.shared.pricing import PER, Tariff

TTL = 300.0
"""Seconds a cached prefix lives after its last use, where nothing longer was asked for.
Source: https://docs.claude.com/en/docs/build-with-claude/prompt-caching"""
LONG_TTL = 3_600.0


class Warmth(Struct, frozen=True, gc=False):
    """Where a session's prefix is cached: the target by name, how many tokens, until when (a moment), and the `mark` of
    the prefix, which is among the marks of any request that continues it."""

    name: str
    tokens: int
    until: float
    mark: str

    def warms(self, marks: Collection[str], now: float) -> bool:
        """Whether a request with these marks finds its beginning there."""
        return now < self.until and self.mark in marks


class Patience(Struct, frozen=True):
    """How long a session may wait for its target, in seconds, and what a second of waiting is worth, in US dollars."""

    longest: float = 10.0
    second: float = 0.01


def stake(tariff: Tariff, usage: Usage) -> float:
    """US dollars that a cache saves a request of so many tokens: what they would cost without it, less what they cost
    with it. Elsewhere the prefix is not only read at full price, it is written anew. 0 where no price is known."""
    prices = tariff.at(usage.prompt)
    warm, cold = tariff.cost(usage), tariff.cost(Usage(input=usage.prompt, output=usage.output))
    if warm is None or cold is None or prices.input is None:
        return 0.0
    written = prices.input if prices.cache_write is None else prices.cache_write
    return cold - warm + usage.cache_read * max(0.0, written - prices.input) / PER


def worth_waiting(saved: float, seconds: float, patience: Patience) -> bool:
    """Whether waiting `seconds` for a warm target is cheaper than going elsewhere."""
    return 0.0 <= seconds <= patience.longest and saved > seconds * patience.second

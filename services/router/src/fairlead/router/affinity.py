"""What a session would lose by going elsewhere: the part of its prompt that its last target holds in a cache."""

from msgspec import Struct

from fairlead.router.candidates import Price, Size, cost

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

    def warms(self, marks: frozenset[str], now: float) -> bool:
        """Whether a request with these marks finds its beginning there."""
        return now < self.until and self.mark in marks


class Patience(Struct, frozen=True):
    """How long a session may wait for its target, in seconds, and what a second of waiting is worth, in US dollars."""

    longest: float = 10.0
    second: float = 0.01


def stake(price: Price | None, size: Size) -> float:
    """US dollars that the cache saves this request: what it would cost at the same price without it, less what it
    costs with it. 0 where no price is known."""
    if price is None:
        return 0.0
    cold = Size(size.input, size.output)
    written = price.cache_write if price.cache_write is not None else price.input
    # Elsewhere the prefix is not only read at full price, it is written anew.
    rewriting = size.cached * max(0.0, written - price.input) / 1_000_000
    return cost(price, cold) - cost(price, size) + rewriting


def worth_waiting(saved: float, seconds: float, patience: Patience) -> bool:
    """Whether waiting `seconds` for a warm target is cheaper than going elsewhere."""
    return 0.0 <= seconds <= patience.longest and saved > seconds * patience.second

"""Who could take a request: each target with what is known of it now, and what the request would cost there."""

from msgspec import Struct

from fairlead.router.health import UNKNOWN, Standing
from fairlead.shared.config.schema import Target

MILLION = 1_000_000


class Price(Struct, frozen=True, gc=False):
    """US dollars for a million tokens; what is not known of the cache is priced as input."""

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None


class Candidate(Struct, frozen=True, gc=False):
    """One target. `name`: as people write it. `price` None: not known, which is not nothing. `context_window` in
    tokens, None where not known. `unusable`: why it cannot be called at all.
    """

    name: str
    target: Target
    standing: Standing = UNKNOWN
    price: Price | None = None
    context_window: int | None = None
    unusable: str | None = None


class Size(Struct, frozen=True, gc=False):
    """What one request comes to, in tokens. `cached` of the input stand in a cache of the candidate's."""

    input: int
    output: int
    cached: int = 0


def cost(price: Price, size: Size) -> float:
    """US dollars for one request."""
    read = price.input if price.cache_read is None else price.cache_read
    fresh = size.input - size.cached
    return (fresh * price.input + size.cached * read + size.output * price.output) / MILLION

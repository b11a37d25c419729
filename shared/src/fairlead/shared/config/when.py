"""The conditions of a scenario, and whether single values meet them."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

Patterns = tuple[str, ...]
"""Texts in which `*` stands for anything and `?` for one sign, in any case; one that fits is enough."""

MINUTES_A_DAY = 24 * 60


class Hours(Struct, frozen=True):
    """From `start` to before `end`, in minutes after midnight; past midnight where the end comes first."""

    start: int
    end: int

    def hold(self, minute: int) -> bool:
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


class Tokens(Struct, frozen=True):
    """From `least` to `most`, both included; None is without end."""

    least: int = 0
    most: int | None = None


class When(Struct, frozen=True):
    """`Router.*.when`: all of these must hold, an empty one always does.

    `model` is what the client asked for, `tool` the name of any tool it offers, `key` the name of its client key,
    `project` the folder of its session. `request_class` (in files `class`), `agent` and `auxiliary` are what Claude
    Code says of a request. `header` is by lower-case name. `hours` and `days` (0 is Monday) are of the router's clock.
    """

    model: Patterns = ()
    tool: Patterns = ()
    session: Patterns = ()
    key: Patterns = ()
    project: Patterns = ()
    request_class: Patterns = ()
    agent: Patterns = ()
    auxiliary: Patterns = ()
    header: Mapping[str, Patterns] = {}
    tokens: Tokens | None = None
    hours: tuple[Hours, ...] = ()
    days: frozenset[int] = frozenset()


def fits(patterns: Patterns, texts: Iterable[str | None]) -> bool:
    """Whether any of the texts fits any of the patterns; no pattern at all is met by everything."""
    if not patterns:
        return True
    folded = [text.casefold() for text in texts if text]
    wanted = [pattern.casefold() for pattern in patterns]
    # Names may hold brackets of their own, as in [vip]gpt-5.
    return any(text == one or fnmatchcase(text, one) for one in wanted for text in folded)

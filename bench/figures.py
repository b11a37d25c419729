"""Figures of repeated measurements, with how far they spread."""

import statistics
from collections.abc import Sequence

from msgspec import Struct


class Spread(Struct, frozen=True):
    """The median of several measurements, the least and the greatest."""

    median: float
    low: float
    high: float


class Typical(Struct, frozen=True):
    """The median of many measurements, and what 95 in 100 stay below."""

    median: float
    p95: float


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))


def typical(values: Sequence[float]) -> Typical:
    """Of at least one value; with fewer than twenty the greatest stands for the 95th of a hundred."""
    ordered = sorted(values)
    return Typical(statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)])


class Figure(Struct, frozen=True):
    """One measured thing by name, `unit` said in words; `target` is the most it may be, None where none was set.

    `decisive` of the values is what is held against the target.
    """

    name: str
    unit: str
    target: float | None
    values: Spread
    decisive: float

    @property
    def met(self) -> bool | None:
        """None where there is no target."""
        return None if self.target is None else self.decisive <= self.target


def fastest(name: str, unit: str, target: float | None, values: Sequence[float]) -> Figure:
    """Of rounds of the same work, in which whatever disturbs only adds: the least is the work's own."""
    told = spread(values)
    return Figure(name, unit, target, told, told.low)


def single(name: str, unit: str, target: float | None, value: float) -> Figure:
    """Measured once."""
    return Figure(name, unit, target, spread([value]), value)


class Checked(Struct, frozen=True):
    """Figures of one kind, how many answers and bodies were checked on the way, and what was wrong with them."""

    figures: Sequence[Figure]
    answers: int
    wrong: Sequence[str]

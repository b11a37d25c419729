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

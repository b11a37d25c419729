"""Counts what happens, and tells it in Prometheus' text format.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

SERIES_LIMIT = 1_000
"""Label sets one counter may have; what comes after is counted under `other`. Scrapers give up at some ten thousand."""

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metric(Protocol):
    """Something that can be told."""

    def told(self) -> str:
        """Its lines, each ended."""
        ...


class Counter:
    """One counter: a total for each set of label values."""

    def __init__(self, name: str, about: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self._about = about
        self._labels = labels
        self._totals: dict[tuple[str, ...], int] = {}

    def __repr__(self) -> str:
        return f"<Counter {self.name} {self._totals}>"

    def add(self, *values: str, amount: int = 1) -> None:
        """Adds to the total of these label values, which stand in the order of the labels."""
        if len(values) != len(self._labels):
            raise ValueError(f"{self.name} has the labels {self._labels}")
        if values not in self._totals and len(self._totals) >= SERIES_LIMIT:
            values = ("other",) * len(values)
        self._totals[values] = self._totals.get(values, 0) + amount

    def total(self, *values: str) -> int:
        """The total of these label values."""
        return self._totals.get(values, 0)

    def told(self) -> str:
        lines = [_head(self.name, self._about, "counter")]
        for values, total in self._totals.items():
            lines.append(f"{self.name}{_pairs(self._labels, values)} {total}\n")
        return "".join(lines)


class Gauge:
    """Something that goes up and down, read when it is told: `read` gives the value for each set of label values."""

    def __init__(
        self, name: str, about: str, labels: tuple[str, ...], read: Callable[[], Mapping[tuple[str, ...], float]]
    ) -> None:
        self.name = name
        self._about = about
        self._labels = labels
        self._read = read

    def __repr__(self) -> str:
        return f"<Gauge {self.name}>"

    def told(self) -> str:
        lines = [_head(self.name, self._about, "gauge")]
        lines += [f"{self.name}{_pairs(self._labels, values)} {value:g}\n" for values, value in self._read().items()]
        return "".join(lines)


class Summary:
    """How often something was measured, and what it came to in all, so that a mean over any window can be had."""

    def __init__(self, name: str, about: str) -> None:
        self.name = name
        self._about = about
        self.count = 0
        self.sum = 0.0

    def __repr__(self) -> str:
        return f"<Summary {self.name} {self.count} {self.sum}>"

    def observe(self, value: float) -> None:
        """Takes in one measurement."""
        self.count += 1
        self.sum += value

    def told(self) -> str:
        return f"{_head(self.name, self._about, 'summary')}{self.name}_sum {self.sum}\n{self.name}_count {self.count}\n"


def told(metrics: Iterable[Metric]) -> bytes:
    """The body of `GET /metrics`."""
    return "".join(metric.told() for metric in metrics).encode()


def _pairs(labels: tuple[str, ...], values: tuple[str, ...]) -> str:
    if not labels:
        return ""
    pairs = (f'{label}="{value.translate(_ESCAPES)}"' for label, value in zip(labels, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _head(name: str, about: str, kind: str) -> str:
    return f"# HELP {name} {about}\n# TYPE {name} {kind}\n"

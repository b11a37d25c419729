"""Counts what happens, and tells it in Prometheus' text format.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from msgspec import field

SERIES_LIMIT = 1_000
"""Label sets one counter may have; what comes after is counted under `other`. Scrapers give up at some ten thousand."""

LONGEST = 120
"""Characters of a label's value; what is longer was made up by somebody, and counts as `other`."""

OTHER = "other"

OWN = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
"""Seconds of our own work: one or two milliseconds for a small request, tens for megabytes, more behind a queue."""
WAITS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds until a model begins to answer."""
ANSWERS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Seconds a whole answer takes; an agent's turn may take minutes."""

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
        self.labels = labels
        self._totals: dict[tuple[str, ...], float] = {} if labels else {(): 0}

    def __repr__(self) -> str:
        return f"<Counter {self.name} {self._totals}>"

    def add(self, *values: str, amount: float = 1) -> None:
        """Adds to the total of these label values, which stand in the order of the labels."""
        if values not in self._totals:
            values = _admitted(self.name, self.labels, values, self._totals)
        self._totals[values] = self._totals.get(values, 0) + amount

    def total(self, *values: str) -> float:
        """The total of these label values."""
        return self._totals.get(values, 0)

    def told(self) -> str:
        lines = [_head(self.name, self._about, "counter")]
        for values, total in self._totals.items():
            lines.append(f"{self.name}{_pairs(self.labels, values)} {total}\n")
        return "".join(lines)


class Gauge:
    """Something read when it is told: `read` gives the value for each set of label values. `kind` is "counter" where
    it only goes up, and is counted elsewhere."""

    def __init__(
        self,
        name: str,
        about: str,
        labels: tuple[str, ...],
        read: Callable[[], Mapping[tuple[str, ...], float]],
        *,
        kind: str = "gauge",
    ) -> None:
        self.name = name
        self._about = about
        self.labels = labels
        self._read = read
        self._kind = kind

    def __repr__(self) -> str:
        return f"<Gauge {self.name}>"

    def told(self) -> str:
        lines = [_head(self.name, self._about, self._kind)]
        lines += [f"{self.name}{_pairs(self.labels, values)} {value:g}\n" for values, value in self._read().items()]
        return "".join(lines)


class Summary:
    """How often something was measured, and what it came to in all, so that a mean over any window can be had."""

    def __init__(self, name: str, about: str) -> None:
        self.name = name
        self._about = about
        self.labels: tuple[str, ...] = ()
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


class Histogram:
    """How something measured is spread: for each set of label values, how many measurements were at most each of
    `buckets`, how many there were, and what they came to. `buckets` ascend, in the unit that the name ends with."""

    def __init__(self, name: str, about: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> None:
        self.name = name
        self._about = about
        self.labels = labels
        self._buckets = buckets
        self._counts: dict[tuple[str, ...], list[int]] = {} if labels else {(): [0] * (len(buckets) + 1)}
        self._sums: dict[tuple[str, ...], float] = dict.fromkeys(self._counts, 0.0)

    def __repr__(self) -> str:
        return f"<Histogram {self.name} {self._sums}>"

    def observe(self, value: float, *values: str) -> None:
        """Takes in one measurement under these label values, which stand in the order of the labels."""
        counts = self._counts.get(values)
        if counts is None:
            values = _admitted(self.name, self.labels, values, self._counts)
            counts = self._counts.setdefault(values, [0] * (len(self._buckets) + 1))
        counts[bisect_left(self._buckets, value)] += 1
        self._sums[values] = self._sums.get(values, 0.0) + value

    def count(self, *values: str) -> int:
        """Measurements under these label values."""
        return sum(self._counts.get(values, ()))

    def told(self) -> str:
        lines = [_head(self.name, self._about, "histogram")]
        labels = (*self.labels, "le")
        for values, counts in self._counts.items():
            total = 0
            for bound, count in zip((*map(_bound, self._buckets), "+Inf"), counts, strict=True):
                total += count
                lines.append(f"{self.name}_bucket{_pairs(labels, (*values, bound))} {total}\n")
            pairs = _pairs(self.labels, values)
            lines.append(f"{self.name}_sum{pairs} {self._sums[values]}\n{self.name}_count{pairs} {total}\n")
        return "".join(lines)


def counter(name: str, about: str, labels: tuple[str, ...]) -> Counter:
    """A field of a struct: a counter of its own for each."""
    return field(default_factory=lambda: Counter(name, about, labels))


def summary(name: str, about: str) -> Summary:
    """A field of a struct: a summary of its own for each."""
    return field(default_factory=lambda: Summary(name, about))


def histogram(name: str, about: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
    """A field of a struct: a histogram of its own for each."""
    return field(default_factory=lambda: Histogram(name, about, labels, buckets))


def told(metrics: Iterable[Metric]) -> bytes:
    """The body of `GET /metrics`."""
    return "".join(metric.told() for metric in metrics).encode("utf-8", "replace")


def _admitted(
    name: str, labels: tuple[str, ...], values: tuple[str, ...], known: Collection[tuple[str, ...]]
) -> tuple[str, ...]:
    """The label values a new series may have. Raises `ValueError` where they do not fit the labels."""
    if len(values) != len(labels):
        raise ValueError(f"{name} has the labels {labels}")
    values = tuple([value if len(value) <= LONGEST else OTHER for value in values])
    return values if values in known or len(known) < SERIES_LIMIT else (OTHER,) * len(values)


def _bound(bucket: float) -> str:
    return f"{bucket:g}"


def _pairs(labels: tuple[str, ...], values: tuple[str, ...]) -> str:
    if not labels:
        return ""
    pairs = (f'{label}="{value.translate(_ESCAPES)}"' for label, value in zip(labels, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _head(name: str, about: str, kind: str) -> str:
    return f"# HELP {name} {about}\n# TYPE {name} {kind}\n"

"""Counts what happens, and tells it in Prometheus' text format.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

SERIES_LIMIT = 1_000
"""Label sets one counter may have; what comes after is counted under `other`. Scrapers give up at some ten thousand."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


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
        lines = [f"# HELP {self.name} {self._about}", f"# TYPE {self.name} counter"]
        for values, total in self._totals.items():
            pairs = ",".join(
                f'{label}="{value.translate(_ESCAPES)}"' for label, value in zip(self._labels, values, strict=True)
            )
            lines.append(f"{self.name}{{{pairs}}} {total}")
        return "\n".join(lines) + "\n"


class Counters:
    """Everything the normalizer counts. Models are no label: clients may name any number of them."""

    def __init__(self) -> None:
        self.requests = Counter(
            "fairlead_requests_total", "Requests of clients by what became of them.", ("client", "provider", "outcome")
        )
        self.failures = Counter("fairlead_failures_total", "Failures told to clients.", ("provider", "kind"))
        self.retries = Counter("fairlead_retries_total", "Calls made once more.", ("provider", "kind"))
        self.losses = Counter(
            "fairlead_losses_total", "Things requests said that their provider's dialect cannot.", ("provider", "what")
        )
        self.violations = Counter(
            "fairlead_grammar_violations_total", "Repairs of streams that broke their grammar.", ("provider", "name")
        )
        self.tokens = Counter("fairlead_tokens_total", "Tokens as providers counted them.", ("provider", "kind"))

    def told(self) -> str:
        """The body of `GET /metrics`."""
        counters = (self.requests, self.failures, self.retries, self.losses, self.violations, self.tokens)
        return "".join(counter.told() for counter in counters)

"""Counts what requests took and cost, from their records."""

from collections.abc import Callable, Collection

from fairlead.router.metrics import Metrics
from fairlead.router.records import Record
from fairlead.shared.runtime.metrics import OTHER


class Meter:
    """`configured`: the names of providers that may stand in figures; clients may invent any number of others."""

    def __init__(self, metrics: Metrics, configured: Callable[[], Collection[str]]) -> None:
        self._metrics = metrics
        self._configured = configured

    def note(self, record: Record) -> None:
        """One request is over."""
        metrics, provider = self._metrics, record.provider if record.provider in self._configured() else OTHER
        metrics.durations.observe(record.duration, record.scenario)
        if record.first_byte is not None:
            metrics.first_bytes.observe(record.first_byte, provider)
        tokens = (
            ("input", record.input),
            ("cache_read", record.cache_read),
            ("cache_write", record.cache_write),
            ("output", record.output),
        )
        for kind, amount in tokens:
            if amount:
                metrics.tokens.add(provider, kind, amount=amount)
        if record.reasoning:
            metrics.reasoning.add(provider, amount=record.reasoning)
        if record.cost is not None:
            metrics.cost.add(provider, record.billing, amount=record.cost)
        elif record.result == "answered":
            metrics.unpriced.add(provider)

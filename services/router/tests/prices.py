"""Tariffs in one line."""

from fairlead.shared.config.schema import Prices
from fairlead.shared.pricing import Tariff


def priced(input: float, output: float, read: float | None = None, write: float | None = None) -> Tariff:  # noqa: A002
    """US dollars for a million tokens."""
    return Tariff(Prices(input, output, read, write))

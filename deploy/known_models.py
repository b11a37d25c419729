"""Makes the table of `fairlead.shared.known_models` from genai-prices, which is too large to be loaded by a service."""

import gzip
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import msgspec
from genai_prices import types
from genai_prices.data import providers

from fairlead.shared.known_models import Clause, Known, Maker, Rates, Row

FOLDER = Path(__file__).parents[1] / "shared/src/fairlead/shared/_models"
KINDS = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
_TEXTS: dict[type, str] = {
    types.ClauseEquals: "equals",
    types.ClauseStartsWith: "starts_with",
    types.ClauseEndsWith: "ends_with",
    types.ClauseContains: "contains",
    types.ClauseRegex: "regex",
}
_GROUPS: dict[type, str] = {types.ClauseOr: "or", types.ClauseAnd: "and"}


def table() -> bytes:
    """The packaged file. The same version of genai-prices always gives the same bytes."""
    makers = tuple(_maker(provider) for provider in providers)
    return gzip.compress(msgspec.json.encode(makers), mtime=0)


def notice() -> str:
    """Whose figures they are."""
    source = distribution("genai-prices")
    return (
        f"The windows and prices in models.json.gz are those of genai-prices {source.version}, "
        f"https://github.com/pydantic/genai-prices:\n\n{source.read_text('licenses/LICENSE')}"
    )


def _maker(provider: types.Provider) -> Maker:
    models = (_known(model) for model in provider.models)
    return Maker(
        id=provider.id,
        address=provider.api_pattern,
        names=_clause(provider.model_match) if provider.model_match else None,
        others=tuple(provider.fallback_model_providers or ()),
        models=tuple(model for model in models if model.rates or model.context_window),
    )


def _known(model: types.ModelInfo) -> Known:
    return Known(_clause(model.match), model.context_window, bool(model.deprecated), tuple(_rates(model)))


def _clause(clause: Any) -> Clause:
    how = _GROUPS.get(type(clause))
    if how is not None:
        return Clause(how, parts=tuple(map(_clause, getattr(clause, f"{how}_"))))
    how = _TEXTS[type(clause)]
    text: str = getattr(clause, how)
    return Clause(how, text if how == "regex" else text.lower())


def _rates(model: types.ModelInfo) -> Iterator[Rates]:
    given = model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]
    dated = [(_since(one.constraint), one.prices) for one in given if _is_standard(one)]
    for since, prices in sorted(dated, key=lambda each: each[0]):
        rates = _of(since, prices)
        if rates is not None:
            yield rates


def _is_standard(one: types.ConditionalPrice) -> bool:
    return not isinstance(one.constraint, types.TimeOfDateConstraint)


def _since(constraint: Any) -> int:
    if constraint is None:
        return 0
    return int(datetime.combine(constraint.start_date, time(), UTC).timestamp())


def _of(since: int, prices: types.ModelPrice) -> Rates | None:
    """None where nothing has a price by the token."""
    told = [getattr(prices, kind, None) for kind in KINDS]
    if all(one is None for one in told):
        return None
    starts = sorted({tier.start for one in told if isinstance(one, types.TieredPrices) for tier in one.tiers})
    return Rates(since, _row(told, 0), tuple((start, _row(told, start)) for start in starts))


def _row(told: Iterable[Any], start: int) -> Row:
    first, second, third, fourth = (_price(one, start) for one in told)
    return first, second, third, fourth


def _price(price: Decimal | types.TieredPrices | None, start: int) -> float | None:
    if isinstance(price, types.TieredPrices):
        reached = [tier.price for tier in price.tiers if tier.start <= start]
        return float(reached[-1] if reached else price.base)
    return None if price is None else float(price)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "models.json.gz").write_bytes(table())
    (FOLDER / "NOTICE").write_text(notice())
    sys.exit(0)

"""What is publicly known of models: windows and prices, from a table that is packaged here and never fetched.

The table is made from genai-prices by `just models`; https://github.com/pydantic/genai-prices says where each figure is
from. Of prices that depend on the time of day the standard one is here, and none of those for batches.
"""

import gzip
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import resources
from typing import TypeAlias

import msgspec
from msgspec import Struct

from fairlead.shared.catalog import Figures
from fairlead.shared.config.schema import Prices
from fairlead.shared.pricing import Step, Tariff

Row: TypeAlias = tuple[float | None, float | None, float | None, float | None]
"""Input, output, cache read and cache write, in US dollars for a million tokens."""


class Clause(Struct, frozen=True, array_like=True, gc=False):
    """How names of a model look. `how` is a key of `_CLAUSES`; `parts` are those of "or" and "and"."""

    how: str
    text: str = ""
    parts: tuple["Clause", ...] = ()

    def fits(self, name: str) -> bool:
        """`name` in lower case."""
        return _CLAUSES[self.how](self, name)


_CLAUSES: Mapping[str, Callable[[Clause, str], bool]] = {
    "equals": lambda clause, name: name == clause.text,
    "starts_with": lambda clause, name: name.startswith(clause.text),
    "ends_with": lambda clause, name: name.endswith(clause.text),
    "contains": lambda clause, name: clause.text in name,
    "regex": lambda clause, name: re.search(clause.text, name) is not None,
    "or": lambda clause, name: any(part.fits(name) for part in clause.parts),
    "and": lambda clause, name: all(part.fits(name) for part in clause.parts),
}


class Rates(Struct, frozen=True, array_like=True, gc=False):
    """Prices from a moment on, in Unix seconds; 0 for those without a beginning. Each step is (above, row)."""

    since: int
    base: Row
    steps: tuple[tuple[int, Row], ...] = ()

    def tariff(self) -> Tariff:
        """The same, by name."""
        return Tariff(Prices(*self.base), tuple(Step(above, Prices(*row)) for above, row in self.steps))


class Known(Struct, frozen=True, array_like=True, gc=False):
    """One model of one provider. `rates` in the order in which they begin."""

    match: Clause
    context_window: int | None
    deprecated: bool
    rates: tuple[Rates, ...]

    def figures(self, now: float) -> Figures:
        """What holds at `now`, in Unix seconds."""
        rates = next((one for one in reversed(self.rates) if one.since <= now), None)
        return Figures(
            context_window=self.context_window,
            tariff=rates.tariff() if rates else Tariff(),
            deprecated=self.deprecated,
        )


class Maker(Struct, frozen=True):
    """One provider: the `address` its URLs begin with, how names of its own models look, and who else's it serves."""

    id: str
    address: str
    names: Clause | None
    others: tuple[str, ...]
    models: tuple[Known, ...]


class KnownModels:
    """The table, read at the first question. `remembered` bounds how many answers are kept."""

    def __init__(self, remembered: int = 4_096) -> None:
        self._remembered = remembered
        self._found: OrderedDict[tuple[str, str], Known | None] = OrderedDict()

    def __repr__(self) -> str:
        return f"<KnownModels remembered={len(self._found)}>"

    def figures(self, base_url: str, model: str, now: float) -> Figures:
        """Of a model where it is served. A provider that is not in the table has no prices, but a model of a maker that
        is there has its window everywhere."""
        known = self._known(base_url, model)
        if known is not None:
            return known.figures(now)
        made = self._known("", model)
        return Figures(context_window=made.context_window) if made else Figures()

    def _known(self, base_url: str, model: str) -> Known | None:
        place = (base_url, model)
        if place in self._found:
            self._found.move_to_end(place)
            return self._found[place]
        found = self._at(base_url, model.lower()) if base_url else self._anywhere(model.lower())
        self._found[place] = found
        if len(self._found) > self._remembered:
            self._found.popitem(last=False)
        return found

    def _at(self, base_url: str, model: str) -> Known | None:
        maker = next((one for one in self._makers.values() if re.match(one.address, base_url)), None)
        if maker is None:
            return None
        served = (maker, *(self._makers[other] for other in maker.others if other in self._makers))
        return next((one for by in served for one in by.models if one.match.fits(model)), None)

    def _anywhere(self, model: str) -> Known | None:
        """By its maker; where others serve it, its name often has the maker's before it."""
        name = model.rpartition("/")[2]
        makers = [one for one in self._makers.values() if one.names is not None and one.names.fits(name)]
        return next((one for by in makers for one in by.models if one.match.fits(name)), None)

    @cached_property
    def _makers(self) -> dict[str, Maker]:
        packaged = resources.files("fairlead.shared").joinpath("_models", "models.json.gz").read_bytes()
        return {maker.id: maker for maker in msgspec.json.decode(gzip.decompress(packaged), type=tuple[Maker, ...])}

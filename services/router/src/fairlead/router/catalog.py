"""What the normalizer can reach: its `GET /v1/models`, read into the one question routing asks, a model's dialect."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Raw, Struct

from fairlead.router.listed import Listed, listed
from fairlead.shared.config.schema import Prices
from fairlead.shared.levels import without_level
from fairlead.shared.pricing import Step, Tariff


class PricedStep(Struct, frozen=True):
    """The prices of prompts of more than `above` tokens."""

    above: int
    input_price: float | None = None
    output_price: float | None = None
    cache_read_price: float | None = None
    cache_write_price: float | None = None

    @property
    def step(self) -> Step:
        """As a tariff has it."""
        prices = Prices(self.input_price, self.output_price, self.cache_read_price, self.cache_write_price)
        return Step(self.above, prices)


_PICTURES = "image_input"


class Ability(Struct, frozen=True):
    """Whether a model can do something."""

    supported: bool | None = None


class Entry(Struct, frozen=True):
    """One model. `dialect` is what it speaks natively; `context_window` in tokens, `long_context_window` with the beta
    of `shared.long_context`, prices in US dollars for a million
    tokens, None where they are not known. `capabilities` are by the names Anthropic's list has for them."""

    id: str
    dialect: str | None = None
    provider: str | None = None
    context_window: int | None = None
    long_context_window: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    cache_read_price: float | None = None
    cache_write_price: float | None = None
    price_steps: tuple[PricedStep, ...] = ()
    capabilities: Mapping[str, Ability] | None = None

    @property
    def tariff(self) -> Tariff:
        """What calls of it cost."""
        prices = Prices(self.input_price, self.output_price, self.cache_read_price, self.cache_write_price)
        return Tariff(prices, tuple([step.step for step in self.price_steps]) if self.price_steps else ())

    def window(self, *, long_context: bool) -> int | None:
        """The most tokens of a prompt, which comes with the beta for long ones or without."""
        return self.long_context_window or self.context_window if long_context else self.context_window

    @property
    def sees(self) -> bool | None:
        """Whether it can be shown pictures; None where nobody says."""
        ability = (self.capabilities or {}).get(_PICTURES)
        return None if ability is None else ability.supported


class Page(Struct, frozen=True):
    """One page of the normalizer's list: what routing asks of it, and what clients are told. `providers` are all that
    can be called, with their dialects."""

    data: tuple[Entry, ...]
    listed: tuple[Listed, ...] = ()
    has_more: bool = False
    last_id: str | None = None
    providers: Mapping[str, str] = {}


class _Written(Struct):
    data: tuple[Raw, ...]
    has_more: bool = False
    last_id: str | None = None
    providers: dict[str, str] = {}


_entries = msgspec.json.Decoder(Entry)


def read_page(body: bytes) -> Page:
    """The normalizer's answer. Raises `msgspec.MsgspecError` when it is not a list of models."""
    written = msgspec.json.decode(body, type=_Written)
    data = tuple(_entries.decode(row) for row in written.data)
    return Page(data, listed(written.data), written.has_more, written.last_id, written.providers)


class Catalog(Struct, frozen=True):
    """Models by lower-case address: under their ids, and as `provider,model` where the provider is told.

    `spoken` are the dialects of each provider, by lower-case name.
    """

    entries: Mapping[str, Entry] = {}
    spoken: Mapping[str, frozenset[str]] = {}

    @classmethod
    def of(cls, listed: Iterable[Entry], providers: Mapping[str, str] = {}) -> "Catalog":
        """The catalog of these models; of two with one address the first counts. `providers`: those that are known
        whether a model of theirs is or not, with their dialects."""
        entries: dict[str, Entry] = {}
        spoken = {name.lower(): frozenset({dialect}) for name, dialect in providers.items()}
        for entry in listed:
            entries.setdefault(entry.id.lower(), entry)
            if entry.provider:
                provider = entry.provider.lower()
                entries.setdefault(f"{provider},{entry.id.lower()}", entry)
                spoken[provider] = spoken.get(provider, frozenset()) | ({entry.dialect} if entry.dialect else set())
        return cls(entries, spoken)

    def find(self, address: str) -> Entry | None:
        """The model of that address, in any case, with or without a level of reasoning after it."""
        return self.entries.get(address.lower()) or self.entries.get(without_level(address).lower())

    def dialect(self, address: str) -> str | None:
        """The dialect of a model, None when it is unknown. A model that is not listed speaks as its provider's do."""
        entry = self.find(address)
        if entry is not None:
            return entry.dialect
        spoken = self.spoken.get(address.partition(",")[0].lower(), frozenset())
        return next(iter(spoken)) if len(spoken) == 1 else None

    def is_blind(self, address: str) -> bool:
        """Whether the model is known not to see pictures."""
        entry = self.find(address)
        return entry is not None and entry.sees is False

    def knows(self, provider: str) -> bool:
        """Whether the normalizer lists models of that provider."""
        return provider.strip().lower() in self.spoken

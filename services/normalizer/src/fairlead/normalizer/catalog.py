"""The models that can be asked for: under which ids, at which provider, and how they are listed."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from fairlead.shared.config.schema import Config, Prices, Provider
from fairlead.shared.failure import FailureError, Kind, refuse

PAGE = 1_000
"""Models of one page of the list when the client does not say; the most a client may ask for."""


class Entry(Struct, frozen=True):
    """One model: the `id` clients use, and what goes upstream. `reasoning` is the configured level, None if none is."""

    id: str
    provider: Provider
    upstream: str
    display_name: str
    reasoning: str | None = None

    def listed(self, created: int) -> dict[str, Any]:
        """As `GET /v1/models` tells it: the fields of OpenAI and of Anthropic, and ours. Unknown figures are null."""
        prices = self.provider.prices.get(self.upstream) or self.provider.prices.get("*")
        return {
            "id": self.id,
            "object": "model",
            "created": created,
            "owned_by": self.provider.name,
            "type": "model",
            "display_name": self.display_name,
            "created_at": datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "dialect": self.provider.dialect,
            "provider": self.provider.name,
            "context_window": None,
            "max_output_tokens": None,
            **_prices(prices),
            "capabilities": None,
            "reasoning": self.reasoning,
            "status": "available",
        }


class Found(Struct, frozen=True):
    """Where a model is served: the provider, and the model's name there."""

    provider: Provider
    model: str


class Page(Struct, frozen=True):
    """Which part of the list a client wants: at most `limit` models, those after the one called `after_id`."""

    limit: int = PAGE
    after_id: str | None = None


class Catalog:
    """Every model of one configuration, those of providers named in `usable`.

    `created` in Unix seconds stands for a model's age, which is not known.
    """

    def __init__(self, config: Config, usable: Collection[str], created: int) -> None:
        self._created = created
        self._redirects = config.normalizer.model_redirects
        providers = [provider for provider in config.providers if not provider.is_normalizer]
        self._providers = {provider.name.lower(): provider for provider in reversed(providers)}
        self._entries: dict[str, Entry] = {}
        self._by_name: dict[str, list[Entry]] = {}
        for entry in _entries(config, [provider for provider in providers if provider.name in usable]):
            self._entries.setdefault(entry.id, entry)
            self._by_name.setdefault(entry.upstream, []).append(entry)

    def __repr__(self) -> str:
        return f"<Catalog models={len(self._entries)}>"

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, model: str) -> Found:
        """The provider of `provider,model`, of an id of the list, or of a model's bare name when only one serves it.

        The provider may be one that cannot be called.
        Raises `FailureError`: NOT_FOUND for a model nobody serves, BAD_REQUEST for a bare name that several do.
        """
        wanted = self._redirected(model)
        entry = self._entries.get(wanted)
        if entry is not None:
            return Found(entry.provider, entry.upstream)
        named = self._at_named_provider(wanted)
        if named is not None:
            return named
        entries = self._by_name.get(wanted, [])
        if len(entries) == 1:
            return Found(entries[0].provider, entries[0].upstream)
        raise self._ambiguous(wanted, entries) if entries else self._not_found(wanted)

    def listing(self, page: Page) -> dict[str, Any]:
        """The body of `GET /v1/models`. Raises `FailureError` (BAD_REQUEST) when `after_id` is no model's id."""
        entries = list(self._entries.values())
        start = 0
        if page.after_id is not None:
            ids = list(self._entries)
            if page.after_id not in self._entries:
                raise refuse(Kind.BAD_REQUEST, f"after_id: no model {page.after_id}", param="after_id")
            start = ids.index(page.after_id) + 1
        shown = entries[start : start + page.limit]
        return {
            "object": "list",
            "data": [entry.listed(self._created) for entry in shown],
            "has_more": start + len(shown) < len(entries),
            "first_id": shown[0].id if shown else None,
            "last_id": shown[-1].id if shown else None,
        }

    def listed(self, model: str) -> dict[str, Any]:
        """The body of `GET /v1/models/{id}`. Raises `FailureError` (NOT_FOUND)."""
        entry = self._entries.get(self._redirected(model))
        if entry is None:
            raise self._not_found(model)
        return entry.listed(self._created)

    def _redirected(self, model: str) -> str:
        """The end of a chain of redirects; a circle, which no valid configuration has, ends after one round."""
        for _ in self._redirects:
            model = self._redirects.get(model, model)
        return model

    def _at_named_provider(self, model: str) -> Found | None:
        """`provider,model`, listed or not: lists of models grow old. A comma may belong to a model's bare name."""
        name, comma, rest = model.partition(",")
        provider = self._providers.get(name.strip().lower())
        return Found(provider, rest.strip()) if comma and provider is not None else None

    def _ambiguous(self, model: str, entries: list[Entry]) -> FailureError:
        ids = ", ".join(entry.id for entry in entries)
        return refuse(Kind.BAD_REQUEST, f"model: several providers serve {model}; ask for one of {ids}", param="model")

    def _not_found(self, model: str) -> FailureError:
        near = difflib.get_close_matches(model, [*self._entries, *self._by_name], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return refuse(
            Kind.NOT_FOUND,
            f"model: {model} is not served here{hint} (GET /v1/models lists what is)",
            param="model",
            code="model_not_found",
        )


def _entries(config: Config, providers: Iterable[Provider]) -> Iterator[Entry]:
    """Models of a droid2api file are known by their bare ids, all others as `provider,model`."""
    droid = {model.id: model for model in config.normalizer.models}
    for provider in providers:
        from_endpoint = provider.auth is not None and provider.auth.type == "factory"
        for model in provider.models:
            own = droid.get(model) if from_endpoint else None
            if own is not None:
                yield Entry(model, provider, model, own.name or model, own.reasoning)
            else:
                yield Entry(f"{provider.name},{model}", provider, model, model)


def _prices(prices: Prices | None) -> Mapping[str, float | None]:
    """US dollars for a million tokens."""
    known = prices or Prices()
    return {
        "input_price": known.input,
        "output_price": known.output,
        "cache_read_price": known.cache_read,
        "cache_write_price": known.cache_write,
    }

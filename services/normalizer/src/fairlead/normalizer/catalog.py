"""The models that can be asked for: under which ids, at which provider, and how they are listed."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from fairlead.shared import long_context
from fairlead.shared.access import may_use
from fairlead.shared.catalog import Figures, Model, Page, listing, merged
from fairlead.shared.config.schema import ClientKey, Config, Provider, RouterConfig, Target
from fairlead.shared.config.urls import is_ones_own
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.known_models import KnownModels
from fairlead.shared.levels import split_level, without_level
from fairlead.shared.pricing import Tariff

from .providers import vendor_of
from .providers.listing import Offered
from .reasoning import level_of

_CHOICES = 10
"""Ids that are told when a bare name is not enough."""


class Entry(Struct, frozen=True):
    """One model: the `id` clients use, and what goes upstream. `offered` is what its provider lists."""

    id: str
    provider: Provider
    upstream: str
    display_name: str | None = None
    offered: Offered | None = None


class Found(Struct, frozen=True):
    """Where a model is served: the provider, and the model's name there. `level`: how hard its name says to think."""

    provider: Provider
    model: str
    level: str | None = None


class Catalog:
    """Every model of one configuration, those of providers named in `usable`, and what these providers list; until they
    have, what routes name of them.

    `created` in Unix seconds stands for a model's age where that is not known. `formerly`: what providers were called
    in the configuration before, by their names there.
    """

    def __init__(
        self,
        config: Config,
        usable: Collection[str],
        created: int,
        known: KnownModels,
        formerly: Mapping[str, str] = {},
    ) -> None:
        self._created = created
        self._known = known
        self._redirects = config.normalizer.model_redirects
        providers = [provider for provider in config.all_providers if not provider.is_normalizer]
        self._own = frozenset(provider.name for provider in config.providers)
        self._usable = [provider.name for provider in providers if provider.name in usable]
        self._providers: dict[str, Provider] = {}
        for provider in providers:
            self._providers.setdefault(provider.name.lower(), provider)
        for old, name in formerly.items():
            self._providers.setdefault(old.lower(), self._providers[name.lower()])
        entries = _entries(config, [provider for provider in providers if provider.name in usable])
        self._configured = _Index(entries, self._own)
        self._offers: dict[str, Mapping[str, Offered]] = {}
        for provider in providers:
            if provider.name in usable and provider.lists_models:
                self._offers[provider.name] = {name: Offered(name) for name in _routed(config, provider)}
        self._offered = self._indexed()

    def __repr__(self) -> str:
        return f"<Catalog models={len(self)}>"

    def __len__(self) -> int:
        return len(self._configured.by_id.keys() | self._offered.by_id.keys())

    def learn(self, provider: str, offered: Iterable[Offered]) -> None:
        """What a provider lists, in place of what it listed before."""
        self._offers[provider] = {one.name: one for one in offered}
        self._offered = self._indexed()

    def _indexed(self) -> "_Index":
        entries = (
            Entry(f"{place.name},{one.name}", place, one.name, one.display_name, offered=one)
            for place in self._providers.values()
            for one in self._offers.get(place.name, {}).values()
        )
        return _Index(entries, self._own)

    def find(self, model: str, key: ClientKey | None = None) -> Found:
        """The provider of `provider,model`, of an id of the list, or of a model's bare name when only one serves it
        that `key` opens; where one is configured to serve it, what others list does not count. Each may end in a level
        of reasoning, unless a model of that very name is known.

        The provider may be one that cannot be called, or one that `key` does not open.
        Raises `FailureError`: NOT_FOUND for a model nobody serves, BAD_REQUEST for a bare name that several do.
        """
        wanted = self._redirected(model)
        found = self._known_as(wanted, key) or self._with_level(wanted, key) or self._at_named_provider(wanted)
        if found is None:
            raise self._not_found(wanted, key)
        return found

    def _known_as(self, name: str, key: ClientKey | None) -> Found | None:
        """The model that goes by a name. Raises `FailureError` (BAD_REQUEST) where several do."""
        entry = self._configured.by_id.get(name)
        if entry is not None:
            return Found(entry.provider, entry.upstream)
        named = self._at_named_provider(name)
        if named is not None:
            offers = self._offers.get(named.provider.name, {})
            return named if named.model in named.provider.models or named.model in offers else None
        entries = self._opened(name, key) or self._named(name)[:1]
        if len(entries) > 1:
            raise self._ambiguous(name, entries)
        return Found(entries[0].provider, entries[0].upstream) if entries else None

    def _with_level(self, name: str, key: ClientKey | None) -> Found | None:
        """A model by a name that ends in how hard it is to think."""
        split = split_level(name)
        if split is None:
            return None
        base = self._redirected(split.model)
        found = self._known_as(base, key) or (self._at_named_provider(base) if split.sure else None)
        return found and replace(found, level=split.level)

    def listing(self, page: Page, now: float, key: ClientKey | None = None) -> dict[str, Any]:
        """The body of `GET /v1/models`: what the client's key opens, at `now` in Unix seconds.

        Raises `FailureError` (BAD_REQUEST) when the page begins at no model.
        """
        entries = dict(self._shown(key))
        told = listing(list(entries), list(entries.items()), page)
        told["data"] = [self._model(id, entry, now).told() for id, entry in told["data"]]
        if key is None or key.is_unlimited:
            # Of some no model may be known yet.
            told["providers"] = {name: self._providers[name.lower()].dialect for name in self._usable}
        return told

    def listed(self, model: str, now: float, key: ClientKey | None = None) -> dict[str, Any]:
        """The body of `GET /v1/models/{id}`, also for a bare name. Raises `FailureError` (NOT_FOUND)."""
        entry = self._entry(self._redirected(model))
        named = self._opened(model, key)
        if entry is None and len(named) == 1:
            entry = named[0]
        if entry is None or not _opens(key, entry, model):
            raise self._not_found(model, key)
        return self._model(model if model in self._redirects else entry.id, entry, now).told()

    def _shown(self, key: ClientKey | None) -> Iterator[tuple[str, Entry]]:
        """Everything that is listed, by id: what is configured, other names for it, what providers list."""
        yield from ((id, entry) for id, entry in self._configured.by_id.items() if _opens(key, entry, id))
        for alias in self._redirects:
            entry = self._entry(self._redirected(alias))
            if entry is not None and _opens(key, entry, alias):
                yield alias, entry
        rest = ((id, entry) for id, entry in self._offered.by_id.items() if id not in self._configured.by_id)
        yield from ((id, entry) for id, entry in rest if _opens(key, entry, id))

    def _model(self, id: str, entry: Entry, now: float) -> Model:
        provider = entry.provider
        offered = entry.offered or self._offers.get(provider.name, {}).get(entry.upstream)
        return Model(
            id=id,
            display_name=entry.display_name or (offered and offered.display_name) or entry.upstream,
            provider=provider.name,
            dialect=provider.dialect,
            created=(offered and offered.created) or self._created,
            figures=self._figures(provider, entry.upstream, offered, now),
            reasoning=level_of(provider, entry.upstream),
            alias_of=entry.id if id != entry.id else None,
        )

    def _figures(self, provider: Provider, model: str, offered: Offered | None, now: float) -> Figures:
        """What is configured comes first, then what the provider lists, then what is publicly known."""
        prices = provider.prices.get(model) or provider.prices.get("*")
        configured = Figures(tariff=Tariff(prices)) if prices else Figures()
        told = merged(configured, offered.figures if offered else Figures())
        if told.context_window is None or not told.tariff.is_known:
            # It takes a look through hundreds of names, and OpenRouter lists hundreds of models.
            told = merged(told, self._public(provider, model, now))
        return merged(told, _declared(provider, model))

    def _public(self, provider: Provider, model: str, now: float) -> Figures:
        """Of what runs on somebody's own machine, nothing but its name is public."""
        url = provider.api_base_url
        return Figures() if is_ones_own(url) else self._known.figures(url, model, now)

    def _entry(self, id: str) -> Entry | None:
        return self._configured.by_id.get(id) or self._offered.by_id.get(id)

    def _named(self, name: str) -> list[Entry]:
        return self._configured.by_name.get(name) or self._offered.by_name.get(name, [])

    def _opened(self, name: str, key: ClientKey | None) -> list[Entry]:
        return [entry for entry in self._named(name) if _opens(key, entry, name)]

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
        ids = ", ".join(entry.id for entry in entries[:_CHOICES])
        return refuse(Kind.BAD_REQUEST, f"model: several providers serve {model}; ask for one of {ids}", param="model")

    def _not_found(self, model: str, key: ClientKey | None) -> FailureError:
        """What is near is told of what `key` opens."""
        own = (entry for entry in self._configured.by_id.values() if entry.provider.name in self._own)
        entries = [entry for entry in own if _opens(key, entry, entry.id)]
        names = [name for entry in entries for name in (entry.id, entry.upstream)]
        near = difflib.get_close_matches(without_level(model), names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return refuse(
            Kind.NOT_FOUND,
            f"model: {model} is not served here{hint} (GET /v1/models lists what is)",
            param="model",
            code="model_not_found",
        )


def renamed(before: Config, now: Config) -> dict[str, str]:
    """Providers that are the same but for their names: the new name by the old one. For a moment after a change the
    router may still ask by the old."""
    old, new = _by_name(before), _by_name(now)
    gone = [provider for name, provider in old.items() if name not in new]
    come = [provider for name, provider in new.items() if name not in old]
    same: dict[str, str] = {}
    for provider in gone:
        twins = [one.name for one in come if replace(one, name=provider.name) == provider]
        if len(twins) == 1:
            same[provider.name] = twins[0]
    return same


def _by_name(config: Config) -> dict[str, Provider]:
    return {provider.name.lower(): provider for provider in config.all_providers if not provider.is_normalizer}


class _Index:
    """Entries by their id, of two the first, and by the bare name that their provider knows them by, where that is one
    of `own`: who asks for a bare name does not mean a preset's."""

    def __init__(self, entries: Iterable[Entry], own: Collection[str]) -> None:
        self.by_id: dict[str, Entry] = {}
        self.by_name: dict[str, list[Entry]] = {}
        for entry in entries:
            self.by_id.setdefault(entry.id, entry)
            if entry.provider.name in own:
                self.by_name.setdefault(entry.upstream, []).append(entry)


def _entries(config: Config, providers: Iterable[Provider]) -> Iterator[Entry]:
    """Models of a droid2api file are known by their bare ids, all others as `provider,model`."""
    names = {model.id: model.name for model in config.normalizer.models}
    for provider in providers:
        from_endpoint = provider.auth is not None and provider.auth.type == "factory"
        for model in provider.models:
            if from_endpoint and model in names:
                yield Entry(model, provider, model, names[model])
            else:
                yield Entry(f"{provider.name},{model}", provider, model)


def _routed(config: Config, provider: Provider) -> Iterator[str]:
    """The models of a provider that the routes of the same configuration name, and no list of its own."""
    tables = [(config.router, config.fallback), *((preset.router, preset.fallback) for preset in config.presets)]
    for target in (target for table in tables for target in _targets(*table)):
        if target.provider == provider.name:
            model = without_level(target.model)
            if model not in provider.models:
                yield model


def _targets(router: RouterConfig, fallback: Mapping[str, tuple[Target, ...]]) -> Iterator[Target]:
    for route in (*router.scenarios.values(), *router.families.values()):
        yield from (*route.targets, *route.fallback)
    if router.emergency is not None:
        yield router.emergency
    for targets in fallback.values():
        yield from targets


def _opens(key: ClientKey | None, entry: Entry, alias: str) -> bool:
    return may_use(key, entry.provider.name, entry.upstream, alias)


def _declared(provider: Provider, model: str) -> Figures:
    """What the provider's file here declares; that something is not declared says nothing."""
    vendor = vendor_of(provider)
    thinks, beta = bool(vendor.profile_of(model).reasoning), vendor.long_context
    host = urlsplit(provider.api_base_url).hostname
    widens = beta is not None and beta.takes.search(model) and host not in beta.ended_at
    return Figures(
        long_context_window=long_context.WINDOW if widens else None,
        capabilities={"thinking": True} if thinks else {},
    )

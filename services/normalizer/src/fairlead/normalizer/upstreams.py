"""The configured providers, ready to be called: where, in which dialect, with whose credential and which headers."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx2
from msgspec import Struct, structs

from fairlead.shared.config.schema import Config, Limits, Provider, TransformerUse
from fairlead.shared.config.urls import is_base
from fairlead.shared.dialect import ProviderDialect
from fairlead.shared.measures import Measure, measure_of
from fairlead.shared.runtime.http import Timeouts
from fairlead.shared.surfaces import Operation

from .admission import Admission
from .credentials import CredentialSource, Surroundings, UnavailableError, address_of, source_of
from .custom import Chain, Workshop
from .preamble import preamble
from .priority import quick, with_beta
from .providers import Occasion, Urls, Vendor, vendor_of
from .transformers import AS_IT_IS, UNIFIED, Adjustment, adjustment_of, together

_SERVED_BY = "x-api-provider"
"""Whom Factory is to have a model served by."""

WayTo: TypeAlias = Callable[[Provider], httpx2.AsyncBaseTransport]


class Place(Struct, frozen=True):
    """A model by its provider's name for it, and how its tokens are counted here."""

    provider: str
    model: str
    measure: Measure

    @property
    def name(self) -> str:
        """The one it is learned under."""
        return f"{self.provider},{self.model}"


class Upstream(Struct, frozen=True):
    """One provider. `own_headers` are the configured ones, which win over all others. `transport` leads there, and
    `admission` says how many calls may. `adjustment` is what is changed about requests and answers, `adjustments` the
    same for models of which more is. `maker` signs the reasoning of models that the dialect's maker has not made; None:
    there are none. `served_by` and `tokenizers` are as in the configuration; `fast` models are asked for with the beta
    that their tier needs. `chain` is the way past the user's own transformers, `chains` the same for models of which
    there are more. `traced`: it is told of traces, by `traceparent`."""

    name: str
    dialect: ProviderDialect
    vendor: Vendor
    urls: Urls
    source: CredentialSource
    own_headers: Mapping[str, str]
    timeouts: Timeouts
    transport: httpx2.AsyncBaseTransport
    admission: Admission
    adjustment: Adjustment = AS_IT_IS
    adjustments: Mapping[str, Adjustment] = {}
    maker: str | None = None
    served_by: Mapping[str, str] = {}
    fast: frozenset[str] = frozenset()
    traced: bool = False
    chain: httpx2.AsyncBaseTransport | None = None
    chains: Mapping[str, httpx2.AsyncBaseTransport] = {}
    tokenizers: Mapping[str, str] = {}

    def place(self, model: str) -> Place:
        """One of its models; counted as configured, else as its name tells."""
        vocabulary = self.tokenizers.get(model) or self.tokenizers.get("*")
        return Place(self.name, model, Measure(vocabulary) if vocabulary is not None else measure_of(model))

    def way_of(self, model: str) -> httpx2.AsyncBaseTransport:
        """The way that requests to one model go, past what the user's own transformers make of them."""
        return self.chains.get(model) or self.chain or self.transport

    def adjustment_of(self, model: str) -> Adjustment:
        """What is changed about requests to one model and about its answers."""
        return self.adjustments.get(model, self.adjustment)

    def maker_of(self, model: str) -> str | None:
        """Who signs a model's reasoning, where that is not who made the dialect."""
        own = self.vendor.own
        return None if own is None or own.search(model) else self.maker

    def headers(self, client_headers: Mapping[str, str], *, native: bool, model: str = "") -> dict[str, str]:
        """All headers of one call but those about the connection, and those that prove whose it is."""
        headers = self.vendor.headers(client_headers, native=native)
        if model in self.served_by:
            headers[_SERVED_BY] = self.served_by[model]
        headers |= self.own_headers
        return with_beta(headers, self.dialect.name) if model in self.fast else headers

    def marks(self, session: str, message: str) -> Mapping[str, str]:
        """Headers that are made for one answer of one conversation."""
        if self.vendor.marks is None:
            return {}
        return self.vendor.marks(Occasion(session, message, self.own_headers["user-agent"]))


class Unusable(Struct, frozen=True):
    """A configured provider that cannot be called, and why, for people."""

    name: str
    because: str


def upstreams(
    config: Config,
    dialects: Mapping[str, ProviderDialect],
    user_agent: str,
    world: Surroundings,
    way_to: WayTo | None = None,
    workshop: Workshop | None = None,
) -> tuple[dict[str, Upstream], tuple[Unusable, ...]]:
    """Every provider by name, and those that cannot be called. Providers that are the normalizer itself are neither.

    `way_to` makes the transport of a provider, for its credentials too; without it, all go the world's way. `workshop`
    has the user's own transformers.
    """
    ready: dict[str, Upstream] = {}
    unusable: list[Unusable] = []
    for provider in _others(config.all_providers):
        made: Upstream | str | None = provider.disabled_because
        if made is None:
            own = world if way_to is None else structs.replace(world, transport=way_to(provider))
            made = _upstream(provider, config.limits, dialects, user_agent, own)
            if workshop is not None and provider.transformer.custom and isinstance(made, Upstream):
                made = _transformed(made, provider, workshop)
        if isinstance(made, str):
            unusable.append(Unusable(provider.name, made))
        else:
            ready[provider.name] = made
    return ready, tuple(unusable)


def _others(providers: Iterable[Provider]) -> Iterable[Provider]:
    return (provider for provider in providers if not provider.is_normalizer)


def _upstream(
    provider: Provider, limits: Limits, dialects: Mapping[str, ProviderDialect], user_agent: str, world: Surroundings
) -> Upstream | str:
    """The provider, or what is missing to call it."""
    vendor, dialect = vendor_of(provider), dialects.get(provider.dialect)
    if dialect is None:
        return f"the dialect {provider.dialect} is not spoken here"
    try:
        source, address = source_of(provider, vendor, world), address_of(provider)
    except UnavailableError as error:
        return str(error)
    configured = {name.lower(): secret.value for name, secret in (provider.headers or {}).items()}
    return Upstream(
        name=provider.name,
        dialect=dialect,
        vendor=vendor,
        urls=vendor.urls(address),
        source=source,
        own_headers={"user-agent": user_agent, **configured},
        timeouts=_timeouts(provider, limits),
        transport=world.transport,
        admission=Admission(provider.name, provider.limits, world.clock),
        adjustment=_adjustment(provider, None),
        adjustments={model: _adjustment(provider, model) for model in {*provider.transformer.models, *provider.fast}},
        maker=_maker(provider, vendor),
        served_by=provider.served_by,
        fast=provider.fast,
        tokenizers=provider.tokenizers,
        traced=provider.traceparent,
    )


def _transformed(made: Upstream, provider: Provider, workshop: Workshop) -> Upstream:
    """With transformers of the user's own. What they send chat to has any path, as in claude-code-router; and nobody
    counts tokens past them: what they make of such a request nobody has said."""
    transformer, urls = provider.transformer, made.urls

    def chain(*uses: TransformerUse) -> Chain:
        return Chain(made.transport, [use for use in uses if use.custom], workshop, provider)

    exact = provider.dialect == "openai" and not is_base(provider.api_base_url)
    urls = structs.replace(
        urls,
        answer=provider.api_base_url if exact else urls.answer,
        count_tokens=None,
        surfaces={operation: one for operation, one in urls.surfaces.items() if operation is Operation.ANSWER},
        ways={operation: one for operation, one in urls.ways.items() if operation is Operation.ANSWER},
    )
    models = {model: chain(*transformer.use, *uses) for model, uses in transformer.models.items()}
    return structs.replace(made, urls=urls, chain=chain(*transformer.use), chains=models)


def _adjustment(provider: Provider, model: str | None) -> Adjustment:
    """A model's own chain comes after its provider's, and what droid2api's keys change after both."""
    transformer, dialect = provider.transformer, provider.dialect
    chain = transformer.models.get(model, ()) if model else ()
    tier = quick(dialect) if model in provider.fast else AS_IT_IS
    base = UNIFIED if transformer.custom and dialect == "openai" else AS_IT_IS
    own = preamble(provider.system_prompt, dialect)
    return together([base, adjustment_of(transformer.use), adjustment_of(chain), own, tier])


def _maker(provider: Provider, vendor: Vendor) -> str | None:
    """The provider, under a name that a seal may have in it."""
    host = urlsplit(provider.api_base_url).hostname or ""
    return None if host in vendor.hosts else re.sub(r"[^A-Za-z0-9_-]", "_", provider.name)


def _timeouts(provider: Provider, limits: Limits) -> Timeouts:
    own = provider.timeouts
    return Timeouts(
        connect=own.connect or limits.connect_s,
        tls=own.tls or limits.tls_s,
        first_byte=own.first_byte or limits.first_byte_s,
        idle=own.idle or limits.idle_s,
    )

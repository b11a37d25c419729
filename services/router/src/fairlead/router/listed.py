"""The list of models that clients are told: the normalizer's, in its own words, or what the configuration names."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.access import may_use
from fairlead.shared.catalog import Figures, Model, Page, listing
from fairlead.shared.codec import encode
from fairlead.shared.config.schema import ClientKey, Provider
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.pricing import Tariff


class Listed(Struct, frozen=True, gc=False):
    """One model: what is asked of it here, and all that is `told` of it, as JSON."""

    id: str
    provider: str
    told: bytes

    @property
    def name(self) -> str:
        """What its provider calls it, where its id says so."""
        provider, comma, name = self.id.partition(",")
        return name if comma and provider.casefold() == self.provider.casefold() else self.id


class _Named(Struct):
    id: str
    provider: str = ""


_names = msgspec.json.Decoder(_Named)


def listed(rows: Iterable[Raw]) -> tuple[Listed, ...]:
    """Models as the normalizer tells them. Raises `msgspec.MsgspecError` for what is none."""
    named = ((_names.decode(row), row) for row in rows)
    return tuple(Listed(name.id, name.provider, bytes(row)) for name, row in named)


def from_config(providers: Iterable[Provider]) -> tuple[Listed, ...]:
    """The models a configuration names."""
    models = (_model(provider, name) for provider in providers for name in provider.models)
    return tuple(Listed(model.id, model.provider, encode(model.told())) for model in models)


def _model(provider: Provider, name: str) -> Model:
    prices = provider.prices.get(name) or provider.prices.get("*")
    return Model(
        id=name if provider.is_normalizer else f"{provider.name},{name}",
        display_name=name,
        provider=provider.name,
        dialect=provider.dialect,
        created=0,
        figures=Figures(tariff=Tariff(prices)) if prices else Figures(),
    )


def page(models: Iterable[Listed], wanted: Page, key: ClientKey | None) -> bytes:
    """The body of `GET /v1/models`: what the client's key opens. Raises `FailureError` (BAD_REQUEST)."""
    told = {one.id: Raw(one.told) for one in _open(models, key)}
    body: dict[str, Any] = listing(list(told), list(told.values()), wanted)
    return encode(body)


def single(models: Iterable[Listed], wanted: str, key: ClientKey | None) -> bytes:
    """The body of `GET /v1/models/{id}`, also for a bare name that only one provider has.

    Raises `FailureError` (NOT_FOUND).
    """
    shown = list(_open(models, key))
    by_id = [one for one in shown if one.id == wanted]
    found = by_id or [one for one in shown if one.name == wanted]
    if not by_id and len(found) != 1:
        message = f"model: {wanted} is not served here (GET /v1/models lists what is)"
        raise refuse(Kind.NOT_FOUND, message, param="model", code="model_not_found")
    return found[0].told


def _open(models: Iterable[Listed], key: ClientKey | None) -> Iterator[Listed]:
    return (one for one in models if may_use(key, one.provider, one.name, one.id))

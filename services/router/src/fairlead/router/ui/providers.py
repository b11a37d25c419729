"""Providers: how each does now, its limits and credentials, and who answers in its place."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from msgspec import Struct, structs

from fairlead.router.health import UNKNOWN, Known
from fairlead.router.policy import Policy
from fairlead.shared.config.schema import Provider, Target
from fairlead.shared.failure import Kind, refuse

from . import chains
from .chains import Chain
from .credentials import Credential, Standing
from .house import House
from .lines import Verdict
from .outlook import stands
from .page import Answer, Html, Page, Visit
from .standings import Health, health
from .trial import trial
from .unread import Unread

MODELS = 30
"""Of one provider that are shown, those that were asked of late first."""


class ModelHealth(Struct, frozen=True):
    """One model."""

    name: str
    health: Health


class Shown(Struct, frozen=True):
    """One provider. `type`: how it is spoken to, "" for one that the normalizer alone knows; `host`: where it is;
    `more`: models that are not shown; `disabled`: why it may not be called."""

    name: str
    type: str
    host: str
    billing: str | None
    health: Health
    models: tuple[ModelHealth, ...]
    more: int
    credentials: tuple[Credential, ...]
    disabled: str | None


class Providers(Struct, frozen=True):
    """`unknown`: why nothing is known of credentials; `away`: the Redis that routers share cannot be reached."""

    providers: tuple[Shown, ...]
    chains: tuple[Chain, ...]
    unknown: str | None
    away: bool


class Sight(Struct, frozen=True):
    """What the page is made of, at `now` of the memory's clock."""

    policy: Policy
    configured: Sequence[Provider]
    known: Sequence[Known]
    credentials: Standing | Unread
    chains: tuple[Chain, ...]
    now: float
    away: bool = False


def providers(sight: Sight) -> Providers:
    """Those of the configuration in its order, then whoever else was asked of late."""
    by_name = {one.name: one for one in sight.configured}
    names = dict.fromkeys([*by_name, *(target.provider for target in sight.policy.everybody)])
    names |= dict.fromkeys(one.provider for one in sight.known)
    asked = {(one.provider, one.model): one for one in sight.known}
    standing = sight.credentials
    shown = [_shown(name, by_name.get(name), asked, sight) for name in names if name]
    return Providers(tuple(shown), sight.chains, standing.why if isinstance(standing, Unread) else None, sight.away)


def _shown(name: str, configured: Provider | None, asked: dict[tuple[str, str | None], Known], sight: Sight) -> Shown:
    models = [model for provider, model in asked if provider == name and model is not None]
    models += [target.model for target in sight.policy.everybody if target.provider == name]
    models += configured.models if configured is not None else ()
    named = list(dict.fromkeys(models))
    standing = Standing((), {}) if isinstance(sight.credentials, Unread) else sight.credentials
    disabled = sight.policy.disabled.get(name) or standing.unusable.get(name.lower())
    whole = health(asked.get((name, None), Known(name, None, UNKNOWN)), sight.now)
    return Shown(
        name=name,
        type=configured.type if configured is not None else "",
        host=urlsplit(configured.api_base_url).netloc if configured is not None else "",
        billing=configured.billing if configured is not None else None,
        health=structs.replace(whole, verdict=Verdict("disabled", "bad")) if disabled else whole,
        models=tuple(
            ModelHealth(model, health(asked.get((name, model), Known(name, model, UNKNOWN)), sight.now))
            for model in named[:MODELS]
        ),
        more=max(0, len(named) - MODELS),
        credentials=tuple(one for one in standing.all if one.provider.lower() == name.lower()),
        disabled=disabled,
    )


def target_of(policy: Policy, providers: Iterable[Provider], provider: str, model: str) -> Target:
    """A target that may be tried: nobody calls what the configuration does not name. Raises `FailureError`."""
    listed = {(one.name, name) for one in providers for name in one.models}
    named = {(one.provider, one.model) for one in policy.everybody}
    if (provider, model) not in listed | named:
        raise refuse(Kind.NOT_FOUND, f"The configuration names no model {model[:80]} of {provider[:80]}.")
    return Target(provider, model)


async def show(house: House, _visit: Visit) -> Answer:
    """`GET /ui/providers`."""
    return Html("providers.html", await _looked(house))


async def live(house: House, _visit: Visit) -> Answer:
    """What of it changes."""
    return Html("providers_live.html", await _looked(house))


async def _looked(house: House) -> Providers:
    seen, credentials = await stands(house)
    chained = chains.chains(house.policy, house.discovery.catalog, seen)
    known, away = tuple(seen.known.values()), bool(house.memory.away)
    return providers(Sight(house.policy, house.providers, known, credentials, chained, seen.now, away))


async def test(house: House, visit: Visit) -> Answer:
    """`POST /ui/providers/test`: one short call, past all routing."""
    target = target_of(house.policy, house.providers, visit.field("provider"), visit.field("model"))
    route = house.policy.address(target)
    told = await trial(house.client, house.normalizer_url, house.own_headers, route, house.clock)
    return Html("trial.html" if visit.partial else "trial_page.html", told)


PAGES = (
    Page("providers", show, name="Providers", live=live),
    Page("providers/test", section="Providers", act=test),
)

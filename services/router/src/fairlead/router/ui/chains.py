"""Who is asked for each scenario, one after the other, and how each of them does."""

from collections.abc import Mapping

from msgspec import Struct

from fairlead.router.active import active
from fairlead.router.catalog import Catalog
from fairlead.router.health import UNKNOWN, Known
from fairlead.router.policy import Policy, name_of
from fairlead.shared.config.schema import Target

from .lines import Verdict
from .standings import verdict


class Link(Struct, frozen=True):
    """One target. `weight` is its part where they are drawn by weight; `because`: why it cannot be called."""

    provider: str
    model: str
    part: str
    weight: float
    verdict: Verdict
    because: str | None


class Chain(Struct, frozen=True):
    """One scenario."""

    scenario: str
    strategy: str
    links: tuple[Link, ...]


class Health(Struct, frozen=True):
    """What is known of everybody, by provider and model (None: the provider as a whole), at a moment of the memory's
    clock; and `ill`: why providers cannot be called, by lower-case name."""

    known: Mapping[tuple[str, str | None], Known]
    now: float
    ill: Mapping[str, str] = {}


def chains(policy: Policy, catalog: Catalog, health: Health) -> tuple[Chain, ...]:
    """In the order of the configuration."""
    left_out = {
        (one["category"], one["provider"], one["model"]): one["because"]
        for one in active(policy, catalog, health.ill)["left_out"]
    }
    return tuple(
        Chain(
            scenario,
            policy.strategy(scenario),
            tuple(
                Link(
                    one.provider,
                    one.model,
                    part,
                    one.weight,
                    verdict_of(one, health),
                    left_out.get((scenario, one.provider, one.model)),
                )
                for one, part in _named(policy, scenario)
            ),
        )
        for scenario in policy.routes
    )


def _named(policy: Policy, scenario: str) -> list[tuple[Target, str]]:
    """Everybody in the order of the configuration, each once, with the part of the chain where it stands first."""
    parts = {"target": policy.routes[scenario], "fallback": policy.fallbacks.get(scenario, ())}
    parts["emergency"] = (policy.emergency,) if policy.emergency is not None else ()
    found: dict[str, tuple[Target, str]] = {}
    for part, targets in parts.items():
        for target in targets:
            found.setdefault(name_of(target), (target, part))
    return list(found.values())


def verdict_of(target: Target, health: Health) -> Verdict:
    """The provider's, unless that is well: then the model's."""
    unknown = Known(target.provider, None, UNKNOWN)
    whole = verdict(health.known.get((target.provider, None), unknown), health.now)
    model = health.known.get((target.provider, target.model))
    return whole if whole.tone in ("bad", "warn") or model is None else verdict(model, health.now)

"""The routing rules of a configuration, made ready to be asked: routes by scenario, and names in any spelling."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from fairlead.router.affinity import Patience
from fairlead.router.strategy import PRIORITY
from fairlead.router.terms import Terms
from fairlead.shared.config.schema import (
    FAST_THRESHOLD,
    SCENARIOS,
    Config,
    Preset,
    Prices,
    Provider,
    Route,
    RouterConfig,
    RouterPolicy,
    Target,
)
from fairlead.shared.config.when import When
from fairlead.shared.levels import without_level

DEFAULT = "default"

_FROM_CLIENTS = frozenset({"passthrough", "factory"})
"""Kinds of `auth` that use the client's credential, always or where there is none of ours."""


class Names(Struct, frozen=True):
    """How a provider and its models are written in the configuration; `models` is by lower-case name."""

    provider: str
    models: Mapping[str, str]


class Policy(Struct, frozen=True):
    """Where each scenario goes.

    `routes` are the targets of a scenario in the order they were written, `fallbacks` (by scenario too) who comes after
    them. `strategies` and `delays` (seconds before each further target) are by scenario, where they are configured.
    `names` is by lower-case provider name. `own_ids` are the providers that are the normalizer itself: their models go
    by their bare ids. `prices` (by model, "*" for the others) and `disabled` (why) are by provider.

    `conditions` are by scenario, for those that have any; `named` are the user's own among these, in the order written.
    `families`: a word or pattern for models that clients ask for → the scenario they are, in the order written. `heed`:
    the headers that conditions look at. `billing`: how a provider is paid, where that is known.

    `preset`: the one that this is the policy of, "" for the configuration's own, whose `elsewhere` are the targets that
    its presets name.
    """

    routes: Mapping[str, tuple[Target, ...]]
    fallbacks: Mapping[str, tuple[Target, ...]]
    long_context_threshold: int
    names: Mapping[str, Names]
    own_ids: frozenset[str] = frozenset()
    keyed: frozenset[str] = frozenset()
    strategies: Mapping[str, str] = {}
    delays: Mapping[str, float] = {}
    emergency: Target | None = None
    prices: Mapping[str, Mapping[str, Prices]] = {}
    disabled: Mapping[str, str] = {}
    terms: Terms = Terms()
    conditions: Mapping[str, When] = {}
    named: tuple[str, ...] = ()
    families: Mapping[str, str] = {}
    fast_threshold: int = FAST_THRESHOLD
    heed: frozenset[str] = frozenset()
    billing: Mapping[str, str] = {}
    preset: str = ""
    elsewhere: tuple[Target, ...] = ()

    @classmethod
    def of_preset(cls, preset: Preset, config: Config) -> "Policy":
        """What a preset of `config` says. How targets are judged is the same for all. Its providers answer to the names
        that its manifest has for them too."""
        router = structs.replace(preset.router, policy=config.router.policy)
        own = structs.replace(config, providers=preset.providers, router=router, fallback=preset.fallback, presets=())
        policy = cls.of(own)
        shorter = {name.removeprefix(f"{preset.name.lower()}/"): names for name, names in policy.names.items()}
        return structs.replace(policy, names={**shorter, **policy.names}, preset=preset.name)

    @classmethod
    def of(cls, config: Config) -> "Policy":
        """What `config` says about routing, its presets aside; of single providers it is known for all."""
        scenarios, providers = _scenarios(config.router), config.all_providers
        conditions = {name: route.when for name, route in scenarios.items() if route.when is not None}
        return cls(
            routes={name: route.targets for name, route in scenarios.items() if route.targets},
            fallbacks={
                name: (*(scenarios[name].fallback if name in scenarios else ()), *config.fallback.get(name, ()))
                for name in (*scenarios, *config.fallback)
            },
            long_context_threshold=config.router.long_context_threshold,
            names={p.name.lower(): Names(p.name, {m.lower(): m for m in p.models}) for p in config.providers},
            own_ids=frozenset(p.name for p in providers if p.is_normalizer),
            keyed=frozenset(p.name for p in providers if not _may_be_called_with_clients_credential(p)),
            strategies={name: route.strategy or PRIORITY for name, route in scenarios.items()},
            delays={name: route.delay_ms / 1_000 for name, route in scenarios.items() if route.delay_ms},
            emergency=config.router.emergency,
            billing={p.name: p.billing for p in providers if p.billing is not None},
            prices={p.name: p.prices for p in providers if p.prices},
            disabled={p.name: p.disabled_because for p in providers if p.disabled_because is not None},
            terms=_terms(config.router.policy),
            conditions=conditions,
            named=tuple(name for name in conditions if name in config.router.scenarios and name not in SCENARIOS),
            families={family: of_family(family) for family in config.router.families},
            fast_threshold=config.router.fast_threshold,
            heed=frozenset(header for when in conditions.values() for header in when.header),
            elsewhere=tuple([target for one in config.presets for target in cls.of_preset(one, config).targets]),
        )

    @property
    def targets(self) -> tuple[Target, ...]:
        """Everybody that any scenario names, each once."""
        named = [*self.routes.values(), *self.fallbacks.values(), (self.emergency,) if self.emergency else ()]
        return unrepeated(target for targets in named for target in targets)

    @property
    def everybody(self) -> tuple[Target, ...]:
        """`targets`, and those of presets."""
        return unrepeated((*self.targets, *self.elsewhere))

    @property
    def providers(self) -> frozenset[str]:
        """The names of its providers."""
        return frozenset(names.provider for names in self.names.values())

    @property
    def spellings(self) -> list[str]:
        """What its providers are called in the configuration, or in the preset."""
        return [names.provider.removeprefix(f"{self.preset}/") for names in self.names.values()]

    def unknown(self, provider: str, model: str) -> Target:
        """What a client means that names a provider which is not configured. What a preset does not name itself is not
        asked through it."""
        return Target(f"{self.preset}/{provider.strip()}" if self.preset else provider.strip(), model.strip())

    def strategy(self, scenario: str) -> str:
        """How the targets of a scenario are put in order."""
        return self.strategies.get(scenario, PRIORITY)

    def address(self, target: Target) -> str:
        """What the normalizer knows `target` by: `provider,model`, or the bare id."""
        return target.model if target.provider in self.own_ids else name_of(target)

    @property
    def chooses(self) -> bool:
        """Whether there is a scenario with more than one target, so that it matters where a cache is."""
        return any(len(targets) > 1 for targets in self.routes.values())

    def reachable(self, scenario: str, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """Everybody who may be asked when `scenario` goes to `targets`."""
        last = (self.emergency,) if self.emergency is not None else ()
        return (*targets, *self.fallbacks.get(scenario, ()), *last)

    def takes_client_credential(self, target: Target) -> bool:
        """Whether the client's own credential may be needed; of a provider only the normalizer knows, it decides."""
        return target.provider not in self.keyed

    def configured(self, provider: str, model: str) -> Target | None:
        """The target a user means, in the configuration's spelling; a model that is not listed is taken as typed, and
        so is the level it may end in."""
        names = self.names.get(provider.strip().lower())
        if names is None:
            return None
        model = model.strip()
        listed = names.models.get(model.lower())
        if listed is None:
            bare = without_level(model)
            listed = names.models.get(bare.lower(), bare) + model[len(bare) :]
        return Target(names.provider, listed)

    def lists(self, target: Target) -> bool:
        """Whether the configuration lists the target's model under its provider, with or without a level after it."""
        names = self.names.get(target.provider.lower())
        spellings = (target.model.lower(), without_level(target.model).lower())
        return names is not None and any(spelling in names.models for spelling in spellings)


def of_family(family: str) -> str:
    """What the scenario of a family, or of a pattern of names, is called."""
    return f"families.{family}"


def _scenarios(router: RouterConfig) -> dict[str, Route]:
    return {**router.scenarios, **{of_family(family): route for family, route in router.families.items()}}


def _may_be_called_with_clients_credential(provider: Provider) -> bool:
    return provider.is_normalizer or (provider.auth is not None and provider.auth.type in _FROM_CLIENTS)


def _terms(tuning: RouterPolicy) -> Terms:
    return Terms(tuning.weights, tuning.switch_at, tuning.max_fallbacks, Patience(tuning.wait_s, tuning.wait_cost))


def name_of(target: Target) -> str:
    """A target as people write it: `provider,model`, or the model alone when no provider was named."""
    return f"{target.provider},{target.model}" if target.provider else target.model


def unrepeated(targets: Iterable[Target]) -> tuple[Target, ...]:
    """The targets in order, each once."""
    first: dict[tuple[str, str], Target] = {}
    for target in targets:
        first.setdefault((target.provider, target.model), target)
    return tuple(first.values())

"""The routing rules of a configuration, made ready to be asked: routes by scenario, and names in any spelling."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from fairlead.shared.config.schema import Config, Provider, Target

DEFAULT = "default"

_FROM_CLIENTS = frozenset({"passthrough", "factory"})
"""Kinds of `auth` that use the client's credential, always or where there is none of ours."""


class Names(Struct, frozen=True):
    """How a provider and its models are written in the configuration; `models` is by lower-case name."""

    provider: str
    models: Mapping[str, str]


class Policy(Struct, frozen=True):
    """Where each scenario goes.

    `routes` are the targets of a scenario in the order they are tried, `fallbacks` (by scenario too) who comes after
    them. `names` is by lower-case provider name. `own_ids` are the providers that are the normalizer itself: their
    models go by their bare ids.
    """

    routes: Mapping[str, tuple[Target, ...]]
    fallbacks: Mapping[str, tuple[Target, ...]]
    long_context_threshold: int
    names: Mapping[str, Names]
    own_ids: frozenset[str] = frozenset()
    keyed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: Config) -> "Policy":
        """What `config` says about routing."""
        scenarios = config.router.scenarios
        return cls(
            routes={name: route.targets for name, route in scenarios.items() if route.targets},
            fallbacks={
                name: (*(scenarios[name].fallback if name in scenarios else ()), *config.fallback.get(name, ()))
                for name in (*scenarios, *config.fallback)
            },
            long_context_threshold=config.router.long_context_threshold,
            names={p.name.lower(): Names(p.name, {m.lower(): m for m in p.models}) for p in config.providers},
            own_ids=frozenset(p.name for p in config.providers if p.is_normalizer),
            keyed=frozenset(p.name for p in config.providers if not _may_be_called_with_clients_credential(p)),
        )

    def address(self, target: Target) -> str:
        """What the normalizer knows `target` by: `provider,model`, or the bare id."""
        return target.model if target.provider in self.own_ids else name_of(target)

    def takes_client_credential(self, target: Target) -> bool:
        """Whether the client's own credential may be needed; of a provider only the normalizer knows, it decides."""
        return target.provider not in self.keyed

    def configured(self, provider: str, model: str) -> Target | None:
        """The target a user means, in the configuration's spelling; a model that is not listed is taken as typed."""
        names = self.names.get(provider.strip().lower())
        if names is None:
            return None
        model = model.strip()
        return Target(names.provider, names.models.get(model.lower(), model))

    def lists(self, target: Target) -> bool:
        """Whether the configuration lists the target's model under its provider."""
        names = self.names.get(target.provider.lower())
        return names is not None and target.model.lower() in names.models


def _may_be_called_with_clients_credential(provider: Provider) -> bool:
    return provider.is_normalizer or (provider.auth is not None and provider.auth.type in _FROM_CLIENTS)


def name_of(target: Target) -> str:
    """A target as people write it: `provider,model`, or the model alone when no provider was named."""
    return f"{target.provider},{target.model}" if target.provider else target.model


def unrepeated(targets: Iterable[Target]) -> tuple[Target, ...]:
    """The targets in order, each once."""
    first: dict[tuple[str, str], Target] = {}
    for target in targets:
        first.setdefault((target.provider, target.model), target)
    return tuple(first.values())

"""Reads `Router` and `fallback`: which models each scenario may go to, in every spelling there is."""

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any

import msgspec

from fairlead.shared.levels import without_level

from .conditions import read_when
from .findings import KeyPath
from .providers import Draft
from .schema import (
    FAMILIES,
    FAST_THRESHOLD,
    LONG_CONTEXT_THRESHOLD,
    SCENARIOS,
    STRATEGIES,
    Count,
    Route,
    RouterConfig,
    RouterPolicy,
    Target,
)
from .sections import Entry, Reader, Section, did_you_mean, fold
from .when import Patterns, fits

ROUTE = Section(
    "Router.*", ("targets", "strategy", "fallback", "delay_ms", "when", "required"), {"providers": "targets"}
)
TARGET = Section("Router.*.targets[]", ("provider", "model", "weight"))

_BUILT_IN = {fold(name): name for name in SCENARIOS}
_THRESHOLD, _FAST, _EMERGENCY, _POLICY = "longContextThreshold", "fastThreshold", "emergency", "policy"
_FAMILIES = "families"
_NO_SCENARIOS = frozenset(map(fold, (_THRESHOLD, _FAST, _EMERGENCY, _POLICY, _FAMILIES)))
_Delay = Annotated[int, msgspec.Meta(ge=0)]
_Weight = Annotated[float, msgspec.Meta(ge=0)]
_SPELLINGS = (
    '"provider,model", a list of those, or {targets: [{provider, model, weight}], strategy, fallback, delay_ms}'
)


def _meant_by_weights(entry: Entry | None) -> str | None:
    """The strategy of a list in which weights are written, be they all the same."""
    items = entry.value if entry is not None and isinstance(entry.value, list) else ()
    written = any(fold(key) == "weight" for item in items if isinstance(item, dict) for key in item)
    return "weighted" if written and len(items) > 1 else None


def _slip(key: str) -> list[str]:
    """The built-in scenario that a name resembles."""
    return difflib.get_close_matches(fold(key), _BUILT_IN, n=1, cutoff=0.8)


_OF_VERSION_3: Mapping[str, Callable[[Any], bool]] = {
    "rules": lambda value: isinstance(value, list) and not any(map(_is_target, value)),
    "builtInRules": lambda value: isinstance(value, dict) and "targets" not in value,
    "fallback": lambda value: isinstance(value, dict) and "mode" in value,
}
"""Keys of claude-code-router 3 under `Router`, whose routing is another, and what tells them from scenarios."""


def _is_target(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and "provider" in value)


class RouteReader:
    """Reads routes against the providers they may name; `used` collects the names of those that are, and
    `unconditional` the places of scenarios that only a custom router can name."""

    def __init__(self, reader: Reader, drafts: Iterable[Draft]) -> None:
        self.reader = reader
        self.known = {draft.name.casefold(): draft for draft in drafts}
        self.used: set[str] = set()
        self.unconditional: list[KeyPath] = []
        self._keyed: list[tuple[KeyPath, Patterns]] = []

    def router(self, entry: Entry | None, categories: Entry | None = None) -> RouterConfig:
        """`categories` are what a V3 routing table calls scenarios."""
        members = [*self._members(entry), *self._members(categories)]
        found = {fold(str(at.path[-1])): at for at in members if fold(str(at.path[-1])) in _NO_SCENARIOS}
        scenarios: dict[str, Route] = {}
        for at in members:
            if at not in found.values() and (route := self.route(at)):
                name = self._scenario(at)
                if name in scenarios and categories is not None and at.path[: len(categories.path)] == categories.path:
                    self.reader.warn(at.path, "stands under Router too; that one counts")
                    continue
                self._remark_on_repeated(at, name, scenarios)
                if name == "default" and route.when is not None:
                    self.reader.problem(
                        (*at.path, "when"), "default takes what no other scenario takes, so it has no conditions"
                    )
                scenarios[name] = route
                if name not in SCENARIOS and route.when is None and not _slip(name):
                    self.unconditional.append(at.path)
        return RouterConfig(
            scenarios,
            self._threshold(found, _THRESHOLD, LONG_CONTEXT_THRESHOLD),
            self._emergency(found),
            self._policy(found),
            self._threshold(found, _FAST, FAST_THRESHOLD),
            self._families(found),
        )

    def remark_on_unreachable(self) -> None:
        """Says which scenarios nothing leads to, where there is no custom router that could name them."""
        for path in self.unconditional:
            self.reader.warn(path, "is a scenario of your own without conditions, so nothing goes there; write `when`")

    def remark_on_unknown_keys(self, names: Collection[str]) -> None:
        """Says which conditions no client key meets; `names` are those there are."""
        for path, patterns in self._keyed:
            if not fits(patterns, names):
                given = ", ".join(patterns)
                self.reader.warn(path, f"there is no client key of the name {given}{did_you_mean(given, names)}")

    def _members(self, entry: Entry | None) -> list[Entry]:
        if entry is None:
            return []
        if not isinstance(entry.value, dict):
            self.reader.problem(entry.path, 'must be an object of scenarios, as in {default: "provider,model"}')
            return []
        members: list[Entry] = []
        for key, value in entry.value.items():
            at = Entry(value, (*entry.path, key), "Router.*")
            if key in _OF_VERSION_3 and _OF_VERSION_3[key](value):
                if value:
                    self.reader.warn_no_effect(f"Router.{key}", at.path)
            elif value is not None:
                members.append(at)
        return members

    def _threshold(self, found: Mapping[str, Entry], key: str, default: int) -> int:
        entry = found.get(fold(key))
        return default if entry is None else self.reader.convert(entry, Count, default)

    def _families(self, found: Mapping[str, Entry]) -> dict[str, Route]:
        """A word of `FAMILIES`, a model's name or a pattern of names → where it goes."""
        entry = found.get(_FAMILIES)
        return {} if entry is None else self.families(entry)

    def families(self, entry: Entry) -> dict[str, Route]:
        """Routes by what clients ask for."""
        if not isinstance(entry.value, dict):
            self.reader.problem(entry.path, 'must be an object, as in {haiku: "provider,model"}')
            return {}
        families: dict[str, Route] = {}
        for key, value in entry.value.items():
            name = next((family for family in FAMILIES if fold(family) == fold(key)), key)
            at = Entry(value, (*entry.path, key), "Router.families")
            slip = difflib.get_close_matches(fold(key), FAMILIES, n=1, cutoff=0.75)
            if name not in FAMILIES and slip:
                self.reader.warn(at.path, f"taken as the name of a model; did you mean the family {slip[0]}?")
            if value is not None and (route := self.route(at)):
                self._remark_on_repeated(at, name, families)
                families[name] = route
        return families

    def _remark_on_repeated(self, at: Entry, name: str, before: Mapping[str, Route]) -> None:
        if name in before:
            self.reader.warn(at.path, f"{name} stands above in another spelling; this one counts")

    def _emergency(self, found: Mapping[str, Entry]) -> Target | None:
        targets = self.targets(found[_EMERGENCY]) if _EMERGENCY in found else ()
        if len(targets) > 1:
            self.reader.problem(found[_EMERGENCY].path, "must be one target; list several under a scenario's fallback")
        return targets[0] if targets else None

    def _policy(self, found: Mapping[str, Entry]) -> RouterPolicy:
        entry = found.get(_POLICY)
        return RouterPolicy() if entry is None else self.reader.struct(RouterPolicy, entry)

    def fallbacks(self, entry: Entry | None, router: RouterConfig) -> dict[str, tuple[Target, ...]]:
        """The top-level `fallback`: scenario → who is next, in the order written."""
        if entry is None:
            return {}
        if not isinstance(entry.value, dict):
            self.reader.problem(entry.path, 'must be an object of scenarios, as in {default: ["provider,model"]}')
            return {}
        scenarios = {*router.scenarios, *SCENARIOS, *[f"{_FAMILIES}.{family}" for family in router.families]}
        fallbacks: dict[str, tuple[Target, ...]] = {}
        given = ((key, value) for key, value in entry.value.items() if value is not None)
        for key, value in given:
            name: str = _BUILT_IN.get(fold(key)) or key
            at = Entry(value, (*entry.path, key), "fallback")
            if name not in scenarios:
                self.reader.warn(at.path, "no such scenario under Router" + did_you_mean(key, scenarios))
            if value is not None and (targets := self.targets(at)):
                fallbacks[name] = targets
        return fallbacks

    def _scenario(self, entry: Entry) -> str:
        """The canonical name of a scenario; names that only resemble a built-in one are remarked on."""
        key = str(entry.path[-1])
        if built_in := _BUILT_IN.get(fold(key)):
            return built_in
        if slip := _slip(key):
            self.reader.warn(entry.path, f"taken as a scenario of your own; did you mean {_BUILT_IN[slip[0]]}?")
        return key

    def route(self, entry: Entry) -> Route | None:
        """None for a scenario that is left empty, and for one that cannot be read (which has been said)."""
        if not isinstance(entry.value, dict):
            targets = self._weighted(entry)
            return Route(targets, _meant_by_weights(entry)) if targets else None
        reader = self.reader
        entries = reader.members(ROUTE, entry)
        targets = self._weighted(entries["targets"]) if "targets" in entries else ()
        if "targets" not in entries:
            reader.problem(entry.path, f"has no targets; a route is {_SPELLINGS}")
        strategy = reader.text(entries, "strategy")
        if strategy is not None and strategy.lower() not in STRATEGIES:
            suggestion = did_you_mean(strategy, STRATEGIES) or f"; must be one of {', '.join(STRATEGIES)}"
            reader.problem(entries["strategy"].path, f"unknown strategy {strategy}{suggestion}")
        fallback = self.targets(entries["fallback"]) if "fallback" in entries else ()
        delay_ms = reader.get(entries, "delay_ms", _Delay, 0)
        when = read_when(reader, entries["when"]) if "when" in entries else None
        if when is not None and when.key:
            self._keyed.append((entries["when"].path, when.key))
        if not targets and "targets" in entries and reader.get(entries, "required", bool, False):
            reader.problem(entry.path, "is required and has no targets")
        strategy = strategy.lower() if strategy is not None else _meant_by_weights(entries.get("targets"))
        return Route(targets, strategy, fallback, delay_ms, when) if targets else None

    def _weighted(self, entry: Entry) -> tuple[Target, ...]:
        targets = self.targets(entry)
        if targets and not any(target.weight for target in targets):
            self.reader.problem(entry.path, "every weight is 0, so nothing can be chosen")
        return targets

    def targets(self, entry: Entry) -> tuple[Target, ...]:
        """One target or a list of them; "" and empty lists are no targets."""
        if isinstance(entry.value, str):
            entries = [entry]
        elif isinstance(entry.value, list):
            entries = self.reader.items(entry)
        else:
            self.reader.problem(entry.path, f"must be {_SPELLINGS}" + self._meant_threshold(entry))
            return ()
        found = (self._target(item) for item in entries)
        return tuple(target for target in found if target is not None)

    @staticmethod
    def _meant_threshold(entry: Entry) -> str:
        return did_you_mean(str(entry.path[-1]), (_THRESHOLD,)) if isinstance(entry.value, int | float) else ""

    def _target(self, entry: Entry) -> Target | None:
        if isinstance(entry.value, dict):
            return self._target_of_object(entry)
        text = self.reader.convert(entry, str, "")
        if not text.strip():
            return None
        provider, comma, model = (part.strip() for part in text.partition(","))
        if not (provider and comma and model):
            self.reader.problem(entry.path, f'"{entry.value}" is not a target; write "provider,model"')
            return None
        return self._checked(Target(provider, model), entry.path)

    def _target_of_object(self, entry: Entry) -> Target | None:
        entries = self.reader.members(TARGET, entry)
        provider, model = self.reader.text(entries, "provider"), self.reader.text(entries, "model")
        for key in ("provider", "model"):
            if key not in entries:
                self.reader.problem((*entry.path, key), "missing; a target is {provider, model, weight}")
        weight = self.reader.get(entries, "weight", _Weight, 1.0)
        return self._checked(Target(provider, model, weight), entry.path) if provider and model else None

    def _checked(self, target: Target, path: KeyPath) -> Target | None:
        """The target with its provider spelled as under `Providers`."""
        draft = self.known.get(target.provider.casefold())
        if draft is None:
            names = [known.name for known in self.known.values()]
            suggestion = did_you_mean(target.provider, names) or "; name one that is listed under Providers"
            self.reader.problem(path, f"there is no provider {target.provider}{suggestion}")
            return None
        self.used.add(draft.name)
        models = draft.provider.models if draft.provider and not draft.provider.lists_models else ()
        if models and target.model not in models and without_level(target.model) not in models:
            suggestion = did_you_mean(target.model, models)
            self.reader.warn(path, f"{target.model} is not among the models of {draft.name}{suggestion}")
        # A preset's provider is known by a longer name than the one that is written.
        return msgspec.structs.replace(target, provider=draft.provider.name if draft.provider else draft.name)

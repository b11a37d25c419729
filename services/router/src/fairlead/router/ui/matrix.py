"""The routing matrix: who answers each scenario, read off the values of a configuration and put back into them.

Everything here takes and gives values of the file as it is written, so that a change is one of few of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from fairlead.shared.config.findings import KeyPath
from fairlead.shared.config.schema import SCENARIOS
from fairlead.shared.config.sections import fold

FAMILY = "families."
"""What stands before the name of a family, or of a pattern of models."""
NO_SCENARIOS = frozenset(map(fold, ("longContextThreshold", "fastThreshold", "emergency", "policy", "families")))

_TARGETS = ("targets", "providers")


class Aim(Struct, frozen=True):
    """One target of a scenario as people write it, and its share among the others."""

    route: str
    weight: float = 1.0


class Line(Struct, frozen=True):
    """One row. `strategy` is "" and `delay_ms` 0 where the file does not say; `when`: the conditions as values, None
    for none. Without targets the scenario is not configured."""

    scenario: str
    targets: tuple[Aim, ...] = ()
    fallback: tuple[str, ...] = ()
    strategy: str = ""
    delay_ms: int = 0
    when: Any = None

    @property
    def is_own(self) -> bool:
        """Whether its user named it."""
        return self.scenario not in SCENARIOS and not self.is_family

    @property
    def is_family(self) -> bool:
        """Whether it is what clients ask for that leads there."""
        return self.scenario.startswith(FAMILY)


class Whole(Struct, frozen=True):
    """What is not of one scenario: thresholds in tokens, None where the file does not say."""

    emergency: str = ""
    long_context_threshold: int | None = None
    fast_threshold: int | None = None


class Ladder(Struct, frozen=True):
    """The cheaper targets that one of `budgets` leads to when it is nearly spent; `number` is its place there."""

    number: int
    budget: str
    rungs: tuple[str, ...] = ()


class Matrix(Struct, frozen=True):
    """The built-in scenarios in the order of the documentation, then the user's own and families as written."""

    lines: tuple[Line, ...]
    whole: Whole
    ladders: tuple[Ladder, ...] = ()

    def line(self, scenario: str) -> Line | None:
        """The row of a scenario."""
        return next((line for line in self.lines if line.scenario == scenario), None)


def matrix_of(config: Mapping[str, Any]) -> Matrix:
    """Of whatever a file says; what is no route there has no targets here."""
    own = [name for name in (*_members(config, "Router"), *_members(config, "categories")) if _is_own(name)]
    families = [FAMILY + name for name in _families(config)]
    names = dict.fromkeys((*SCENARIOS, *own, *families))
    router, budgets = _members(config, "Router"), _get(config, "budgets")
    ladders = [
        Ladder(number, str(one.get("name") or f"budget {number + 1}"), _routes(one.get("ladder")))
        for number, one in enumerate(budgets if isinstance(budgets, list) else ())
        if isinstance(one, dict)
    ]
    whole = Whole(
        emergency=next(iter(_routes(_get(router, "emergency"))), ""),
        long_context_threshold=_number(_get(router, "longContextThreshold")),
        fast_threshold=_number(_get(router, "fastThreshold")),
    )
    return Matrix(tuple(_line(config, name) for name in names), whole, tuple(ladders))


def with_line(config: dict[str, Any], line: Line) -> dict[str, Any]:
    """The configuration with that row; without targets the scenario goes, and its fallbacks with it."""
    path = _place(config, line.scenario)
    old = _at(config, path)
    before = _line(config, line.scenario)
    own, top = _own_fallback(old), _top_fallback(config, line.scenario)
    if not line.targets:
        own = top = ()
    elif line.fallback != before.fallback:
        own, top = _shared_out(line.fallback, own, top)
    made: dict[str, Any] = _put(config, path, _route(old, before, line, own)) if line.targets else _gone(config, path)
    at = (_key(made, "fallback"), _key(_members(made, "fallback"), line.scenario))
    if top != _top_fallback(made, line.scenario):
        made = _put(made, at, _list(_at(made, at), top)) if top else _gone(made, at)
    return made


def with_whole(config: dict[str, Any], whole: Whole) -> dict[str, Any]:
    """The configuration with that."""
    before = matrix_of(config).whole
    router = _key(config, "Router")
    for key, value, old in (
        ("emergency", whole.emergency, before.emergency),
        ("longContextThreshold", whole.long_context_threshold, before.long_context_threshold),
        ("fastThreshold", whole.fast_threshold, before.fast_threshold),
    ):
        if value != old:
            path = (router, _key(_members(config, "Router"), key))
            config = _gone(config, path) if value in ("", None) else _put(config, path, value)
    return config


def with_ladder(config: dict[str, Any], ladder: Ladder) -> dict[str, Any]:
    """The configuration with that ladder."""
    budget: KeyPath = (_key(config, "budgets"), ladder.number)
    path = (*budget, _key(_at(config, budget) or {}, "ladder"))
    made = config
    if _routes(_at(config, path)) != ladder.rungs:
        made = _put(config, path, _list(_at(config, path), ladder.rungs)) if ladder.rungs else _gone(config, path)
    return made


def _line(config: Mapping[str, Any], scenario: str) -> Line:
    value = _at(config, _place(config, scenario))
    fallback = (*_own_fallback(value), *_top_fallback(config, scenario))
    if not isinstance(value, dict):
        return Line(scenario, _aims(value), fallback)
    return Line(
        scenario,
        _aims(_targets(value)),
        fallback,
        strategy=str(_get(value, "strategy") or "").lower(),
        delay_ms=_number(_get(value, "delay_ms")) or 0,
        when=_get(value, "when"),
    )


def _route(old: Any, before: Line, line: Line, own: tuple[str, ...]) -> Any:
    """A route in the spelling it has, or in the shortest there is."""
    said = {"strategy": line.strategy, "fallback": list(own), "delay_ms": line.delay_ms, "when": line.when}
    known = {
        "strategy": before.strategy,
        "fallback": list(_own_fallback(old)),
        "delay_ms": before.delay_ms,
        "when": before.when,
    }
    if not isinstance(old, dict):
        targets = _items(old, line.targets)
        said = {key: value for key, value in said.items() if value}
        if said:
            return {"targets": targets, **said}
        return (
            targets[0] if len(targets) == 1 and isinstance(targets[0], str) and not isinstance(old, list) else targets
        )
    key = next((one for one in old if fold(one) in _TARGETS), _TARGETS[0])
    items = _items(old.get(key), line.targets)
    single = len(items) == 1 and isinstance(items[0], str) and isinstance(old.get(key), str)
    route = {**old, key: items[0] if single else items}
    for name, value in said.items():
        if value == known[name]:
            continue
        spelled = _key(route, name)
        if value:
            route[spelled] = value if name != "fallback" else _list(route.get(spelled), own)
        else:
            route.pop(spelled, None)
    return route


def _items(old: Any, aims: Sequence[Aim]) -> list[Any]:
    """Targets as they are written in the list that was there, where they were."""
    known = {_aim(item).route: item for item in _listed(old)}
    return [_item(known.get(aim.route), aim) for aim in aims]


def _item(old: Any, aim: Aim) -> Any:
    if old is not None and _aim(old) == aim:
        return old
    if isinstance(old, dict):
        return {**old, _key(old, "weight"): _figure(aim.weight)}
    if aim.weight == 1:
        return aim.route
    provider, _, model = aim.route.partition(",")
    return {"provider": provider, "model": model, "weight": _figure(aim.weight)}


def _list(old: Any, routes: Sequence[str]) -> Any:
    """Fallbacks in the spelling they have: one of them may be no list."""
    items = _items(old, [Aim(route) for route in routes])
    return items[0] if isinstance(old, str) and len(items) == 1 else items


def _shared_out(
    wanted: tuple[str, ...], own: tuple[str, ...], top: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fallbacks of the route itself, and those under `fallback`: each where the file has such."""
    if not own:
        return (), wanted
    if top and wanted[: len(own)] == own:
        return own, wanted[len(own) :]
    return wanted, ()


def _place(config: Mapping[str, Any], scenario: str) -> KeyPath:
    """Where the route of a scenario stands, or would."""
    router = _key(config, "Router")
    if scenario.startswith(FAMILY):
        families = _key(_members(config, "Router"), "families")
        return router, families, _key(_families(config), scenario.removeprefix(FAMILY))
    within = _key(config, "categories")
    holder = next((one for one in (router, within) if _get(_at(config, (one,)), scenario) is not None), router)
    return holder, _key(_at(config, (holder,)) or {}, scenario)


def _families(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = _get(_members(config, "Router"), "families")
    return found if isinstance(found, dict) else {}


def _own_fallback(route: Any) -> tuple[str, ...]:
    return _routes(_get(route, "fallback")) if isinstance(route, dict) else ()


def _top_fallback(config: Mapping[str, Any], scenario: str) -> tuple[str, ...]:
    return _routes(_get(_members(config, "fallback"), scenario))


def _routes(value: Any) -> tuple[str, ...]:
    return tuple(aim.route for aim in _aims(value))


def _aims(value: Any) -> tuple[Aim, ...]:
    return tuple(aim for aim in map(_aim, _listed(value)) if aim.route)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _aim(item: Any) -> Aim:
    if isinstance(item, dict):
        weight = _get(item, "weight")
        route = f"{_get(item, 'provider') or ''},{_get(item, 'model') or ''}"
        return Aim(route, float(weight) if isinstance(weight, int | float) else 1.0)
    provider, comma, model = (part.strip() for part in str(item or "").partition(","))
    return Aim(f"{provider}{comma}{model}")


def _targets(route: Mapping[str, Any]) -> Any:
    return next((value for key, value in route.items() if fold(key) in _TARGETS), None)


def _is_own(name: str) -> bool:
    return fold(name) not in NO_SCENARIOS and fold(name) not in {fold(one) for one in SCENARIOS}


def _members(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at a key, in any spelling; empty where there is none."""
    found = _get(config, key)
    return found if isinstance(found, dict) else {}


def _key(holder: Any, key: str) -> str:
    """The file's own spelling of a key."""
    if not isinstance(holder, Mapping) or key in holder:
        return key
    return next((own for own in holder if fold(own) == fold(key)), key)


def _get(holder: Any, key: str) -> Any:
    return holder.get(_key(holder, key)) if isinstance(holder, Mapping) else None


def _at(value: Any, path: KeyPath) -> Any:
    for part in path:
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _put(holder: Any, path: KeyPath, value: Any) -> Any:
    """A copy with `value` at `path`; objects on the way are made."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        return [_put(item, rest, value) if number == part else item for number, item in enumerate(holder)]
    held = holder if isinstance(holder, dict) else {}
    return {**held, part: _put(held.get(part), rest, value)}


def _gone(holder: Any, path: KeyPath) -> Any:
    """A copy without what is at `path`, if it is there."""
    within = _at(holder, path[:-1])
    if not isinstance(within, dict):
        return holder
    return _put(holder, path[:-1], {key: item for key, item in within.items() if key != path[-1]})


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _figure(weight: float) -> float | int:
    """Without a point where none is needed."""
    return int(weight) if weight == int(weight) else weight


def json_of(value: Any) -> str:
    """A value for a person to edit."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() if value is not None else ""

"""Which models requests go to, as a person reads and changes them: values of a configuration file in, changes out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyjson5
from msgspec import Struct

from fairlead.shared.config.editing import with_value
from fairlead.shared.config.findings import KeyPath
from fairlead.shared.config.schema import SCENARIOS, Config, Route

_TARGETS = ("targets", "providers")


class Change(Struct, frozen=True):
    """One scenario gets another first target; "" for none."""

    scenario: str
    target: str


def scenarios(config: Config) -> list[str]:
    """Those there are, and the user's own."""
    return list(dict.fromkeys((*SCENARIOS, *config.router.scenarios)))


def spoken(route: Route | None) -> str:
    """A route in a few words."""
    if route is None:
        return "-"
    first = " or ".join(f"{one.provider},{one.model}" for one in route.targets)
    others = ", ".join(f"{one.provider},{one.model}" for one in route.fallback)
    return f"{first}; then {others}" if others else first


def models(config: Config, listed: Iterable[str]) -> list[str]:
    """`provider,model` of all that are configured and of those that the services list besides."""
    own = (f"{one.name},{model}" for one in config.providers if not one.disabled_because for model in one.models)
    names = {one.name for one in config.providers}
    return list(dict.fromkeys((*own, *(one for one in listed if one.partition(",")[0] in names and "," in one))))


def matching(wanted: str, known: Iterable[str]) -> list[str]:
    """Those that hold every word of what was typed, whatever its case; one that is typed whole alone."""
    every = list(known)
    if wanted in every:
        return [wanted]
    words = wanted.lower().split()
    return [one for one in every if all(word in one.lower() for word in words)]


def changed(text: str, changes: Iterable[Change]) -> str:
    """The file with other first targets; what else a route says, such as fallbacks, stays."""
    for change in changes:
        path, value = _place(pyjson5.decode(text), change)
        text = with_value(text, path, value)
    return text


def _place(document: Mapping[str, Any], change: Change) -> tuple[KeyPath, Any]:
    """Where the first target of a scenario stands in this file, and what is to be put there."""
    router_key = _spelling(document, "Router")
    router = document.get(router_key) or {}
    key = _spelling(router, change.scenario)
    path: KeyPath = (router_key, key)
    if not isinstance(document.get(router_key), dict):
        return (router_key,), {key: change.target}
    held = router.get(key)
    if not change.target:
        return path, ""
    if isinstance(held, dict):
        within = next((name for name in held if name in _TARGETS), None)
        if within is not None:
            return (*path, within), [change.target]
    if isinstance(held, list) and held:
        return (*path, 0), change.target
    return path, change.target


def _spelling(holder: Mapping[str, Any], key: str) -> str:
    """The file's own spelling of a key."""
    return next((own for own in holder if _fold(own) == _fold(key)), key)


def _fold(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def told(before: Config, changes: Iterable[Change]) -> Iterator[str]:
    """One line for each change."""
    for one in changes:
        yield f"  {one.scenario}: {spoken(before.router.scenarios.get(one.scenario))}  →  {one.target or '-'}"

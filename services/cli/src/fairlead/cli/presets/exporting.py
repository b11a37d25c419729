"""Makes a preset of a configuration: what of it others can use, without its secrets."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from fairlead.shared.config.findings import KeyPath
from fairlead.shared.config.masking import MASK, masked
from fairlead.shared.config.sections import fold

_TAKEN = {fold(key): key for key in ("Providers", "Router", "fallback", "StatusLine", "NON_INTERACTIVE_MODE")}
_NO_SIGN = re.compile(r"[^A-Z0-9]+")


class Exported(Struct, frozen=True):
    """`manifest`, and the variables that stand in it where secrets were."""

    manifest: dict[str, Any]
    variables: tuple[str, ...]


def exported(config: Mapping[str, Any], about: Mapping[str, Any]) -> Exported:
    """The preset of a configuration as it is written; `about` are words about it."""
    variables: list[str] = []
    manifest = dict(about)
    for key, value in config.items():
        if (name := _TAKEN.get(fold(key))) is not None and value is not None:
            # What a status line says is no secret, unless its keys say so.
            path: KeyPath = () if name == "StatusLine" else (name,)
            manifest[name] = _without_secrets(value, masked(value, path), (), variables)
    return Exported(manifest, tuple(dict.fromkeys(variables)))


def _without_secrets(value: Any, hidden: Any, names: tuple[str, ...], variables: list[str]) -> Any:
    """`value`, with a variable wherever there are stars in `hidden`."""
    if isinstance(value, dict):
        own = (*names, value["name"]) if isinstance(value.get("name"), str) else names
        return {key: _without_secrets(item, hidden[key], (*own, key), variables) for key, item in value.items()}
    if isinstance(value, list):
        items = zip(value, hidden, _numbered(value, names), strict=True)
        return [_without_secrets(item, without, below, variables) for item, without, below in items]
    if value == hidden or not isinstance(hidden, str):
        return value
    variables.append(_variable(names))
    return hidden.replace(MASK, f"${{{variables[-1]}}}")


def _numbered(items: list[Any], names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Objects have names of their own."""
    for number, item in enumerate(items, 1):
        yield names if isinstance(item, dict) else (*names, str(number))


def _variable(names: tuple[str, ...]) -> str:
    """`openrouter`, `api_key` as `OPENROUTER_API_KEY`."""
    name = _NO_SIGN.sub("_", "_".join(names).upper()).strip("_")
    return f"_{name}" if name[:1].isdigit() else name or "SECRET"

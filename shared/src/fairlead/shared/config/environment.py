"""Variables of the environment inside configured text: `$NAME`, `${NAME}` and `${NAME:-default}`."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .findings import KeyPath

_REFERENCE = re.compile(
    r"\$\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}|\$(?P<bare>[A-Z_][A-Z0-9_]*)", re.ASCII
)


class Missing(NamedTuple):
    """A variable that has no value (unset or empty) and no default, and the key that asks for it."""

    path: KeyPath
    variable: str


def interpolate(text: str, env: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with its variables filled in, and the names of those that have no value (left as written).

    An empty variable counts as unset, as in `${NAME:-default}` of a POSIX shell. What a variable holds is not
    searched again, so a value may contain `$`. A `$` that starts no reference stays.
    """
    missing: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name = match["braced"] or match["bare"]
        value = env.get(name) or match["default"]
        if value is None:
            missing.append(name)
            return match.group()
        return value

    return _REFERENCE.sub(fill, text), tuple(missing)


def interpolate_all(value: Any, env: Mapping[str, str], path: KeyPath) -> tuple[Any, tuple[Missing, ...]]:
    """`interpolate` for every text inside a JSON value; keys stay as written."""
    if isinstance(value, str):
        filled, names = interpolate(value, env)
        return filled, tuple(Missing(path, name) for name in names)
    if isinstance(value, dict):
        pairs = [(key, *interpolate_all(item, env, (*path, key))) for key, item in value.items()]
        return {key: item for key, item, _ in pairs}, tuple(gap for _, _, gaps in pairs for gap in gaps)
    if isinstance(value, list):
        items = [interpolate_all(item, env, (*path, number)) for number, item in enumerate(value)]
        return [item for item, _ in items], tuple(gap for _, gaps in items for gap in gaps)
    return value, ()

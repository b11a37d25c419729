"""Reads what was converted as a service would, and says what of it has no effect and which variables it waits for."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from fairlead.cli.converters.converted import ConversionError, Converted
from fairlead.shared.config import ConfigError, parse
from fairlead.shared.config.document import read

_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)(:-[^}]*)?\}|\$([A-Z_][A-Z0-9_]*)", re.ASCII)
_STAND_IN = "http://not-set.invalid/"
"""For a variable that is not set: good as a key and as an address."""


def values(text: str, file: str) -> dict[str, Any]:
    """What a text of JSON5 says. Raises `ConversionError` with the place of what is wrong."""
    try:
        return read(text, file=file).value
    except ConfigError as error:
        raise ConversionError(str(error)) from error


def checked(text: str, env: Mapping[str, str], *, file: str, lost: tuple[str, ...] = ()) -> Converted:
    """Raises `ConversionError` with everything that keeps the text from being served."""
    missing = dict.fromkeys(_missing(text, env))
    known = {**env, **{name: _STAND_IN + quote(name) for name in missing}}
    try:
        loaded = parse(text, known, file=file)
    except ConfigError as error:
        raise ConversionError(f"it cannot be used until this is mended there:\n{error}") from error
    todo = tuple(f"set {name} in the environment that the services are started from" for name in missing)
    return Converted(text, (*lost, *map(str, loaded.warnings)), todo)


def _missing(text: str, env: Mapping[str, str]) -> Iterator[str]:
    for match in _REFERENCE.finditer(text):
        name, default = match[1] or match[3], match[2]
        if default is None and not env.get(name):
            yield name

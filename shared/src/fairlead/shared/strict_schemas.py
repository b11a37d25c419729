"""Whether a schema is one that OpenAI can hold an answer to strictly.

One that is not is refused where strictness is asked for, and taken where it is not. Other vendors' clients ask for
structured output with no word about strictness, and with schemas that OpenAI's rules do not allow.

Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas.
"""

from typing import Any

import msgspec
from msgspec import Raw

_KEYWORDS = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs"}
    | {"definitions", "title", "description", "pattern", "format", "minItems", "maxItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_MAPS = ("properties", "$defs", "definitions")


def fits_strict(schema: Raw) -> bool:
    """Whether every object in it names all that it must hold and may hold, and nothing else is asked of anything."""
    whole: Any = msgspec.json.decode(schema)
    return isinstance(whole, dict) and whole.get("type") == "object" and "anyOf" not in whole and _fits(whole)


def _fits(schema: Any) -> bool:
    if not isinstance(schema, dict) or not schema.keys() <= _KEYWORDS:
        return False
    if "format" in schema and schema["format"] not in _FORMATS:
        return False
    return _is_closed(schema) and all(map(_fits, _inside(schema)))


def _is_closed(schema: dict[str, Any]) -> bool:
    """Whether what is an object may hold nothing that it must not hold."""
    kind, properties = schema.get("type"), schema.get("properties")
    if properties is None and kind != "object" and not (isinstance(kind, list) and "object" in kind):
        return True
    named, required = properties or {}, schema.get("required", [])
    listed = isinstance(named, dict) and isinstance(required, list)
    return listed and schema.get("additionalProperties") is False and sorted(named) == sorted(map(str, required))


def _inside(schema: dict[str, Any]) -> list[Any]:
    """The schemas it is made of."""
    parts = [schema["items"]] if "items" in schema else []
    for name in _MAPS:
        named = schema.get(name, {})
        parts += named.values() if isinstance(named, dict) else [None]
    either = schema.get("anyOf", [])
    return [*parts, *(either if isinstance(either, list) else [None])]

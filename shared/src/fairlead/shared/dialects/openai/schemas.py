"""Tool schemas without the keywords that a vendor's checker refuses."""

from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode

_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose members are schemas under names of the user's own."""
_VALUES = frozenset({"enum", "const", "default", "examples", "example", "required"})
"""Keywords that hold values, not schemas."""


def without_keywords(schema: Raw, keywords: frozenset[str]) -> Raw:
    """The schema, its bytes untouched where none of `keywords` stands in it as one.

    A property that is called like a keyword stays.
    """
    if not any(encode(keyword) in bytes(schema) for keyword in keywords):
        return schema
    value: Any = msgspec.json.decode(schema)
    cut = _cut(value, keywords)
    return schema if cut == value else Raw(encode(cut))


def _cut(schema: Any, keywords: frozenset[str]) -> Any:
    if isinstance(schema, list):
        return [_cut(one, keywords) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _below(key, value, keywords) for key, value in schema.items() if key not in keywords}


def _below(key: str, value: Any, keywords: frozenset[str]) -> Any:
    if key in _VALUES:
        return value
    if key in _NAMED and isinstance(value, dict):
        return {name: _cut(schema, keywords) for name, schema in value.items()}
    return _cut(value, keywords)

"""Schemas as Anthropic holds a model to them: closed objects, and what it cannot enforce told in the description.

Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations.
"""

from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode

_ENFORCED = frozenset(
    {"type", "enum", "const", "anyOf", "allOf", "$ref", "$defs", "definitions", "default", "pattern", "title"}
    | {"description", "properties", "required", "additionalProperties", "items"}
)
_SILENT = frozenset({"$schema", "$id", "$comment", "propertyOrdering"})
"""Keywords that ask nothing of a value."""
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})
_MAPS = ("properties", "$defs", "definitions")
_LISTS = ("anyOf", "allOf")


def enforceable(schema: Raw) -> tuple[Raw, tuple[str, ...]]:
    """The schema, and the keywords in it that are only told in words, sorted. It keeps its bytes where it may."""
    whole: Any = msgspec.json.decode(schema)
    lost: set[str] = set()
    written = _node(whole, lost)
    return (schema if written == whole else Raw(encode(written))), tuple(sorted(lost))


def _node(schema: Any, lost: set[str]) -> Any:
    if not isinstance(schema, dict):
        return schema
    written: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for name, value in schema.items():
        key = "anyOf" if name == "oneOf" else name
        if key in _ENFORCED or _is_enforced(key, value):
            written[key] = _below(key, value, lost)
        elif key not in _SILENT:
            told[key] = value
    if isinstance(written.get("properties"), dict) and written.get("additionalProperties") is not False:
        lost.update({"additionalProperties"} & written.keys())
        written["additionalProperties"] = False
    lost.update(told)
    if "$ref" in written:
        return {key: value for key, value in written.items() if key.startswith("$")}
    return {**written, "description": _described(written.get("description"), told)} if told else written


def _is_enforced(key: str, value: Any) -> bool:
    """Whether a keyword that only some values of are held to is one of those."""
    return (key == "format" and str(value) in _FORMATS) or (key == "minItems" and value in (0, 1))


def _below(key: str, value: Any, lost: set[str]) -> Any:
    if key in _MAPS and isinstance(value, dict):
        return {name: _node(one, lost) for name, one in value.items()}
    if key in _LISTS and isinstance(value, list):
        return [_node(one, lost) for one in value]
    return _node(value, lost) if key == "items" else value


def _described(description: Any, told: dict[str, Any]) -> str:
    words = f"It must fit {encode(told).decode()}."
    return f"{description}\n\n{words}" if isinstance(description, str) and description else words

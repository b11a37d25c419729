"""Gemini's older schemas, a subset of OpenAPI, as JSON Schema: https://ai.google.dev/api/caching#Schema.

Only schema nodes are touched: a property that is called `type` or `nullable` is data. A schema that reads the same in
both languages stays as it was written. Keywords are spelled in either way here too: Google's SDKs write `any_of`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.fields import camel


def read_openapi(raw: Raw) -> Raw:
    """A schema in JSON Schema's words."""
    schema = msgspec.json.decode(raw)
    read = _node(schema)
    return raw if read == schema else Raw(encode(read))


def _node(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    read: dict[str, Any] = {}
    for name, value in schema.items():
        key = camel(name)
        read[_NAMES.get(key, key)] = _READERS[key](value) if key in _READERS else value
    if _says_nothing(read):
        del read["type"]
    return _with_null(read) if read.pop("nullable", False) is True else read


def _says_nothing(read: dict[str, Any]) -> bool:
    """Whether the type is none, or the "object" that Google's Python SDK writes beside the types of a union: it would
    forbid them all."""
    kind = read.get("type")
    return kind == "type_unspecified" or (kind == "object" and "anyOf" in read and "properties" not in read)


def _with_null(read: dict[str, Any]) -> dict[str, Any]:
    """`nullable` said as JSON Schema says it."""
    kind = read.get("type")
    if isinstance(kind, str):
        read["type"] = [kind, "null"]
    elif "anyOf" in read:
        read["anyOf"] = [*read["anyOf"], {"type": "null"}]
    if "enum" in read and None not in read["enum"]:
        read["enum"] = [*read["enum"], None]
    return read


def _type(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _int(value: Any) -> Any:
    """Protobuf writes 64-bit integers as strings."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def _map(value: Any) -> Any:
    return {name: _node(schema) for name, schema in value.items()} if isinstance(value, dict) else value


def _list(value: Any) -> Any:
    return [_node(schema) for schema in value] if isinstance(value, list) else value


def _examples(value: Any) -> Any:
    return [value]


_NAMES: Mapping[str, str] = {"example": "examples", "ref": "$ref", "defs": "$defs"}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "type": _type,
    "properties": _map,
    "defs": _map,
    "$defs": _map,
    "items": _node,
    "additionalProperties": _node,
    "anyOf": _list,
    "example": _examples,
    **dict.fromkeys(("minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength"), _int),
}

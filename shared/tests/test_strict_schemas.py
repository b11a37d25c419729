"""A schema is strict only if OpenAI takes it as such."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.strict_schemas import fits_strict

CLOSED = {"type": "object", "additionalProperties": False}
TEXT = {"type": "string"}


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {**CLOSED, "properties": properties, "required": list(required)}


@pytest.mark.parametrize(
    "schema",
    [
        CLOSED,
        thing("a", a={"type": ["string", "null"], "description": "d"}),
        thing("b", "a", a={"type": "integer", "minimum": 1}, b={"type": "array", "items": thing("c", c=TEXT)}),
        thing("a", a={"$ref": "#/$defs/x"}) | {"$defs": {"x": thing("y", y={"anyOf": [TEXT, {"type": "null"}]})}},
        thing("format", format={"type": "string", "format": "date-time", "enum": ["a"]}),
    ],
)
def test_a_schema_of_closed_objects_fits(schema: Any) -> None:
    assert fits_strict(Raw(json.dumps(schema).encode()))


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"type": "object"},
        {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
        {"type": "array", "items": CLOSED},
        CLOSED | {"anyOf": [CLOSED]},
        thing(a=TEXT),
        thing("a", "b", a=TEXT),
        thing("a", a={"type": "object"}),
        thing("a", a={"type": ["object", "null"]}),
        thing("a", a=TEXT | {"default": ""}),
        thing("a", a={"type": "integer", "format": "int32"}),
        thing("a", a={"anyOf": [{"type": "object"}]}),
        thing("a", a={"$ref": "#/$defs/x"}) | {"$defs": {"x": {"allOf": []}}},
        thing("a", a=TEXT) | {"propertyOrdering": ["a"]},
        CLOSED | {"properties": [], "anyOf": {}},
        CLOSED | {"properties": "a"},
        CLOSED | {"required": "a"},
        CLOSED | {"$defs": 1},
        thing("a", a={"type": "array", "items": True}),
    ],
)
def test_any_other_schema_does_not(schema: Any) -> None:
    assert not fits_strict(Raw(json.dumps(schema).encode()))

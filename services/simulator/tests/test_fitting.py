"""Values that fit schemas."""

import pytest

from fairlead.simulator.fitting import MAX_VALUES, fitting, fitting_object


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "Simulated answer"),
        ({"type": "string", "format": "date"}, "2026-01-01"),
        ({"type": "string", "maxLength": 3}, "Sim"),
        ({"type": "string", "minLength": 18}, "Simulated answer.."),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "number", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "boolean"}, True),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "null"}, None),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": 7}, 7),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 1),
        ({}, "Simulated answer"),
    ],
)
def test_a_value_fits(schema: dict[str, object], value: object) -> None:
    assert fitting(schema) == value


def test_an_object_has_what_it_requires() -> None:
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "tag": {"$ref": "#/$defs/tag"}, "spare": {"type": "string"}},
        "required": ["title", "tag"],
        "$defs": {"tag": {"type": "object", "properties": {"on": {"type": "boolean"}}}},
    }
    assert fitting(schema) == {"title": "Simulated title", "tag": {"on": True}}


def test_a_schema_that_contains_itself_ends() -> None:
    both = {"a": {"$ref": "#"}, "b": {"$ref": "#"}}
    schema = {"type": "object", "properties": both, "required": ["a", "b"]}

    def count(value: object) -> int:
        return 1 + sum(map(count, value.values())) if isinstance(value, dict) else 1

    assert 2 < count(fitting(schema)) <= 2 * MAX_VALUES


def test_given_properties_are_kept_and_unknown_ones_dropped() -> None:
    schema = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a", "b"]}
    assert fitting_object(schema, {"a": "mine", "z": 1}) == {"a": "mine", "b": 1}


def test_a_schema_with_nonsense_in_it_still_gives_a_value() -> None:
    assert fitting({"type": "string", "minLength": "x", "enum": 3}) == "Simulated answer"
    assert fitting({"type": "object", "properties": [], "required": "x"}) == {}

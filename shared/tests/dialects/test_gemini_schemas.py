"""Facts about schemas on their way to Gemini."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.conversation import Request, Text, Tool, Turn
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.profile import PLAIN

NEW, OLD = "gemini-2.5-flash", "gemini-2.0-flash"


def write(schema: Any, model: str = NEW) -> tuple[Any, list[str]]:
    """The schema as it is sent, and what was told to be left out."""
    tool = Tool("f", None, Raw(json.dumps(schema).encode()))
    encoded = GEMINI.encode_request(Request(model, (Turn("user", (Text("a"),)),), tools=(tool,)), PLAIN)
    (declared,) = json.loads(encoded.body)["tools"][0]["functionDeclarations"]
    name = "parametersJsonSchema" if model == NEW else "parameters"
    return declared.get(name), [word for loss in encoded.losses for word in loss.what.split(", ")]


def properties(**schemas: Any) -> dict[str, Any]:
    return {"type": "object", "properties": schemas}


LEGAL = [
    {"type": "object", "properties": {}},
    properties(
        a={"type": ["string", "null"], "title": "A", "description": "d", "enum": ["x", "y"], "format": "date"},
        b={"type": "array", "items": {"type": "number", "minimum": 1, "maximum": 2.5}, "minItems": 1, "maxItems": 2},
        c={"anyOf": [{"$ref": "#/$defs/d"}, {"type": "integer", "enum": [1, 2]}]},
        e={"type": "array", "prefixItems": [{"type": "string"}], "items": False},
        f={"oneOf": [{"type": "string"}], "propertyOrdering": ["a"]},
    )
    | {"$defs": {"d": {"type": "object", "additionalProperties": {"type": "string"}}}, "additionalProperties": False},
    properties(
        type={"type": "string"},
        format={"type": "string"},
        default={"type": "string"},
        const={"type": "string"},
        pattern={},
    )
    | {"required": ["type", "pattern"]},
]


@pytest.mark.parametrize("schema", LEGAL)
def test_a_schema_that_gemini_accepts_goes_out_byte_for_byte(schema: Any) -> None:
    text = json.dumps(schema, indent=1)
    tool = Tool("f", None, Raw(text.encode()))
    encoded = GEMINI.encode_request(Request(NEW, (Turn("user", (Text("a"),)),), tools=(tool,)), PLAIN)
    assert text.encode() in encoded.body
    assert encoded.losses == ()


@pytest.mark.parametrize(
    ("given", "sent", "told"),
    [
        ({"$schema": "s", "$comment": "c", "x-y": 1, "type": "string"}, {"type": "string"}, []),
        ({"const": "a"}, {"enum": ["a"]}, []),
        ({"const": True}, {}, ["enum"]),
        ({"enum": ["a", None], "type": ["string", "null"]}, {"enum": ["a"], "type": ["string", "null"]}, []),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}, []),
        ({"type": "integer", "exclusiveMaximum": 9}, {"type": "integer", "maximum": 8}, []),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 0}, ["exclusiveMinimum"]),
        (
            {"type": "number", "minimum": 0, "exclusiveMinimum": True},
            {"type": "number", "minimum": 0},
            ["exclusiveMinimum"],
        ),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}, []),
        ({"type": "string", "minLength": 1, "pattern": "p"}, {"type": "string"}, ["minLength", "pattern"]),
        ({"type": "array", "items": [{"const": 1}]}, {"type": "array", "prefixItems": [{"enum": [1]}]}, []),
        ({"$ref": "#/definitions/d", "description": "x"}, {"$ref": "#/$defs/d"}, ["description"]),
        ({"not": {}, "if": {}, "then": {}}, {}, ["if", "not", "then"]),
        (
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {}}, "required": ["a"]},
                    {"properties": {"b": {}}, "required": ["b"]},
                ]
            },
            {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]},
            [],
        ),
        ({"type": "string", "allOf": [{"type": "number"}]}, {"type": "string"}, ["allOf"]),
        ({"anyOf": [True, False]}, {"anyOf": [{}, {}]}, ["false"]),
        ({"additionalProperties": {"const": 1}}, {"additionalProperties": {"enum": [1]}}, []),
    ],
)
def test_other_words_are_said_in_geminis_or_left_out_and_told(given: Any, sent: Any, told: list[str]) -> None:
    assert write(properties(a=given)) == (properties(a=sent), told)


def test_definitions_are_found_under_their_newer_name() -> None:
    schema = properties(a={"$ref": "#/definitions/d"}) | {"definitions": {"d": {"const": 1}}}
    assert write(schema)[0] == properties(a={"$ref": "#/$defs/d"}) | {"$defs": {"d": {"enum": [1]}}}


def test_a_reference_among_all_is_written_out() -> None:
    schema = properties(a={"allOf": [{"$ref": "#/$defs/d"}], "description": "x"}) | {"$defs": {"d": {"type": "string"}}}
    assert write(schema)[0]["properties"]["a"] == {"description": "x", "type": "string"}


@pytest.mark.parametrize(
    ("given", "sent", "told"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}, []),
        ({"type": ["string", "number"]}, {"anyOf": [{"type": "string"}, {"type": "number"}]}, []),
        ({"oneOf": [{"type": "string"}]}, {"anyOf": [{"type": "string"}]}, []),
        ({"type": "integer", "enum": [1, 2]}, {"type": "string", "enum": ["1", "2"]}, []),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}, []),
        ({"type": "string", "format": "uri"}, {"type": "string"}, ["format"]),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}, []),
        ({"$ref": "#/$defs/d"}, {"type": "string"}, []),
        ({"$ref": "#/nowhere"}, {"type": "object"}, ["$ref"]),
        ({"type": "string", "pattern": "p", "minLength": 1}, {"type": "string", "pattern": "p", "minLength": 1}, []),
        ({"type": "object", "additionalProperties": False}, {"type": "object"}, ["additionalProperties"]),
        (
            {"type": "array", "prefixItems": [{"type": "string"}]},
            {"type": "array", "items": {"anyOf": [{"type": "string"}]}},
            [],
        ),
        (
            {"type": "object", "properties": {"x": {}}, "required": ["x", "y"]},
            {"type": "object", "properties": {"x": {}}, "required": ["x"]},
            [],
        ),
    ],
)
def test_older_models_get_a_subset_of_openapi(given: Any, sent: Any, told: list[str]) -> None:
    schema = properties(a=given) | {"$defs": {"d": {"type": "string"}}}
    assert write(schema, OLD) == (properties(a=sent), told)


def test_older_models_get_no_schema_that_asks_for_nothing() -> None:
    assert write({"$schema": "s", "type": "object", "properties": {}}, OLD) == (None, [])


@pytest.mark.parametrize("model", [NEW, OLD])
@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        properties(a={"$ref": "#"}),
        properties(a={"$ref": "#/$defs/x"}) | {"$defs": {"x": properties(b={"allOf": [{"$ref": "#/$defs/x"}]})}},
        properties(a={"$ref": "#/$defs/d0"})
        | {
            "$defs": {
                f"d{n}": properties(x={"$ref": f"#/$defs/d{n + 1}"}, y={"$ref": f"#/$defs/d{n + 1}"}) for n in range(40)
            }
        },
    ],
    ids=["itself", "itself among all", "itself below", "a loop among all", "twice as large each time"],
)
def test_a_schema_that_contains_itself_is_cut(schema: Any, model: str) -> None:
    sent, _ = write(schema, model)
    assert isinstance(sent, dict)


_json: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "items",
                    "enum",
                    "const",
                    "anyOf",
                    "allOf",
                    "$ref",
                    "$defs",
                    "required",
                    "format",
                    "nullable",
                ]
            )
            | st.text(max_size=2),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(schema=st.dictionaries(st.sampled_from(["type", "properties", "items", "allOf", "enum", "required"]), _json))
@pytest.mark.parametrize("model", [NEW, OLD])
def test_no_schema_is_too_strange(model: str, schema: Any) -> None:
    sent, _ = write(schema, model)
    assert sent is None or isinstance(sent, dict)
    again, _ = write(sent or {}, model)
    assert again == (sent or None) or model == OLD


def test_a_schema_is_written_alike_every_time_and_for_each_family_by_itself() -> None:
    schema = {"$schema": "x", "type": "object", "properties": {"a": {"type": ["string", "null"]}}}
    first, again = ([write(schema, model) for model in (NEW, OLD)] for _ in range(2))
    assert first == again
    assert first[0] != first[1]

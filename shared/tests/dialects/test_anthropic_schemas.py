"""Facts about schemas that an Anthropic model is held to."""

import json
from typing import Any

import pytest
from msgspec import Raw

from fairlead.shared.conversation import OutputFormat, Request, Text, Tool, Turn
from fairlead.shared.dialects.anthropic import ANTHROPIC
from fairlead.shared.dialects.anthropic.schemas import enforceable
from fairlead.shared.profile import PLAIN

TEXT = {"type": "string"}
HELLO = (Turn("user", (Text("hello"),)),)


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    "schema",
    [
        closed(a=TEXT, b={"type": ["integer", "null"], "default": 1}),
        closed(a={"$ref": "#/$defs/x"}) | {"$defs": {"x": closed(format=TEXT)}, "required": ["a"]},
        closed(a={"anyOf": [TEXT, {"type": "string", "format": "date", "pattern": "x"}]}),
        closed(a={"type": "array", "items": TEXT, "minItems": 1}),
        {"type": "object"},
        True,
    ],
)
def test_a_schema_that_is_enforced_goes_out_byte_for_byte(schema: Any) -> None:
    given = raw(schema)
    assert enforceable(given) == (given, ())


@pytest.mark.parametrize(
    ("given", "sent", "told"),
    [
        ({"type": "object", "properties": {"a": TEXT}}, closed(a=TEXT), ()),
        (closed(a=TEXT) | {"additionalProperties": TEXT}, closed(a=TEXT), ("additionalProperties",)),
        (
            {"type": "integer", "minimum": 0, "description": "how many"},
            {"type": "integer", "description": 'how many\n\nIt must fit {"minimum":0}.'},
            ("minimum",),
        ),
        (
            closed(a={"type": "array", "items": {"type": "string", "maxLength": 3}, "minItems": 2}),
            closed(
                a={
                    "type": "array",
                    "items": {"type": "string", "description": 'It must fit {"maxLength":3}.'},
                    "description": 'It must fit {"minItems":2}.',
                }
            ),
            ("maxLength", "minItems"),
        ),
        ({"oneOf": [TEXT, {"type": "null"}]}, {"anyOf": [TEXT, {"type": "null"}]}, ()),
        ({"$ref": "#/$defs/x", "description": "d", "minimum": 1}, {"$ref": "#/$defs/x"}, ("minimum",)),
        ({"$schema": "s", "propertyOrdering": [], "type": "string"}, TEXT, ()),
        (
            {"type": "string", "format": {}},
            {"type": "string", "description": 'It must fit {"format":{}}.'},
            ("format",),
        ),
        ({"anyOf": 1, "items": 2, "properties": 3}, {"anyOf": 1, "items": 2, "properties": 3}, ()),
    ],
)
def test_objects_are_closed_and_what_is_not_enforced_is_told_in_words(given: Any, sent: Any, told: Any) -> None:
    schema, lost = enforceable(raw(given))
    assert (json.loads(bytes(schema)), lost) == (sent, told)
    assert enforceable(schema) == (schema, ())


def test_an_answer_is_asked_for_with_such_a_schema() -> None:
    wanted = OutputFormat(raw({"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}), "n", True)
    encoded = ANTHROPIC.encode_request(Request("m", HELLO, output_format=wanted), PLAIN)
    schema = json.loads(encoded.body)["output_config"]["format"]["schema"]
    assert schema == closed(n={"type": "integer", "description": 'It must fit {"minimum":1}.'})
    assert [(loss.what, loss.where) for loss in encoded.losses] == [("minimum", "response_format.schema")]


@pytest.mark.parametrize(("parameter", "strict"), [(TEXT, True), ({"type": "integer", "maximum": 5}, False)])
def test_a_tool_is_strict_only_if_its_whole_schema_is_enforced(parameter: Any, strict: bool) -> None:
    tool = Tool("f", None, raw(closed(a=parameter)), strict=True)
    encoded = ANTHROPIC.encode_request(Request("m", HELLO, tools=(tool,)), PLAIN)
    (written,) = json.loads(encoded.body)["tools"]
    assert (written["strict"], written["input_schema"]) == (strict, closed(a=parameter))
    assert [loss.what for loss in encoded.losses] == ([] if strict else ["strict"])

"""Refuses function schemas that the service's own schema language does not allow."""

from collections.abc import Iterator, Mapping
from typing import Any

from .fields import Violation

_TYPES = frozenset({"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"})
_FORMATS: Mapping[str, frozenset[str]] = {
    "STRING": frozenset({"enum", "date-time"}),
    "NUMBER": frozenset({"float", "double"}),
    "INTEGER": frozenset({"int32", "int64"}),
}
_FILLED_UNTIL = (3, 0)
"""Before this generation an object had to have properties."""

Schema = Mapping[str, Any]


def complaints(path: str, schema: Schema, generation: tuple[int, int]) -> Iterator[Violation]:
    """What is wrong with a schema and those in it; keywords nobody knows are refused before."""
    kind = schema.get("type")
    if isinstance(kind, list):
        parent, _, name = f"{path}.type".rpartition(".")
        text = f"Invalid JSON payload received. Unknown name \"{name}\" at '{parent}': Proto field is not repeating, "
        yield Violation(parent, f"{text}cannot start list.")
        return
    kind = str(kind).upper() if kind is not None else ""
    if kind and kind not in _TYPES:
        text = f"Invalid value at '{path}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), "
        yield Violation(f"{path}.type", f'{text}"{schema["type"]}"')
    yield from _of_kind(path, schema, kind, generation)
    for where, inner in _inner(path, schema):
        yield from complaints(where, inner, generation)


def _of_kind(path: str, schema: Schema, kind: str, generation: tuple[int, int]) -> Iterator[Violation]:
    properties = schema.get("properties", {})
    if kind == "OBJECT" and not properties and generation < _FILLED_UNTIL:
        yield _said(f"{path}.properties", "should be non-empty for OBJECT type")
    if kind == "ARRAY" and "items" not in schema:
        yield _said(f"{path}.items", "missing field.")
    if schema.get("enum") and kind != "STRING":
        yield _said(f"{path}.enum", "only allowed for STRING type")
    named = schema.get("required", ())
    for at, name in enumerate(named if isinstance(named, list) else ()):
        if not isinstance(name, str) or name not in properties:
            yield _said(f"{path}.required[{at}]", "property is not defined")
    allowed = _FORMATS.get(kind)
    if allowed and "format" in schema and str(schema["format"]) not in allowed:
        words = " and ".join(f"'{each}'" for each in sorted(allowed, reverse=True))
        yield _said(f"{path}.format", f"only {words} are supported for {kind} type")


def _said(path: str, what: str) -> Violation:
    return Violation(path, f"* GenerateContentRequest.{path}: {what}\n")


def _inner(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.properties[{name}]", inner
    if "items" in schema:
        yield f"{path}.items", schema["items"]
    for at, inner in enumerate(schema.get("anyOf", ())):
        yield f"{path}.any_of[{at}]", inner

"""JSON Schema cut down to what Gemini accepts: https://ai.google.dev/api/caching#FunctionDeclaration.

A schema that is accepted as it stands goes out byte for byte. Any other is rewritten: a keyword with an equal in
Gemini's words is said in these, the rest is left out and named, so that it can be told. Only schema nodes are touched,
never data such as the name of a property.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.dialects.gemini.models import Family

_NOTHING: frozenset[str] = frozenset()
_SILENT = frozenset({"$schema", "$comment", "definitions", "$defs"})
"""Keywords that say nothing about a value, or have been looked after."""

_DEEPEST = 100
_MOST_NODES = 20_000
"""Where references are written out, a small schema can grow without end; what lies beyond is left out."""

_Writer: TypeAlias = Callable[[Any, Any], Any]


_REMEMBERED = 16 * 1024
"""Bytes a schema may have to be remembered. Those of agents' tools have up to some thousand."""


def write_schema(raw: Raw, family: Family) -> tuple[Raw, tuple[str, ...]]:
    """The schema as `family` reads it, and the keywords that had to be left out, sorted."""
    schema = bytes(raw)
    write = _write_again if len(schema) <= _REMEMBERED else _write
    written, lost = write(schema, plain=family.json_schema)
    return (raw if written is None else Raw(written)), lost


def _write(raw: bytes, *, plain: bool) -> tuple[bytes | None, tuple[str, ...]]:
    """None for a schema that stays as it is. `plain`: it may be JSON Schema."""
    schema = msgspec.json.decode(raw)
    writer = _Schema(schema, _JSON_SCHEMA, _SIMPLE) if plain else _OpenApi(schema, _OPENAPI, _NOTHING)
    written = writer.node(schema)
    lost = tuple(sorted(writer.lost))
    return (None if written == schema else encode(written)), lost


_write_again = lru_cache(maxsize=512)(_write)
"""An agent sends the same tools with every request, and nothing else that becomes of a request costs as much."""


def is_empty(raw: Raw | None) -> bool:
    """Whether a schema asks for nothing at all, so that it may be left out."""
    if raw is None:
        return True
    schema = msgspec.json.decode(raw)
    return not isinstance(schema, dict) or not (
        schema.keys() - {"type", "$schema", "properties", "additionalProperties"} or schema.get("properties")
    )


class _Schema:
    """One schema on its way into the words of `parametersJsonSchema`."""

    def __init__(self, root: Any, keywords: Mapping[str, _Writer], simple: frozenset[str]) -> None:
        self.root = root
        self.lost: set[str] = set()
        self._keywords = keywords
        self._simple = simple
        self._depth = 0
        self._nodes = 0

    def node(self, schema: Any) -> Any:
        self._nodes += 1
        if not isinstance(schema, dict) or self._depth == _DEEPEST or self._nodes > _MOST_NODES:
            if schema is not True:
                self.lost.add("false" if schema is False else "depth")
            return {}
        if schema.keys() <= self._simple:
            return schema
        self._depth += 1
        written: dict[str, Any] = {}
        keywords = self._keywords
        for key, value in self.restated(schema).items():
            write = keywords.get(key)
            if write is None:
                if key not in _SILENT and not key.startswith("x-"):
                    self.lost.add(key)
            elif (said := value if write is _Schema.same else write(self, value)) is not None:
                written[key] = said
        self._depth -= 1
        return self.finished(written)

    def restated(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The same in keywords that Gemini may know."""
        if isinstance(schema.get("items"), list):
            schema = _renamed(schema, "items", "prefixItems")
        if _RESTATED.keys().isdisjoint(schema):
            return schema
        for key, restate in _RESTATED.items():
            if key in schema:
                schema = restate(self, schema)
        return schema

    def finished(self, written: dict[str, Any]) -> dict[str, Any]:
        """A reference may have nothing beside it."""
        if "$ref" not in written:
            return written
        self.lost.update(key for key in written if not key.startswith("$"))
        return {key: value for key, value in written.items() if key.startswith("$")}

    def resolved(self, reference: Any) -> Any:
        """What a reference inside this schema points to; None if it cannot be found."""
        found = self.root
        for step in str(reference).removeprefix("#").split("/")[1:]:
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found if str(reference).startswith("#") else None

    # Keywords ------------------------------------------------------------------------------------

    def same(self, value: Any) -> Any:
        return value

    def map(self, value: Any) -> Any:
        return {name: self.node(schema) for name, schema in value.items()} if isinstance(value, dict) else None

    def list(self, value: Any) -> Any:
        return [self.node(schema) for schema in value] if isinstance(value, list) else None

    def names(self, value: Any) -> Any:
        return [name for name in value if isinstance(name, str)] if isinstance(value, list) else None

    def node_or_bool(self, value: Any) -> Any:
        return value if isinstance(value, bool) else self.node(value)

    def reference(self, value: Any) -> Any:
        return value.replace("#/definitions/", "#/$defs/") if isinstance(value, str) else None

    def enum(self, value: Any) -> Any:
        """Texts and numbers only; the null among them is said by the type."""
        if not isinstance(value, list):
            return None
        kept = [one for one in value if isinstance(one, str | int | float) and not isinstance(one, bool)]
        if len(kept) < len([one for one in value if one is not None]):
            self.lost.add("enum")
            return None
        return kept or None


class _OpenApi(_Schema):
    """One schema on its way into the words of `parameters`; references are written out."""

    def __init__(self, root: Any, keywords: Mapping[str, _Writer], simple: frozenset[str]) -> None:
        super().__init__(root, keywords, simple)
        self._within: list[str] = []

    def node(self, schema: Any) -> Any:
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if reference is None:
            return super().node(schema)
        target = self.resolved(reference)
        if not isinstance(target, dict) or reference in self._within:
            self.lost.add("$ref")
            return {"type": "object"}
        self._within.append(reference)
        written = super().node({**target, **{key: value for key, value in schema.items() if key != "$ref"}})
        self._within.pop()
        return written

    def restated(self, schema: dict[str, Any]) -> dict[str, Any]:
        schema = super().restated(schema)
        if "oneOf" in schema:
            schema = _renamed(schema, "oneOf", "anyOf")
        if isinstance(schema.get("type"), list):
            schema = _one_type(schema)
        if "prefixItems" in schema:
            schema = _without(schema, "prefixItems") | {"items": {"anyOf": schema["prefixItems"]}}
        return schema

    def finished(self, written: dict[str, Any]) -> dict[str, Any]:
        kind = written.get("type")
        if kind == "array":
            written.setdefault("items", {"type": "string"})
        if "enum" in written:
            written["type"] = "string"
        if written.get("format") not in _FORMATS.get(str(kind), ()) and written.pop("format", None) is not None:
            self.lost.add("format")
        if "required" in written:
            known = [name for name in written["required"] if name in written.get("properties", {})]
            written = {**written, "required": known} if known else _without(written, "required")
        return _without(written, "properties") if written.get("properties") == {} else written

    def enum(self, value: Any) -> Any:
        kept = super().enum(value)
        return None if kept is None else [one if isinstance(one, str) else encode(one).decode() for one in kept]


_FORMATS: Mapping[str, tuple[str, ...]] = {
    "string": ("enum", "date-time"),
    "number": ("float", "double"),
    "integer": ("int32", "int64"),
}


# Keywords said in others ---------------------------------------------------------------------------


def _without(schema: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != key}


def _renamed(schema: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in schema.items()}


def _one_type(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema["type"] if kind != "null"]
    nullable = {"nullable": True} if len(kinds) < len(schema["type"]) else {}
    if len(kinds) == 1:
        return {**schema, "type": kinds[0], **nullable}
    return {**_without(schema, "type"), "anyOf": [{"type": kind} for kind in kinds], **nullable}


def _const(_: _Schema, schema: dict[str, Any]) -> dict[str, Any]:
    return {**_without(schema, "const"), "enum": [schema["const"]]}


def _exclusive(bound: str, step: int) -> _Writer:
    """The bound itself, one further for whole numbers; for others the border counts as inside."""
    key = f"exclusive{bound.capitalize()}"

    def restate(self: _Schema, schema: dict[str, Any]) -> dict[str, Any]:
        value = schema[key]
        if not isinstance(value, int | float) or isinstance(value, bool) or bound in schema:
            self.lost.add(key)
            return _without(schema, key)
        if schema.get("type") == "integer" and isinstance(value, int):
            value += step
        else:
            self.lost.add(key)
        return {**_without(schema, key), bound: value}

    return restate


def _all_of(self: _Schema, schema: dict[str, Any]) -> dict[str, Any]:
    """All at once, as one schema; of keywords that contradict each other the first counts."""
    merged = _without(schema, "allOf")
    for part in schema["allOf"] if isinstance(schema["allOf"], list) else ():
        whole = self.resolved(part["$ref"]) if isinstance(part, dict) and "$ref" in part else part
        for key, value in whole.items() if isinstance(whole, dict) else ():
            merged[key] = _merged(self, key, merged[key], value) if key in merged else value
    return merged


def _merged(self: _Schema, key: str, first: Any, second: Any) -> Any:
    """Two values of one keyword as one."""
    if key == "properties" and isinstance(first, dict) and isinstance(second, dict):
        return {**second, **first}
    if key == "required" and isinstance(first, list) and isinstance(second, list):
        return [*first, *(name for name in second if name not in first)]
    if first != second and key not in ("title", "description"):
        self.lost.add("allOf")
    return first


def _definitions(_: _Schema, schema: dict[str, Any]) -> dict[str, Any]:
    return schema if "$defs" in schema else _renamed(schema, "definitions", "$defs")


def _nullable(_: _Schema, schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    nullable = isinstance(kind, str) and schema["nullable"] is True
    return {**_without(schema, "nullable"), "type": [kind, "null"]} if nullable else _without(schema, "nullable")


_RESTATED: Mapping[str, _Writer] = {
    "allOf": _all_of,
    "definitions": _definitions,
    "const": _const,
    "exclusiveMinimum": _exclusive("minimum", 1),
    "exclusiveMaximum": _exclusive("maximum", -1),
    "nullable": _nullable,
}

_BOTH: Mapping[str, _Writer] = {
    **dict.fromkeys(
        ("type", "format", "title", "description", "minItems", "maxItems", "minimum", "maximum"), _Schema.same
    ),
    "required": _Schema.names,
    "propertyOrdering": _Schema.names,
    "properties": _Schema.map,
    "anyOf": _Schema.list,
    "items": _Schema.node_or_bool,
}
_SIMPLE = frozenset(key for key, write in _BOTH.items() if write is _Schema.same)
"""Keywords that are taken as they are."""
_JSON_SCHEMA: Mapping[str, _Writer] = {
    **_BOTH,
    **dict.fromkeys(("$id", "$anchor"), _Schema.same),
    "$ref": _Schema.reference,
    "$defs": _Schema.map,
    "enum": _Schema.enum,
    "prefixItems": _Schema.list,
    "oneOf": _Schema.list,
    "additionalProperties": _Schema.node_or_bool,
}
_OPENAPI: Mapping[str, _Writer] = {
    **_BOTH,
    **dict.fromkeys(("nullable", "minLength", "maxLength", "minProperties", "maxProperties"), _Schema.same),
    **dict.fromkeys(("pattern", "default", "example"), _Schema.same),
    "items": _OpenApi.node,
    "enum": _OpenApi.enum,
}

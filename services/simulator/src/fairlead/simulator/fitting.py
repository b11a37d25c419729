"""Makes a JSON value that fits a simple JSON schema, always the same one for the same schema."""

from collections.abc import Mapping
from typing import Any

MAX_VALUES = 2000
"""Values made for one schema, so that a schema that refers to itself ends; what lies beyond is null."""
_MAX_ITEMS = 16
_MAX_LENGTH = 4096
_FORMATS: Mapping[str, str] = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "duration": "PT1S",
    "email": "simulated@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

Schema = Mapping[str, Any]


def fitting(schema: Schema) -> Any:
    """A value that fits `schema`: constants, enums, defaults, types, internal `$ref`, formats, bounds; no patterns.

    Of an object only the required properties are made, or all when it names none as required.
    """
    return _Fitter(schema).value(schema, "answer")


def fitting_object(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """An object that fits an object schema: those of `given` that it knows, and its other required properties."""
    properties = _mapping(schema.get("properties"))
    fitter = _Fitter(schema)
    made = {name: fitter.value(_mapping(properties.get(name)), name) for name in _required(schema) if name not in given}
    return {**{name: value for name, value in given.items() if name in properties}, **made}


def _mapping(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _required(schema: Schema) -> list[str]:
    return [name for name in _list(schema.get("required")) if isinstance(name, str)]


def _bound(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default


class _Fitter:
    """Knows the whole schema, for references, and counts down the values it may still make."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._left = MAX_VALUES

    def value(self, schema: Schema, label: str, depth: int = 32) -> Any:
        self._left -= 1
        if self._left < 0 or depth == 0:
            return None
        for word in ("const", "default"):
            if word in schema:
                return schema[word]
        if choices := _list(schema.get("enum")):
            return choices[0]
        if isinstance(reference := schema.get("$ref"), str):
            return self.value(self._referred(reference), label, depth - 1)
        for word in ("anyOf", "oneOf", "allOf"):
            if branches := [_mapping(branch) for branch in _list(schema.get(word))]:
                best = next((branch for branch in branches if branch.get("type") != "null"), branches[0])
                return self.value(best, label, depth - 1)
        return self._of_type(_kind(schema), schema, label, depth - 1)

    def _of_type(self, kind: str, schema: Schema, label: str, depth: int) -> Any:
        match kind:
            case "object":
                properties = _mapping(schema.get("properties"))
                wanted = _required(schema) or list(properties)
                return {name: self.value(_mapping(properties.get(name)), name, depth) for name in wanted}
            case "array":
                count = min(_MAX_ITEMS, _bound(schema.get("minItems"), 1))
                return [self.value(_mapping(schema.get("items")), label, depth) for _ in range(count)]
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return _string(schema, label)

    def _referred(self, reference: str) -> Schema:
        found: Any = self._root
        for step in filter(None, reference.removeprefix("#").split("/")):
            found = _mapping(found).get(step)
        return _mapping(found)


def _kind(schema: Schema) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    return str(kind)


def _number(schema: Schema) -> int:
    low = _bound(schema.get("minimum"), _bound(schema.get("exclusiveMinimum"), 0) + 1)
    return min(low, _bound(schema.get("maximum"), low))


def _string(schema: Schema, label: str) -> str:
    text = _FORMATS.get(str(schema.get("format")), f"Simulated {label}")
    text = text.ljust(min(_MAX_LENGTH, _bound(schema.get("minLength"), 0)), ".")
    return text[: _bound(schema.get("maxLength"), _MAX_LENGTH)]

"""Schemas of shapes, as msgspec tells them of the types that are read and written."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import msgspec

from .description import Operation, Shape

_REF = "#/components/schemas/"
_KINDS_KEPT = frozenset({"Anthropic", "Responses"})
"""Families of dialects in which blocks of a kind nobody knows are kept; elsewhere they are refused."""


class Schemas:
    """The shapes of all operations, and the components they are made of."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.components: dict[str, Any] = {}
        self._told: dict[Shape, Any] = {}
        families: dict[str, list[Shape]] = {}
        for shape in dict.fromkeys(_shapes(operations)):
            families.setdefault(shape.family, []).append(shape)
        for family, shapes in families.items():
            told, components = msgspec.json.schema_components(
                [shape.kind for shape in shapes], schema_hook=_anything, ref_template=_REF + family + "{name}"
            )
            self.components |= _opened_family(family, components) if family else _closed_all(components)
            self._told |= dict(zip(shapes, told, strict=True))

    def any_of(self, shapes: Sequence[Shape]) -> Any:
        """One of them; any text where there is none."""
        told = [self._told[shape] for shape in shapes]
        return told[0] if len(told) == 1 else {"anyOf": told} if told else {"type": "string"}


def _shapes(operations: Iterable[Operation]) -> Iterable[Shape]:
    for one in operations:
        for content in (one.body, *[each for answer in one.answers.values() for each in answer.contents]):
            if content is not None:
                yield from (*content.shapes, *content.events)


def _anything(kind: type) -> dict[str, Any]:
    """Of a field that is kept as it comes."""
    if kind is object:
        return {"description": "Kept as it comes."}
    raise NotImplementedError


def _opened_family(family: str, components: Mapping[str, Any]) -> dict[str, Any]:
    closed = {_REF + family + name for name, one in components.items() if one.get("additionalProperties") is False}
    kept = closed if family in _KINDS_KEPT else set()
    return {family + name: _opened(one, kept) for name, one in components.items()}


def _closed_all(components: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _closed(one) for name, one in components.items()}


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Of what is ours all is told, and nothing besides: a field may be left out that has `UNSET` for a default."""
    fields: Mapping[str, Any] | None = schema.get("properties")
    if fields is None:
        return schema
    told = [name for name, field in fields.items() if name in schema["required"] or "default" in field]
    plain = {name: {key: value for key, value in field.items() if key != "default"} for name, field in fields.items()}
    return {**schema, "properties": plain, "required": told, "additionalProperties": False}


def _opened(schema: Any, kept: Set[str]) -> Any:
    """Shapes of clients' dialects are told as they are read: fields that nobody knows yet are kept, and where a choice
    is of schemas in `kept`, kinds too."""
    if isinstance(schema, list):
        return [_opened(each, kept) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _opened(value, kept) for name, value in schema.items() if name != "additionalProperties" or value}
    by = told.get("discriminator")
    if by is not None and not kept.isdisjoint(by["mapping"].values()):
        del told["discriminator"]
        known = {"type": "string", "not": {"enum": list(by["mapping"])}}
        told["anyOf"] = [*told["anyOf"], {"type": "object", "properties": {"type": known}, "required": ["type"]}]
    return told

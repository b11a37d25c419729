"""Writes operations down as one OpenAPI document; shapes are what msgspec tells of the types."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import msgspec
from msgspec import Struct, structs

from fairlead.shared.failure import Kind

from . import failures
from .description import Answer, Content, Guard, Keys, Operation, Parameter, Shape
from .headers import HEADERS

_REF = "#/components/schemas/"
_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "clientBearer": {"type": "http", "scheme": "bearer", "description": "A client key."},
    "clientKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "A client key."},
    "clientGoogleKey": {"type": "apiKey", "in": "header", "name": "x-goog-api-key", "description": "A client key."},
    "adminBearer": {"type": "http", "scheme": "bearer", "description": "The admin key."},
    "adminKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "The admin key."},
}
_KINDS_KEPT = frozenset({"Anthropic", "Responses"})
"""Families of dialects in which blocks of a kind nobody knows are kept; elsewhere they are refused."""
_CLIENT = ("clientBearer", "clientKey", "clientGoogleKey")
_ADMIN = ("adminBearer", "adminKey")


class Service(Struct, frozen=True):
    """Whose document it is."""

    title: str
    version: str
    about: str


def document(service: Service, operations: Iterable[Operation], keys: Keys) -> dict[str, Any]:
    """The document. Every path that is read with GET also takes HEAD."""
    listed = [structs.replace(one, answers={**_refused(one, keys), **one.answers}) for one in operations]
    schemas = _Schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        methods = paths.setdefault(one.path, {})
        methods[one.method.lower()] = _operation(one, keys, schemas)
        if one.method == "GET":
            methods["head"] = _head(methods["get"])
    schemes = {name for one in listed for name in schemes_of(one.guard, keys)}
    return {
        "openapi": "3.1.1",
        "info": {"title": service.title, "version": service.version, "description": service.about},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "headers": {name: {"description": about, "schema": dict(kind)} for name, (about, kind) in HEADERS.items()},
            "securitySchemes": {name: dict(told) for name, told in _SCHEMES.items() if name in schemes},
        },
    }


def schemes_of(guard: Guard, keys: Keys) -> Sequence[str]:
    """Which keys open it, any of them; none where none is needed."""
    match guard:
        case Guard.NOBODY:
            return ()
        case Guard.CLIENT:
            return _CLIENT if keys.client else ()
        case Guard.OWN | Guard.OVERSEER:
            return (*_CLIENT, *(_ADMIN if keys.admin else ())) if keys.client else ()
        case Guard.ADMIN:
            return _ADMIN if keys.admin else _CLIENT if keys.client else ()


def _refused(one: Operation, keys: Keys) -> Mapping[str, Answer]:
    """What keeps out whoever may not, and whatever else is refused."""
    if one.guard is Guard.NOBODY:
        return failures.refusals(one.dialects, one.refuses)
    guards = (Kind.AUTHENTICATION, Kind.PERMISSION) if schemes_of(one.guard, keys) else (Kind.PERMISSION,)
    return failures.refusals(one.dialects, dict.fromkeys((*guards, *one.refuses)))


def _operation(one: Operation, keys: Keys, schemas: "_Schemas") -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.id,
        "summary": one.summary,
        "tags": [one.tag],
        "security": [{name: []} for name in schemes_of(one.guard, keys)],
        "responses": {status: _answer(answer, schemas) for status, answer in sorted(one.answers.items())},
    }
    if one.parameters:
        told["parameters"] = [_parameter(each) for each in one.parameters]
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": _content(one.body, schemas)}
    return told


def _head(get: Mapping[str, Any]) -> dict[str, Any]:
    responses = {
        status: {name: value for name, value in answer.items() if name != "content"}
        for status, answer in get["responses"].items()
    }
    return {**get, "operationId": f"{get['operationId']}_head", "responses": responses}


def _parameter(one: Parameter) -> dict[str, Any]:
    told: dict[str, Any] = {"name": one.name, "in": one.place, "description": one.about, "schema": dict(one.schema)}
    if one.schema.get("type") == "array":
        told |= {"style": "form", "explode": False}  # one parameter, with commas
    return {**told, "required": True} if one.required else told


def _answer(one: Answer, schemas: "_Schemas") -> dict[str, Any]:
    told: dict[str, Any] = {"description": one.about}
    if one.headers:
        told["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in one.headers}
    if one.contents:
        told["content"] = {media: body for each in one.contents for media, body in _content(each, schemas).items()}
    return told


def _content(one: Content, schemas: "_Schemas") -> dict[str, Any]:
    return {one.media: {"schema": _events(schemas.any_of(one.events)) if one.events else schemas.any_of(one.shapes)}}


def _events(data: Any) -> dict[str, Any]:
    """Before 3.2 a stream has no words of its own, and readers take its schema for that of each event."""
    told = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    return {"type": "object", "properties": {"event": {"type": "string"}, "data": told}, "required": ["data"]}


class _Schemas:
    """The shapes of all operations, and the components they are made of."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.components: dict[str, Any] = {}
        self._told: dict[int, Any] = {}
        families: dict[str, list[Shape]] = {}
        for shape in _shapes(operations):
            families.setdefault(shape.family, []).append(shape)
        for family, shapes in families.items():
            told, components = msgspec.json.schema_components(
                [shape.kind for shape in shapes], schema_hook=_anything, ref_template=_REF + family + "{name}"
            )
            self.components |= _opened_family(family, components) if family else _closed_all(components)
            self._told |= {id(shape): one for shape, one in zip(shapes, told, strict=True)}

    def any_of(self, shapes: Sequence[Shape]) -> Any:
        """One of them; any text where there is none."""
        told = [self._told[id(shape)] for shape in shapes]
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
    """Of what is ours all is told, and nothing besides."""
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

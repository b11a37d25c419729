"""Writes operations down as one OpenAPI document."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from fairlead.shared.failure import Kind

from . import failures
from .description import Answer, Content, Guard, Keys, Operation, Parameter
from .headers import HEADERS
from .schemas import Schemas

_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "clientBearer": {"type": "http", "scheme": "bearer", "description": "A client key."},
    "clientKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "A client key."},
    "clientGoogleKey": {"type": "apiKey", "in": "header", "name": "x-goog-api-key", "description": "A client key."},
    "adminBearer": {"type": "http", "scheme": "bearer", "description": "The admin key."},
    "adminKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "The admin key."},
}
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
    schemas = Schemas(listed)
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


def _operation(one: Operation, keys: Keys, schemas: Schemas) -> dict[str, Any]:
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


def _answer(one: Answer, schemas: Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {"description": one.about}
    if one.headers:
        told["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in one.headers}
    if one.contents:
        told["content"] = {media: body for each in one.contents for media, body in _content(each, schemas).items()}
    return told


def _content(one: Content, schemas: Schemas) -> dict[str, Any]:
    return {one.media: {"schema": _events(schemas.any_of(one.events)) if one.events else schemas.any_of(one.shapes)}}


def _events(data: Any) -> dict[str, Any]:
    """Before 3.2 a stream has no words of its own, and readers take its schema for that of each event."""
    told = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    return {"type": "object", "properties": {"event": {"type": "string"}, "data": told}, "required": ["data"]}

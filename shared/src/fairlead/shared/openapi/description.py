"""What is told of an operation: values that each service lists, and that become a document."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from msgspec import Struct

from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Kind

JSON = "application/json"
EVENT_STREAM = "text/event-stream"


class Guard(Enum):
    """Who is let in: anybody; whoever has a client key; these and the admin; these without limits, and the admin; the
    admin, or where there is no such key a client without limits."""

    NOBODY = auto()
    CLIENT = auto()
    OWN = auto()
    OVERSEER = auto()
    ADMIN = auto()


class Keys(Struct, frozen=True):
    """Which keys the configuration sets; without any, a service serves its own machine alone."""

    client: bool
    admin: bool


class Shape(Struct, frozen=True):
    """The JSON of a type that msgspec knows. `family` stands before the names of its Structs. The families of clients'
    dialects are open: what is not known in them is kept."""

    kind: Any
    family: str = ""


class Content(Struct, frozen=True):
    """A body. One of several `shapes`; none is any text. `events`: what a stream's data are."""

    media: str = JSON
    shapes: tuple[Shape, ...] = ()
    events: tuple[Shape, ...] = ()


class Parameter(Struct, frozen=True):
    """`place` is query, path or header."""

    name: str
    place: str
    about: str
    schema: Mapping[str, Any]
    required: bool = False


class Answer(Struct, frozen=True):
    """What one status tells. `headers` are names of `HEADERS`."""

    about: str
    contents: tuple[Content, ...] = ()
    headers: tuple[str, ...] = ()


class Operation(Struct, frozen=True):
    """One method of one path. `answers` are by status, or by a class of them as `5XX`; beside them it refuses what
    `guard` keeps out and `refuses`, in one of `dialects`."""

    method: str
    path: str
    id: str
    summary: str
    tag: str
    guard: Guard
    answers: Mapping[str, Answer]
    dialects: tuple[Dialect, ...] = ()
    refuses: tuple[Kind, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Content | None = None


def query(name: str, about: str, **schema: Any) -> Parameter:
    """A parameter of the query."""
    return Parameter(name, "query", about, schema or {"type": "string"})


def named(name: str, about: str, **schema: Any) -> Parameter:
    """A part of the path."""
    return Parameter(name, "path", about, schema or {"type": "string", "minLength": 1}, required=True)


def said(name: str, about: str) -> Parameter:
    """A header. What has no meaning there is taken as if it were not there, so that any text will do."""
    return Parameter(name, "header", about, {"type": "string"})


def json(kind: Any, about: str, *headers: str) -> Answer:
    """An answer of ours."""
    return Answer(about, (Content(shapes=(Shape(kind),)),), headers)

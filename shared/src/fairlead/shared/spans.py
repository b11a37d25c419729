"""What is told of a request in a trace: spans as plain values, made where the facts are, exported elsewhere."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import TypeAlias

from msgspec import Struct

from fairlead.shared.trace_context import TraceContext

Value: TypeAlias = str | bool | int | float | tuple[str, ...]
Attributes: TypeAlias = Mapping[str, Value]

LONGEST = 256
"""Characters of an attribute: clients invent names of models and of much else."""


class SpanKind(Enum):
    """Which end of a call a span is."""

    SERVER = auto()
    CLIENT = auto()


class Event(Struct, frozen=True):
    """Something at one moment of a span; `at` in nanoseconds of Unix time."""

    name: str
    at: int


class Span(Struct, frozen=True):
    """One finished piece of work. `began` and `ended` are nanoseconds of Unix time; `parent` is the id of the span it
    is a part of, `remote` whether that was another process's. `error` says that it failed: by OpenTelemetry's rules a
    server has not when it refuses what its client did wrong.

    Source: https://opentelemetry.io/docs/specs/otel/trace/api/#span
    """

    context: TraceContext
    parent: str | None
    name: str
    kind: SpanKind
    began: int
    ended: int
    attributes: Attributes
    events: tuple[Event, ...] = ()
    error: bool = False
    remote: bool = False


def short(text: str) -> str:
    """A name that somebody else has chosen, as an attribute may hold it."""
    return text if len(text) <= LONGEST else text[:LONGEST]

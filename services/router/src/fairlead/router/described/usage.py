"""What was used, and what it came to."""

import re
from collections.abc import Mapping
from typing import Any

from fairlead.router.usage import asking
from fairlead.shared.failure import Kind
from fairlead.shared.openapi.description import (
    Answer,
    Content,
    Guard,
    Operation,
    Parameter,
    Shape,
    json,
    named,
    query,
)

from .ours import of_ours
from .shapes import usage as shapes

_MOMENT: Mapping[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ]
}
_TEXT = {"type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f]*$"}
_BY = {"type": "array", "items": {"enum": list(asking.BY)}, "minItems": 1, "uniqueItems": True}
_NEXT = f"^{re.sub(r'[?]P<[a-z]+>', '', asking.NEXT)}$"

_PARAMETERS: Mapping[str, Parameter] = {
    "from": query("from", "From this moment on: Unix seconds, or a date or time; without a zone in UTC.", **_MOMENT),
    "to": query("to", "Before this moment.", **_MOMENT),
    "by": query("by", "What the rows are about; several with commas.", **_BY),
    **{name: query(name, f"Of this {name} alone; empty for what has none.", **_TEXT) for name in asking.THINGS},
    "limit": query("limit", "How many.", type="integer", minimum=1, maximum=asking.MOST, default=asking.PAGE),
    "before": query("before", "What the page before gave as `next`.", type="string", pattern=_NEXT),
    "format": query("format", "The rows as CSV instead.", type="string", enum=list(asking.FORMATS), default="json"),
}


def operations() -> list[Operation]:
    """Whoever has a key with limits sees what that key used."""
    session = named("id", "The session's id; it may hold slashes.")
    return [
        _view("GET /api/usage", "usage", "What was used", asking.SUMS, shapes.Usage, shapes.UsageSeries),
        _view("GET /api/costs", "costs", "What was paid and saved", asking.SUMS, shapes.Costs),
        _view("GET /api/usage/sessions", "sessions", "What sessions used", asking.SESSIONS, shapes.Sessions),
        _view("GET /api/usage/requests", "requests", "Single requests", asking.REQUESTS, shapes.Requests),
        of_ours(
            "GET /api/usage/sessions/{id}",
            "session",
            "What one session used",
            Guard.OWN,
            {"200": json(shapes.Session, "Its sums.")},
            session,
            refuses=(Kind.NOT_FOUND,),
        ),
        of_ours(
            "DELETE /api/usage/sessions/{id}",
            "forget_session",
            "Forget a session and its requests",
            Guard.ADMIN,
            {"200": json(shapes.Forgotten, "It is forgotten; sums by hour and day stay.")},
            session,
            refuses=(Kind.NOT_FOUND,),
        ),
    ]


def _view(operation: str, id: str, summary: str, parameters: tuple[str, ...], *kinds: Any) -> Operation:
    contents = (Content(shapes=tuple(map(Shape, kinds))), Content("text/csv"))
    answers = {"200": Answer(f"{summary}.", contents)}
    return of_ours(operation, id, summary, Guard.OWN, answers, *[_PARAMETERS[name] for name in parameters])

"""How an operation of the router's own is told: in common to all of them."""

from collections.abc import Mapping

from msgspec import structs

from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Kind
from fairlead.shared.openapi.description import Answer, Content, Guard, Operation, Parameter


def of_ours(
    operation: str,
    id: str,
    summary: str,
    guard: Guard,
    answers: Mapping[str, Answer],
    *parameters: Parameter,
    refuses: tuple[Kind, ...] = (),
    body: Content | None = None,
) -> Operation:
    """`operation` as `GET /api/config`. Where a key is asked for, parameters that are not listed are refused, answers
    carry their request's id, and nobody keeps them. Failures are told in Anthropic's words."""
    method, _, path = operation.partition(" ")
    dialects = (DIALECTS["anthropic"],)
    if guard is not Guard.NOBODY:
        refuses = (Kind.BAD_REQUEST, Kind.INTERNAL, *refuses)
        answers = {status: _with_head(answer) for status, answer in answers.items()}
    return Operation(method, path, id, summary, "gateway", guard, answers, dialects, refuses, parameters, body)


def _with_head(answer: Answer) -> Answer:
    return structs.replace(answer, headers=("request-id", "cache-control", *answer.headers))

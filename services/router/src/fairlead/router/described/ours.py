"""How an operation of the router's own is told: in common to all of them."""

from collections.abc import Mapping

from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Kind
from fairlead.shared.openapi.description import Answer, Content, Guard, Operation, Parameter

NO_STORE = "cache-control"


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
    """`operation` as `GET /api/config`. Failures are told in Anthropic's words; parameters that are not listed are
    refused where a key is asked for."""
    method, _, path = operation.partition(" ")
    kinds = refuses if guard is Guard.NOBODY else (Kind.BAD_REQUEST, Kind.INTERNAL, *refuses)
    dialects = (DIALECTS["anthropic"],)
    return Operation(method, path, id, summary, "gateway", guard, answers, dialects, kinds, parameters, body)

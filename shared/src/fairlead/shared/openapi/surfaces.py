"""The operations that clients of each dialect call, described from the same rows that are served."""

from collections.abc import Iterable, Mapping, Sequence
from types import GenericAlias

from msgspec import defstruct

from fairlead.shared.dialect import Dialect
from fairlead.shared.surfaces import Operation as Asked
from fairlead.shared.surfaces import Surface

from . import bodies, failures
from .description import EVENT_STREAM, Answer, Content, Guard, Operation, Parameter, Shape, named, query, said

REQUEST_ID = said("x-request-id", "The id to know the request by: up to 128 letters, digits and `-_.:`.")
SESSION = said("x-session-id", "Requests of one session stay together, and are summed up together.")
DEADLINE = said("x-fairlead-deadline-ms", "Milliseconds the client has patience for.")
TRACE = said("traceparent", "The trace this is a part of: https://www.w3.org/TR/trace-context/.")

_NAMES: Mapping[str, str] = {
    "anthropic": "Anthropic Messages",
    "openai": "OpenAI chat completions",
    "openai-responses": "OpenAI Responses",
    "gemini": "Gemini",
}
_MODEL = named("model", "`provider,model`, or an id from `GET /v1/models`; it may hold slashes.")
_OPEN = "; other parameters that clients of the dialect send are taken without a meaning here"
_OF_ANTHROPIC = (
    query("beta", "Sent by Anthropic's clients" + _OPEN + "."),
    said("anthropic-version", "Goes on to Anthropic's own models, as do other headers of its name."),
    said("anthropic-beta", "Goes on to Anthropic's own models."),
)
_ALT = query("alt", "`sse`: a stream is told as events; without it as one list that grows" + _OPEN + ".")
_ACTIONS = {Asked.ANSWER: ("generateContent", "streamGenerateContent"), Asked.COUNT: ("countTokens",)}


def operations(
    surfaces: Iterable[Surface],
    dialects: Mapping[str, Dialect],
    asked_with: Sequence[Parameter],
    told_with: Sequence[str],
    prefixes: Sequence[str],
) -> list[Operation]:
    """One for each path. `asked_with` are headers of the service's own, `told_with` those of its answers; `prefixes`
    are where paths that name a model begin."""
    described = []
    for surface in surfaces:
        dialect = dialects[surface.dialect]
        counted = _counted(surface, dialect) if surface.counted else None
        for path, action in _paths(surface, prefixes):
            streams = action == "streamGenerateContent" if action else None
            answers = counted or _answered(surface, dialect, told_with, streams)
            described.append(
                Operation(
                    method="POST",
                    path=path,
                    id="_".join(part for part in path.replace(":", "/").split("/") if "{" not in part).strip("_"),
                    summary=f"{_verb(surface)} in the words of {_NAMES[surface.dialect]}",
                    tag="models",
                    guard=Guard.CLIENT,
                    answers=answers | _passed_on(dialect),
                    dialects=(dialect,),
                    refuses=failures.ALL,
                    parameters=(*_named(surface), *asked_with),
                    body=Content(shapes=(_request(surface),)),
                )
            )
    return described


def _paths(surface: Surface, prefixes: Sequence[str]) -> list[tuple[str, str | None]]:
    """Each path, and the action in it."""
    if not surface.names_model_in_path:
        return [(surface.path, None)]
    return [
        (f"{prefix}/models/{{model}}:{action}", action) for prefix in prefixes for action in _ACTIONS[surface.operation]
    ]


def _verb(surface: Surface) -> str:
    return "Count a prompt's tokens" if surface.operation is Asked.COUNT else "Ask a model"


def _named(surface: Surface) -> tuple[Parameter, ...]:
    if surface.names_model_in_path:
        return (_MODEL, _ALT)
    return _OF_ANTHROPIC if surface.dialect == "anthropic" else ()


def _request(surface: Surface) -> Shape:
    if surface.apart:
        return Shape(bodies.GenerateHereRequest, bodies.REQUESTS[surface.dialect].family)
    return (bodies.COUNTS if surface.operation is Asked.COUNT else bodies.REQUESTS)[surface.dialect]


def _answered(surface: Surface, dialect: Dialect, told_with: Sequence[str], streams: bool | None) -> dict[str, Answer]:
    """Whole, or as a stream where that is asked for: in the path (`streams`), or in the body."""
    answer = bodies.ANSWERS[surface.dialect]
    whole = Content(shapes=(answer,))
    pieces = Content(shapes=(Shape(GenericAlias(list, answer.kind), answer.family),))
    stream = Content(EVENT_STREAM, events=bodies.EVENTS[surface.dialect])
    contents = (whole, stream) if streams is None else (stream, pieces) if streams else (whole,)
    about = (
        "The model's answer, with the provider's `anthropic-ratelimit-*` and `x-ratelimit-*` as they are. What goes "
        "wrong once a stream has begun is told in it, in the dialect's own words."
    )
    return {"200": Answer(about, contents, (dialect.request_id_header, *told_with))}


def _counted(surface: Surface, dialect: Dialect) -> dict[str, Answer]:
    assert surface.counted is not None
    fields = [(name, type(value)) for name, value in surface.counted(1).items()]
    shape = Shape(defstruct("Count", fields), bodies.ANSWERS[surface.dialect].family)
    return {"200": Answer("How many there are.", (Content(shapes=(shape,)),), (dialect.request_id_header,))}


def _passed_on(dialect: Dialect) -> dict[str, Answer]:
    """What providers say beside all that keeps its status."""
    return {
        "4XX": failures.failed([dialect], "What the provider refuses, with its own status."),
        "5XX": failures.failed([dialect], "How the provider fails, with its own status."),
    }

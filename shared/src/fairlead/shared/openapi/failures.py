"""How failures are told: in each dialect's own shape, with the status its clients know."""

from collections.abc import Iterable, Mapping, Sequence

from fairlead.shared import openai_errors
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.wire import anthropic, gemini

from .description import Answer, Content, Shape

_MEANINGS: Mapping[Kind, str] = {
    Kind.BAD_REQUEST: "What is asked is misshapen; the message names the place.",
    Kind.CONTEXT_OVERFLOW: "The prompt is too long for the model.",
    Kind.CONTENT_REFUSED: "The provider refuses what is said.",
    Kind.TOO_LARGE: "The body is larger than this service takes.",
    Kind.AUTHENTICATION: "No good key.",
    Kind.BILLING: "Nothing is left to spend.",
    Kind.PERMISSION: "The key does not open this, or a page of another site asks.",
    Kind.NOT_FOUND: "There is no such thing here.",
    Kind.METHOD: "The path does not take this method.",
    Kind.CONFLICT: "It cannot be done as things stand.",
    Kind.RATE_LIMIT: "Too much is asked at once.",
    Kind.OVERLOADED: "The provider, or this service, has no time now.",
    Kind.UPSTREAM: "The provider has failed.",
    Kind.UNREACHABLE: "The provider cannot be reached.",
    Kind.CONNECT_TIMEOUT: "The provider does not take the connection in time.",
    Kind.FIRST_BYTE_TIMEOUT: "The provider is silent for too long.",
    Kind.IDLE_TIMEOUT: "The provider falls silent for too long.",
    Kind.CUT: "The provider's answer breaks off.",
    Kind.MALFORMED: "The provider's answer cannot be read.",
    Kind.UNSUPPORTED: "The target cannot do what is asked.",
    Kind.INTERNAL: "A fault of this service; its log says more.",
}

ALL: tuple[Kind, ...] = tuple(_MEANINGS)
"""What may become of a request to a model; and what a provider says beside these keeps its status."""

ERRORS: Mapping[str, Shape] = {
    "anthropic": Shape(anthropic.ErrorBody, "Anthropic"),
    "openai": Shape(openai_errors.ErrorBody, "OpenAI"),
    "openai-responses": Shape(openai_errors.ErrorBody, "OpenAI"),
    "gemini": Shape(gemini.ErrorBody, "Gemini"),
}
"""By dialect."""

_HEADERS = ("x-fairlead-failure", "retry-after", "x-should-retry")


def refusals(dialects: Sequence[Dialect], kinds: Iterable[Kind]) -> dict[str, Answer]:
    """An answer for each status that these kinds have, to clients of any of `dialects`."""
    meanings: dict[str, list[str]] = {}
    for kind in kinds:
        for dialect in dialects:
            told = meanings.setdefault(str(dialect.failure_status(Failure(kind, ""))), [])
            told += [] if _MEANINGS[kind] in told else [_MEANINGS[kind]]
    return {status: failed(dialects, " Or: ".join(told)) for status, told in sorted(meanings.items())}


def failed(dialects: Sequence[Dialect], about: str) -> Answer:
    """One answer that tells a failure."""
    shapes = tuple(dict.fromkeys(ERRORS[dialect.name] for dialect in dialects))
    ids = tuple(dict.fromkeys(dialect.request_id_header for dialect in dialects))
    return Answer(about, (Content(shapes=shapes),), (*ids, *_HEADERS))

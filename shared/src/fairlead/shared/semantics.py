"""The names that spans give their attributes, and what some of our values are called there; all in this one place,
since OpenTelemetry's conventions for models are still in development.

Sources: https://github.com/open-telemetry/semantic-conventions-genai,
https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from fairlead.shared.conversation import Finish, FinishReason, Usage
from fairlead.shared.failure import Failure
from fairlead.shared.spans import Attributes, Value, short

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
CONVERSATION = "gen_ai.conversation.id"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_STREAM = "gen_ai.request.stream"
RESPONSE_MODEL = "gen_ai.response.model"
TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens"
CACHE_CREATION_TOKENS = "gen_ai.usage.cache_creation.input_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"

ERROR_TYPE = "error.type"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
METHOD = "http.request.method"
ROUTE = "http.route"
STATUS = "http.response.status_code"

REQUEST_ID = "fairlead.request_id"
CLIENT_DIALECT = "fairlead.client.dialect"
CLIENT_KEY = "fairlead.client.key"
RESULT = "fairlead.result"
SCENARIO = "fairlead.scenario"
DECISION = "fairlead.decision.id"
ROUTED = "fairlead.route"
ATTEMPTS = "fairlead.attempts"
LANE = "fairlead.lane"
TARGET_PROVIDER = "fairlead.target.provider"
ATTEMPT = "fairlead.attempt"

RECEIVED = "received"
DECIDED = "decided"
TRANSLATED = "translated"
FIRST_CONTENT = "first_content"

CLIENT_FAULT, SERVER_FAULT = 400, 500
"""The least HTTP statuses of what a client has done wrong, and of what a server has."""

_FINISHES = {
    FinishReason.STOP: "stop",
    FinishReason.STOP_SEQUENCE: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.CONTEXT_WINDOW: "length",
    FinishReason.TOOL_CALLS: "tool_call",
    FinishReason.REFUSAL: "content_filter",
}
"""As the conventions call them; the others have no name there."""


def name_of(path: str) -> str:
    """What a request to an operation is called."""
    return f"POST {path}"


def of_request(path: str, dialect: str, request_id: str, result: str) -> dict[str, Value]:
    """Of one that clients who speak `dialect` have made; `path` is its operation's, without what differs."""
    about: dict[str, Value] = {METHOD: "POST", ROUTE: path, CLIENT_DIALECT: dialect}
    return about | {REQUEST_ID: request_id, RESULT: result}


def of_usage(usage: Usage | None) -> dict[str, int]:
    """Tokens; those of the cache are part of the input here, as reasoning is of the output."""
    if usage is None:
        return {}
    told = {INPUT_TOKENS: usage.prompt, OUTPUT_TOKENS: usage.output}
    more = {
        CACHE_READ_TOKENS: usage.cache_read,
        CACHE_CREATION_TOKENS: usage.cache_write,
        REASONING_TOKENS: usage.reasoning,
    }
    return told | {name: tokens for name, tokens in more.items() if tokens}


def of_answer(model: str, finish: Finish | None, usage: Usage | None) -> Attributes:
    """What a model says of its answer, but nothing of what stands in it."""
    told: dict[str, str | int | tuple[str, ...]] = {**of_usage(usage)}
    if model:
        told[RESPONSE_MODEL] = short(model)
    if finish is not None:
        told[FINISH_REASONS] = (_FINISHES.get(finish.reason, finish.reason.value),)
    return told


def of_failure(failure: Failure | None) -> Attributes:
    """Its kind; its words may repeat what a client or a provider said."""
    if failure is None:
        return {}
    status = {} if failure.status is None else {STATUS: failure.status}
    return {ERROR_TYPE: failure.kind.value, **status}

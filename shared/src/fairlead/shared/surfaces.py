"""The operations clients of each dialect call: the ends of their paths, and what stands there instead of in the body.

Both services serve these rows; the router also writes from them where a client's own bytes go.
"""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any
from urllib.parse import quote

from msgspec import Raw, Struct

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.failure import Kind, refuse


class Operation(Enum):
    """What is asked for."""

    ANSWER = auto()
    COUNT = auto()


class Surface(Struct, frozen=True):
    """One operation of one dialect.

    `pattern` matches the end of a path, unquoted; its groups `model` and `action` name what stands there. `path` is
    where a client would call it for a model, `{model}` and `{action}` left open. `counted` is a count in the dialect's
    words. `apart`: fields of its bodies that are not the dialect's, which says those in the path.
    """

    dialect: str
    operation: Operation
    pattern: str
    path: str
    counted: Callable[[int], dict[str, Any]] | None = None
    apart: frozenset[str] = frozenset()

    @property
    def names_model_in_path(self) -> bool:
        """Whether the body does not say which model is meant."""
        return "{model}" in self.path

    def fields(self, named: Mapping[str, str | None], peeked: Mapping[str, Raw]) -> Mapping[str, Raw]:
        """The body's fields with what the path says among them, as `model` and `stream`.

        Raises `FailureError` (BAD_REQUEST).
        """
        if not self.names_model_in_path:
            return _bounded(peeked)
        inner = peeked.get(_WHOLE_REQUEST)
        fields: Mapping[str, Raw] = peeked if inner is None else decode_field(inner, dict[str, Raw], _WHOLE_REQUEST)
        stream = named.get("action") == _STREAMED
        model = Raw(encode(named.get("model") or ""))
        return _bounded({**fields, "model": model, "stream": Raw(encode(stream))})

    def count(self, tokens: int) -> bytes:
        """The body that answers how many there are, for an operation that counts."""
        assert self.counted is not None, "an operation that counts has words for its answer"
        return encode(self.counted(tokens))

    def target(self, model: str, stream: bool) -> str:
        """Where a body in this dialect goes for `model`, path and query."""
        if not self.names_model_in_path:
            return self.path
        action = _ACTIONS[self.operation, stream]
        return self.path.format(model=quote(model, safe=""), action=action)


def _bounded(fields: Mapping[str, Raw]) -> Mapping[str, Raw]:
    """Raises `FailureError` where what stands for the model's name is too long for one: it is repeated in answers, logs
    and all that is remembered of a request."""
    model = fields.get("model")
    if model is not None and memoryview(model).nbytes > MODEL_LIMIT:
        raise refuse(Kind.BAD_REQUEST, f"model: must not be longer than {MODEL_LIMIT} bytes", param="model")
    return fields


MODEL_LIMIT = 4096
"""Bytes of a model's name, with its provider's before it. Amazon's are the longest: 2,048 characters,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html."""

_WHOLE_REQUEST = "generateContentRequest"
_STREAMED = "streamGenerateContent"
_ACTIONS = {
    (Operation.ANSWER, False): "generateContent",
    (Operation.ANSWER, True): f"{_STREAMED}?alt=sse",
    (Operation.COUNT, False): "countTokens",
    (Operation.COUNT, True): "countTokens",
}
_GEMINI_MODEL = rf"/(?:v1|v1beta|v1alpha|v1beta1)/(?:(?!models/)[^/]*/){{0,16}}models/(?P<model>.{{1,{MODEL_LIMIT}}})"
"""Bounded, as anybody may send any path: what may be split in many ways takes hours to be found nowhere."""

SURFACES: tuple[Surface, ...] = (
    Surface("anthropic", Operation.ANSWER, "/v1/messages", "/v1/messages"),
    Surface(
        "anthropic",
        Operation.COUNT,
        "/v1/messages/count_tokens",
        "/v1/messages/count_tokens",
        lambda tokens: {"input_tokens": tokens},
    ),
    Surface("openai", Operation.ANSWER, "/v1/chat/completions", "/v1/chat/completions"),
    Surface("openai-responses", Operation.ANSWER, "/v1/responses", "/v1/responses"),
    Surface(
        "openai-responses",
        Operation.COUNT,
        "/v1/responses/input_tokens",
        "/v1/responses/input_tokens",
        lambda tokens: {"object": "response.input_tokens", "input_tokens": tokens},
    ),
    # droid2api's: Gemini's body with the model, and whether to stream, in it.
    Surface("gemini", Operation.ANSWER, "/v1/generate", "/v1/generate", apart=frozenset({"model", "stream"})),
    Surface(
        "gemini",
        Operation.ANSWER,
        _GEMINI_MODEL + ":(?P<action>generateContent|streamGenerateContent)",
        "/v1beta/models/{model}:{action}",
    ),
    Surface(
        "gemini",
        Operation.COUNT,
        _GEMINI_MODEL + ":(?P<action>countTokens)",
        "/v1beta/models/{model}:{action}",
        lambda tokens: {"totalTokens": tokens},
    ),
)
"""Sources: https://platform.claude.com/docs/en/api, https://platform.openai.com/docs/api-reference,
https://ai.google.dev/api."""

UNSERVED = _GEMINI_MODEL + ":(?:embedContent|batchEmbedContents|batchGenerateContent|computeTokens|predict)"
"""What else Google's SDKs ask of a model: refused in words they read."""

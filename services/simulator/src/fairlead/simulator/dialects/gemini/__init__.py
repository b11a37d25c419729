"""Google's Gemini API, as a provider speaks it, under its own addresses and under those of Vertex AI.

https://ai.google.dev/api/generate-content
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec

from ...faults import Event
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from ..dialect import Endpoint, Refusal
from . import answer, request

_STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}
_DETAIL = "type.googleapis.com/google.rpc."


class Gemini:
    """`POST …/models/{model}:generateContent`, `:streamGenerateContent` and `:countTokens`."""

    name = "gemini"
    bad_key = Refusal(
        400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT", code="API_KEY_INVALID"
    )

    def claims(self, path: str) -> Endpoint | None:
        found = request.address(path)
        if found is None:
            return None
        return Endpoint.COUNT if found.verb == "countTokens" else Endpoint.GENERATE

    def is_spoken_by(self, request: Request) -> bool:
        if any(word in request.path for word in ("/v1beta/", "/v1beta1/", "/v1alpha/", "/publishers/google/")):
            return True
        return request.header("x-goog-api-key") is not None or "key" in parse_qs(request.target.partition("?")[2])

    def model(self, asked: Request) -> str:
        found = request.address(asked.path)
        return found.model if found else ""

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        return request.read(asked, endpoint, strict=strict)

    def headers(self, digest: str) -> Headers:
        return (("server", "scaffolding on HTTPServer2"), ("vary", "Origin, X-Origin, Referer"))

    def count(self, turn: Turn) -> bytes:
        total = turn.sizes.total_tokens
        details = [{"modality": "TEXT", "tokenCount": total}]
        return msgspec.json.encode({"totalTokens": total, "promptTokensDetails": details})

    def buffered(self, reply: Reply) -> bytes:
        return answer.response(reply)

    def events(self, reply: Reply) -> Sequence[Event]:
        return answer.events(reply)

    def error(self, refusal: Refusal, digest: str) -> bytes:
        """Printed over several lines, as the service does."""
        return msgspec.json.format(msgspec.json.encode(_error(refusal)), indent=2) + b"\n"

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        return answer.error_event(_error(refusal))

    def overflow(self, tokens: int, limit: int) -> Refusal:
        text = f"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({limit})."
        return Refusal(400, text, "INVALID_ARGUMENT")

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        rows = [
            {
                "name": f"models/{name}",
                "baseModelId": name,
                "version": "1",
                "displayName": name,
                "description": what,
                "inputTokenLimit": 1_048_576,
                "outputTokenLimit": 65_536,
                "supportedGenerationMethods": ["generateContent", "countTokens"],
                "temperature": 1,
                "topP": 0.95,
                "topK": 64,
                "maxTemperature": 2,
                "thinking": True,
            }
            for name, what in models
        ]
        return msgspec.json.encode({"models": rows})


def _error(refusal: Refusal) -> dict[str, Any]:
    status = refusal.kind or _STATUSES.get(refusal.status, "INTERNAL" if refusal.status >= 500 else "INVALID_ARGUMENT")
    error: dict[str, Any] = {"code": refusal.status, "message": refusal.message, "status": status}
    if details := _details(refusal):
        error["details"] = details
    return {"error": error}


def _details(refusal: Refusal) -> list[dict[str, Any]]:
    details: list[dict[str, Any]] = []
    if refusal.code is not None:
        info = {"reason": refusal.code, "domain": "googleapis.com"}
        details.append({"@type": f"{_DETAIL}ErrorInfo", **info})
    if refusal.param is not None:
        violation = {"field": refusal.param, "description": refusal.message}
        details.append({"@type": f"{_DETAIL}BadRequest", "fieldViolations": [violation]})
    if refusal.retry_after is not None:
        details.append({"@type": f"{_DETAIL}RetryInfo", "retryDelay": f"{refusal.retry_after}s"})
    return details

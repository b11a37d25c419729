"""The Anthropic Messages API, as a provider speaks it (https://docs.anthropic.com/en/api/messages)."""

from collections.abc import Mapping, Sequence

import msgspec

from ...faults import Event
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from ..dialect import Endpoint, Refusal
from . import answer, request

_PATHS: Mapping[str, Endpoint] = {"/messages": Endpoint.GENERATE, "/messages/count_tokens": Endpoint.COUNT}
_KINDS: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
CREATED = "2026-01-01T00:00:00Z"
"""When every simulated model was made."""


class Anthropic:
    """`POST …/messages` and `POST …/messages/count_tokens`."""

    name = "anthropic"
    bad_key = Refusal(401, "invalid x-api-key")

    def claims(self, path: str) -> Endpoint | None:
        return next((endpoint for suffix, endpoint in _PATHS.items() if path.endswith(suffix)), None)

    def is_spoken_by(self, request: Request) -> bool:
        return request.header("anthropic-version") is not None

    def model(self, asked: Request) -> str:
        return request.model(asked.body)

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        return request.read(asked, endpoint, strict=strict)

    def headers(self, digest: str) -> Headers:
        return (("request-id", answer.request_id(digest)), ("anthropic-organization-id", "simulated"))

    def count(self, turn: Turn) -> bytes:
        return msgspec.json.encode({"input_tokens": turn.sizes.total_tokens})

    def buffered(self, reply: Reply) -> bytes:
        return answer.message(reply)

    def events(self, reply: Reply) -> Sequence[Event]:
        return answer.events(reply)

    def error(self, refusal: Refusal, digest: str) -> bytes:
        return msgspec.json.encode(answer.error(_kind(refusal), refusal.message, digest))

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        return answer.error_event(answer.error(_kind(refusal), refusal.message, reply.digest))

    def overflow(self, tokens: int, limit: int) -> Refusal:
        return Refusal(400, f"prompt is too long: {tokens} tokens > {limit} maximum")

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        rows = [{"type": "model", "id": name, "display_name": what, "created_at": CREATED} for name, what in models]
        return msgspec.json.encode(
            {"data": rows, "has_more": False, "first_id": rows[0]["id"], "last_id": rows[-1]["id"]}
        )


def _kind(refusal: Refusal) -> str:
    return refusal.kind or _KINDS.get(refusal.status, "api_error" if refusal.status >= 500 else "invalid_request_error")

"""OpenAI's Chat Completions API, as a provider speaks it (https://platform.openai.com/docs/api-reference/chat)."""

from collections.abc import Mapping, Sequence

import msgspec

from ...faults import Event
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from ..dialect import Endpoint, Refusal
from . import answer, request

_SUFFIX = "/chat/completions"
_KINDS: Mapping[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("service_unavailable_error", "server_is_overloaded"),
    529: ("service_unavailable_error", "server_is_overloaded"),
}


class OpenAIChat:
    """`POST …/chat/completions`."""

    name = "openai_chat"

    def claims(self, path: str) -> Endpoint | None:
        return Endpoint.GENERATE if path.endswith(_SUFFIX) else None

    def is_spoken_by(self, request: Request) -> bool:
        return request.header("anthropic-version") is None

    def model(self, asked: Request) -> str:
        return request.model(asked.body)

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        return request.read(asked, strict=strict)

    def headers(self, digest: str) -> Headers:
        return (
            ("x-request-id", f"req_{digest[:32]}"),
            ("openai-organization", "simulated"),
            ("openai-processing-ms", "1"),
            ("openai-version", "2020-10-01"),
        )

    def buffered(self, reply: Reply) -> bytes:
        return answer.completion(reply)

    def events(self, reply: Reply) -> Sequence[Event]:
        return answer.chunks(reply)

    def error(self, refusal: Refusal, digest: str) -> bytes:
        return msgspec.json.encode(_error(refusal))

    def error_event(self, refusal: Refusal, digest: str) -> Event:
        return answer.error_event(_error(refusal))

    def overflow(self, tokens: int, limit: int) -> Refusal:
        text = (
            f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} "
            "tokens. Please reduce the length of the messages."
        )
        return Refusal(400, text, "invalid_request_error", "messages", "context_length_exceeded")

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        rows = [
            {"id": name, "object": "model", "created": answer.CREATED, "owned_by": "simulator", "description": what}
            for name, what in models
        ]
        return msgspec.json.encode({"object": "list", "data": rows})


def _error(refusal: Refusal) -> dict[str, object]:
    by_status = "server_error" if refusal.status >= 500 else "invalid_request_error"
    kind, code = _KINDS.get(refusal.status, (by_status, None))
    return answer.error(
        refusal.message, refusal.kind or kind, refusal.param, refusal.code or (None if refusal.kind else code)
    )

"""OpenAI's Chat Completions API, as a provider speaks it (https://platform.openai.com/docs/api-reference/chat)."""

from collections.abc import Sequence

import msgspec

from ...faults import Event
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from .. import openai_common
from ..dialect import Endpoint, Refusal
from . import answer, request

_SUFFIX = "/chat/completions"


class OpenAIChat:
    """`POST …/chat/completions`."""

    name = "openai_chat"
    bad_key = openai_common.BAD_KEY

    def claims(self, path: str) -> Endpoint | None:
        return Endpoint.GENERATE if path.endswith(_SUFFIX) else None

    def is_spoken_by(self, request: Request) -> bool:
        return request.header("anthropic-version") is None

    def model(self, asked: Request) -> str:
        return request.model(asked.body)

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        return request.read(asked, strict=strict)

    def headers(self, digest: str) -> Headers:
        return openai_common.headers(digest)

    def buffered(self, reply: Reply) -> bytes:
        return answer.completion(reply)

    def events(self, reply: Reply) -> Sequence[Event]:
        return answer.chunks(reply)

    def error(self, refusal: Refusal, digest: str) -> bytes:
        return msgspec.json.encode({"error": openai_common.error(refusal)})

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        return answer.error_event({"error": openai_common.error(refusal)})

    def overflow(self, tokens: int, limit: int) -> Refusal:
        text = (
            f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} "
            "tokens. Please reduce the length of the messages."
        )
        return Refusal(400, text, "invalid_request_error", "messages", "context_length_exceeded")

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        return openai_common.models(models)

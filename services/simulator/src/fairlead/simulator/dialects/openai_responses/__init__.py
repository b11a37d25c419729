"""OpenAI's Responses API, as a provider speaks it (https://platform.openai.com/docs/api-reference/responses)."""

from collections.abc import Mapping, Sequence

import msgspec

from ...faults import Event
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from .. import openai_common
from ..dialect import Endpoint, Refusal
from . import answer, request, stream

_PATHS: Mapping[str, Endpoint] = {"/responses": Endpoint.GENERATE, "/responses/input_tokens": Endpoint.COUNT}


class OpenAIResponses:
    """`POST …/responses` and `POST …/responses/input_tokens`. Nothing is stored, whatever `store` says."""

    name = "openai_responses"
    bad_key = openai_common.BAD_KEY

    def claims(self, path: str) -> Endpoint | None:
        return next((endpoint for suffix, endpoint in _PATHS.items() if path.endswith(suffix)), None)

    def is_spoken_by(self, request: Request) -> bool:
        return "/responses" in request.path

    def model(self, asked: Request) -> str:
        return request.model(asked.body)

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        return request.read(asked, endpoint, strict=strict)

    def headers(self, digest: str) -> Headers:
        return openai_common.headers(digest)

    def count(self, turn: Turn) -> bytes:
        return msgspec.json.encode({"object": "response.input_tokens", "input_tokens": turn.sizes.total_tokens})

    def buffered(self, reply: Reply) -> bytes:
        return msgspec.json.encode(answer.final(reply))

    def events(self, reply: Reply) -> Sequence[Event]:
        return stream.events(reply)

    def error(self, refusal: Refusal, digest: str) -> bytes:
        return msgspec.json.encode({"error": openai_common.error(refusal)})

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        return stream.error_event(refusal, reply, before)

    def overflow(self, tokens: int, limit: int) -> Refusal:
        text = "Your input exceeds the context window of this model. Please adjust your input and try again."
        return Refusal(400, text, "invalid_request_error", "input", "context_length_exceeded")

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        return openai_common.models(models)

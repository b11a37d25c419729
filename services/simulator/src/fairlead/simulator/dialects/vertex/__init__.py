"""Vertex AI: Google's and Anthropic's models below a Google Cloud project, with Google's logins and errors in front.

https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
"""

from collections.abc import Sequence

import msgspec

from ...faults import Event
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from ..dialect import CountsTokens, Dialect, Endpoint, Refusal
from . import request
from .request import Reading

_IN_FRONT = frozenset({401, 403, 404, 429})
"""Statuses of whom a request passes before it comes to the model."""


class Vertex:
    """`POST …/publishers/{publisher}/models/{model}:{verb}`, for models that speak `inner`; `front` words errors."""

    bad_key = request.UNAUTHENTICATED

    def __init__(self, publisher: str, inner: Dialect, front: Dialect, reading: Reading) -> None:
        self.name = f"vertex-{publisher}"
        self._publisher = publisher
        self._inner = inner
        self._front = front
        self._reading = reading

    def claims(self, path: str) -> Endpoint | None:
        found = request.address(path)
        if found is None or found.publisher != self._publisher:
            return None
        return self._reading.verbs.get(found.verb if found.model != request.COUNTING else found.model)

    def is_spoken_by(self, request: Request) -> bool:
        return f"/publishers/{self._publisher}/" in request.path

    def model(self, asked: Request) -> str:
        return request.model(asked)

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        refused = request.refused(asked) if strict else None
        unpacked = refused or self._reading.unpacked(asked, endpoint, strict=strict)
        return unpacked if isinstance(unpacked, Refusal) else self._inner.read(unpacked, endpoint, strict=strict)

    def headers(self, digest: str) -> Headers:
        return (("server", "scaffolding on HTTPServer2"), ("vary", "X-Origin, Referer"))

    def count(self, turn: Turn) -> bytes:
        assert isinstance(self._inner, CountsTokens), "who is served here counts"
        return self._inner.count(turn)

    def buffered(self, reply: Reply) -> bytes:
        return self._inner.buffered(reply)

    def events(self, reply: Reply) -> Sequence[Event]:
        return self._inner.events(reply)

    def error(self, refusal: Refusal, digest: str) -> bytes:
        speaker = self._front if refusal.status in _IN_FRONT else self._inner
        return speaker.error(refusal, digest)

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        return self._inner.error_event(refusal, reply, before)

    def overflow(self, tokens: int, limit: int) -> Refusal:
        return self._inner.overflow(tokens, limit)

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        named = [f"publishers/{self._publisher}/models/{name}" for name, _ in models]
        rows = [{"name": name, "versionId": "1", "launchStage": "GA"} for name in named]
        return msgspec.json.encode({"publisherModels": rows})

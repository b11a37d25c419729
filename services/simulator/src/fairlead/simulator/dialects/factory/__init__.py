"""Factory's proxy: other providers' models below addresses of its own, for requests that look like its own client's.

Nothing of it is documented; this is what users of droid2api and of its forks report.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from ...faults import Event
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from ..dialect import Dialect, Endpoint, Refusal

IDENTITY = "You are Droid, an AI software engineering agent built by Factory."
PREFIX = "/api/llm"
_PROXYS = "factory"
_TITLES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
}
_COUNTED = "/count_tokens"
_BODY = msgspec.json.Decoder(dict[str, Any])

_Prompt: TypeAlias = Callable[[Mapping[str, Any]], object]


class Factory:
    """`POST …/api/llm` and `path`, for models that speak `inner`; `prompt` is where a body has its system prompt."""

    bad_key = Refusal(401, "Invalid or missing credentials", _PROXYS)

    def __init__(self, path: str, inner: Dialect, prompt: _Prompt, *, model_in_path: bool = False) -> None:
        self.name = f"factory {inner.name}"
        self._path = PREFIX + path
        self._inner = inner
        self._prompt = prompt
        self._model_in_path = model_in_path

    def claims(self, path: str) -> Endpoint | None:
        if path.endswith(self._path):
            return Endpoint.GENERATE
        return Endpoint.COUNT if path.endswith(self._path + _COUNTED) else None

    def is_spoken_by(self, request: Request) -> bool:
        return False

    def model(self, asked: Request) -> str:
        named = _read(asked).get("model")
        return named if isinstance(named, str) else ""

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        if endpoint is Endpoint.COUNT:
            return Refusal(404, "Not Found", _PROXYS)
        if strict and (refused := self._refused(asked)) is not None:
            return refused
        inner = self._inner_request(asked) if self._model_in_path else asked
        return self._inner.read(inner, endpoint, strict=strict)

    def count(self, turn: Turn) -> bytes:
        raise AssertionError("a count is refused before there is a turn")

    def headers(self, digest: str) -> Headers:
        return (("x-request-id", digest[:24]),)

    def buffered(self, reply: Reply) -> bytes:
        return self._inner.buffered(reply)

    def events(self, reply: Reply) -> Sequence[Event]:
        return self._inner.events(reply)

    def error(self, refusal: Refusal, digest: str) -> bytes:
        """The proxy's own are problems, others are those of the provider behind it."""
        if refusal.kind != _PROXYS:
            return self._inner.error(refusal, digest)
        title = _TITLES.get(refusal.status, "Error")
        problem = {"detail": refusal.message, "status": refusal.status, "title": title, "requestId": digest[:24]}
        return msgspec.json.encode(problem)

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        return self._inner.error_event(refusal, reply, before)

    def overflow(self, tokens: int, limit: int) -> Refusal:
        return self._inner.overflow(tokens, limit)

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        raise AssertionError("there is no list of models")

    def _refused(self, asked: Request) -> Refusal | None:
        """What keeps the proxy from passing a request on."""
        if not asked.header("x-client-version"):
            return Refusal(400, "Unable to determine client version", _PROXYS)
        missing = next((name for name in _WANTED if asked.header(name) in (None, "", "null")), None)
        if missing is not None:
            return Refusal(400, f"The header {missing} is missing", _PROXYS)
        prompt = self._prompt(_read(asked))
        if not isinstance(prompt, str) or not prompt.startswith(IDENTITY):
            return Refusal(403, "Forbidden", _PROXYS)
        return None

    def _inner_request(self, asked: Request) -> Request:
        """As Google is asked: always for a stream, and with the model in the path."""
        body = _read(asked)
        model = body.pop("model", "")
        target = f"/v1beta/models/{quote(str(model), safe='')}:streamGenerateContent?alt=sse"
        return msgspec.structs.replace(asked, target=target, body=msgspec.json.encode(body))


_WANTED = ("x-session-id", "x-assistant-message-id", "x-api-provider")


def _read(asked: Request) -> dict[str, Any]:
    try:
        return _BODY.decode(asked.body)
    except msgspec.DecodeError:
        return {}


def _first(value: object) -> object:
    """Of a prompt that is text or a list of parts, the first text."""
    if isinstance(value, list):
        return value[0].get("text") if value and isinstance(value[0], dict) else None
    return value


def _of_messages(body: Mapping[str, Any]) -> object:
    messages = body.get("messages")
    opening = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
    return _first(opening.get("content")) if opening.get("role") in ("system", "developer") else None


def _of_content(body: Mapping[str, Any]) -> object:
    content = body.get("systemInstruction")
    return _first(content.get("parts")) if isinstance(content, dict) else None


def factory(anthropic: Dialect, responses: Dialect, chat: Dialect, gemini: Dialect) -> tuple[Factory, ...]:
    """Its four kinds of models, each in the dialect of its makers."""
    return (
        Factory("/a/v1/messages", anthropic, lambda body: _first(body.get("system"))),
        Factory("/o/v1/responses", responses, lambda body: _first(body.get("instructions"))),
        Factory("/o/v1/chat/completions", chat, _of_messages),
        Factory("/g/v1/generate", gemini, _of_content, model_in_path=True),
    )

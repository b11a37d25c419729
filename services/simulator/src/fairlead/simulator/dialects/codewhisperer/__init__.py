"""CodeWhisperer as Amazon Q and Kiro call it: one path, a conversation in it, and an event stream whatever is asked.

What is known of it is what its clients in the open send and understand; it is no published API.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ...eventstream import CONTENT_TYPE, event, exception
from ...faults import Event, Part
from ...http1 import Headers, Request
from ...script import RedactedThinking, Reply, Step, Stop, Text, Thinking, ToolCall, pieces
from ...turn import Turn
from ..dialect import Endpoint, Refusal
from . import request

_NAMES: Mapping[int, str] = {
    400: "ValidationException",
    402: "ServiceQuotaExceededException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
_PIECE = 32
"""Characters of thinking or of tool arguments in one event."""


class CodeWhisperer:
    """`POST …/generateAssistantResponse`."""

    name = "codewhisperer"
    stream_type = CONTENT_TYPE
    bad_key = Refusal(403, "The bearer token included in the request is invalid.")

    def claims(self, path: str) -> Endpoint | None:
        return Endpoint.GENERATE if path.endswith("/generateAssistantResponse") else None

    def is_spoken_by(self, request: Request) -> bool:
        return False

    def model(self, asked: Request) -> str:
        return request.model(asked.body)

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        return request.read(asked.body, strict=strict)

    def headers(self, digest: str) -> Headers:
        return (("x-amzn-requestid", digest[:32]),)

    def error_headers(self, refusal: Refusal) -> Headers:
        return (("x-amzn-errortype", f"{_name(refusal)}:"),)

    def buffered(self, reply: Reply) -> bytes:
        """Never asked for by this dialect; a fault may."""
        return b"".join(each.data for each in self.events(reply))

    def events(self, reply: Reply) -> Sequence[Event]:
        made = [_event(Part.START, "messageMetadataEvent", conversationId="c", utteranceId=reply.digest[:24])]
        for at, step in enumerate(reply.script.steps):
            minted = hashlib.sha256(f"{reply.digest}:{at}".encode()).hexdigest()[:22]
            made += _said(step, minted)
        if reply.script.stop is Stop.LENGTH:
            return [*made, Event(Part.END, exception("ContentLengthExceededException", "The answer is too long."))]
        usage = reply.usage
        figures = {
            "uncachedInputTokens": usage.fresh,
            "outputTokens": usage.output,
            "totalTokens": usage.prompt + usage.output,
            "cacheReadInputTokens": usage.cache_read,
            "cacheWriteInputTokens": usage.cache_write,
        }
        made.append(_event(Part.END, "metadataEvent", tokenUsage=figures))
        made.append(_event(Part.END, "contextUsageEvent", contextUsagePercentage=1.5))
        return [*made, _event(Part.DONE, "meteringEvent", usage=0.01, unit="credit")]

    def error(self, refusal: Refusal, digest: str) -> bytes:
        reason = {"reason": refusal.code} if refusal.code else {}
        return msgspec.json.encode({"__type": _name(refusal), "message": refusal.message, **reason})

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        return Event(Part.ERROR, exception(_name(refusal), refusal.message))

    def overflow(self, tokens: int, limit: int) -> Refusal:
        return Refusal(400, "Input is too long.", code="CONTENT_LENGTH_EXCEEDS_THRESHOLD")

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        return msgspec.json.encode({"models": [{"modelId": name, "modelName": what} for name, what in models]})


def _event(part: Part, kind: str, **payload: Any) -> Event:
    return Event(part, event(kind, msgspec.json.encode(payload)))


def _said(step: Step, minted: str) -> Iterator[Event]:
    match step:
        case Text(text=text, piece=size):
            yield from (_event(Part.CONTENT, "assistantResponseEvent", content=each) for each in pieces(text, size))
        case Thinking(text=text, signature=signature):
            yield from (_event(Part.CONTENT, "reasoningContentEvent", text=each) for each in pieces(text, _PIECE))
            yield _event(Part.FRAME, "reasoningContentEvent", signature=signature)
        case RedactedThinking(data=data):
            yield _event(Part.CONTENT, "reasoningContentEvent", redactedContent=data)
        case ToolCall(name=name, arguments=arguments, id=given):
            call = {"toolUseId": given or f"tooluse_{minted}", "name": name}
            yield _event(Part.FRAME, "toolUseEvent", **call)
            for each in pieces(arguments, _PIECE):
                yield _event(Part.CONTENT, "toolUseEvent", **call, input=each)
            yield _event(Part.FRAME, "toolUseEvent", **call, stop=True)


def _name(refusal: Refusal) -> str:
    other = "InternalServerException" if refusal.status >= 500 else "ValidationException"
    return refusal.kind or _NAMES.get(refusal.status, other)

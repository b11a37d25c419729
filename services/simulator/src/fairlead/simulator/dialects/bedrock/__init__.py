"""Amazon Bedrock: another provider's models under addresses, a framing and errors of its own.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
"""

from collections.abc import Mapping, Sequence

import msgspec

from ...eventstream import CONTENT_TYPE, exception, framed
from ...faults import Event, Part
from ...http1 import Headers, Request
from ...script import Reply
from ...turn import Turn
from ..dialect import Dialect, Endpoint, Refusal
from . import request

_NAMES: Mapping[int, str] = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
_SILENT = b"event: ping\n"
"""Bedrock does not ping."""


class Bedrock:
    """`POST …/model/{id}/invoke`, `/invoke-with-response-stream` and `/count-tokens`, for models that speak `inner`."""

    name = "bedrock"
    stream_type = CONTENT_TYPE
    bad_key = Refusal(
        403,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.",
        "InvalidSignatureException",
    )

    def __init__(self, inner: Dialect) -> None:
        self._inner = inner

    def claims(self, path: str) -> Endpoint | None:
        found = request.address(path)
        if found is None:
            return None
        return Endpoint.COUNT if found.action == "count-tokens" else Endpoint.GENERATE

    def is_spoken_by(self, request: Request) -> bool:
        return False

    def model(self, asked: Request) -> str:
        found = request.address(asked.path)
        return found.model if found else ""

    def read(self, asked: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        unpacked = request.unpacked(asked, endpoint, strict=strict)
        return unpacked if isinstance(unpacked, Refusal) else self._inner.read(unpacked, endpoint, strict=strict)

    def headers(self, digest: str) -> Headers:
        return (("x-amzn-requestid", f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"),)

    def error_headers(self, refusal: Refusal) -> Headers:
        return (("x-amzn-errortype", f"{_name(refusal)}:http://internal.amazon.com/coral/com.amazon.bedrock/"),)

    def count(self, turn: Turn) -> bytes:
        return msgspec.json.encode({"inputTokens": turn.sizes.total_tokens})

    def buffered(self, reply: Reply) -> bytes:
        return self._inner.buffered(reply)

    def events(self, reply: Reply) -> Sequence[Event]:
        inner = [event for event in self._inner.events(reply) if not event.data.startswith(_SILENT)]
        return [Event(event.part, framed(_data(event, reply))) for event in inner]

    def error(self, refusal: Refusal, digest: str) -> bytes:
        return msgspec.json.encode({"message": refusal.message})

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        name = _name(refusal)
        return Event(Part.ERROR, exception(name[:1].lower() + name[1:], refusal.message))

    def overflow(self, tokens: int, limit: int) -> Refusal:
        return Refusal(400, "Input is too long for requested model.")

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        rows = [{"modelId": name, "modelName": what, "providerName": "Anthropic"} for name, what in models]
        return msgspec.json.encode({"modelSummaries": rows})


def _data(event: Event, reply: Reply) -> bytes:
    """The event without the framing of its own dialect; the last has Bedrock's figures with it."""
    data = event.data.partition(b"data: ")[2].rstrip()
    if event.part is not Part.DONE:
        return data
    usage = reply.usage
    metrics = {
        "inputTokenCount": usage.fresh,
        "outputTokenCount": usage.output,
        "invocationLatency": 1000,
        "firstByteLatency": 100,
        "cacheReadInputTokenCount": usage.cache_read,
        "cacheWriteInputTokenCount": usage.cache_write,
    }
    return data[:-1] + b',"amazon-bedrock-invocationMetrics":' + msgspec.json.encode(metrics) + b"}"


def _name(refusal: Refusal) -> str:
    return refusal.kind or _NAMES.get(
        refusal.status, "InternalServerException" if refusal.status >= 500 else "ValidationException"
    )

"""Claude at Amazon Bedrock: the Messages API by way of InvokeModel, its streams in Amazon's framing.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html,
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
"""

import re
from base64 import b64encode
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.normalizer.providers.aws import Frames, refusal
from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.claude import CACHE_SCOPES, FAMILIES, LONG_CONTEXT
from fairlead.normalizer.providers.pruning import EACH
from fairlead.normalizer.providers.rules import Betas, Body, Way
from fairlead.shared.codec import encode, peek
from fairlead.shared.eventstream import CONTENT_TYPE, EventMessage
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.framing import Framing
from fairlead.shared.splicing import splice
from fairlead.shared.sse import encode_event
from fairlead.shared.surfaces import Operation

_BODY = Body(
    removed=frozenset({"model", "stream"}),
    # Anything else at the top is an error there: "Extra inputs are not permitted".
    allowed=frozenset(
        {
            "anthropic_version",
            "anthropic_beta",
            "max_tokens",
            "messages",
            "system",
            "stop_sequences",
            "temperature",
            "top_p",
            "top_k",
            "tools",
            "tool_choice",
            "thinking",
            "metadata",
            "output_config",
            "context_management",
            "safeguards",
        }
    ),
    added={"anthropic_version": Raw(b'"bedrock-2023-05-31"')},
    pruned=(
        *CACHE_SCOPES,
        ("tools", EACH, "eager_input_streaming"),
        ("tools", EACH, "custom"),
    ),
    kinds={("context_management", "edits"): frozenset({"compact_20260112", "clear_tool_uses_20250919"})},
)
_BETAS = Betas(
    re.compile(
        r"computer-use-.+|fine-grained-tool-streaming-.+|interleaved-thinking-.+"
        r"|thinking-(?:binding-controls|display-updates)-.+|mid-conversation-(?:output-config|tool-changes)-.+|tool-search-tool-2025-10-19|compact-2026-01-12"
        r"|context-1m-2025-08-07|context-management-2025-06-27|effort-2025-11-24|dangerous-tool-use-2026-09-03"
    ),
    renamed={"advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19"},
    field="anthropic_beta",
)
_PROFILE = re.compile(r"\A(?:us|us-gov|eu|apac|jp|au|ca|global)\.(?=anthropic\.)")
"""How ids of inference profiles begin; counting is asked of the model itself."""
_ROOM = 4_096
"""Tokens of an answer that nobody will write: counting wants a whole request."""
_METRICS = "amazon-bedrock-invocationMetrics"

REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "ca-central-1", "sa-east-1", "us-gov-east-1", "us-gov-west-1"),
    *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2"),
    *("ap-southeast-1", "ap-southeast-2"),
)


class _Chunk(msgspec.Struct):
    """The payload of an event: base64 of one event of the Messages API."""

    data: bytes = msgspec.field(name="bytes", default=b"")


class _Typed(msgspec.Struct):
    type: str = ""


def _event(message: EventMessage) -> bytes | Failure:
    """One server-sent event; nothing for what is of no concern."""
    if message.text(":event-type") != "chunk":
        return b""
    try:
        data = msgspec.json.decode(message.payload, type=_Chunk).data
        name = msgspec.json.decode(data, type=_Typed).type
        return encode_event(_on_one_line(_without_metrics(data)), name)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Failure(Kind.MALFORMED, f"an event of the stream cannot be read: {error}")


def chunks(limit: int) -> Frames:
    """Takes off what is around events of `limit` bytes: base64 is longer by a third, and has a padding beside it."""
    return Frames(limit * 4 // 3 + 64 * 1024, _event)


def _without_metrics(data: bytes) -> bytes:
    """Bedrock's own figures, which the Messages API does not know, stand in the last event."""
    if _METRICS.encode() not in data:
        return data
    fields = peek(data)
    return splice(data, fields, {_METRICS: None}) if _METRICS in fields else data


def _on_one_line(data: bytes) -> bytes:
    """Line breaks in JSON are nothing but space."""
    return data.replace(b"\r", b" ").replace(b"\n", b" ")


class _Counted(msgspec.Struct, rename="camel"):
    input_tokens: int


def _to_count(body: bytes) -> bytes:
    return encode({"input": {"invokeModel": {"body": b64encode(body).decode()}}})


def _counted(body: bytes) -> bytes:
    """The count as the Messages API writes it; what is none is left to be complained of."""
    try:
        return encode({"input_tokens": msgspec.json.decode(body, type=_Counted).input_tokens})
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return body


def _runtime(base: str) -> str:
    """Where models stand, whether or not the configured URL names one already."""
    parts = urlsplit(base)
    path = re.sub(r"/model(?:/.*)?\Z", "", parts.path.rstrip("/"))
    return urlunsplit(parts._replace(path=path, query=""))


BEDROCK_CLAUDE = Vendor(
    name="bedrock-claude",
    known_as="aws.bedrock",
    dialect="anthropic",
    models=FAMILIES,
    hosts=frozenset(f"bedrock-runtime.{region}.amazonaws.com" for region in REGIONS),
    # It is looked for in the body, and nowhere else: see `betas`.
    forwarded=("anthropic-beta",),
    ways={
        Operation.ANSWER: Way("/model/{model}/invoke", "/model/{model}/invoke-with-response-stream", body=_BODY),
        Operation.COUNT: Way(
            "/model/{model}/count-tokens",
            named=lambda model: _PROFILE.sub("", model),
            body=replace(_BODY, supplied={"max_tokens": Raw(encode(_ROOM))}),
            wrap=_to_count,
            unwrap=_counted,
        ),
    },
    base=_runtime,
    betas=_BETAS,
    long_context=LONG_CONTEXT,
    framing=Framing(CONTENT_TYPE, chunks),
    refusal=refusal,
)

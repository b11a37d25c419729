"""One call of a provider, as a trace tells it: what is asked of whom, and nothing of what is said."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import structs

from fairlead.shared import semantics as names
from fairlead.shared.runtime.attempt import Call
from fairlead.shared.runtime.trail import Leg
from fairlead.shared.spans import Attributes, Value, short
from fairlead.shared.trace_context import read

from .upstreams import Upstream

_PORTS = {"https": 443, "http": 80}
_CHAT = "chat"
_OPERATIONS = {"gemini": "generate_content"}
"""What a dialect's answers are called, where not chats."""
_COUNT = "count_tokens"


def operation_of(call: Call) -> str:
    """What is asked for, as OpenTelemetry's conventions call it; they have no name for a count."""
    return _COUNT if call.counts else _OPERATIONS.get(call.source.name, _CHAT)


def name_of(call: Call) -> str:
    """What its span is called."""
    return f"{operation_of(call)} {short(call.context.model)}"


def about(call: Call, upstream: Upstream) -> Attributes:
    """Of its URL only where that leads: the rest may have more in it than a trace is to know."""
    url = urlsplit(call.url)
    told: dict[str, Value] = {
        names.OPERATION: operation_of(call),
        names.PROVIDER: upstream.vendor.known_as or upstream.vendor.name,
        names.TARGET_PROVIDER: short(upstream.name),
        names.REQUEST_MODEL: short(call.context.model),
        names.REQUEST_STREAM: call.stream,
        names.SERVER_ADDRESS: url.hostname or "",
    }
    port = url.port or _PORTS.get(url.scheme)
    return told if port is None else told | {names.SERVER_PORT: port}


def traced(call: Call, leg: Leg | None, headers: Mapping[str, str]) -> Call:
    """The call with what continues the trace: our part of it, or where none is made, the one that the request's
    `headers` (names in lower case) told of."""
    context = leg.context if leg is not None else read(headers.get("traceparent"), headers.get("tracestate"))
    if context is None:
        return call
    told = [(b"traceparent", context.traceparent.encode())]
    if context.state:
        told.append((b"tracestate", context.state.encode("latin-1")))
    names_told = {name for name, _ in told}
    return structs.replace(call, headers=[*(pair for pair in call.headers if pair[0] not in names_told), *told])

"""Which headers cross between the tiers: what a client's request says on its way to the normalizer, and no secret."""

from collections.abc import Callable, Mapping

from msgspec import Struct, structs

from fairlead.shared.access import KEY_HEADERS
from fairlead.shared.trace_context import TraceContext, read

RawHeaders = list[tuple[bytes, bytes]]

_NATIVE_PREFIXES = ("anthropic-", "x-claude-code-", "openai-")
"""What clients say to their vendor beside the body; new ones appear with any release and travel unchanged."""


class Envelope(Struct, frozen=True):
    """What every call for one request carries.

    `normalizer_key` is the normalizer's own client key. `client_authorization` is the client's credential, for targets
    that are called with it. `deadline` is a moment on the caller's clock.
    """

    request_id: str
    traceparent: str
    tracestate: str | None = None
    session: str | None = None
    deadline: float | None = None
    normalizer_key: str | None = None
    client_authorization: str | None = None

    def within(self, context: TraceContext) -> "Envelope":
        """The same for a call that is a span of its own."""
        return structs.replace(self, traceparent=context.traceparent, tracestate=context.state)


def client_credential(headers: Mapping[str, str], is_ours: Callable[[str], bool]) -> str | None:
    """What the client brought for a provider: `Bearer …`, or the bare key of an `x-api-key`; never a key of ours."""
    for name in ("authorization", *KEY_HEADERS):
        value = headers.get(name, "").strip()
        if value and not is_ours(value) and not is_ours(value.partition(" ")[2].strip()):
            return value
    return None


def continued(traceparent: str | None, trace: str, span: str) -> str:
    """The client's trace with our span, or a new trace; `trace` has 32 hexadecimal digits, `span` 16."""
    found = read(traceparent, None)
    return (found.child(span) if found else TraceContext(trace, span)).traceparent


def outgoing(
    envelope: Envelope,
    client: Mapping[str, str],
    *,
    native: bool,
    attempt: int,
    last: bool,
    own_credential: bool,
    now: float,
) -> RawHeaders:
    """The headers of one call of the normalizer.

    `last`: nobody is left to ask, so the normalizer may wait a little and repeat. `own_credential`: the target is
    called with the client's credential.
    """
    headers = {
        "x-request-id": envelope.request_id,
        "traceparent": envelope.traceparent,
        "x-fairlead-attempt": str(attempt),
        "x-fairlead-retry": "short" if last else "none",
        "tracestate": envelope.tracestate,
        "x-fairlead-lane": "native" if native else "openai",
        "x-session-id": envelope.session,
        "authorization": f"Bearer {envelope.normalizer_key}" if envelope.normalizer_key else None,
        "x-fairlead-client-authorization": envelope.client_authorization if own_credential else None,
    }
    if envelope.deadline is not None:
        headers["x-fairlead-deadline-ms"] = str(max(1, round((envelope.deadline - now) * 1000)))
    if native:
        headers |= {name: value for name, value in client.items() if name.startswith(_NATIVE_PREFIXES)}
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items() if value is not None]

"""From a request and a spec to the answer, faults included; pure."""

import msgspec

from .delivery import Answer, whole
from .dialects import CountsTokens, Dialect, Endpoint, Framed, NamesErrors, Refusal
from .faults import as_array, distorted
from .http1 import Headers, Request
from .scenes import play
from .script import Reply, Script, limited, output_tokens
from .spec import OVERLOADED, Faults, Spec
from .turn import Turn

JSON = "application/json"
EVENT_STREAM = "text/event-stream; charset=utf-8"
_HTML = "text/html; charset=utf-8"


class Asked(msgspec.Struct, frozen=True):
    """A request that found its dialect; `digest` (hex) tells it from every other request."""

    request: Request
    dialect: Dialect
    endpoint: Endpoint
    digest: str


def answer(asked: Asked, spec: Spec, script: Script | None = None) -> Answer:
    """The answer to a request under a spec; a `script` given replaces the scene."""
    faults = spec.faults
    if faults.html:
        return _html(asked, faults)
    if (failure := _failure(faults)) is not None:
        return refusal(asked, failure, faults)
    turn = asked.dialect.read(asked.request, asked.endpoint, strict=not spec.lenient)
    if isinstance(turn, Refusal):
        return refusal(asked, turn, faults)
    size = turn.sizes.total_tokens
    if faults.overflow or (faults.context_limit is not None and size > faults.context_limit):
        limit = faults.context_limit if faults.context_limit is not None else size - 1
        return refusal(asked, asked.dialect.overflow(size, limit), faults)
    if asked.endpoint is Endpoint.COUNT and isinstance(asked.dialect, CountsTokens):
        return _buffered(asked, faults, asked.dialect.count(turn))
    return _spoken(asked, faults, turn, _reply(asked, spec, turn, script))


def refusal(asked: Asked, refused: Refusal, faults: Faults) -> Answer:
    """The dialect's error body under the status of the refusal."""
    body = asked.dialect.error(refused, asked.digest)
    status = 200 if faults.error_200 else refused.status
    named = asked.dialect.error_headers(refused) if isinstance(asked.dialect, NamesErrors) else ()
    return Answer(status, _headers(asked, faults, JSON, *named), whole(body), streamed=False)


def _failure(faults: Faults) -> Refusal | None:
    if not faults.error_200 and (faults.status is None or faults.status < 400):
        return None
    status = faults.status if faults.status is not None and faults.status >= 400 else 500
    wait = next((value for name, value in faults.headers if name == "retry-after"), None)
    return Refusal(status, faults.message or f"Simulated error {status}.", faults.error_type, retry_after=wait)


def _reply(asked: Asked, spec: Spec, turn: Turn, script: Script | None) -> Reply:
    if script is None:
        script = play(spec, turn)
        if spec.chunks is None:
            script = limited(script, turn.max_tokens, turn.stops)
    output, thinking = output_tokens(script.steps)
    return Reply(
        asked.digest,
        turn.model,
        script,
        turn.usage(output, thinking),
        turn.wants_usage,
        turn.shows_thinking,
        turn.shows_sources,
        spec.quirks,
        turn.echo,
    )


def _spoken(asked: Asked, faults: Faults, turn: Turn, reply: Reply) -> Answer:
    dialect = asked.dialect
    streamed = (turn.stream and not faults.json_for_sse) or (not turn.stream and faults.sse_for_json)
    if not streamed:
        return _buffered(asked, faults, dialect.buffered(reply))
    error = Refusal(OVERLOADED, faults.message or "Simulated error in the stream.", faults.error_type)
    events = distorted(dialect.events(reply), faults, lambda before: dialect.error_event(error, reply, before))
    if turn.array:
        events = as_array(events)
    kind = dialect.stream_type if isinstance(dialect, Framed) else EVENT_STREAM
    headers = _headers(asked, faults, JSON if turn.array else kind, ("cache-control", "no-cache"))
    return Answer(faults.status or 200, headers, tuple(events), streamed=True)


def _buffered(asked: Asked, faults: Faults, body: bytes) -> Answer:
    return Answer(faults.status or 200, _headers(asked, faults, JSON), whole(body), streamed=False)


def _html(asked: Asked, faults: Faults) -> Answer:
    status = faults.status or 200
    text = faults.message or "Simulated page of a proxy in between."
    page = f"<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>{text}</h1></body></html>\n"
    return Answer(status, _headers(asked, faults, _HTML), whole(page.encode()), streamed=False)


def _headers(asked: Asked, faults: Faults, kind: str, *more: tuple[str, str]) -> Headers:
    """The provider's headers; those the faults name replace or join them."""
    named = {name for name, _ in faults.headers}
    usual = (("content-type", kind), *more, *asked.dialect.headers(asked.digest))
    return (*(pair for pair in usual if pair[0] not in named), *faults.headers)

"""The paths under `/__simulator__/`: what was sent, and what is to be answered next."""

import base64
from typing import Any
from urllib.parse import parse_qs

import msgspec

from .delivery import Answer, whole
from .http1 import Request
from .provider import Canned, Provider, QueueFullError
from .recorder import Record, Recorder, shown_headers, shown_target

PREFIX = "/__simulator__"


class _Base64(msgspec.Struct, forbid_unknown_fields=True):
    base64: str


class _Next(msgspec.Struct, forbid_unknown_fields=True):
    status: int = 200
    headers: dict[str, str] | list[tuple[str, str]] = msgspec.field(default_factory=dict)
    body: Any = ""
    chunks: list[str | _Base64] | None = None
    fault: str = ""


def is_control(request: Request) -> bool:
    """Whether a request is for this module and not for the simulated provider."""
    return request.path == PREFIX or request.path.startswith(PREFIX + "/")


def respond(request: Request, provider: Provider, recorder: Recorder) -> Answer:
    """The answer to a control request; browsers, which name an Origin, are turned away."""
    if request.header("origin") is not None:
        return _error(403, "not for browsers")
    match (request.method, request.path.removeprefix(PREFIX).rstrip("/")):
        case ("GET", "/health"):
            return _json(200, {"status": "ok"})
        case ("GET", "/requests"):
            return _json(200, {"requests": [_shown(record) for record in _since(request, recorder)]})
        case ("DELETE", "/requests"):
            recorder.clear()
            return _json(200, {})
        case ("POST", "/next"):
            return _enqueued(request, provider)
        case ("DELETE", ""):
            recorder.clear()
            provider.reset()
            return _json(200, {})
    return _error(404, "there are GET /health, GET and DELETE /requests, POST /next and DELETE / here")


def canned(body: bytes) -> Canned:
    """The answer that the body of `POST /next` describes.

    Raises msgspec.DecodeError when it has another shape, ValueError when base64 is broken.
    """
    wire = msgspec.json.decode(body, type=_Next)
    headers = wire.headers.items() if isinstance(wire.headers, dict) else wire.headers
    return Canned(
        status=wire.status,
        headers=tuple(headers),
        body=_body(wire.body),
        chunks=None if wire.chunks is None else tuple(_chunk(each) for each in wire.chunks),
        faults=wire.fault,
    )


def _body(value: Any) -> bytes:
    """Text as it is, `{"base64": …}` decoded, any other value as JSON."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return _chunk(msgspec.convert(value, _Base64))
    return msgspec.json.encode(value)


def _chunk(value: str | _Base64) -> bytes:
    return value.encode() if isinstance(value, str) else base64.b64decode(value.base64, validate=True)


def _enqueued(request: Request, provider: Provider) -> Answer:
    try:
        provider.enqueue(canned(request.body))
    except (msgspec.DecodeError, ValueError) as error:
        return _error(400, str(error))
    except QueueFullError as error:
        return _error(429, str(error))
    return _json(200, {})


def _since(request: Request, recorder: Recorder) -> list[Record]:
    """The records, those only after number `since` when the query names one."""
    since = parse_qs(request.target.partition("?")[2]).get("since", ["0"])[0]
    return [record for record in recorder if record.number > (int(since) if since.isdecimal() else 0)]


def _shown(record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.structs.asdict(record)
    shown |= {"headers": shown_headers(record), "target": shown_target(record)}
    try:
        shown["body"] = record.body.decode()
    except UnicodeDecodeError:
        shown["body"] = {"base64": base64.b64encode(record.body).decode()}
    return shown


def _json(status: int, value: Any) -> Answer:
    return Answer(status, (("content-type", "application/json"),), whole(msgspec.json.encode(value)), streamed=False)


def _error(status: int, message: str) -> Answer:
    return _json(status, {"error": message})

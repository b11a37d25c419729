"""The provider itself: requests in, deliveries out, with the little it remembers in between. No I/O.

It remembers answers put in by a test, how often each `fail-first` has failed, and the last deliveries, because equal
requests get equal answers and a benchmark asks the same again and again. All of it is bounded.
"""

import hashlib
import hmac
from collections import OrderedDict, deque
from urllib.parse import parse_qs

import msgspec

from .answering import EVENT_STREAM, JSON, Asked, answer, refusal
from .delivery import Answer, Delivery, deliver, whole
from .dialects import DIALECTS, Dialect, Endpoint, Refusal
from .faults import Event, Part
from .http1 import Headers, Malformed, Request
from .scenes import SCENES
from .script import Script
from .sigv4 import is_signed
from .spec import DEFAULT_SCENE, PREFIX, Faults, Spec, SpecError, chosen, header, parse

CONTROL_HEADER = "x-simulator"
KEY_HEADERS = ("x-api-key", "x-goog-api-key", "api-key")
"""A key may also come as a bearer token, as `?key=`, or as the secret that a request is signed with."""
MAX_QUEUED = 1000
MAX_FAILURES = 1000
MAX_DELIVERIES = 64
MAX_KEPT_BYTES = 1024 * 1024
"""A delivery larger than this is not kept."""
_MODELS_SUFFIX = "/models"
_READ = ("GET", "HEAD")
_IDLE_PATHS = frozenset({"/", "/health", "/api/hello"})


class Canned(msgspec.Struct, frozen=True, kw_only=True):
    """A raw answer put in for the next request.

    `chunks`, when given, stand for the body and are sent as a stream without a length, each one content event.
    `faults` are the options of a spec: `cut=10,delay-headers=0.1`.
    """

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    chunks: tuple[bytes, ...] | None = None
    faults: str = ""


class QueueFullError(Exception):
    """More answers were put in than the simulator keeps for later."""


class Provider:
    """Answers requests; `key`, when given, must come in one of the places where the providers look for theirs."""

    def __init__(self, key: str | None = None) -> None:
        self._key = key
        self._queue: deque[Canned | Script] = deque()
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._deliveries: OrderedDict[tuple[object, ...], Delivery] = OrderedDict()

    def enqueue(self, item: Canned | Script) -> None:
        """Answer the next generating request with this, first in first out.

        Raises SpecError when a `Canned` has a status, faults or headers that cannot be, QueueFullError beyond 1000.
        """
        if isinstance(item, Canned):
            if not 200 <= item.status <= 599:
                raise SpecError(f"{item.status} is not a status from 200 to 599")
            parse(f"!{item.faults}")
            for name, value in item.headers:
                header(f"{name}:{value}")
        if len(self._queue) >= MAX_QUEUED:
            raise QueueFullError(f"{MAX_QUEUED} answers are waiting already")
        self._queue.append(item)

    def reset(self) -> None:
        """Forget the answers put in and the failures counted."""
        self._queue.clear()
        self._failures.clear()

    def malformed(self, found: Malformed) -> Delivery:
        """The answer to bytes that are no request; the connection ends with it."""
        return deliver(_plain(found.status, found.message), Faults(), keep_alive=False)

    def respond(self, request: Request) -> Delivery:
        """The answer to a request, ready to be carried out."""
        found = next(((each, end) for each in DIALECTS if (end := each.claims(request.path))), None)
        if found is None:
            return _deliver(self._elsewhere(request), Faults(), request)
        asked = Asked(request, *found, _digest(request))
        if (refused := self._refused(asked, ("POST",))) is not None:
            return _deliver(refusal(asked, refused, Faults()), Faults(), request)
        if asked.endpoint is Endpoint.GENERATE and self._queue:
            return self._from_queue(asked)
        return self._by_spec(asked)

    def _by_spec(self, asked: Asked) -> Delivery:
        request = asked.request
        try:
            control = request.header(CONTROL_HEADER)
            model = asked.dialect.model(request)
            spec = self._counted(chosen(model, control), f"{asked.endpoint.value} {control or model}")
        except SpecError as error:
            return _deliver(refusal(asked, Refusal(400, f"simulator: {error}"), Faults()), Faults(), request)
        if spec.scene not in SCENES:
            unknown = Refusal(404, f"model: {model}" if control is None else f"there is no scene {spec.scene!r}")
            return _deliver(refusal(asked, unknown, Faults()), Faults(), request)
        key = (asked.digest, spec, request.keep_alive, request.chunked_answers)
        if (kept := self._deliveries.get(key)) is None:
            kept = _deliver(answer(asked, spec), spec.faults, request)
            self._keep(key, kept)
        return kept

    def _keep(self, key: tuple[object, ...], delivery: Delivery) -> None:
        if sum(len(getattr(action, "data", b"")) for action in delivery.actions) <= MAX_KEPT_BYTES:
            self._deliveries[key] = delivery
            if len(self._deliveries) > MAX_DELIVERIES:
                self._deliveries.popitem(last=False)

    def _counted(self, spec: Spec, otherwise: str) -> Spec:
        """The spec without its faults, once they have struck as often as `fail-first` says."""
        if not spec.fail_first:
            return spec
        key = spec.key or otherwise
        failed = self._failures.get(key, 0)
        if failed >= spec.fail_first:
            return msgspec.structs.replace(spec, faults=Faults())
        self._failures[key] = failed + 1
        if len(self._failures) > MAX_FAILURES:
            self._failures.popitem(last=False)
        return spec

    def _from_queue(self, asked: Asked) -> Delivery:
        item = self._queue.popleft()
        if isinstance(item, Script):
            return _deliver(answer(asked, Spec(scene=DEFAULT_SCENE), item), Faults(), asked.request)
        return _deliver(_canned(item), parse(f"!{item.faults}").faults, asked.request)

    def _refused(self, asked: Asked, methods: tuple[str, ...]) -> Refusal | None:
        request = asked.request
        if request.method not in methods:
            return Refusal(405, "Method Not Allowed")
        if self._key is not None and not _holds(request, self._key):
            return asked.dialect.bad_key
        return None

    def _elsewhere(self, request: Request) -> Answer:
        """Paths that belong to no one dialect."""
        dialect: Dialect = next((each for each in DIALECTS if each.is_spoken_by(request)), DIALECTS[0])
        asked = Asked(request, dialect, Endpoint.GENERATE, _digest(request))
        if request.path.endswith(_MODELS_SUFFIX):
            if (refused := self._refused(asked, _READ)) is not None:
                return refusal(asked, refused, Faults())
            return _plain_json(dialect.models(_models()), dialect.headers(asked.digest))
        if request.path in _IDLE_PATHS and request.method in _READ:
            return _plain_json(b'{"status":"ok","simulated":true}')
        return refusal(asked, Refusal(404, f"Not found: {request.method} {request.path}"), Faults())


def _models() -> list[tuple[str, str]]:
    return [(name if name == DEFAULT_SCENE else PREFIX + name, scene.what) for name, scene in SCENES.items()]


def _deliver(made: Answer, faults: Faults, request: Request) -> Delivery:
    return deliver(
        made,
        faults,
        keep_alive=request.keep_alive,
        chunked=request.chunked_answers,
        headless=request.method == "HEAD",
    )


def _canned(item: Canned) -> Answer:
    kind = JSON if item.chunks is None else EVENT_STREAM
    headers = tuple((name.lower(), value) for name, value in item.headers)
    if "content-type" not in dict(headers):
        headers = (("content-type", kind), *headers)
    if item.chunks is None:
        return Answer(item.status, headers, whole(item.body), streamed=False)
    return Answer(item.status, headers, tuple(Event(Part.CONTENT, data) for data in item.chunks), streamed=True)


def _plain(status: int, message: str) -> Answer:
    body = msgspec.json.encode({"error": {"message": message, "type": "invalid_request_error"}})
    return Answer(status, (("content-type", JSON),), whole(body), streamed=False)


def _plain_json(body: bytes, headers: Headers = ()) -> Answer:
    return Answer(200, (("content-type", JSON), *headers), whole(body), streamed=False)


def _digest(request: Request) -> str:
    """Of all that an answer depends on."""
    named = [request.method, request.target]
    named += [f"{name}={request.header(name)}" for name in (CONTROL_HEADER, "anthropic-version")]
    summed = hashlib.sha256("\n".join(named).encode())
    summed.update(request.body)
    return summed.hexdigest()


def _holds(request: Request, key: str) -> bool:
    bearer = (request.header("authorization") or "").removeprefix("Bearer ").strip()
    query = parse_qs(request.target.partition("?")[2]).get("key", [""])[0]
    given = (*(request.header(name) or "" for name in KEY_HEADERS), bearer, query)
    if any(hmac.compare_digest(each.encode(), key.encode()) for each in given):
        return True
    return is_signed(request.method, request.target, request.headers, request.body, key)

"""A collector of traces on loopback: takes OTLP over HTTP, and tells what it was sent."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

PATIENCE = 60.0
POLL = 0.01


class Seen(Struct, frozen=True):
    """One span as it came. `error` is its status, `events` its events by name, in Unix nanoseconds."""

    service: str
    trace: str
    id: str
    parent: str
    name: str
    kind: str
    began: int
    ended: int
    attributes: dict[str, Any]
    events: dict[str, int]
    error: bool


class Collector:
    """`url` is what `OTEL_EXPORTER_OTLP_ENDPOINT` is to say."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[bytes] = []

    def spans(self) -> list[Seen]:
        """Everything that has come."""
        return [span for body in self.bodies for span in read(body)]

    def wait_for(self, trace: str, count: int) -> list[Seen]:
        """The spans of a trace in the order they began, waited for until there are so many."""
        deadline = time.monotonic() + PATIENCE
        while len(found := [span for span in self.spans() if span.trace == trace]) < count:
            assert time.monotonic() < deadline, f"{len(found)} spans came, not {count}: {[one.name for one in found]}"
            time.sleep(POLL)
        assert len(found) == count, [one.name for one in found]
        return sorted(found, key=lambda span: span.began)


def read(body: bytes) -> Iterator[Seen]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _values(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            yield from (_seen(service, span) for span in scope.spans)


def _seen(service: str, span: WireSpan) -> Seen:
    return Seen(
        service,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        WireSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        _values(span.attributes),
        {event.name: event.time_unix_nano for event in span.events},
        span.status.code == Status.STATUS_CODE_ERROR,
    )


def _values(pairs: Sequence[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    assert kind is not None
    found = getattr(value, kind)
    return [_value(one) for one in found.values] if kind == "array_value" else found


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that takes everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces"
            collector.bodies.append(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

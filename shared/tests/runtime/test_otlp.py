"""Spans as a collector gets them, and what the environment says of them."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from fairlead.shared.runtime.otlp import Collector, resource_of, sampler_of_environment
from fairlead.shared.spans import Event, Span, SpanKind
from fairlead.shared.trace_context import TraceContext

TRACE, CLIENTS, OURS = "1" * 32, "2" * 16, "3" * 16
SPAN = Span(
    TraceContext(TRACE, OURS, 1, "vendor=1"),
    CLIENTS,
    "chat m",
    SpanKind.CLIENT,
    1_000,
    3_000,
    {"text": "t", "number": 5, "whether": True, "list": ("a", "b")},
    (Event("first_content", 2_000),),
    error=True,
    remote=True,
)


class Answering:
    """A server that answers `status` to everything, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        answering = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answering.headers.append({name.lower(): value for name, value in self.headers.items()})
                answering.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(answering.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    running = Answering()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=canary-key")
    yield running
    running.stop()


def test_a_span_comes_as_it_is(server: Answering) -> None:
    collector = Collector("fairlead-router", "1.0")
    assert collector.send([SPAN]) is None
    collector.close()
    [body] = server.bodies
    [resource] = ExportTraceServiceRequest.FromString(body).resource_spans
    [scope] = resource.scope_spans
    [span] = scope.spans
    assert (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()) == (TRACE, OURS, CLIENTS)
    assert (span.name, span.kind, span.trace_state) == ("chat m", WireSpan.SPAN_KIND_CLIENT, "vendor=1")
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (1_000, 3_000)
    assert [(event.name, event.time_unix_nano) for event in span.events] == [("first_content", 2_000)]
    assert span.status.code == Status.STATUS_CODE_ERROR
    told = {pair.key: pair.value for pair in span.attributes}
    assert (told["text"].string_value, told["number"].int_value, told["whether"].bool_value) == ("t", 5, True)
    assert [one.string_value for one in told["list"].array_value.values] == ["a", "b"]
    assert server.headers[0]["x-key"] == "canary-key"


def test_a_collector_that_refuses_is_told_of_with_its_reason_and_no_credential(server: Answering) -> None:
    server.status = 401
    collector = Collector("fairlead-router", "1.0")
    why = collector.send([SPAN])
    collector.close()
    assert why is not None
    assert "401" in why
    assert "canary" not in why


class Impatient(logging.Handler):
    """Ends a collector's patience as soon as it says that it will try again."""

    def __init__(self, collector: Collector) -> None:
        super().__init__()
        self._collector = collector

    def emit(self, record: logging.LogRecord) -> None:
        if "retrying" in record.getMessage():
            self._collector.close()


def test_a_collector_that_is_not_there_is_told_of_with_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://canary:word@127.0.0.1:1")
    collector = Collector("fairlead-router", "1.0")
    logging.getLogger("opentelemetry").addHandler(Impatient(collector))
    why = collector.send([SPAN])
    assert why is not None
    assert "refused" in why
    assert "canary" not in why


@pytest.mark.parametrize(
    ("name", "argument", "sampled_parent", "unsampled_parent", "alone"),
    [
        (None, None, True, False, True),
        ("always_off", None, False, False, False),
        ("always_on", None, True, True, True),
        ("traceidratio", "0", False, False, False),
        ("parentbased_traceidratio", "0", True, False, False),
        ("parentbased_traceidratio", "1", True, False, True),
    ],
)
def test_the_environment_says_which_traces_are_recorded(
    monkeypatch: pytest.MonkeyPatch,
    name: str | None,
    argument: str | None,
    sampled_parent: bool,
    unsampled_parent: bool,
    alone: bool,
) -> None:
    for variable, value in (("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)):
        if value is not None:
            monkeypatch.setenv(variable, value)
    sample = sampler_of_environment()
    parents = [TraceContext(TRACE, CLIENTS, 1, "vendor=1"), TraceContext(TRACE, CLIENTS, 0), None]
    assert [sample(parent, TRACE, "s")[0] for parent in parents] == [sampled_parent, unsampled_parent, alone]


def test_what_vendors_add_to_a_trace_goes_on() -> None:
    sample = sampler_of_environment()
    assert sample(TraceContext(TRACE, CLIENTS, 1, "vendor=1,other=2"), TRACE, "s") == (True, "vendor=1,other=2")
    assert sample(TraceContext(TRACE, CLIENTS, 1, "no state at all"), TRACE, "s") == (True, None)


def test_spans_are_the_services_own_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    own = resource_of("fairlead-router", "1.0").attributes
    assert (own["service.name"], own["service.version"]) == ("fairlead-router", "1.0")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=home")
    told = resource_of("fairlead-router", "1.0").attributes
    assert (told["service.name"], told["deployment.environment.name"]) == ("mine", "home")

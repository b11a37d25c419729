"""Whether traces are made is said by the environment."""

import subprocess
import sys
from typing import Any

import pytest

from fairlead.shared.runtime.metrics import told
from fairlead.shared.runtime.outbox import Outbox
from fairlead.shared.runtime.tracing import Tracing, tracing_of
from fairlead.shared.trace_context import TraceContext

ON = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
TRACE, CLIENTS = "1" * 32, "2" * 16


class Log:
    """What was remarked on."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def warning(self, _event: str, *, message: str) -> None:
        self.said.append(message)


def made(env: dict[str, str]) -> tuple[Tracing | None, list[str]]:
    log = Log()
    return tracing_of(env, "fairlead-router", "1.0", log), log.said


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_a_collector_that_is_named_turns_them_on(name: str) -> None:
    tracing, said = made({name: "http://127.0.0.1:4318"})
    assert tracing is not None
    assert said == []


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_SERVICE_NAME": "mine"},
        ON | {"OTEL_SDK_DISABLED": "true"},
        ON | {"OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_otherwise_they_are_off_and_nothing_is_said(env: dict[str, str]) -> None:
    assert made(env) == (None, [])


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is zipkin"),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "many"}, "OTEL_BSP_MAX_QUEUE_SIZE must be"),
    ],
)
def test_what_cannot_be_had_is_said_and_done_without(env: dict[str, str], why: str) -> None:
    tracing, [said] = made(ON | env)
    assert tracing is None
    assert said.startswith("no traces are made: ")
    assert why in said


def test_the_own_protocol_of_traces_wins() -> None:
    own = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}
    assert made(ON | own)[0] is not None


def test_without_them_none_of_the_libraries_is_loaded() -> None:
    code = (
        "import sys; from fairlead.shared.runtime.tracing import tracing_of; assert tracing_of({}, 's', '1', None) is None;"
        "assert not [name for name in sys.modules if name.partition('.')[0] in ('opentelemetry', 'google', 'requests')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_extra_that_is_said_and_done_without() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from fairlead.shared.runtime.tracing import tracing_of\n"
        "class Log:\n"
        "    def warning(self, event, message): print(message)\n"
        f"assert tracing_of({ON}, 's', '1', Log()) is None"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "the extra `otel` is not installed" in done.stdout


def tracing(sampler: Any) -> Tracing:
    outbox = Outbox(lambda _spans: None, lambda: None, None)
    return Tracing(sampler, outbox, clock=lambda: 5.0, now=lambda: 1_005.0, random_bytes=lambda size: b"\x33" * size)


def test_a_request_goes_on_with_its_clients_trace() -> None:
    asked: list[Any] = []

    def sampler(parent: TraceContext | None, trace: str, name: str) -> tuple[bool, str | None]:
        asked.append((parent, trace, name))
        return True, "sampler=1"

    parent = TraceContext(TRACE, CLIENTS, 1, "vendor=1")
    headers = {"traceparent": parent.traceparent, "tracestate": "vendor=1"}
    trail = tracing(sampler).begin(headers, "POST /v1/messages")
    assert asked == [(parent, TRACE, "POST /v1/messages")]
    assert trail.context == TraceContext(TRACE, "33" * 8, 1, "sampler=1")
    assert trail.at(6.0) == 1_006_000_000_000


def test_without_one_a_trace_begins_and_a_state_without_a_parent_is_none() -> None:
    trail = tracing(lambda parent, _trace, _name: (parent is not None, None)).begin(
        {"tracestate": "vendor=1"}, "POST /"
    )
    assert trail.context == TraceContext("33" * 16, "33" * 8, 0, None)


def test_what_becomes_of_spans_is_told_as_a_counter() -> None:
    text = told([tracing(None).gauge("fairlead_spans_total")]).decode()
    assert "# TYPE fairlead_spans_total counter\n" in text
    assert 'fairlead_spans_total{result="dropped"} 0\n' in text

"""Whether traces are made is said by the environment."""

import subprocess
import sys
from typing import Any

import pytest

from fairlead.shared.runtime.metrics import told
from fairlead.shared.runtime.otlp import resource_of, sampler_of_environment
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

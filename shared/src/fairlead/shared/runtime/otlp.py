"""Brings spans to a collector, in OpenTelemetry's protocol over HTTP; the one module that imports its libraries.

They read the environment themselves: `OTEL_EXPORTER_OTLP_…`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`,
`OTEL_TRACES_SAMPLER`.
"""

import logging
from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from fairlead.shared.runtime.logging import mask
from fairlead.shared.runtime.tracing import Sampler
from fairlead.shared.spans import Span
from fairlead.shared.trace_context import TraceContext

_LIBRARY = "opentelemetry"
_KINDS = {"SERVER": SpanKind.SERVER, "CLIENT": SpanKind.CLIENT}


class Collector:
    """Whom the environment names. `service` is what the spans are called to be from, unless that says otherwise."""

    def __init__(self, service: str, version: str) -> None:
        self._said = _FirstWord()
        self._resource = resource_of(service, version)
        self._scope = InstrumentationScope("fairlead", version)
        self._exporter = OTLPSpanExporter()

    def __repr__(self) -> str:
        return "<Collector>"

    def send(self, spans: Sequence[Span]) -> str | None:
        """None, or why nobody took them. Blocks, with retries, for as long as `OTEL_EXPORTER_OTLP_TIMEOUT` allows."""
        self._said.word = ""
        result = self._exporter.export([self._written(span) for span in spans])
        return None if result is SpanExportResult.SUCCESS else mask(self._said.word) or "it did not say why"

    def close(self) -> None:
        """Waits for nothing."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # it takes nothing, gives nothing

    def _written(self, span: Span) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=_context(span.context, remote=False),
            parent=_context(span.context.child(span.parent), remote=span.remote) if span.parent else None,
            resource=self._resource,
            attributes=span.attributes,
            events=[Event(event.name, timestamp=event.at) for event in span.events],
            kind=_KINDS[span.kind.name],
            status=Status(StatusCode.ERROR if span.error else StatusCode.UNSET),
            start_time=span.began,
            end_time=span.ended,
            instrumentation_scope=self._scope,
        )


class _FirstWord(logging.Handler):
    """What the libraries say first of a batch that is not taken: the cause, before they tell of their patience with it.
    Our own log has one line of it instead of several for each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.word = ""
        library = logging.getLogger(_LIBRARY)
        library.propagate = False
        library.handlers[:] = [self]

    def emit(self, record: logging.LogRecord) -> None:
        self.word = self.word or record.getMessage()


def resource_of(service: str, version: str) -> Resource:
    """Whose spans they are; what the environment says wins."""
    own = Resource({SERVICE_NAME: service, "service.namespace": "fairlead", "service.version": version})
    return Resource.create().merge(own).merge(OTELResourceDetector().detect())


def sampler_of_environment() -> Sampler:
    """By `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`: all, unless whoever began the trace says otherwise."""
    sampler = TracerProvider(shutdown_on_exit=False).sampler

    def sample(parent: TraceContext | None, trace: str, name: str) -> tuple[bool, str | None]:
        before = None if parent is None else _around(parent)
        result = sampler.should_sample(before, int(trace, 16), name, SpanKind.SERVER)
        state = result.trace_state
        return result.decision is Decision.RECORD_AND_SAMPLE, state.to_header() if state else None

    return sample


def _around(parent: TraceContext) -> Context:
    return set_span_in_context(NonRecordingSpan(_context(parent, remote=True)), Context())


def _context(context: TraceContext, *, remote: bool) -> SpanContext:
    state = TraceState.from_header([context.state]) if context.state else None
    flags = TraceFlags(context.flags)
    return SpanContext(int(context.trace, 16), int(context.span, 16), remote, flags, state)

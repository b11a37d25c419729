"""Traces of requests for a collector, off unless the environment names one.

Nothing of OpenTelemetry is imported before that. A service that makes no traces has None where its `Tracing` would be.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from fairlead.shared.runtime.metrics import Gauge
from fairlead.shared.runtime.outbox import Outbox, Pace, pace_from
from fairlead.shared.runtime.trail import Trail
from fairlead.shared.trace_context import TraceContext, read

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPOKEN = "http/protobuf"
_EXPORTER = "OTEL_TRACES_EXPORTER"


class Sampler(Protocol):
    """Chooses the traces that are recorded."""

    def __call__(self, parent: TraceContext | None, trace: str, name: str) -> tuple[bool, str | None]:
        """Whether this one is, and the `tracestate` it goes on with."""
        ...


class Tracing:
    """The traces of one service. `clock` is the service's own, `now` gives Unix seconds."""

    def __init__(
        self,
        sampler: Sampler,
        outbox: Outbox,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._sampler = sampler
        self._outbox = outbox
        self._clock = clock
        self._now = now
        self._random_bytes = random_bytes

    def __repr__(self) -> str:
        return f"<Tracing {self._outbox!r}>"

    def begin(self, headers: Mapping[str, str], name: str) -> Trail:
        """The trail of a request in the trace that its headers (names in lower case) say, or in a new one."""
        parent = read(headers.get("traceparent"), headers.get("tracestate"))
        trace = parent.trace if parent is not None else self._random_bytes(16).hex()
        recorded, state = self._sampler(parent, trace, name)
        context = TraceContext(trace, self._random_bytes(8).hex(), int(recorded), state)
        return Trail(context, parent, name, self._now() - self._clock(), self._outbox.put, self._random_bytes)

    def gauge(self, name: str) -> Gauge:
        """What became of spans, for `/metrics`."""
        about = "Spans of traces: exported, failed (the collector took none) or dropped (too many were waiting)."
        return Gauge(name, about, ("result",), self._outbox.results, kind="counter")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Spans are sent while anything is served, and for a moment after."""
        self._outbox.start()
        try:
            yield
        finally:
            await asyncio.to_thread(self._outbox.stop)


def tracing_of(env: Mapping[str, str], service: str, version: str, log: Any) -> Tracing | None:
    """Traces, where the environment wants them and they can be had; else None, with a word in the log where it wants
    what cannot be had.

    Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """
    if not _wanted(env):
        return None
    try:
        pace = _pace(env)
        # Imported here: without a collector nobody pays for it, nor needs it.
        from fairlead.shared.runtime.otlp import Collector, sampler_of_environment
    except ValueError as error:
        log.warning("traces", message=f"no traces are made: {error}")
        return None
    except ImportError:
        log.warning("traces", message="no traces are made: a collector is named, but the extra `otel` is not installed")
        return None
    collector = Collector(service, version)
    return Tracing(sampler_of_environment(), Outbox(collector.send, collector.close, log, pace))


def _wanted(env: Mapping[str, str]) -> bool:
    named = any(_said(env, name) for name in ENDPOINTS)
    return named and _said(env, "OTEL_SDK_DISABLED") != "true" and _said(env, _EXPORTER) != "none"


def _pace(env: Mapping[str, str]) -> Pace:
    """Raises `ValueError` for what the environment wants that cannot be had."""
    exporter = _said(env, _EXPORTER) or "otlp"
    protocol = next(filter(None, (_said(env, name) for name in _PROTOCOLS)), _SPOKEN)
    if exporter != "otlp":
        raise ValueError(f"{_EXPORTER} is {exporter}, which is not known here; otlp and none are")
    if protocol != _SPOKEN:
        raise ValueError(f"{protocol} is not spoken here; set {_PROTOCOLS[0]}={_SPOKEN}, and its port (often 4318)")
    return pace_from(env)


def _said(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip().lower()

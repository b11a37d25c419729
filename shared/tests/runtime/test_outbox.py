"""Spans wait for a collector, requests do not."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from fairlead.shared.runtime.outbox import Outbox, Pace, pace_from
from fairlead.shared.spans import Span, SpanKind
from fairlead.shared.trace_context import TraceContext

NEVER = 3600.0


def span(number: int = 1) -> Span:
    return Span(TraceContext("1" * 32, f"{number:016x}"), None, "s", SpanKind.SERVER, 1, 2, {})


class Log:
    """What was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def warning(self, _event: str, **more: Any) -> None:
        self.lines.append(f"warning {more['message']}")

    def info(self, _event: str, **more: Any) -> None:
        self.lines.append(f"info {more['message']}")


class Wire:
    """A collector that answers as it is told, "" for yes."""

    def __init__(self, *answers: str) -> None:
        self.batches: list[Sequence[Span]] = []
        self.stopped = False
        self._answers = list(answers)

    def send(self, spans: Sequence[Span]) -> str | None:
        self.batches.append(spans)
        return (self._answers.pop(0) if self._answers else "") or None

    def stop(self) -> None:
        self.stopped = True


def test_what_waits_is_sent_at_the_end() -> None:
    wire = Wire()
    outbox = Outbox(wire.send, wire.stop, Log(), Pace(delay=NEVER))
    for number in (1, 2, 3):
        outbox.put(span(number))
    outbox.start()
    outbox.stop()
    assert wire.batches == [[span(1), span(2), span(3)]]
    assert wire.stopped
    assert outbox.results() == {("exported",): 3, ("failed",): 0, ("dropped",): 0}


def test_a_full_batch_goes_at_once() -> None:
    sent = threading.Event()
    wire = Wire()

    def send(spans: Sequence[Span]) -> str | None:
        sent.set()
        return wire.send(spans)

    outbox = Outbox(send, wire.stop, Log(), Pace(batch=2, delay=NEVER))
    outbox.start()
    outbox.put(span())
    outbox.put(span())
    assert sent.wait(30)
    outbox.stop()
    assert [len(batch) for batch in wire.batches] == [2]


def test_what_there_is_no_room_for_is_dropped_and_counted() -> None:
    wire = Wire()
    outbox = Outbox(wire.send, wire.stop, Log(), Pace(room=3, batch=2, delay=NEVER))
    for number in range(10):
        outbox.put(span(number))
    outbox.start()
    outbox.stop()
    assert [len(batch) for batch in wire.batches] == [2, 1]
    assert outbox.results() == {("exported",): 3, ("failed",): 0, ("dropped",): 7}


def test_a_collector_that_never_answers_keeps_nobody_at_the_end() -> None:
    answer = threading.Event()
    asked = threading.Event()

    def send(_spans: Sequence[Span]) -> str | None:
        asked.set()
        answer.wait(30)
        return "too late"

    outbox = Outbox(send, answer.set, Log(), Pace(batch=1, delay=NEVER, patience=0.01))
    outbox.start()
    outbox.put(span())
    assert asked.wait(30)
    outbox.stop()
    assert answer.is_set(), "whoever sends was told to give up"


def test_a_collector_that_is_gone_is_remarked_on_once_and_so_is_its_return() -> None:
    wire, log = Wire("nobody listens", "nobody listens", "", ""), Log()
    outbox = Outbox(wire.send, wire.stop, log, Pace(batch=1, delay=NEVER))
    for number in range(4):
        outbox.put(span(number))
    outbox.start()
    outbox.stop()
    assert log.lines == [
        "warning the collector takes no spans; requests go on without them",
        "info the collector takes spans again",
    ]
    assert outbox.results() == {("exported",): 2, ("failed",): 2, ("dropped",): 0}


def test_the_pace_is_what_the_environment_says() -> None:
    env = {"OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512", "OTEL_BSP_SCHEDULE_DELAY": "250"}
    assert pace_from(env) == Pace(room=100, batch=100, delay=0.25)
    assert pace_from({}) == Pace()


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_a_pace_that_is_none_is_refused_by_the_name_of_its_variable(text: str) -> None:
    with pytest.raises(ValueError, match="OTEL_BSP_MAX_QUEUE_SIZE must be a whole number"):
        pace_from({"OTEL_BSP_MAX_QUEUE_SIZE": text})

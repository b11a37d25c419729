"""Spans of one request, as values."""

from collections.abc import Sequence
from typing import Any

import pytest

from fairlead.shared.conversation import Finish, FinishReason, Message, Text, Usage
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.attempt import Refused, Timing, Whole
from fairlead.shared.runtime.trail import Trail, failed
from fairlead.shared.spans import Event, Span, SpanKind
from fairlead.shared.trace_context import TraceContext

TRACE, CLIENTS, OURS = "1" * 32, "2" * 16, "3" * 16
CONTEXT = TraceContext(TRACE, OURS, 1, "vendor=1")
ZERO = 1_000.0
"""Unix seconds when the clock showed 0."""
SECOND = 1_000_000_000
OVERLOADED = Failure(Kind.OVERLOADED, "what the provider said", status=529)


class Trailed:
    """A trail and what it has put."""

    def __init__(self, context: TraceContext = CONTEXT, parent: TraceContext | None = None) -> None:
        self.spans: list[Span] = []
        self.trail = Trail(context, parent, "POST /v1/messages", ZERO, self.spans.append, lambda size: b"\x44" * size)


async def told(trail: Trail, *statuses: int) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    for status in statuses:
        await trail.listening(send)({"type": "http.response.start", "status": status, "headers": []})
    assert len(sent) == len(statuses)


async def test_a_request_is_a_span_of_a_server_with_the_status_that_was_told() -> None:
    made = Trailed(parent=TraceContext(TRACE, CLIENTS))
    await told(made.trail, 200)
    made.trail.mark("decided", 1.5)
    made.trail.close(1.0, 3.0, {"fairlead.result": "answered"}, None)
    assert made.spans == [
        Span(
            CONTEXT,
            CLIENTS,
            "POST /v1/messages",
            SpanKind.SERVER,
            1_001 * SECOND,
            1_003 * SECOND,
            {"fairlead.result": "answered", "http.response.status_code": 200},
            (Event("decided", 1_001 * SECOND + SECOND // 2),),
            error=False,
            remote=True,
        )
    ]


def test_a_request_that_begins_a_trace_has_no_parent() -> None:
    made = Trailed()
    made.trail.close(1.0, 3.0, {}, OVERLOADED)
    [span] = made.spans
    assert (span.parent, span.remote) == (None, False)
    assert span.attributes == {"error.type": "overloaded"}


@pytest.mark.parametrize(
    ("status", "failure", "error"),
    [
        (200, None, False),
        (200, OVERLOADED, True),
        (400, OVERLOADED, False),
        (499, OVERLOADED, False),
        (500, None, True),
        (529, OVERLOADED, True),
        (None, None, False),
        (None, OVERLOADED, True),
    ],
)
def test_a_server_fails_by_its_own_faults_alone(status: int | None, failure: Failure | None, error: bool) -> None:
    assert failed(status, failure) is error


def test_a_call_that_was_refused_is_a_failed_span_below_the_requests() -> None:
    made = Trailed()
    leg = made.trail.leg("attempt", 1.0, {"fairlead.attempt": 1})
    assert leg.context == CONTEXT.child("44" * 8)
    leg.over(Refused(OVERLOADED, (), Timing(1.5, ended=2.0)))
    [span] = made.spans
    assert (span.context, span.parent, span.kind) == (leg.context, OURS, SpanKind.CLIENT)
    assert (span.began, span.ended, span.events, span.error) == (1_001 * SECOND, 1_002 * SECOND, (), True)
    assert span.attributes == {
        "fairlead.attempt": 1,
        "error.type": "overloaded",
        "http.response.status_code": 529,
        "fairlead.result": "overloaded",
    }


@pytest.mark.parametrize("says", [True, False])
def test_what_a_model_tells_of_its_answer_is_told_where_it_was_asked_directly(says: bool) -> None:
    made = Trailed()
    message = Message("id", "m-1", (Text("secret"),), Finish(FinishReason.STOP), Usage(input=3, output=4))
    made.trail.leg("chat m", 1.0, {}, says=says).over(Whole(200, (), b"secret", message, Timing(1.5, ended=2.0)))
    [span] = made.spans
    said: dict[str, Any] = {
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.response.model": "m-1",
        "gen_ai.response.finish_reasons": ("stop",),
    }
    plain = {"http.response.status_code": 200, "fairlead.result": "answered"}
    assert span.attributes == (said | plain if says else plain)
    assert "secret" not in repr(span)


def test_a_call_that_nobody_waits_for_is_over_and_no_failure() -> None:
    made = Trailed()
    made.trail.leg("attempt", 1.0, {}).given_up(2.5)
    [span] = made.spans
    assert (span.ended, span.error) == (1_002 * SECOND + SECOND // 2, False)
    assert span.attributes == {"fairlead.result": "given_up"}


def test_a_trace_that_is_not_recorded_goes_on_and_leaves_nothing() -> None:
    context = TraceContext(TRACE, OURS, 0)
    made = Trailed(context)
    leg = made.trail.leg("attempt", 1.0, {})
    leg.given_up(2.0)
    made.trail.close(1.0, 2.0, {}, None)
    spans: Sequence[Span] = made.spans
    assert spans == []
    assert leg.context == context

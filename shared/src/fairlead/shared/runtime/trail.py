"""What one request leaves in a trace: a span of its own, and one for each call that is made for it."""

from collections.abc import Callable

from fairlead.shared import semantics as names
from fairlead.shared.conversation import Finish, Usage
from fairlead.shared.failure import Failure
from fairlead.shared.runtime.asgi import Message, Send
from fairlead.shared.runtime.attempt import Answer, Flowing, Refused, Timing
from fairlead.shared.spans import Attributes, Event, Span, SpanKind
from fairlead.shared.trace_context import TraceContext

_NANOSECONDS = 1_000_000_000
_ANSWERED, _GIVEN_UP = "answered", "given_up"
_NOTHING: Attributes = {}


class Trail:
    """One request of a client. Moments are on the service's clock, of which `zero` is the Unix time when it showed 0.
    `put` takes spans that are over, where the trace is recorded at all."""

    def __init__(
        self,
        context: TraceContext,
        parent: TraceContext | None,
        name: str,
        zero: float,
        put: Callable[[Span], None],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.context = context
        self._parent = None if parent is None else parent.span
        self._name = name
        self._zero = zero
        self._put = put
        self._random_bytes = random_bytes
        self._events: list[Event] = []
        self._heard: _Heard | None = None

    def __repr__(self) -> str:
        return f"<Trail {self.context.traceparent}>"

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.context.trace

    def listening(self, send: Send) -> Send:
        """`send`, and the status that a client is told by it is noted here."""
        self._heard = _Heard(send)
        return self._heard

    def mark(self, name: str, moment: float) -> None:
        """Something happened."""
        self._events.append(Event(name, self.at(moment)))

    def leg(self, name: str, began: float, attributes: Attributes, *, says: bool = False) -> "Leg":
        """A call that begins. `says`: what the model tells of its answer is told too."""
        context = self.context.child(self._random_bytes(8).hex()) if self.context.sampled else self.context
        return Leg(self, context, name, began, attributes, says=says)

    def close(self, began: float, ended: float, attributes: Attributes, failure: Failure | None) -> None:
        """The request is over."""
        status = self._heard.status if self._heard is not None else None
        told = {} if status is None else {names.STATUS: status}
        kind = {} if failure is None else {names.ERROR_TYPE: failure.kind.value}
        self.tell(
            Span(
                self.context,
                self._parent,
                self._name,
                SpanKind.SERVER,
                self.at(began),
                self.at(ended),
                {**attributes, **told, **kind},
                tuple(self._events),
                error=failed(status, failure),
                remote=self._parent is not None,
            )
        )

    def at(self, moment: float) -> int:
        """Nanoseconds of Unix time."""
        return int((self._zero + moment) * _NANOSECONDS)

    def tell(self, span: Span) -> None:
        """A span that is over."""
        if self.context.sampled:
            self._put(span)


def failed(status: int | None, failure: Failure | None) -> bool:
    """Whether a server has: not by refusing what its client did wrong, but by breaking off what it began with 200.

    Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
    """
    if status is not None and status >= names.CLIENT_FAULT:
        return status >= names.SERVER_FAULT
    return failure is not None


class Leg:
    """One call to somebody else, from when it is made until its answer is over, which may be long after it began."""

    __slots__ = ("_attributes", "_began", "_name", "_says", "_trail", "context")

    def __init__(
        self, trail: Trail, context: TraceContext, name: str, began: float, attributes: Attributes, *, says: bool
    ) -> None:
        self.context = context
        self._trail = trail
        self._name = name
        self._began = began
        self._attributes = attributes
        self._says = says

    def __repr__(self) -> str:
        return f"<Leg {self.context.traceparent}>"

    def over(self, answer: Answer) -> None:
        """What came; a stream is waited for to its end."""
        if isinstance(answer, Flowing):
            answer.then(lambda: self._flowed(answer))
        elif isinstance(answer, Refused):
            self._end(answer.timing, answer.failure.kind.value, answer.failure)
        else:
            message = answer.message
            said = self._said(message.model, message.finish, message.usage) if message is not None else _NOTHING
            self._end(answer.timing, _ANSWERED, None, {names.STATUS: answer.status, **said})

    def given_up(self, moment: float) -> None:
        """Nobody waits for it any longer."""
        self._end(Timing(self._began, ended=moment), _GIVEN_UP, None)

    def _flowed(self, answer: Flowing) -> None:
        progress = answer.pipe.progress
        failure = progress.failure
        result = failure.kind.value if failure else _ANSWERED if progress.ended else _GIVEN_UP
        said, timing = self._said(progress.model, progress.finish, progress.usage), answer.timing
        if self._says and timing.content is not None:
            said = {**said, names.TIME_TO_FIRST_CHUNK: timing.content - timing.sent}
        self._end(timing, result, failure, said)

    def _said(self, model: str, finish: Finish | None, usage: Usage | None) -> Attributes:
        return names.of_answer(model, finish, usage) if self._says else _NOTHING

    def _end(self, timing: Timing, result: str, failure: Failure | None, said: Attributes = _NOTHING) -> None:
        trail, first = self._trail, timing.content
        ended = timing.ended if timing.ended is not None else timing.sent
        trail.tell(
            Span(
                self.context,
                trail.context.span,
                self._name,
                SpanKind.CLIENT,
                trail.at(self._began),
                trail.at(ended),
                {**self._attributes, **said, **names.of_failure(failure), names.RESULT: result},
                () if first is None else (Event(names.FIRST_CONTENT, trail.at(first)),),
                error=failure is not None,
            )
        )


class _Heard:
    """The status a client is told, read on its way."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

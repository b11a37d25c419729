"""The endpoints that count tokens: counted where the message would go, or here when nobody there can."""

from collections.abc import Callable

from fairlead.router.failover import another_may_answer
from fairlead.router.forward import Forwarder
from fairlead.router.judge import Judge
from fairlead.router.reception import Caller, Received, Reception
from fairlead.shared import semantics as names
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.runtime.asgi import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    respond_failure,
    respond_json,
    watched,
)
from fairlead.shared.runtime.attempt import Flowing, Refused, Whole
from fairlead.shared.runtime.metrics import Counter
from fairlead.shared.runtime.tracing import Tracing
from fairlead.shared.runtime.trail import Trail
from fairlead.shared.surfaces import Surface

from .errands import errand_of


class CountEndpoint:
    """Counts for clients of one dialect, and notes in `counts` what became of that. A number is always better than an
    error: without one some versions of Claude Code send the message itself, to be billed. What is too long for
    every model is counted too."""

    def __init__(
        self,
        dialect: Dialect,
        surface: Surface,
        reception: Reception,
        judge: Judge,
        forwarder: Forwarder,
        counts: Counter,
        clock: Callable[[], float],
        tracing: Tracing | None = None,
    ) -> None:
        self._dialect = dialect
        self._surface = surface
        self._reception = reception
        self._judge = judge
        self._forwarder = forwarder
        self._counts = counts
        self._clock = clock
        self._tracing = tracing

    def __repr__(self) -> str:
        return f"<CountEndpoint {self._dialect.name}>"

    async def __call__(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        trail, result, began, path = None, "broken_off", self._clock(), self._surface.path
        if self._tracing is not None:
            trail = self._tracing.begin(caller.headers, names.name_of(path))
            send = trail.listening(send)
        try:
            result = await self._answer(caller, scope, receive, send, trail)
        finally:
            self._counts.add(result)
            if trail is not None:
                about = names.of_request(path, self._dialect.name, caller.request_id, result)
                trail.close(began, self._clock(), about, None)

    async def _answer(self, caller: Caller, scope: Scope, receive: Receive, send: Send, trail: Trail | None) -> str:
        """What became of it, in a word."""
        try:
            taken = await self._reception.take(caller, self._dialect, self._surface, scope, receive)
            return await watched(receive, self._serve(taken, send, trail))
        except ClientGoneError:
            return "gone"
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id)
            return error.failure.kind.value

    async def _serve(self, taken: Received, send: Send, trail: Trail | None) -> str:
        head = [(self._dialect.request_id_header.encode(), taken.caller.request_id.encode())]
        try:
            verdict = await self._judge.look(taken, self._reception.new_id("dec_"))
        except FailureError as error:
            if error.failure.kind is not Kind.CONTEXT_OVERFLOW:
                raise
            return await self._estimated(await self._judge.tokens(taken), head, send)
        if trail is not None:
            trail.mark(names.DECIDED, self._clock())
        errand = errand_of(taken, verdict, self._reception, stream=False, created=0, trail=trail)
        answer = await self._forwarder.count(errand)
        match answer:
            case Whole(status, headers, body):
                await respond_json(send, status, body, [*head, *headers])
                return "answered"
            case Refused(failure, headers) if not another_may_answer(failure):
                await respond_failure(send, failure, self._dialect, taken.caller.request_id, headers)
                return failure.kind.value
            case Refused():
                tokens = verdict.decision.tokens
                return await self._estimated(await self._judge.tokens(taken) if tokens is None else tokens, head, send)
            case Flowing():
                raise AssertionError("a stream answers only who asked for one")

    async def _estimated(self, tokens: int, head: list[tuple[bytes, bytes]], send: Send) -> str:
        await respond_json(send, 200, self._surface.count(tokens), head)
        return "estimated"

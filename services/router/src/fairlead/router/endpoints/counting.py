"""The endpoints that count tokens: counted where the message would go, or here when nobody there can."""

from fairlead.router.failover import another_may_answer
from fairlead.router.forward import Forwarder
from fairlead.router.judge import Judge
from fairlead.router.reception import Caller, Received, Reception
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError
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
from fairlead.shared.surfaces import Surface

from .errands import errand_of


class CountEndpoint:
    """Counts for clients of one dialect. A number is always better than an error: without one some versions of Claude
    Code send the message itself, to be billed."""

    def __init__(
        self,
        dialect: Dialect,
        surface: Surface,
        reception: Reception,
        judge: Judge,
        forwarder: Forwarder,
    ) -> None:
        self._dialect = dialect
        self._surface = surface
        self._reception = reception
        self._judge = judge
        self._forwarder = forwarder

    def __repr__(self) -> str:
        return f"<CountEndpoint {self._dialect.name}>"

    async def __call__(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            taken = await self._reception.take(caller, self._dialect, self._surface, scope, receive)
            await watched(receive, self._serve(taken, send))
        except ClientGoneError:
            return
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id)

    async def _serve(self, taken: Received, send: Send) -> None:
        verdict = await self._judge.look(taken, self._reception.new_id("dec_"))
        head = [(self._dialect.request_id_header.encode(), taken.caller.request_id.encode())]
        errand = errand_of(taken, verdict, self._reception, stream=False, created=0)
        answer = await self._forwarder.count(errand)
        match answer:
            case Whole(status, headers, body):
                await respond_json(send, status, body, [*head, *headers])
            case Refused(failure, headers) if not another_may_answer(failure):
                await respond_failure(send, failure, self._dialect, taken.caller.request_id, headers)
            case Refused():
                tokens = verdict.decision.tokens
                if tokens is None:
                    tokens = await self._judge.weighing(taken, verdict.facts.model).count()
                await respond_json(send, 200, self._surface.count(tokens), head)
            case Flowing():
                raise AssertionError("a stream answers only who asked for one")

"""The endpoints that count tokens: the provider's own count where it has one, ours otherwise."""

from fairlead.normalizer.counting import LocalCount
from fairlead.normalizer.exchange import Asked, Exchange
from fairlead.normalizer.ledger import GONE, Ledger
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.asgi import (
    ClientGoneError,
    Headers,
    Receive,
    Scope,
    Send,
    respond_failure,
    respond_json,
    watched,
)
from fairlead.shared.runtime.attempt import Refused, Whole
from fairlead.shared.surfaces import Surface

from .reception import Caller, Reception

_CANNOT_COUNT = frozenset({404, 405, 501})
"""Statuses of providers that speak Anthropic's dialect without counting. Passed on, 404 would make some versions of
Claude Code send a real, billed request instead."""


class CountEndpoint:
    """Counts for clients of one dialect."""

    def __init__(
        self,
        dialect: Dialect,
        surface: Surface,
        reception: Reception,
        exchange: Exchange,
        ledger: Ledger,
        local: LocalCount,
    ) -> None:
        self._dialect = dialect
        self._surface = surface
        self._reception = reception
        self._exchange = exchange
        self._ledger = ledger
        self._local = local

    def __repr__(self) -> str:
        return f"<CountEndpoint {self._dialect.name}>"

    async def __call__(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        head = [(self._dialect.request_id_header.encode(), caller.request_id.encode())]
        told = self._ledger.open(self._dialect, self._surface, caller.request_id, caller.headers)
        send = told.listening(send)
        try:
            asked = await self._reception.take(caller, self._dialect, self._surface, scope, receive, told.trail)
            result = await watched(receive, self._serve(asked, send, head))
            self._ledger.counted(told, result)
        except ClientGoneError:
            self._ledger.counted(told, GONE)
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id)
            self._ledger.refused(told, error.failure, counting=True)

    async def _serve(self, asked: Asked, send: Send, head: Headers) -> str:
        """What became of it, in a word."""
        place = await self._exchange.sought(self._exchange.place, asked)
        self._reception.permit(asked, place.provider, place.model)
        answer = await self._exchange.count_tokens(asked)
        match answer:
            case Whole(status, headers, body):
                await respond_json(send, status, body, [*head, *headers])
                return "answered"
            case Refused(failure, headers) if failure.status not in _CANNOT_COUNT:
                await respond_failure(send, failure, self._dialect, asked.request_id, [*head, *headers])
                return failure.kind.value
            case _:
                count = await self._local.tokens(asked.wanted, place)
                await respond_json(send, 200, self._surface.count(count), head)
                return "counted_here"

"""The endpoints that ask a model, streamed or not, such as `POST /v1/chat/completions`."""

from typing import TypeAlias

from fairlead.normalizer.counting import LocalCount
from fairlead.normalizer.exchange import Asked, Exchange, Plan
from fairlead.normalizer.ledger import Ledger, Told, noted
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.asgi import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    StoppedError,
    respond_failure,
    respond_json,
    watched,
)
from fairlead.shared.runtime.attempt import Flowing, Refused, Whole
from fairlead.shared.runtime.reply import StreamReply, respond_stopped
from fairlead.shared.surfaces import Surface

from .reception import Caller, Reception

_Head: TypeAlias = list[tuple[bytes, bytes]]


class AnswerEndpoint:
    """One path that asks a model, for clients of one dialect. `ping`: seconds of silence a stream may have."""

    def __init__(
        self,
        dialect: Dialect,
        surface: Surface,
        reception: Reception,
        exchange: Exchange,
        ledger: Ledger,
        local: LocalCount,
        *,
        ping: float,
    ) -> None:
        self._dialect = dialect
        self._surface = surface
        self._reception = reception
        self._exchange = exchange
        self._ledger = ledger
        self._local = local
        self._ping = ping

    def __repr__(self) -> str:
        return f"<AnswerEndpoint {self._dialect.name}>"

    async def __call__(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        told, key = self._ledger.open(self._dialect, self._surface, caller.request_id, caller.headers), None
        send = told.listening(send)
        try:
            asked = await self._reception.take(caller, self._dialect, self._surface, scope, receive, told.trail)
            key = asked.key
            self._ledger.take(told)
            plan = await self._exchange.sought(self._exchange.plan, asked)
            self._ledger.plan(told)
            self._reception.permit(asked, plan.upstream.name, plan.model)
            self._reception.charge(asked)
        except ClientGoneError:
            self._ledger.left(told)
            return
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id)
            self._ledger.refused(told, error.failure, key.name if key else None)
            return
        except Exception:
            self._ledger.broken_off(told)
            raise
        sample = self._local.sample(asked.wanted, plan.upstream.place(plan.model))
        sent, work = noted(asked, plan), self._serve(asked, plan, send, self._head(caller, plan), told)
        del asked, plan
        try:
            await watched(receive, work)
        except ClientGoneError:
            told.gone = True
        except StoppedError as error:
            told.failure = error.failure
            pipe = told.flowing.pipe if told.flowing else None
            await respond_stopped(send, self._dialect, caller.request_id, told.reply, pipe)
        except Exception:
            self._ledger.broken_off(told)
            raise
        self._ledger.close(sent, told)
        self._reception.spend(sent.key, told.usage)
        if sample is not None:
            sample.settle(told.usage)

    def _head(self, caller: Caller, plan: Plan) -> _Head:
        head = [(self._dialect.request_id_header.encode(), caller.request_id.encode())]
        if caller.shows_losses:
            head.append((b"x-fairlead-losses", b"%d" % len(plan.prepared.losses)))
        return head

    async def _serve(self, asked: Asked, plan: Plan, send: Send, head: _Head, told: Told) -> None:
        """Nothing of the bodies is kept while the answer flows: they may be megabytes, and the answers thousands."""
        request_id = asked.request_id
        if plan.prepared.stream:
            alive = self._dialect.alive(request_id, plan.model)
            with StreamReply(send, lambda: alive, head, ping=self._ping) as reply:
                told.reply = reply
                answer, told.attempts = await self._exchange.answer(asked, plan)
                del asked, plan
                if await self._told_in_stream(answer, reply, request_id, told):
                    return
        else:
            answer, told.attempts = await self._exchange.answer(asked, plan)
        match answer:
            case Refused(failure, headers):
                told.failure = failure
                await respond_failure(send, failure, self._dialect, request_id, [*head, *headers])
            case Whole(status, headers, body, message, losses=losses):
                told.usage, told.losses, told.timing = message.usage if message else None, losses, answer.timing
                await respond_json(send, status, body, [*head, *headers])
            case Flowing():
                raise AssertionError("a stream answers only who asked for one")

    async def _told_in_stream(
        self, answer: Refused | Whole | Flowing, reply: StreamReply, request_id: str, told: Told
    ) -> bool:
        """Whether the answer could be told as a stream; a refusal only when the stream has already begun."""
        if isinstance(answer, Flowing):
            told.flowing, told.timing = answer, answer.timing
            reply.headers += answer.headers
            reply.keepalive = answer.keepalive
            await answer.run(reply.write)
            await reply.finish()
            return True
        if isinstance(answer, Refused) and reply.started:
            told.failure = answer.failure
            await reply.finish(self._dialect.failure_event(answer.failure, request_id))
            return True
        return False

"""The endpoints that ask a model, streamed or not, such as `POST /v1/messages`."""

from collections.abc import Callable
from typing import TypeAlias

from fairlead.router.account import Account
from fairlead.router.decide import Decision
from fairlead.router.decisions import Decisions
from fairlead.router.explain import Filed
from fairlead.router.forward import Forwarder, Outcome
from fairlead.router.judge import Judge
from fairlead.router.ledger import Ledger
from fairlead.router.reception import Caller, Received, Reception
from fairlead.shared import semantics as names
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
from fairlead.shared.runtime.tracing import Tracing
from fairlead.shared.surfaces import Surface

from .budgets import BudgetError, demand_budget, notices, of_upstream
from .errands import errand_of

Clock: TypeAlias = Callable[[], float]
_Head: TypeAlias = list[tuple[bytes, bytes]]

_LONGEST = 512
"""Characters of one header; Node gives up an answer whose headers are larger than 16 KiB."""


class AnswerEndpoint:
    """One operation that asks a model, for clients of one dialect.

    `ping`: seconds of silence a stream may have. `clock` is monotonic, `now` tells Unix seconds.
    """

    def __init__(
        self,
        dialect: Dialect,
        surface: Surface,
        reception: Reception,
        judge: Judge,
        forwarder: Forwarder,
        ledger: Ledger,
        decisions: Decisions,
        *,
        ping: float,
        clock: Clock,
        now: Clock,
        tracing: Tracing | None = None,
    ) -> None:
        self._dialect = dialect
        self._surface = surface
        self._reception = reception
        self._judge = judge
        self._forwarder = forwarder
        self._ledger = ledger
        self._decisions = decisions
        self._ping = ping
        self._clock = clock
        self._now = now
        self._tracing = tracing

    def __repr__(self) -> str:
        return f"<AnswerEndpoint {self._dialect.name}>"

    async def __call__(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        came = self._clock()
        account = Account(caller.request_id, came, self._now(), self._dialect.name, self._surface.path, came)
        if self._tracing is not None:
            account.trail = self._tracing.begin(caller.headers, names.name_of(account.path))
            send = account.trail.listening(send)
        try:
            taken = await self._reception.take(caller, self._dialect, self._surface, scope, receive)
            account.began = taken.began
            work = self._serve(taken, account, send)
            del taken, caller
            await watched(receive, work)
            account.told = True
        except ClientGoneError:
            account.gone = True
        except StoppedError as error:
            account.failure = error.failure
            answer = account.outcome.answer if account.outcome else None
            pipe = answer.pipe if isinstance(answer, Flowing) else None
            await respond_stopped(send, self._dialect, account.request_id, account.reply, pipe)
        except FailureError as error:
            account.failure = error.failure
            headers = error.headers if isinstance(error, BudgetError) else ()
            await respond_failure(send, error.failure, self._dialect, account.request_id, headers)
            account.told = True
        finally:
            self._ledger.close(account)
            self._reception.spend(account.key, account.usage())

    async def _serve(self, taken: Received, account: Account, send: Send) -> None:
        """Raises `FailureError` for a request that is refused before anything was sent.

        Nothing of the body is kept while the answer flows: there may be megabytes of it, and thousands of answers.
        """
        account.key = taken.key
        verdict = await self._judge.look(taken, self._reception.new_id("dec_"))
        demand_budget(verdict.spending, self._now())
        account.notices = notices(verdict.spending)
        self._reception.charge(taken.key)
        account.facts, account.decision = verdict.facts, verdict.decision
        decided = self._clock()
        account.decided = decided - account.began
        if account.trail is not None:
            account.trail.mark(names.RECEIVED, account.began)
            account.trail.mark(names.DECIDED, decided)
        account.filed = Filed(verdict.case, verdict.decision, account.request_id, self._now())
        self._decisions.file(account.filed)
        stream, decision, model = verdict.facts.stream, verdict.decision, verdict.facts.model
        created = int(self._now())
        errand = errand_of(taken, verdict, self._reception, stream=stream, created=created, trail=account.trail)
        del taken, verdict
        if not stream:
            account.outcome = await self._forwarder.run(errand)
            await self._tell(account, decision, send)
            return
        head = [(self._dialect.request_id_header.encode(), account.request_id.encode()), *_chosen(decision)]
        alive = self._dialect.alive(account.request_id, model)
        with StreamReply(send, lambda: alive, head, ping=self._ping) as reply:
            account.reply = reply
            try:
                account.outcome = await self._forwarder.run(errand)
            except FailureError as error:
                if not reply.started:
                    raise
                account.failure = error.failure
            del errand
            await self._stream(account, decision, reply, send)

    async def _stream(self, account: Account, decision: Decision, reply: StreamReply, send: Send) -> None:
        outcome = account.outcome
        if outcome is not None and isinstance(outcome.answer, Flowing):
            reply.headers += [
                *self._routed(account, decision, outcome),
                *account.notices,
                *of_upstream(outcome.answer.headers, account.notices),
            ]
            reply.keepalive = outcome.answer.keepalive
            await outcome.answer.run(reply.write)
            await reply.finish()
        elif not reply.started:
            await self._tell(account, decision, send)
        else:
            failure = account.failure
            if outcome is not None and isinstance(outcome.answer, Refused):
                failure = account.failure = outcome.answer.failure
            assert failure is not None, "a stream is answered by a stream or by a failure"
            await reply.finish(self._dialect.failure_event(failure, account.request_id))

    async def _tell(self, account: Account, decision: Decision, send: Send) -> None:
        """An answer that is no stream."""
        outcome = account.outcome
        assert outcome is not None
        head = [*_chosen(decision), *self._routed(account, decision, outcome)]
        match outcome.answer:
            case Refused(failure, headers):
                account.failure = failure
                await respond_failure(send, failure, self._dialect, account.request_id, [*head, *headers])
            case Whole(status, headers, body):
                head.append((self._dialect.request_id_header.encode(), account.request_id.encode()))
                head += [*account.notices, *of_upstream(headers, account.notices)]
                await respond_json(send, status, body, head)
            case Flowing():
                raise AssertionError("a stream answers only who asked for one")

    def _routed(self, account: Account, decision: Decision, outcome: Outcome) -> _Head:
        """What can be told once there is an answer; the time is what passed without waiting for anybody."""
        account.overhead = max(0.0, self._clock() - account.began - outcome.waited)
        return [
            (b"x-fairlead-route", _value(decision.route(outcome.position))),
            (b"x-fairlead-attempts", b"%d" % len(outcome.steps)),
            (b"x-fairlead-overhead-ms", b"%.2f" % (account.overhead * 1000)),
        ]


def _chosen(decision: Decision) -> _Head:
    return [(b"x-fairlead-scenario", _value(decision.scenario)), (b"x-fairlead-decision", decision.id.encode())]


def _value(text: str) -> bytes:
    """A header's value; names come from configurations and clients, and may hold anything of any length."""
    text = text[:_LONGEST]
    if text.isascii() and text.isprintable():
        return text.encode()
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in text).encode()

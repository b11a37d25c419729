"""Writes down what became of each request: in the counters, and as one log line that names no content and no secret."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from fairlead.shared.conversation import Usage
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure
from fairlead.shared.loss import Loss
from fairlead.shared.runtime.attempt import Flowing, Timing
from fairlead.shared.runtime.reply import StreamReply

from .counters import Counters
from .exchange import Asked, Plan

OK = "ok"
GONE = "client_gone"
NOBODY = "-"


class Told(Struct):
    """What a client was told, filled in as it happens, because it may leave at any moment.

    Moments of the ledger's clock: `started`, the request was whole (`taken`), it was in its provider's words
    (`planned`). `timing`: of the call that was answered."""

    started: float
    taken: float | None = None
    planned: float | None = None
    attempts: int = 0
    timing: Timing | None = None
    gone: bool = False
    failure: Failure | None = None
    usage: Usage | None = None
    losses: tuple[Loss, ...] = ()
    flowing: Flowing | None = None
    reply: StreamReply | None = None

    def settle(self) -> None:
        """Takes over what a stream came to."""
        if self.flowing is not None:
            progress = self.flowing.pipe.progress
            self.usage = progress.usage
            self.losses = self.flowing.pipe.losses
            self.failure = progress.failure

    @property
    def outcome(self) -> str:
        if self.gone:
            return GONE
        return self.failure.kind if self.failure else OK


class Noted(Struct, frozen=True):
    """What of a request that was sent on is written down in the end; its body is not kept for that. `key` is the name
    of the client's key."""

    request_id: str
    client: str
    provider: str
    dialect: str
    model: str
    stream: bool
    losses: tuple[str, ...]
    key: str | None = None


def noted(asked: Asked, plan: Plan) -> Noted:
    """Of one request and what is to be sent for it."""
    return Noted(
        request_id=asked.request_id,
        client=asked.wanted.dialect.name,
        provider=plan.upstream.name,
        dialect=plan.upstream.dialect.name,
        model=plan.model,
        stream=plan.prepared.stream,
        losses=tuple(sorted({loss.what for loss in plan.prepared.losses})),
        key=asked.key.name if asked.key else None,
    )


class Ledger:
    """`clock` in seconds; `log` is a structlog logger."""

    def __init__(self, counters: Counters, log: Any, clock: Callable[[], float]) -> None:
        self._counters = counters
        self._log = log
        self._clock = clock

    def open(self) -> Told:
        """A new entry, begun now."""
        return Told(self._clock())

    def take(self, told: Told) -> None:
        """The request is there."""
        told.taken = self._clock()

    def plan(self, told: Told) -> None:
        """It is known what its provider is to be sent."""
        told.planned = self._clock()

    def refused(self, client: Dialect, request_id: str, failure: Failure, key: str | None = None) -> None:
        """A request that was turned away before any provider was asked; `key` is the name of its client's key."""
        self._counters.requests.add(client.name, NOBODY, failure.kind)
        self._counters.failures.add(NOBODY, failure.kind)
        if key is not None:
            self._counters.keys.add(key, failure.kind)
        self._log.warning(
            "refused",
            request_id=request_id,
            client=client.name,
            kind=failure.kind,
            why=failure.message,
            **_of_key(key),
        )

    def close(self, sent: Noted, told: Told) -> None:
        """A request that was sent on."""
        told.settle()
        client, provider, outcome = sent.client, sent.provider, told.outcome
        counters = self._counters
        counters.requests.add(client, provider, outcome)
        if sent.key is not None:
            counters.keys.add(sent.key, outcome)
        if told.failure is not None:
            counters.failures.add(provider, told.failure.kind)
        if told.flowing is not None:
            for name, count in told.flowing.pipe.violations.items():
                counters.violations.add(provider, name, amount=count)
        for loss in told.losses:
            counters.answer_losses.add(provider, loss.what)
        self._count_tokens(provider, told.usage)
        seconds = self._clock() - told.started
        self._time(provider, told, seconds)
        tell = self._log.info if told.failure is None else self._log.warning
        tell(
            "answered",
            request_id=sent.request_id,
            client=client,
            provider=provider,
            dialect=sent.dialect,
            model=sent.model,
            stream=sent.stream,
            outcome=outcome,
            attempts=told.attempts,
            ms=round(seconds * 1_000, 1),
            **_of_key(sent.key),
            **(told.usage.by_kind() if told.usage else {}),
            **({"losses": list(sent.losses)} if sent.losses else {}),
            **({"answer_losses": [loss.what for loss in told.losses]} if told.losses else {}),
            **({"why": told.failure.message} if told.failure else {}),
        )

    def _time(self, provider: str, told: Told, seconds: float) -> None:
        counters, timing = self._counters, told.timing
        counters.durations.observe(seconds, provider)
        if told.taken is not None and told.planned is not None:
            counters.translation.observe(told.planned - told.taken)
        if timing is None:
            return
        if told.taken is not None:
            counters.overhead.observe(timing.sent - told.taken)
        first = timing.content or timing.first_byte
        if first is not None:
            counters.first_bytes.observe(first - timing.sent, provider)

    def _count_tokens(self, provider: str, usage: Usage | None) -> None:
        for kind, amount in (usage.by_kind() if usage else {}).items():
            if amount:
                self._counters.tokens.add(provider, kind, amount=amount)


def _of_key(name: str | None) -> dict[str, str]:
    return {} if name is None else {"key": name}

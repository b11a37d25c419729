"""Writes down what became of each request: in the counters, and as one log line that names no content and no secret."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from fairlead.shared import semantics as names
from fairlead.shared.conversation import Usage
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.loss import Loss
from fairlead.shared.runtime.asgi import Send
from fairlead.shared.runtime.attempt import Flowing, Timing
from fairlead.shared.runtime.reply import StreamReply
from fairlead.shared.runtime.tracing import Tracing
from fairlead.shared.runtime.trail import Trail
from fairlead.shared.surfaces import Surface

from .counters import Counters
from .exchange import Asked, Plan

OK = "ok"
GONE = "client_gone"
NOBODY = "-"
BROKEN_OFF = "broken_off"
FAULT = Failure(Kind.INTERNAL, "a fault of ours")


class Told(Struct):
    """What a client was told, filled in as it happens, because it may leave at any moment. `client` is its dialect,
    `path` that of the operation; `trail` is there where traces are made.

    Moments of the ledger's clock: `started`, the request was whole (`taken`), it was in its provider's words
    (`planned`). `timing`: of the call that was answered."""

    started: float
    request_id: str
    client: str
    path: str
    trail: Trail | None = None
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

    def listening(self, send: Send) -> Send:
        """`send`, by which a trace learns what is told."""
        return send if self.trail is None else self.trail.listening(send)

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
    """`clock` in seconds; `log` is a structlog logger. `tracing`: where traces are made."""

    def __init__(
        self, counters: Counters, log: Any, clock: Callable[[], float], tracing: Tracing | None = None
    ) -> None:
        self._tracing = tracing
        self._counters = counters
        self._log = log
        self._clock = clock

    def open(self, client: Dialect, surface: Surface, request_id: str, headers: Mapping[str, str]) -> Told:
        """A new entry, begun now; `headers` are the request's, names in lower case."""
        path, tracing = surface.path, self._tracing
        trail = tracing.begin(headers, names.name_of(path)) if tracing is not None else None
        return Told(self._clock(), request_id, client.name, path, trail)

    def take(self, told: Told) -> None:
        """The request is there."""
        told.taken = self._clock()
        if told.trail is not None:
            told.trail.mark(names.RECEIVED, told.taken)

    def plan(self, told: Told) -> None:
        """It is known what its provider is to be sent."""
        told.planned = self._clock()
        if told.trail is not None:
            told.trail.mark(names.TRANSLATED, told.planned)

    def left(self, told: Told) -> None:
        """The client was gone before its request was there."""
        self._end(told, GONE, None)

    def broken_off(self, told: Told) -> None:
        """A fault of ours, of which the log tells."""
        self._end(told, BROKEN_OFF, FAULT)

    def counted(self, told: Told, result: str) -> None:
        """A request for a count of tokens, and what became of it in a word."""
        self._counters.counts.add(told.client, result)
        self._end(told, result, None)

    def refused(self, told: Told, failure: Failure, key: str | None = None, *, counting: bool = False) -> None:
        """A request that was turned away before any provider was asked; `key` is the name of its client's key.
        `counting`: it wanted a count of tokens."""
        if counting:
            self._counters.counts.add(told.client, failure.kind)
        self._counters.requests.add(told.client, NOBODY, failure.kind)
        self._counters.failures.add(NOBODY, failure.kind)
        if key is not None:
            self._counters.keys.add(key, failure.kind)
        self._end(told, failure.kind.value, failure)
        self._log.warning(
            "refused",
            request_id=told.request_id,
            **_of_trail(told.trail),
            client=told.client,
            kind=failure.kind,
            why=failure.brief,
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
        self._end(told, outcome, told.failure)
        tell = self._log.info if told.failure is None else self._log.warning
        tell(
            "answered",
            request_id=sent.request_id,
            **_of_trail(told.trail),
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
            **({"why": told.failure.brief} if told.failure else {}),
        )

    def _end(self, told: Told, result: str, failure: Failure | None) -> None:
        if told.trail is not None:
            about = names.of_request(told.path, told.client, told.request_id, result)
            told.trail.close(told.started, self._clock(), about, failure)

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


def _of_trail(trail: Trail | None) -> dict[str, str]:
    return {} if trail is None else {"trace_id": trail.trace_id}


def _of_key(name: str | None) -> dict[str, str]:
    return {} if name is None else {"key": name}

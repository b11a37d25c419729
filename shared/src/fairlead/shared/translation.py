"""Puts dialects together: a request, an answer or a stream from one dialect to another, or watched on its way through.

A `Pipe` is one answer stream on its way to the client: bytes in, bytes out, and `progress` for whoever must decide
whether it may still be given up for another.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import structs

from fairlead.shared.assembly import assemble, disassemble
from fairlead.shared.conversation import Finish, Message, Usage
from fairlead.shared.dialect import Dialect, Encoded, Passed, ProviderDialect, ReplyContext, StreamDecoder
from fairlead.shared.events import (
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    Started,
    TextDelta,
    is_content,
)
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.filters import Filter, through
from fairlead.shared.halves import WithWholeCharacters
from fairlead.shared.loss import Loss
from fairlead.shared.sse import DEFAULT_LIMIT, EventParser, EventTooLargeError, without_unicode_line_ends


class Progress:
    """How far one answer has come. `content`: the provider has proved itself. `ended`: the answer is complete."""

    __slots__ = ("content", "ended", "failure", "finish", "model", "usage")

    def __init__(self) -> None:
        self.content = False
        self.ended = False
        self.failure: Failure | None = None
        self.finish: Finish | None = None
        self.usage: Usage | None = None
        self.model = ""

    def __repr__(self) -> str:
        return f"<Progress content={self.content} ended={self.ended} failure={self.failure}>"

    def note(self, events: Iterable[Event]) -> None:
        """Takes in what the events say."""
        for event in events:
            kind = type(event)
            note = _NOTES.get(kind)
            if note is not None:
                note(self, event)

    def _said(self, event: Event) -> None:
        self.content = self.content or is_content(event)

    def _started(self, event: Started) -> None:
        self.model = event.model

    def _counted(self, event: Counted) -> None:
        self.usage = event.usage

    def _finished(self, event: Finished) -> None:
        self.content = True
        self.finish = event.finish

    def _ended(self, _event: Event) -> None:
        self.ended = True

    def _failed(self, event: Failed) -> None:
        if self.failure is None:
            self.failure = event.failure


_NOTES: dict[type, Callable[[Progress, Any], None]] = {
    Opened: Progress._said,
    TextDelta: Progress._said,
    Started: Progress._started,
    Counted: Progress._counted,
    Finished: Progress._finished,
    Ended: Progress._ended,
    Failed: Progress._failed,
}


class Pipe(Protocol):
    """One answer stream on its way to the client."""

    progress: Progress

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What of the answer the client was not told so far."""
        ...

    @property
    def violations(self) -> Mapping[str, int]:
        """Repairs of the stream so far, by name."""
        ...

    def feed(self, chunk: bytes) -> bytes:
        """Bytes for the client, always whole events; after a failure they end with the client's own error event."""
        ...

    def close(self) -> bytes:
        """The provider's bytes have ended."""
        ...

    def fail(self, failure: Failure) -> bytes:
        """The provider was given up from outside (a timeout, a reset)."""
        ...


class Translated:
    """A stream from `source` to `target` by way of neutral events, and of `filters` on the way."""

    def __init__(
        self,
        source: ProviderDialect,
        target: Dialect,
        context: ReplyContext,
        limit: int = DEFAULT_LIMIT,
        filters: Sequence[Filter] = (),
    ) -> None:
        self.progress = Progress()
        self._parser = EventParser(limit, bare_json=True)
        self._decoder = WithWholeCharacters(source.stream_decoder())
        self._filters = filters
        self.encoder = target.stream_encoder(context)

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self.encoder.losses

    @property
    def violations(self) -> Mapping[str, int]:
        return self.encoder.violations

    def feed(self, chunk: bytes) -> bytes:
        if self._over:
            return b""
        try:
            parsed = self._parser.feed(chunk)
        except EventTooLargeError as error:
            return self.fail(Failure(Kind.MALFORMED, str(error)))
        return self._emit([event for one in parsed for event in self._decoder.feed(one)])

    def close(self) -> bytes:
        if self._over:
            return b""
        return self._emit(_closing(self._parser, self._decoder))

    def fail(self, failure: Failure) -> bytes:
        return b"" if self._over else self._emit([Failed(failure)])

    @property
    def _over(self) -> bool:
        return self.progress.ended or self.progress.failure is not None

    def _emit(self, events: list[Event]) -> bytes:
        if self._filters:
            events = through(self._filters, events)
        try:
            out = self.encoder.feed(events)
        except FailureError as error:
            events = [Failed(error.failure)]
            out = self.encoder.feed(events)
        self.progress.note(events)
        return without_unicode_line_ends(out)


class PassedThrough:
    """A stream whose bytes stay as they are: only whole events are let through, and what they say is noted."""

    def __init__(self, dialect: Dialect, request_id: str, limit: int = DEFAULT_LIMIT) -> None:
        self.progress = Progress()
        self._dialect = dialect
        self._request_id = request_id
        self._parser = EventParser(limit)
        self._watcher = WithWholeCharacters(dialect.stream_watcher())
        self._open: Opened | None = None
        self._id = ""
        self._last = b""
        self._held = bytearray()
        self.losses: tuple[Loss, ...] = ()
        self.violations: Mapping[str, int] = {}

    def feed(self, chunk: bytes) -> bytes:
        if self.progress.failure is not None:
            return b""
        try:
            parsed = self._parser.feed(chunk)
        except EventTooLargeError as error:
            return self.fail(Failure(Kind.MALFORMED, str(error)))
        for place, one in enumerate(parsed):
            events = self._watcher.feed(one)
            if events and self._note(events):
                return _first_events(bytes(self._held) + chunk, place) + self._told()
            self._last = one.data
        if self._parser.between_events:
            return self._taken(len(self._held)) + chunk if self._held else chunk
        self._held += chunk
        return self._taken(_last_boundary(self._held)) if parsed else b""

    def close(self) -> bytes:
        if self.progress.failure is not None:
            return b""
        self.progress.note(_closing(self._parser, self._watcher))
        return self._last_event() if self.progress.ended else self._told()

    def fail(self, failure: Failure) -> bytes:
        if self.progress.ended or self.progress.failure is not None:
            return b""
        self.progress.failure = failure
        return self._told()

    def keepalive(self) -> bytes:
        """What may be said to the client in a silence, between the provider's own events."""
        told, opened = self._dialect.sign_of_life, self._open
        if told is None or opened is None:
            return self._dialect.alive(self._id, self.progress.model)
        return told(opened.index, opened.block)

    def _last_event(self) -> bytes:
        """What is held, with the blank line that some servers leave out, and without which it would not count."""
        last = self._taken(len(self._held))
        return last and last + (b"\n" if last.endswith(b"\n") else b"\n\n")

    def _taken(self, end: int) -> bytes:
        taken = bytes(self._held[:end])
        del self._held[:end]
        return taken

    def _note(self, events: list[Event]) -> bool:
        """Whether they are a failure that is not in the provider's own words, so that its client must be told."""
        self.progress.note(events)
        for event in events:
            if isinstance(event, Opened | Closed):
                self._open = event if isinstance(event, Opened) else None
            elif isinstance(event, Started):
                self._id = event.id
        failure = self.progress.failure
        return failure is not None and failure.code is None and failure.body is None

    def _told(self) -> bytes:
        """The error event of the client's dialect, when the provider's own bytes did not bring one."""
        if self.progress.failure is None:
            return b""
        passed = Passed(self._id, self.progress.model, self._last)
        return self._dialect.failure_event(self.progress.failure, self._request_id, passed)


class Discreet:
    """A pipe whose last words hold none of `secrets`, should the provider's error repeat one."""

    def __init__(self, pipe: Pipe, secrets: Sequence[bytes]) -> None:
        self.progress = pipe.progress
        self._pipe = pipe
        self._secrets = secrets

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self._pipe.losses

    @property
    def violations(self) -> Mapping[str, int]:
        return self._pipe.violations

    def feed(self, chunk: bytes) -> bytes:
        out = self._pipe.feed(chunk)
        return out if self.progress.failure is None else self._told(out)

    def close(self) -> bytes:
        out = self._pipe.close()
        return out if self.progress.failure is None else self._told(out)

    def fail(self, failure: Failure) -> bytes:
        return self._pipe.fail(without_secrets(failure, self._secrets))

    def _told(self, out: bytes) -> bytes:
        assert self.progress.failure is not None
        self.progress.failure = without_secrets(self.progress.failure, self._secrets)
        return _masked(out, self._secrets)


def without_secrets(failure: Failure, secrets: Sequence[bytes]) -> Failure:
    """The failure, with stars where its provider repeats what is secret."""
    message = _masked(failure.message.encode("utf-8", "surrogatepass"), secrets).decode("utf-8", "surrogatepass")
    body = None if failure.body is None else _masked(failure.body, secrets)
    return structs.replace(failure, message=message, body=body)


def _masked(words: bytes, secrets: Sequence[bytes]) -> bytes:
    for secret in secrets:
        words = words.replace(secret, b"***")
    return words


def _closing(parser: EventParser, decoder: StreamDecoder) -> list[Event]:
    """What the end of the bytes means. A last event without its blank line counts if it can be read; half of one only
    shows that the stream was cut."""
    events = [event for one in parser.close() for event in decoder.feed(one)]
    if any(isinstance(event, Failed) and event.failure.kind is Kind.MALFORMED for event in events):
        return [Failed(Failure(Kind.CUT, "the provider's stream ended in the middle of an event"))]
    return events + decoder.close()


_BLANK_LINE = re.compile(rb"(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r|\n)")


def _last_boundary(held: bytearray) -> int:
    """Just after the last blank line; 0 where there is none."""
    return max((found.end() for found in _BLANK_LINE.finditer(held)), default=0)


def _first_events(raw: bytes, number: int) -> bytes:
    """As much of `raw` as its first `number` events are."""
    end = 0
    for found in _BLANK_LINE.finditer(raw):
        if number <= 0:
            break
        number -= len(EventParser().feed(raw[end : found.end()]))
        end = found.end()
    return raw[:end]


def answer_from_stream(source: ProviderDialect, body: bytes, limit: int = DEFAULT_LIMIT) -> Message:
    """A whole stream read as one answer, for a client that did not ask for a stream. Raises `FailureError`."""
    parser, decoder = EventParser(limit, bare_json=True), WithWholeCharacters(source.stream_decoder())
    try:
        parsed = parser.feed(body) + parser.close()
    except EventTooLargeError as error:
        raise FailureError(Failure(Kind.MALFORMED, str(error))) from error
    events = [event for one in parsed for event in decoder.feed(one)]
    return assemble(events + decoder.close())


def stream_from_answer(message: Message, target: Dialect, context: ReplyContext) -> Encoded:
    """One answer told as a stream, for a client that asked for one."""
    encoder = target.stream_encoder(context)
    return Encoded(without_unicode_line_ends(encoder.feed(disassemble(message))), encoder.losses)

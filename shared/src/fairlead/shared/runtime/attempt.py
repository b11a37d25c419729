"""One attempt of one call to one upstream: what it answered, ready for the client, or why it did not.

Whether it answered is decided by what came, not by the status: a 200 may hold an error, a page, or nothing.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache, partial
from typing import TypeAlias

import httpx2
import msgspec
from msgspec import Struct

from fairlead.shared.assembly import disassemble
from fairlead.shared.conversation import Message
from fairlead.shared.dialect import Dialect, Encoded, ProviderDialect, ReplyContext
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.filters import Filter, message_through
from fairlead.shared.framing import Framing, Refusal
from fairlead.shared.gate import Gate
from fairlead.shared.loss import Loss
from fairlead.shared.runtime.body_form import Form, form_of
from fairlead.shared.runtime.flow import Flowing, Timing, Write
from fairlead.shared.runtime.http import DEFAULT_TIMEOUTS, Timeouts, failure_from
from fairlead.shared.runtime.unwrapping import unwrapped
from fairlead.shared.runtime.upstream_headers import RawHeaders, advised, first, passed_on
from fairlead.shared.translation import (
    Discreet,
    PassedThrough,
    Pipe,
    Progress,
    Translated,
    answer_from_stream,
    stream_from_answer,
)

__all__ = ["Answer", "Call", "Flowing", "Limits", "Refused", "Timing", "Whole", "Write", "attempt"]

Clock: TypeAlias = Callable[[], float]
_Read: TypeAlias = Callable[[bytes], Message]


class Limits(Struct, frozen=True):
    """Bytes. `body`: a whole answer; `error_body`: of an error, what is beyond is cut off; `event`: one server-sent
    event; `gate`: what is held back while no content has been seen."""

    body: int = 64 * 1024 * 1024
    error_body: int = 1024 * 1024
    event: int = 16 * 1024 * 1024
    gate: int = 256 * 1024


DEFAULT_LIMITS = Limits()


class Call(Struct, frozen=True):
    """What to send where, and in whose words to answer.

    `name` is what people call the upstream, for messages. `headers` go out as they are, names in lower case;
    `content-type`, `content-length`, `host` and `accept-encoding: identity` are supplied and need not be among them.
    `stream`: whether the client asked for one. `source` is the dialect the upstream speaks, `target` the client's.
    `filters` make what repairs this upstream's answers. `counts`: tokens are to be counted, so that what comes is no
    model's answer. `secrets` are told to nobody, though the upstream repeats them in an error.
    `framing`, `unwrap` and `refusal` are what the upstream puts around a stream, around a whole answer, and into the
    place of an error of `source`; None: nothing.
    """

    name: str
    url: str
    headers: RawHeaders
    body: bytes
    stream: bool
    source: ProviderDialect
    target: Dialect
    context: ReplyContext
    request_id: str
    timeouts: Timeouts = DEFAULT_TIMEOUTS
    limits: Limits = DEFAULT_LIMITS
    method: str = "POST"
    filters: tuple[Callable[[], Filter], ...] = ()
    counts: bool = False
    secrets: tuple[bytes, ...] = ()
    framing: Framing | None = None
    unwrap: Callable[[bytes], bytes] | None = None
    refusal: Refusal | None = None

    @property
    def as_it_comes(self) -> bool:
        """Whether the answer's bytes stay as they are: it is the client's, or a count, for whoever asked for that."""
        return self.counts or (self.source.name == self.target.name and not self.filters)

    def filtered(self) -> list[Filter]:
        """Filters for one answer."""
        return [make() for make in self.filters]


class Refused(Struct, frozen=True):
    """No answer: an error status, a transport error, or a failure found in what looked like an answer. Nothing has
    been told to the client. `headers`: what of the upstream's is passed on. `asked`: the upstream was asked at all."""

    failure: Failure
    headers: RawHeaders
    timing: Timing
    asked: bool = True


class Whole(Struct, frozen=True):
    """A complete JSON answer to a client that asked for no stream. `body` is in its dialect. `message` is None where
    the body was passed on without being an answer of a model (a token count, a list). `losses`: what of the answer
    that dialect cannot say."""

    status: int
    headers: RawHeaders
    body: bytes
    message: Message | None
    timing: Timing
    losses: tuple[Loss, ...] = ()


Answer: TypeAlias = Refused | Whole | Flowing
"""`Flowing` exactly when the client asked for a stream, whatever the upstream sent."""


async def attempt(transport: httpx2.AsyncBaseTransport, call: Call, clock: Clock = time.monotonic) -> Answer:
    """Makes the call once. Never raises for what an upstream does; when cancelled, the upstream is closed."""
    timing = Timing(clock())
    try:
        response = await transport.handle_async_request(_request(call))
    except httpx2.HTTPError as error:
        return _refused(failure_from(error, target=call.name), (), timing, clock)
    except FailureError as error:  # of what stands between us and the wire
        timing.ended = clock()
        return Refused(error.failure, (), timing, asked=False)
    timing.headers = clock()
    raw = response.headers.raw
    reading = _Reading(response, raw, call, timing, clock)
    try:
        answer = await _answer(reading)
    except FailureError as error:
        answer = error.failure
    except BaseException:
        await response.aclose()
        raise
    if isinstance(answer, Flowing):
        return answer
    await response.aclose()
    if isinstance(answer, Failure):
        return _refused(advised(answer, raw), passed_on(raw, call.context.created), timing, clock)
    timing.ended = clock()
    return answer


def _refused(failure: Failure, headers: RawHeaders, timing: Timing, clock: Clock) -> Refused:
    timing.ended = clock()
    return Refused(failure, headers, timing)


def _request(call: Call) -> httpx2.Request:
    headers = [pair for pair in call.headers if pair[0] not in _SUPPLIED]
    headers += _SUPPLIED.items()
    return httpx2.Request(
        call.method,
        _url(call.url),
        headers=headers,
        stream=httpx2.ByteStream(call.body),
        extensions=call.timeouts.extensions(),
    )


_SUPPLIED = {b"content-type": b"application/json", b"accept-encoding": b"identity"}
_url = lru_cache(maxsize=256)(httpx2.URL)


class _Reading:
    """The response's body as it is read, bounded; transport errors come out as `FailureError`."""

    def __init__(self, response: httpx2.Response, raw: RawHeaders, call: Call, timing: Timing, clock: Clock) -> None:
        self.response = response
        self.raw = raw
        self.call = call
        self.timing = timing
        self.clock = clock
        # We ask for no compression; who compresses all the same is understood.
        encoded = first(raw, b"content-encoding")
        self.chunks: AsyncIterator[bytes] = response.aiter_bytes() if encoded else aiter(response.stream)  # type: ignore[arg-type]  # every response here is async
        framing = call.framing
        self.framed = framing is not None and framing.content_type.encode() in first(raw, b"content-type")
        if framing is not None and self.framed:
            self.chunks = unwrapped(self.chunks, framing.unwrapper(call.limits.event))

    async def next(self) -> bytes:
        """The next bytes, b"" at the end."""
        try:
            async for chunk in self.chunks:
                if chunk:
                    if self.timing.first_byte is None:
                        self.timing.first_byte = self.clock()
                    return chunk
        except httpx2.HTTPError as error:
            raise FailureError(failure_from(error, target=self.call.name)) from error
        return b""

    async def rest(self, start: bytes, limit: int) -> bytes:
        """The whole body, which begins with `start`. Raises `FailureError` when it is larger than `limit`."""
        parts, size = [start], len(start)
        while size <= limit:
            chunk = await self.next()
            if not chunk:
                return b"".join(parts)
            parts.append(chunk)
            size += len(chunk)
        raise self.malformed(f"an answer larger than {limit} bytes")

    async def error_body(self, limit: int) -> bytes:
        """As much of the body as comes, up to `limit`: an error that breaks off is still that error."""
        parts: list[bytes] = []
        size = 0
        try:
            while size < limit and (chunk := await self.next()):
                parts.append(chunk)
                size += len(chunk)
        except FailureError:
            pass
        return b"".join(parts)[:limit]

    def refused(self, body: bytes) -> Failure:
        """What an answer means whose status is an error's."""
        status, read = self.response.status_code, self.call.refusal
        if read is None:
            return self.call.source.decode_failure(status, body)
        return read(status, {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.raw}, body)

    def whole(self, message: Message | None, told: Encoded) -> Whole:
        """A complete answer, as it is told to the client."""
        status, headers = self.response.status_code, self._passed_on()
        return Whole(status, headers, told.body, message, self.timing, told.losses)

    def flowing(self, head: bytes, pipe: Pipe, keepalive: Callable[[], bytes] | None = None) -> Flowing:
        """A stream from its first content on; `keepalive` where the client's dialect has more to offer than a ping.

        It keeps nothing of the response but its body: there are thousands at once.
        """
        self.timing.content = self.clock()
        passed, alive, close = self._passed_on(), keepalive or self._ping, self.response.stream.aclose  # type: ignore[union-attr]
        return Flowing(self.call.name, passed, head, pipe, alive, self.chunks, close, self.timing, self.clock)

    def _passed_on(self) -> RawHeaders:
        return passed_on(self.raw, self.call.context.created)

    def _ping(self) -> bytes:
        return self.call.target.alive(self.call.context.id, self.call.context.model)

    def malformed(self, what: str) -> FailureError:
        return FailureError(Failure(Kind.MALFORMED, f"{self.call.name} sent {what}"))


async def _answer(reading: _Reading) -> Whole | Flowing | Failure:
    """Raises `FailureError` for what turns out to be none."""
    call, status = reading.call, reading.response.status_code
    if 300 <= status < 400:
        raise reading.malformed(f"a redirect ({status}), and redirects are not followed")
    if not 200 <= status < 300:
        return reading.refused(await reading.error_body(call.limits.error_body))
    start, form = await _start(reading)
    if form is Form.EVENTS and call.stream:
        return await _open(reading, start)
    body = await reading.rest(start, call.limits.body)
    if call.unwrap is not None:
        body = call.unwrap(body)
    if call.as_it_comes and form is not Form.EVENTS and not call.stream:
        observe = _observed if call.counts else _message
        return reading.whole(observe(call.source.decode_response, body), Encoded(body))
    read = (
        partial(answer_from_stream, call.source, limit=call.limits.event)
        if form is Form.EVENTS
        else call.source.decode_response
    )
    message = message_through(call.filtered(), _message(read, body))
    if call.stream:
        return _told(reading, message)
    return reading.whole(message, call.target.encode_response(message, call.context))


async def _start(reading: _Reading) -> tuple[bytes, Form]:
    """The first bytes, enough of them to tell that they may be an answer. Raises `FailureError` when they are not."""
    declared = reading.framed or b"event-stream" in first(reading.raw, b"content-type")
    start = b""
    while True:
        chunk = await reading.next()
        start += chunk
        form = form_of(start, declared)
        if form is Form.JSON or form is Form.EVENTS:
            return start, form
        if form is Form.PAGE:
            raise reading.malformed("a web page instead of an answer")
        if form is Form.OTHER or len(start) > reading.call.limits.gate:
            raise reading.malformed("something that is neither JSON nor a stream of events")
        if not chunk:
            raise FailureError(Failure(Kind.CUT, f"{reading.call.name} sent an empty answer"))


async def _open(reading: _Reading, chunk: bytes) -> Flowing | Failure:
    """Reads until the gate opens."""
    pipe, keepalive = _pipe(reading.call)
    if reading.call.secrets:
        pipe = Discreet(pipe, reading.call.secrets)
    gate = Gate(pipe, limit_bytes=reading.call.limits.gate)
    head = gate.feed(chunk)
    while head is None:
        chunk = await reading.next()
        head = gate.feed(chunk) if chunk else gate.close()
    if isinstance(head, Failure):
        return head
    return reading.flowing(head, pipe, keepalive)


def _pipe(call: Call) -> tuple[Pipe, Callable[[], bytes]]:
    """The way to the client, and what is said on it in a silence."""
    if call.as_it_comes:
        passed = PassedThrough(call.target, call.request_id, call.limits.event)
        return passed, passed.keepalive
    translated = Translated(call.source, call.target, call.context, call.limits.event, call.filtered())
    return translated, translated.encoder.keepalive


def _message(read: _Read, body: bytes) -> Message:
    """What the provider's answer says. Raises `FailureError`, never one that blames the client: the readers of single
    parts do, for they read requests too."""
    try:
        return read(body)
    except FailureError as error:
        failure = error.failure
        if failure.kind is not Kind.BAD_REQUEST or failure.dialect is not None:
            raise
        told = Failure(Kind.MALFORMED, f"the provider's answer cannot be read: {failure.message}")
        raise FailureError(told) from error


def _observed(read: _Read, body: bytes) -> Message | None:
    """What a body that is passed on says, None when that is no model's answer. Raises `FailureError` when it is no
    JSON object, or an error."""
    try:
        return _message(read, body)
    except FailureError as error:
        if error.failure.kind is Kind.MALFORMED and _is_object_without_error(body):
            return None
        raise


def _is_object_without_error(body: bytes) -> bool:
    try:
        return msgspec.json.decode(body, type=_Erring).error is None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


class _Erring(Struct):
    """How every dialect marks an error body."""

    error: object = None


def _told(reading: _Reading, message: Message) -> Flowing:
    """A whole answer as a stream that is over at once."""
    call = reading.call
    told = stream_from_answer(message, call.target, call.context)
    return reading.flowing(told.body, _Told(message, told.losses))


class _Told:
    """The pipe of an answer that was whole when it came: nothing more will."""

    def __init__(self, message: Message, losses: tuple[Loss, ...]) -> None:
        self.losses = losses
        self.violations: Mapping[str, int] = {}
        self.progress = Progress()
        self.progress.note(disassemble(message))

    def feed(self, _chunk: bytes) -> bytes:
        return b""

    def close(self) -> bytes:
        return b""

    def fail(self, _failure: Failure) -> bytes:
        return b""

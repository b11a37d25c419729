"""What a dialect must offer: six functions and an error shape. Nothing in here knows any dialect by name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Raw, Struct
from msgspec.structs import replace

from fairlead.shared.conversation import Message, Request, ServerTool, Tool, Unknown
from fairlead.shared.events import Event, OpenedBlock
from fairlead.shared.failure import Failure
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.sse import ServerEvent


class Encoded(Struct, frozen=True):
    """A request or an answer in a target's dialect, and what it could not say."""

    body: bytes
    losses: tuple[Loss, ...] = ()


class ReplyContext(Struct, frozen=True):
    """What an answer needs that the provider may not have given: made by the shell, so that encoders stay pure.

    `id` is any unique string (it is shaped for the dialect); `created` in Unix seconds; `model` is used when the
    provider names none; `usage`: whether a stream is to report usage where the dialect makes that optional;
    `extensions`: the reader knows our extension fields; `tools`: what the client offered, because some dialects name a
    call by more than its name (see `tool_forms`).
    """

    id: str
    created: int
    model: str
    usage: bool = True
    extensions: bool = False
    tools: tuple[Tool | ServerTool | Unknown, ...] = ()

    def without_tools(self) -> "ReplyContext":
        """For a dialect that calls a tool by its name alone: the tools hold on to the body they were read from."""
        return replace(self, tools=()) if self.tools else self


class StreamDecoder(Protocol):
    """Server-sent events of one stream in, neutral events out. One object per stream."""

    def feed(self, event: ServerEvent) -> list[Event]:
        """What one server-sent event means. Never raises: what cannot be understood becomes `Failed`."""
        ...

    def close(self) -> list[Event]:
        """The stream's bytes have ended: `Failed` (CUT) unless the answer was complete."""
        ...


class StreamEncoder(Protocol):
    """Neutral events of one stream in, bytes of the target dialect out. One object per stream.

    Whatever comes in, what goes out obeys the dialect's grammar: missing pieces are supplied, pieces out of place are
    left out, and each such repair is counted in `violations` by name. What is in place and cannot be said is in
    `losses`.
    """

    @property
    def violations(self) -> Mapping[str, int]:
        """Repairs made so far, by name."""
        ...

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What the client was not told so far."""
        ...

    def feed(self, events: Iterable[Event]) -> bytes:
        """The bytes these events come to, possibly none. Raises `FailureError` when more of the answer would have to be
        held back than can be; then only `Failed` may follow."""
        ...

    def keepalive(self) -> bytes:
        """What to send in a long silence so that the client does not give up."""
        ...


class Passed(Struct, frozen=True):
    """What of a stream its client has: whose answer it is, and the data of the last event; by default nothing."""

    id: str = ""
    model: str = ""
    last: bytes = b""


NOTHING_PASSED = Passed()


class FailureEvent(Protocol):
    """A failure told inside a stream that has begun, terminator included."""

    def __call__(self, failure: Failure, request_id: str, passed: Passed = NOTHING_PASSED) -> bytes: ...


class ProviderDialect(Struct, frozen=True):
    """One API's meaning, as far as one asks a provider in it: some have no clients of their own.

    `decode_response` raises `FailureError` (MALFORMED, or what an error body inside a 200 says).
    `stream_watcher` is a decoder that may leave out deltas: enough to see first content, usage, failure and the end.
    `decode_failure(status, body)` reads a non-2xx answer.
    """

    name: str
    encode_request: Callable[[Request, Profile], Encoded]
    decode_response: Callable[[bytes], Message]
    stream_decoder: Callable[[], StreamDecoder]
    stream_watcher: Callable[[], StreamDecoder]
    decode_failure: Callable[[int, bytes], Failure]


class Dialect(ProviderDialect, frozen=True):
    """One API's meaning, both ways.

    `decode_request` takes the peeked fields of a body and raises `FailureError` (BAD_REQUEST, with the path).
    `encode_failure(failure, request_id)` writes a non-2xx answer.
    `failure_status` is the HTTP status this dialect uses for a failure, `failure_event` the same failure told inside a
    stream. `ping` keeps a silent stream alive; `named_ping(id, model)` does so where a stream says whose it is in every
    event.
    `request_id_header` is where its clients look for the request id. `sign_of_life(index, block)` is said instead of a
    ping while that block is open, where some clients take no notice of pings.
    """

    decode_request: Callable[[Mapping[str, Raw]], Request]
    encode_response: Callable[[Message, ReplyContext], Encoded]
    stream_encoder: Callable[[ReplyContext], StreamEncoder]
    encode_failure: Callable[[Failure, str], bytes]
    failure_status: Callable[[Failure], int]
    failure_event: FailureEvent
    ping: bytes
    request_id_header: str
    sign_of_life: Callable[[int, OpenedBlock], bytes] | None = None
    named_ping: Callable[[str, str], bytes] | None = None

    def alive(self, id: str, model: str) -> bytes:
        """The ping of a stream that is, or will be, the answer `id` of `model`."""
        return self.ping if self.named_ping is None else self.named_ping(id, model)

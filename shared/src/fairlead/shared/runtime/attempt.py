"""One attempt of one call to one upstream: what it answered, ready for the client, or why it did not."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import httpx2
from msgspec import Struct

from fairlead.shared.conversation import Message
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.failure import Failure
from fairlead.shared.runtime.http import Timeouts
from fairlead.shared.translation import Pipe

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
Clock: TypeAlias = Callable[[], float]
Write: TypeAlias = Callable[[bytes], Awaitable[None]]

FAILURE_HEADER = b"x-fairlead-failure"
"""Between the tiers: the exact kind of a failure, which status and body may not tell."""


class Limits(Struct, frozen=True):
    """Bytes. `body`: a whole answer; `error_body`: of an error, what is beyond is cut off; `event`: one server-sent
    event; `gate`: what is held back while no content has been seen."""

    body: int = 64 * 1024 * 1024
    error_body: int = 1024 * 1024
    event: int = 16 * 1024 * 1024
    gate: int = 256 * 1024


class Call(Struct, frozen=True):
    """What to send where, and in whose words to answer.

    `name` is what people call the upstream, for messages. `headers` go out as they are, lower case, with
    `content-type`, `content-length`, `host` and `accept-encoding: identity` supplied. `stream`: whether the client
    asked for one. `source` is the dialect the upstream speaks, `target` the client's.
    """

    name: str
    url: str
    headers: RawHeaders
    body: bytes
    stream: bool
    source: Dialect
    target: Dialect
    context: ReplyContext
    request_id: str
    timeouts: Timeouts = Timeouts()
    limits: Limits = Limits()
    method: str = "POST"


class Timing(Struct):
    """Moments by the caller's clock: request sent, response headers, first body byte, gate opened, end. None: not
    reached."""

    sent: float
    headers: float | None = None
    first_byte: float | None = None
    content: float | None = None
    ended: float | None = None


class Refused(Struct, frozen=True):
    """No answer: an error status, a transport error, or a failure found in what looked like an answer. Nothing has
    been told to the client. `headers`: what of the upstream's is passed on."""

    failure: Failure
    headers: RawHeaders
    timing: Timing


class Whole(Struct, frozen=True):
    """A complete answer. `body` is for the client, in its dialect (or stream of events, when it asked for a stream:
    `content_type` says which). `message` is None where the body was passed on without being an answer of a model."""

    status: int
    headers: RawHeaders
    content_type: bytes
    body: bytes
    message: Message | None
    timing: Timing


class Flowing:
    """A stream whose gate has opened: `head` is already content. `run` or `aclose` must be called."""

    headers: RawHeaders
    head: bytes
    pipe: Pipe
    timing: Timing

    async def run(self, write: Write) -> None:
        """Writes `head` and the rest, to the end or to a failure, which is told in-stream and stands in
        `pipe.progress.failure`. Closes the upstream, whatever happens."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Gives the stream up: the upstream's connection is closed at once."""
        raise NotImplementedError


Answer: TypeAlias = Refused | Whole | Flowing


async def attempt(transport: httpx2.AsyncBaseTransport, call: Call, clock: Clock = time.monotonic) -> Answer:
    """Makes the call once. Never raises for what an upstream does; when cancelled, the upstream is closed."""
    raise NotImplementedError

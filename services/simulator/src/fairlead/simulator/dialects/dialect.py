"""What the simulator asks of a dialect: read a request, render an answer, refuse in the provider's own words."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol, runtime_checkable

import msgspec

from ..faults import Event
from ..http1 import Headers, Request
from ..script import Reply
from ..turn import Turn


def names(text: str) -> frozenset[str]:
    """The words of `text`: for long tables of names."""
    return frozenset(text.split())


class Endpoint(Enum):
    """What a path is for."""

    GENERATE = "generate"
    COUNT = "count"


class Refusal(msgspec.Struct, frozen=True):
    """An answer that is an error; `kind` None lets the dialect name it by the status.

    `retry_after` is what the header of that name says, for dialects that say it in the body.
    """

    status: int
    message: str
    kind: str | None = None
    param: str | None = None
    code: str | None = None
    retry_after: str | None = None


class Dialect(Protocol):
    """One provider API. Pure: the same request gives the same bytes."""

    name: str
    bad_key: Refusal
    """The refusal of a request whose key is missing or wrong."""

    def claims(self, path: str) -> Endpoint | None:
        """What this path is for in this dialect, whatever comes before its suffix; None: not ours."""

    def is_spoken_by(self, request: Request) -> bool:
        """Whether a request to a path that dialects share comes from a client of this one."""

    def model(self, request: Request) -> str:
        """The model a request names, or "" when it names none that can be read."""

    def read(self, request: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
        """What the request asks; `strict` refuses what the real provider refuses, not only what cannot be read."""

    def headers(self, digest: str) -> Headers:
        """The provider's own headers of every answer."""

    def buffered(self, reply: Reply) -> bytes:
        """The body of a whole answer."""

    def events(self, reply: Reply) -> Sequence[Event]:
        """The events of a streamed answer."""

    def error(self, refusal: Refusal, digest: str) -> bytes:
        """The body of an error."""

    def error_event(self, refusal: Refusal, reply: Reply, before: int) -> Event:
        """The event that tells an error inside the stream of a reply, after so many events."""

    def overflow(self, tokens: int, limit: int) -> Refusal:
        """The refusal of a prompt that does not fit into the context."""

    def models(self, models: Sequence[tuple[str, str]]) -> bytes:
        """The body that lists models, given as (id, description)."""


@runtime_checkable
class CountsTokens(Protocol):
    """A dialect that claims a COUNT path is this as well."""

    def count(self, turn: Turn) -> bytes:
        """The body that tells the prompt's tokens."""


@runtime_checkable
class Framed(Protocol):
    """A dialect whose streams are no server-sent events."""

    stream_type: str
    """Their content type."""


@runtime_checkable
class NamesErrors(Protocol):
    """A dialect that names an error in a header."""

    def error_headers(self, refusal: Refusal) -> Headers:
        """That header."""

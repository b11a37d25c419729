"""Takes a request in: who asks, under which id, may he, and what is in the body."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from fairlead.normalizer.access import FROM_ROUTER, admit
from fairlead.normalizer.exchange import Asked
from fairlead.normalizer.lane import Wanted
from fairlead.normalizer.retry import ATTEMPTS, Patience
from fairlead.shared.access import Access, demand
from fairlead.shared.codec import peek
from fairlead.shared.config.schema import ClientKey, Limits
from fairlead.shared.conversation import Usage
from fairlead.shared.dialect import Dialect
from fairlead.shared.runtime.asgi import Headers, Receive, Scope, header_fields, read_body, whole_number
from fairlead.shared.runtime.ids import is_plain_id
from fairlead.shared.runtime.trail import Trail
from fairlead.shared.surfaces import Surface

_RETRY = "x-fairlead-retry"
_DEADLINE = "x-fairlead-deadline-ms"
_LANE = "x-fairlead-lane"
_SESSIONS = ("x-session-id", "x-claude-code-session-id")


class Caller(Struct, frozen=True):
    """The head of a request: its headers by lower-case name, the id it is known by, and what its path names."""

    headers: Mapping[str, str]
    request_id: str
    named: Mapping[str, str | None] = {}

    @property
    def shows_losses(self) -> bool:
        return self.headers.get("x-fairlead-show-losses") == "1"


class Reception:
    """`new_id` makes an id for requests that bring none; `now` gives Unix seconds."""

    def __init__(self, access: Access, limits: Limits, new_id: Callable[[], str], now: Callable[[], float]) -> None:
        self._access = access
        self._limits = limits
        self._new_id = new_id
        self._now = now

    def meet(self, raw_headers: Headers, named: Mapping[str, str | None] | None = None) -> Caller:
        """Never fails: whatever is wrong with a request, the answer carries an id."""
        headers = header_fields(raw_headers)
        given = headers.get("x-request-id", "")
        return Caller(headers, given if is_plain_id(given) else self._new_id(), named or {})

    def check(self, caller: Caller) -> ClientKey | None:
        """The client's key, None where none is set. Raises `FailureError` (AUTHENTICATION)."""
        return self._access.admit(caller.headers, self._now())

    def oversee(self, caller: Caller) -> None:
        """Whether the caller may see what concerns everybody. Raises `FailureError` (AUTHENTICATION, PERMISSION)."""
        self._access.oversee(caller.headers, self._now())

    async def take(
        self,
        caller: Caller,
        dialect: Dialect,
        surface: Surface,
        scope: Scope,
        receive: Receive,
        trail: Trail | None = None,
    ) -> Asked:
        """The whole request, which leaves its `trail` where traces are made. Raises `FailureError` (AUTHENTICATION,
        TOO_LARGE, BAD_REQUEST) and `ClientGoneError`."""
        headers = caller.headers
        key, credential = admit(headers, self._access, self._now())
        body = await read_body(scope, receive, self._limits.body_bytes)
        fields = surface.fields(caller.named, peek(body, depth=self._limits.json_depth))
        return Asked(
            wanted=Wanted(dialect, surface, fields, body, _writes_own_words(headers)),
            headers=headers,
            request_id=caller.request_id,
            credential=credential,
            affinity=next((headers[name] for name in _SESSIONS if headers.get(name)), caller.request_id),
            patience=_patience(headers),
            key=key,
            trail=trail,
        )

    def permit(self, asked: Asked, provider: str, model: str) -> None:
        """Raises `FailureError` (PERMISSION) where the client's key does not open the model."""
        demand(asked.key, provider, model, asked.wanted.model)

    def charge(self, asked: Asked) -> None:
        """One answer more for the client's key. Raises `FailureError` (RATE_LIMIT)."""
        self._access.charge(asked.key, self._now())

    def spend(self, key: str | None, usage: Usage | None) -> None:
        """What an answer came to, for the key of that name."""
        if usage is not None:
            self._access.spend(key, usage.prompt + usage.output, self._now())


def _writes_own_words(headers: Mapping[str, str]) -> bool:
    """Our router writes chat completions itself, unless it says that they are its client's."""
    return FROM_ROUTER not in headers or headers.get(_LANE) == "native"


def _patience(headers: Mapping[str, str]) -> Patience:
    """The router says who tries again; a client that talks to us has nobody else to do it."""
    words = headers.get(_RETRY, "none" if FROM_ROUTER in headers else "short")
    milliseconds = whole_number(headers.get(_DEADLINE, ""))
    # A deadline that has passed leaves a moment: no time at all would mean no limit to those who wait.
    deadline = max(milliseconds, 1) / 1000 if milliseconds is not None else None
    return Patience(ATTEMPTS if words == "short" else 1, deadline)

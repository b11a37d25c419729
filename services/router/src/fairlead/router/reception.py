"""Takes a request in: under which id, whether it may, and what is in its body."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Raw, Struct

from fairlead.router.headers import Envelope, client_credential, continued
from fairlead.router.prompts import OwnPrompt
from fairlead.shared.access import Access
from fairlead.shared.codec import peek
from fairlead.shared.config.schema import ClientKey, Limits
from fairlead.shared.conversation import Usage
from fairlead.shared.dialect import Dialect
from fairlead.shared.runtime.asgi import Receive, Scope, header_fields, read_body, whole_number
from fairlead.shared.runtime.ids import is_plain_id, request_id
from fairlead.shared.surfaces import Surface

CLAUDE_CODES = "anthropic"
"""The dialect of the client whose prompt can be exchanged."""

_DEADLINE = "x-fairlead-deadline-ms"


class Caller(Struct, frozen=True):
    """The head of a request: its headers by lower-case name, its operation and query, the id it is known by, and what
    its path names. `preset`: below whose path it came."""

    headers: Mapping[str, str]
    operation: str
    query: str
    request_id: str
    named: Mapping[str, str | None] = {}
    preset: str | None = None


class Received(Struct, frozen=True):
    """A whole request of a client that speaks `client`.

    `fields` hold what the path says too; `began` is the moment from which the time it takes is ours. `key` is the
    client key it came with.
    """

    caller: Caller
    client: Dialect
    surface: Surface
    fields: Mapping[str, Raw]
    body: bytes
    began: float
    key: ClientKey | None = None


class Reception:
    """`normalizer_key` is what the normalizer wants to see from us. `clock` is monotonic, `now` gives Unix seconds.
    `prompt`: what Claude Code's instructions are exchanged for."""

    def __init__(
        self,
        access: Access,
        normalizer_key: str | None,
        limits: Limits,
        clock: Callable[[], float],
        now: Callable[[], float],
        random_bytes: Callable[[int], bytes],
        prompt: OwnPrompt | None = None,
    ) -> None:
        self._access = access
        self._prompt = prompt
        self._now = now
        self._normalizer_key = normalizer_key
        self._limits = limits
        self._clock = clock
        self._random_bytes = random_bytes

    def meet(
        self,
        scope: Mapping[str, Any],
        operation: str,
        named: Mapping[str, str | None] | None = None,
        preset: str | None = None,
    ) -> Caller:
        """Never fails: whatever is wrong with a request, the answer carries an id."""
        headers = header_fields(scope["headers"])
        given = headers.get("x-request-id", "")
        return Caller(
            headers=headers,
            operation=operation,
            query=str(scope["query_string"], "latin-1"),
            request_id=given if is_plain_id(given) else request_id(self._random_bytes),
            named=named or {},
            preset=preset,
        )

    def check(self, caller: Caller) -> ClientKey | None:
        """The client's key, None where none is set. Raises `FailureError` (AUTHENTICATION)."""
        return self._access.admit(caller.headers, self._now())

    def own(self, caller: Caller) -> ClientKey | None:
        """The key whose things the caller may see, None for everybody's. Raises `FailureError` (AUTHENTICATION)."""
        return self._access.own(caller.headers, self._now())

    def administer(self, caller: Caller) -> None:
        """Whether the caller may change things. Raises `FailureError` (AUTHENTICATION, PERMISSION)."""
        self._access.administer(caller.headers, self._now())

    def oversee(self, caller: Caller) -> None:
        """Whether the caller may see what concerns everybody. Raises `FailureError` (AUTHENTICATION, PERMISSION)."""
        self._access.oversee(caller.headers, self._now())

    @property
    def admins_key(self) -> str:
        """Which of the configuration's keys `administer` asks for; for people."""
        return self._access.admins_key

    def charge(self, key: ClientKey | None) -> None:
        """One answer more for a key. Raises `FailureError` (RATE_LIMIT)."""
        self._access.charge(key, self._now())

    def spend(self, key: ClientKey | None, usage: Usage | None) -> None:
        """What an answer came to."""
        if key is not None and usage is not None:
            self._access.spend(key.name, usage.prompt + usage.output, self._now())

    async def take(self, caller: Caller, client: Dialect, surface: Surface, scope: Scope, receive: Receive) -> Received:
        """The whole request. Raises `FailureError` (AUTHENTICATION, TOO_LARGE, BAD_REQUEST) and `ClientGoneError`."""
        key = self.check(caller)
        body = await read_body(scope, receive, self._limits.body_bytes)
        began = self._clock()
        fields = surface.fields(caller.named, peek(body, depth=self._limits.json_depth))
        if self._prompt is not None and client.name == CLAUDE_CODES:
            fields, body = self._prompt.put(fields, body)
        return Received(caller, client, surface, fields, body, began, key)

    def envelope(self, taken: Received, session: str | None) -> Envelope:
        """What every call for this request carries."""
        headers = taken.caller.headers
        return Envelope(
            request_id=taken.caller.request_id,
            traceparent=continued(
                headers.get("traceparent"), self._random_bytes(16).hex(), self._random_bytes(8).hex()
            ),
            tracestate=headers.get("tracestate") if "traceparent" in headers else None,
            session=session,
            deadline=_deadline(headers.get(_DEADLINE, ""), taken.began),
            normalizer_key=self._normalizer_key,
            client_authorization=client_credential(headers, self._access.is_ours),
        )

    def new_id(self, prefix: str) -> str:
        """A fresh id such as `dec_3f…`."""
        return prefix + self._random_bytes(12).hex()


def _deadline(milliseconds: str, began: float) -> float | None:
    given = whole_number(milliseconds)
    return began + given / 1000 if given else None

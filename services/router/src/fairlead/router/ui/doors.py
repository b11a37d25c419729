"""Lets visitors in: whoever may administer the router, as `Reception.administer` says of each request, of which a
cookie is as good as the key it was given for."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from msgspec import structs

from fairlead.router.reception import Caller, Reception
from fairlead.shared.config.loading import MAX_FILE_BYTES
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.runtime.asgi import Receive, Scope, read_body

from .visitors import Pass, Visitors, cookie, cookie_value, demand_token

TOKEN_HEADER, TOKEN_FIELD = "x-csrf-token", "csrf"
FIELDS = 500
"""Of one form at most."""
LARGEST, LOGIN = 2 * MAX_FILE_BYTES, 16 * 1024
"""Bytes of a form: of one that may hold a configuration, and of a login."""


class Doors:
    """`now` gives Unix seconds."""

    def __init__(self, reception: Reception, visitors: Visitors, now: Callable[[], float]) -> None:
        self._reception = reception
        self._visitors = visitors
        self._now = now

    def __repr__(self) -> str:
        return f"<Doors {self._visitors!r}>"

    @property
    def setting(self) -> str:
        """Which of the configuration's keys is wanted; for people."""
        return self._reception.admins_key

    def admit(self, caller: Caller) -> Pass | None:
        """The visitor's pass, None where the request itself has all it takes. Raises `FailureError`."""
        found = self._visitors.find(_cookie(caller), self._now())
        self._reception.administer(caller if found is None else _with_key(caller, found.key.value))
        return found

    def fault_of(self, caller: Caller) -> str | None:
        """Why somebody who was in is not any more; None for whoever never was."""
        return "the login is over; log in again" if _cookie(caller) else None

    def token(self, who: Pass | None) -> str:
        """What shows that a form is one of ours."""
        return who.token if who is not None else self._visitors.token

    async def form(
        self, caller: Caller, who: Pass | None, scope: Scope, receive: Receive, limit: int = LARGEST
    ) -> Mapping[str, str]:
        """What was sent from a page of ours, of so many bytes at most. Raises `FailureError`."""
        given = fields(await read_body(scope, receive, limit))
        demand_token(caller.headers.get(TOKEN_HEADER) or given.pop(TOKEN_FIELD, ""), self.token(who))
        return given

    async def log_in(self, caller: Caller, scope: Scope, receive: Receive) -> bytes:
        """The cookie to set. Raises `FailureError`, also where too many wrong keys came from this address."""
        key = (await self.form(caller, None, scope, receive, LOGIN)).get("key", "").strip()
        now = self._now()
        address = scope["client"][0] if scope.get("client") else ""
        self._visitors.demand_patience(address, now)  # nothing is awaited from here on: many at once are counted too
        try:
            self._reception.administer(_with_key(caller, key))
        except FailureError:
            self._visitors.failed(address, now)
            raise
        # A page that came over TLS says so itself, whatever stands between.
        return cookie(self._visitors.let_in(key, now), secure=caller.headers.get("origin", "").startswith("https://"))

    def log_out(self, caller: Caller) -> bytes:
        """The cookie to set."""
        self._visitors.let_out(_cookie(caller))
        return cookie("", secure=False, lasts=0)


def fields(encoded: bytes) -> dict[str, str]:
    """The last value of each: https://url.spec.whatwg.org/#application/x-www-form-urlencoded. Raises `FailureError`
    (BAD_REQUEST)."""
    try:
        return dict(parse_qsl(encoded.decode(), keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError as error:
        raise refuse(Kind.BAD_REQUEST, "this is no form") from error


def _with_key(caller: Caller, key: str) -> Caller:
    return structs.replace(caller, headers={**caller.headers, "authorization": f"Bearer {key}"})


def _cookie(caller: Caller) -> str:
    return cookie_value(caller.headers.get("cookie", ""))

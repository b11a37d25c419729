"""Who is logged in: a cookie stands for the key that was shown for it, and for as long as that key is good."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest

from msgspec import Struct

from fairlead.shared.allowance import Allowance
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind

COOKIE = "fairlead_ui"
LASTS = 12 * 3_600.0
"""Seconds until a login is over."""
LOGINS = 100
"""At once; the oldest is forgotten for a new one."""
TRIES = 10
"""Wrong keys a minute from one address."""
ADDRESSES = 1_000
"""Whose wrong keys are counted at once."""


class Pass(Struct, frozen=True):
    """What a cookie stands for. `token` proves that a form came from a page of ours."""

    key: Secret
    token: str
    until: float


class Visitors:
    """In this process alone. All times are Unix seconds."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._passes: OrderedDict[bytes, Pass] = OrderedDict()
        self._tries: OrderedDict[str, Allowance] = OrderedDict()
        self.token = random_bytes(24).hex()
        """That of pages which nobody has to log in for, and of the login itself."""

    def __repr__(self) -> str:
        return f"<Visitors {len(self._passes)} logged in>"

    def demand_patience(self, address: str, now: float) -> None:
        """Raises `FailureError` (RATE_LIMIT) where too many wrong keys came from."""
        if address in self._tries and (wait := self._tries[address].wait(now)) > 0:
            message = f"too many wrong keys; try again in {wait:.0f} s"
            raise FailureError(Failure(Kind.RATE_LIMIT, message, retry_after=wait))

    def failed(self, address: str, now: float) -> None:
        """One wrong key more."""
        allowance = self._tries.setdefault(address, Allowance(TRIES))
        self._tries.move_to_end(address)
        allowance.take(1, now)
        if len(self._tries) > ADDRESSES:
            self._tries.popitem(last=False)

    def let_in(self, key: str, now: float) -> str:
        """The cookie's value, for a key that was found good."""
        value = self._random_bytes(32).hex()
        self._passes[_digest(value)] = Pass(Secret(key), self._random_bytes(24).hex(), now + LASTS)
        if len(self._passes) > LOGINS:
            self._passes.popitem(last=False)
        return value

    def find(self, value: str, now: float) -> Pass | None:
        """What a cookie stands for, if anything. The table knows digests alone: how long it looks tells nothing."""
        found = self._passes.get(_digest(value))
        if found is not None and now >= found.until:
            self.let_out(value)
            return None
        return found

    def let_out(self, value: str) -> None:
        """The cookie stands for nothing any more."""
        self._passes.pop(_digest(value), None)


def demand_token(shown: str, token: str) -> None:
    """Raises `FailureError` (PERMISSION) for a form that no page of ours made."""
    if not compare_digest(_digest(shown), _digest(token)):
        message = "this form is out of date; load the page again, and send it from there"
        raise FailureError(Failure(Kind.PERMISSION, message, should_retry=False))


def cookie_value(header: str) -> str:
    """Ours among a request's cookies, "" where it is not: https://www.rfc-editor.org/rfc/rfc6265#section-5.4."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def cookie(value: str, *, secure: bool, lasts: float = LASTS) -> bytes:
    """The `set-cookie` header. Without a path it holds for the folder of the login page, wherever a proxy has that."""
    told = f"{COOKIE}={value}; Max-Age={lasts:.0f}; HttpOnly; SameSite=Strict"
    return (told + "; Secure" if secure else told).encode()


def _digest(value: str) -> bytes:
    return sha256(value.encode("utf-8", "surrogatepass")).digest()

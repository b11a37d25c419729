"""Which token to use now, whether to get another, and when to look again: decided on values, time being an argument.

All times are Unix seconds. A record is what is kept of one login; its refresh token is often good for one use only, so
before it is spent the record says that it will be (`Begun`), and whoever finds that later knows what happened.
"""

import binascii
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import TypeAlias

import msgspec
from msgspec import Struct, structs

from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure

MARGIN_S = 600.0
"""A token is renewed so long before its end; one of a short life, in the last fifth of it."""
FORCED_EVERY_S = 60.0
"""A provider that refuses even the token it was given for a refused one does not get another for each request."""
IDLE_S = 60.0
"""Between two looks for a login that is not there."""
REFUSED_BACKOFF_S, REFUSED_LONGEST_S = 60.0, 3600.0
FAILED_BACKOFF_S, FAILED_LONGEST_S = 5.0, 300.0
_LONGEST_LIFE_S = 366 * 86400.0
_LONGEST_JWT = 16 * 1024


class Token(Struct, frozen=True):
    """What calls are made with."""

    access: Secret
    expires_at: float
    renewed_at: float

    @property
    def due_at(self) -> float:
        """From then on it is renewed, while it still works."""
        return self.expires_at - min(MARGIN_S, max(0.0, self.expires_at - self.renewed_at) / 5)


class Begun(Struct, frozen=True):
    """The refresh token of this digest was about to be spent then."""

    digest: str
    at: float


class Record(Struct, frozen=True):
    """What is kept of a login. `seed` is the digest of the configured refresh token it began with, `generation` how
    often it has been renewed since: clocks of different machines do not say which of two records is the later.
    `purpose` tells what the token is for, where one login has tokens for several things.
    """

    refresh: Secret | None = None
    token: Token | None = None
    begun: Begun | None = None
    seed: str = ""
    generation: int = 0
    purpose: str = ""


class Trouble(Struct, frozen=True):
    """The last attempt failed. `digest`: with which refresh token; `until`: no other is made before; `refused`: for
    good, until somebody logs in anew; `count`: failures in a row."""

    failure: Failure
    digest: str
    until: float
    refused: bool
    count: int = 1


class Refused(Struct, frozen=True):
    """A provider has refused this access token (401). Before `again_at` none is got in its stead, since that has just
    been tried."""

    access: Secret
    again_at: float = 0.0


class Use(Struct, frozen=True):
    """This token is good."""

    token: Token


class Spend(Struct, frozen=True):
    """Get a token for this refresh token; None: for the client's own secret."""

    refresh: Secret | None


class Wait(Struct, frozen=True):
    """Nothing is to be got now. `failure`: why; None where a new token was refused as the one before it."""

    failure: Failure | None


Step: TypeAlias = Use | Spend | Wait


class Granted(Struct, frozen=True):
    """What a token endpoint gave. `expires_in` is in seconds."""

    access: Secret
    refresh: Secret | None = None
    expires_in: float | None = None


class Denied(Struct, frozen=True):
    """Why it gave nothing. `refused`: the login is not accepted; `perhaps_spent`: nobody knows whether it took the
    refresh token; `retry_after` is in seconds."""

    failure: Failure
    refused: bool = False
    perhaps_spent: bool = False


def digest(secret: Secret | None) -> str:
    """Tells secrets apart without telling them; "" for none."""
    return sha256(b"fairlead token " + secret.value.encode()).hexdigest() if secret else ""


def live(record: Record, refused: Refused | None, now: float) -> Token | None:
    """The record's token if it still counts, and is not the one that a provider has refused."""
    token = record.token
    is_refused = token is not None and refused is not None and token.access == refused.access
    return token if token and token.expires_at > now and not is_refused else None


def step(record: Record, trouble: Trouble | None, refused: Refused | None, now: float, *, needs_refresh: bool) -> Step:
    """What to do about a record that was just read."""
    token = live(record, refused, now)
    if token is not None and token.due_at > now:
        return Use(token)
    if token is None and refused and record.token and now < refused.again_at:
        return Wait(None)
    if trouble and trouble.digest == digest(record.refresh) and now < trouble.until:
        return Use(token) if token else Wait(trouble.failure)
    if needs_refresh and record.refresh is None:
        return Use(token) if token else Wait(None)
    return Spend(record.refresh)


def granted(record: Record, answer: Granted, now: float, lifetime: float) -> Record:
    """The record after a success. An endpoint that gives no new refresh token means the old one."""
    token = Token(answer.access, _expiry(answer, now, lifetime), now)
    refresh, generation = answer.refresh or record.refresh, record.generation + 1
    return structs.replace(record, refresh=refresh, token=token, begun=None, generation=generation)


def denied(trouble: Trouble | None, spent: Secret | None, answer: Denied, now: float, chance: float) -> Trouble:
    """The trouble after a failure: each in a row with the same refresh token doubles the wait. `chance` (0 to 1)
    spreads those who wait."""
    mark = digest(spent)
    count = trouble.count + 1 if trouble and trouble.digest == mark else 1
    first, longest = (REFUSED_BACKOFF_S, REFUSED_LONGEST_S) if answer.refused else (FAILED_BACKOFF_S, FAILED_LONGEST_S)
    pause: float = min(first * 2 ** min(count - 1, 20), longest) * (1 + chance / 5)
    least = min(answer.failure.retry_after or 0.0, REFUSED_LONGEST_S)
    return Trouble(answer.failure, mark, now + max(pause, least), answer.refused, count)


def look_again(record: Record, trouble: Trouble | None, now: float, chance: float, *, needs_refresh: bool) -> float:
    """Seconds until the next look in the background; `chance` keeps replicas from looking at once, well before the
    token's end."""
    if needs_refresh and record.refresh is None:
        return IDLE_S
    token = record.token
    due, spread = (token.due_at, (token.expires_at - token.due_at) / 2) if token else (now, 0.0)
    if trouble and trouble.digest == digest(record.refresh):
        due = max(due, trouble.until)
    return max(1.0, due - now) + min(spread, 30.0) * chance


def stated_expiry(access: str) -> float | None:
    """When a token says that it ends (the claim `exp` of a JSON web token, RFC 7519); None for any other text.

    The signature is not looked at: the token is for others to verify.
    """
    parts = access.split(".")
    if len(access) > _LONGEST_JWT or len(parts) != 3:
        return None
    try:
        claims = _claims.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError):
        return None
    return claims.exp


def _expiry(answer: Granted, now: float, lifetime: float) -> float:
    """The soonest end that is said, where it is not nonsense; else `lifetime`."""
    stated = stated_expiry(answer.access.value)
    said = [stated - now if stated is not None else None, answer.expires_in]
    return now + min((life for life in said if life is not None and 0 < life <= _LONGEST_LIFE_S), default=lifetime)


class _Claims(Struct):
    exp: float | None = None


_claims = msgspec.json.Decoder(_Claims)

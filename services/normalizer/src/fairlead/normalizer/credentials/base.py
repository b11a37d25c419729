"""Where the credential for one call comes from, as the exchange and those who report see it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import httpx2
from msgspec import Struct, field

from fairlead.normalizer.authorization import Authorization, Credential
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import KeyTold

from .vault import Vaults


class Ask(Struct, frozen=True):
    """What a source may decide by.

    `presented`: what the client brought for the provider. `native`: the client speaks the provider's own dialect.
    `affinity`: the same text for all requests of one session, so that caches on the provider's side are met again.
    """

    presented: Credential | None
    native: bool
    affinity: str


def _nobody_counts(_login: str, _result: str) -> None:
    pass


class Surroundings(Struct, frozen=True):
    """What sources need of the world: `clock` in seconds, `now` in Unix seconds, `chance` from 0 to 1, `transport` for
    calls to token endpoints, which are told `user_agent`, and `vaults` for what comes of them. `direct` is for calls
    that stay on this machine, where `transport` may lead through a proxy. `renewed` hears the name of a login whose
    token was to be renewed, and what came of it: "renewed" or "failed"."""

    transport: httpx2.AsyncBaseTransport
    clock: Callable[[], float]
    now: Callable[[], float]
    chance: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    vaults: Vaults = field(default_factory=Vaults)
    user_agent: str = "fairlead"
    direct: httpx2.AsyncBaseTransport | None = None
    renewed: Callable[[str, str], None] = _nobody_counts

    @property
    def near(self) -> httpx2.AsyncBaseTransport:
        """The way to this machine and its network."""
        return self.direct or self.transport


_REFUSED = frozenset({Kind.AUTHENTICATION})


class Lease:
    """The use of a credential for one call; None: the call goes without. This one is for those that never change."""

    def __init__(self, credential: Authorization | None) -> None:
        self.credential = credential

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'with' if self.credential is not None else 'without'} a credential>"

    @property
    def curable(self) -> frozenset[Kind]:
        """Failures after which another credential may now do better."""
        return _REFUSED

    async def renew(self, failure: Failure) -> bool:
        """After the provider has refused it for a failure of a `curable` kind: whether `credential` is another one now,
        worth one more try. Asked at most once. Raises `FailureError` where there is more to say to people than the
        provider has.
        """
        return False

    def settle(self, failure: Failure | None) -> None:
        """The call is over, streams at their end; called exactly once. `failure`: why there was no answer."""

    def told(self) -> KeyTold | None:
        """Which key it is, and how the others stand; None where it is none of several that could be."""
        return None


class Report(Struct, frozen=True):
    """How a source stands, for people. No field holds a secret.

    `type`: a name of `AUTH_TYPES`. `source`: where the credential in use came from, such as the name of a variable or a
    file. `state`: "ok", "unused" (nobody has looked yet), "missing", "expiring", "expired", "refused", or "cooling
    down". `masked`: enough of the secret
    to recognise it, see `masked()`; `label`: what the router calls it. `expires_at`, `renewed_at`: Unix seconds.
    `problem`: what is wrong and what to do.
    """

    type: str
    state: str
    source: str | None = None
    masked: str | None = None
    expires_at: float | None = None
    renewed_at: float | None = None
    problem: str | None = None
    label: str | None = None


WELL = frozenset({"ok", "unused", "expiring"})
"""States of a credential with which calls are made."""


def masked(secret: str) -> str:
    """The last four characters of a secret that is long enough to spare them."""
    return f"***{secret[-4:]}" if len(secret) >= _SPARES_FOUR else "***"


_SPARES_FOUR = 20


class UnavailableError(Exception):
    """A configured way that cannot be gone here; the message says, for people, what is missing."""


class CredentialSource(Protocol):
    """One provider's credentials."""

    async def obtain(self, ask: Ask) -> Lease:
        """What one call may use. Raises `FailureError` (AUTHENTICATION) when there must be a credential and is none."""
        ...

    def reports(self) -> tuple[Report, ...]:
        """How each of its credentials stands now."""
        ...

    def unread(self) -> tuple[Report, ...]:
        """What can be told of them without reading or asking for any; files that are not there are."""
        ...

    async def open(self) -> None:
        """The first call is near: what is to be done in the background may begin. Never fails, and does not wait."""
        ...

    async def aclose(self) -> None:
        """The service stops."""
        ...


class Fixed:
    """A base for sources with nothing to do in the background, and nothing to read."""

    def reports(self) -> tuple[Report, ...]:
        """There is none."""
        return ()

    def unread(self) -> tuple[Report, ...]:
        """The same before the first use."""
        return self.reports()

    async def open(self) -> None:
        """Nothing begins."""

    async def aclose(self) -> None:
        """Nothing ends."""

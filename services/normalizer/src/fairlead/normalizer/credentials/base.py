"""Where the credential for one call comes from, as the exchange sees it."""

from typing import Protocol

from msgspec import Struct

from fairlead.normalizer.authorization import Credential


class Ask(Struct, frozen=True):
    """What a source may decide by.

    `presented`: what the client brought for the provider. `native`: the client speaks the provider's own dialect.
    `affinity`: the same text for all requests of one session, so that caches on the provider's side are met again.
    """

    presented: Credential | None
    native: bool
    affinity: str


class CredentialSource(Protocol):
    """One provider's credentials."""

    async def obtain(self, ask: Ask) -> Credential | None:
        """The credential to send, None to send none. Raises `FailureError` (AUTHENTICATION) when there must be one."""
        ...

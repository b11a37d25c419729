"""Keys from the configuration."""

from collections.abc import Sequence
from zlib import crc32

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.config.schema import Secret

from .base import Ask, Fixed, Lease, Report, masked


class ApiKeys(Fixed):
    """One key or several; a session keeps its key, sessions spread over all of them."""

    def __init__(self, keys: Sequence[Secret], scheme: Scheme) -> None:
        if not keys:
            raise ValueError("a provider with keys has at least one")
        self._credentials = [Credential(scheme, key) for key in keys]

    async def obtain(self, ask: Ask) -> Lease:
        return Lease(self._credentials[crc32(ask.affinity.encode()) % len(self._credentials)])

    def reports(self) -> tuple[Report, ...]:
        return tuple(Report("api_key", "ok", "api_key", masked(one.secret.value)) for one in self._credentials)

"""Keys from the configuration."""

from collections.abc import Sequence
from zlib import crc32

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.config.schema import Secret

from .base import Ask


class ApiKeys:
    """One key or several; a session keeps its key, sessions spread over all of them."""

    def __init__(self, keys: Sequence[Secret], scheme: Scheme) -> None:
        if not keys:
            raise ValueError("a provider with keys has at least one")
        self._credentials = [Credential(scheme, key) for key in keys]

    async def obtain(self, ask: Ask) -> Credential | None:
        return self._credentials[crc32(ask.affinity.encode()) % len(self._credentials)]

"""A credential that stands among the configured headers of a provider."""

from fairlead.normalizer.authorization import Credential

from .base import Ask


class InHeaders:
    """There is nothing to add, and the client's own credential must not get in the way."""

    async def obtain(self, ask: Ask) -> Credential | None:
        return None

"""Who could take a request: each target with what is known of it now, and what the request would cost there."""

from msgspec import Struct

from fairlead.router.health import UNKNOWN, Standing
from fairlead.shared.config.schema import Target
from fairlead.shared.pricing import Tariff

NO_TARIFF = Tariff()


class Candidate(Struct, frozen=True, gc=False):
    """One target. `name`: as people write it. `context_window` in tokens, None where not known. `unusable`: why it
    cannot be called at all. `scale`: what tokens of the model that was asked for are multiplied by to be its own.
    """

    name: str
    target: Target
    standing: Standing = UNKNOWN
    tariff: Tariff = NO_TARIFF
    context_window: int | None = None
    unusable: str | None = None
    scale: float = 1.0

    def takes(self, tokens: int) -> bool:
        """Whether a request of so many tokens fits into its context."""
        return self.context_window is None or self.own(tokens) <= self.context_window

    def own(self, tokens: int) -> int:
        """Tokens of the model that was asked for, as it counts them itself."""
        return round(tokens * self.scale)

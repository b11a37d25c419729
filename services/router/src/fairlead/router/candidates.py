"""Who could take a request: each target with what is known of it now, and what the request would cost there."""

from msgspec import Struct

from fairlead.router.health import UNKNOWN, Standing
from fairlead.shared.config.schema import Target
from fairlead.shared.pricing import Tariff

NO_TARIFF = Tariff()


class Candidate(Struct, frozen=True, gc=False):
    """One target. `name`: as people write it. `context_window` in tokens, None where not known. `unusable`: why it
    cannot be called at all.
    """

    name: str
    target: Target
    standing: Standing = UNKNOWN
    tariff: Tariff = NO_TARIFF
    context_window: int | None = None
    unusable: str | None = None

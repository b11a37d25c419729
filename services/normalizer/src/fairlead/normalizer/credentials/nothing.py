"""No credential, for a provider that none is configured for."""

from fairlead.shared.failure import FailureError

from .base import Ask, Fixed, Lease, Report
from .missing import missing_credential


class Nothing(Fixed):
    """`demanded`: a call is refused here; otherwise it is left to the provider."""

    def __init__(self, provider: str, *, demanded: bool) -> None:
        self._provider = provider
        self._demanded = demanded

    async def obtain(self, ask: Ask) -> Lease:
        if self._demanded:
            raise FailureError(missing_credential(self._provider))
        return Lease(None)

    def reports(self) -> tuple[Report, ...]:
        if not self._demanded:
            return ()
        return (Report("api_key", "missing", problem=missing_credential(self._provider).message),)

"""The client's own credential, for providers that have none of ours."""

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.failure import FailureError

from .base import Ask, Fixed, Lease, Report
from .missing import missing_credential


class Passthrough(Fixed):
    """`demanded`: a call without a credential is refused here; otherwise it is left to the provider."""

    def __init__(self, provider: str, scheme: Scheme, *, demanded: bool) -> None:
        self._provider = provider
        self._scheme = scheme
        self._demanded = demanded

    async def obtain(self, ask: Ask) -> Lease:
        if ask.presented is None:
            if self._demanded:
                raise FailureError(missing_credential(self._provider))
            return Lease(None)
        # A client of another dialect has only its own API's header to put the key in.
        return Lease(ask.presented if ask.native else Credential(self._scheme, ask.presented.secret))

    def reports(self) -> tuple[Report, ...]:
        return (Report("passthrough", "ok", "the client"),)

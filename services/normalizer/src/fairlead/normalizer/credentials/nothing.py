"""No credential, for a provider that none is configured for."""

from fairlead.normalizer.authorization import Credential
from fairlead.shared.failure import FailureError

from .base import Ask
from .missing import missing_credential


class Nothing:
    """`demanded`: a call is refused here; otherwise it is left to the provider."""

    def __init__(self, provider: str, *, demanded: bool) -> None:
        self._provider = provider
        self._demanded = demanded

    async def obtain(self, ask: Ask) -> Credential | None:
        if self._demanded:
            raise FailureError(missing_credential(self._provider))
        return None

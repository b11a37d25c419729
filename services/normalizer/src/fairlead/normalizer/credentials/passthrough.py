"""The client's own credential, for providers that have none of ours."""

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.failure import FailureError

from .base import Ask
from .missing import missing_credential


class Passthrough:
    """`demanded`: a call without a credential is refused here; otherwise it is left to the provider."""

    def __init__(self, provider: str, scheme: Scheme, *, demanded: bool) -> None:
        self._provider = provider
        self._scheme = scheme
        self._demanded = demanded

    async def obtain(self, ask: Ask) -> Credential | None:
        if ask.presented is None:
            if self._demanded:
                raise FailureError(missing_credential(self._provider))
            return None
        # A client of another dialect has only its own API's header to put the key in.
        return ask.presented if ask.native else Credential(self._scheme, ask.presented.secret)

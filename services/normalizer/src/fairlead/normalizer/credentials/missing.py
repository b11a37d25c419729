"""A provider that we have no credential for, and what to say when it wants one."""

from fairlead.normalizer.authorization import Credential
from fairlead.shared.failure import Failure, FailureError, Kind

from .base import Ask


def missing_credential(provider: str) -> Failure:
    """The same call would fail again: `should_retry` is False."""
    return Failure(
        Kind.AUTHENTICATION,
        f"no credential for the provider {provider}: set api_key of {provider} in Providers, "
        'or set its auth to "passthrough" and send your own key as Authorization: Bearer <key> or x-api-key: <key>',
        should_retry=False,
        code="invalid_api_key",
    )


class Nothing:
    """No credential. `demanded`: a call is refused here; otherwise it is left to the provider."""

    def __init__(self, provider: str, *, demanded: bool) -> None:
        self._provider = provider
        self._demanded = demanded

    async def obtain(self, ask: Ask) -> Credential | None:
        if self._demanded:
            raise FailureError(missing_credential(self._provider))
        return None

"""What to say when a provider wants a credential and there is none."""

from fairlead.shared.failure import Failure, Kind


def missing_credential(provider: str) -> Failure:
    """The same call would fail again: `should_retry` is False."""
    return Failure(
        Kind.AUTHENTICATION,
        f"no credential for the provider {provider}: set api_key of {provider} in Providers; or send your own key as "
        'Authorization: Bearer <key> or x-api-key: <key>, which is passed on where its auth is "passthrough"',
        should_retry=False,
        code="invalid_api_key",
    )

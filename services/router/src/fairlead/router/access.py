"""Who may use the router: whoever shows the client key, when one is set."""

from collections.abc import Mapping
from hmac import compare_digest

from fairlead.shared.failure import Failure, FailureError, Kind


def admit(headers: Mapping[str, str], key: str | None) -> None:
    """Raises `FailureError` (AUTHENTICATION, not to be retried) unless `headers` carry `key`; None admits everybody.

    Every header is compared, and in full, so that the time taken tells nothing.
    """
    if key is None:
        return
    shown = (_bearer(headers.get("authorization", "")), headers.get("x-api-key", ""))
    if any([compare_digest(value.encode(), key.encode()) for value in shown]):  # noqa: C419 - no early end
        return
    message = "invalid API key" if any(shown) else "an API key is required: Authorization: Bearer, or x-api-key"
    raise FailureError(Failure(Kind.AUTHENTICATION, message, should_retry=False))


def _bearer(value: str) -> str:
    """The credential of an `authorization` header; claude-code-router takes it without the scheme too."""
    scheme, _, credential = value.partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else value

"""Who may use a service: whoever shows the client key; without one, whoever is on this machine and no web page."""

import re
from collections.abc import Mapping
from hmac import compare_digest

from fairlead.shared.failure import Failure, FailureError, Kind

_LOCAL_ORIGIN = re.compile(r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?")

KEY_HEADERS = ("x-api-key", "x-goog-api-key")
"""Headers that clients of one dialect or another send a bare key in."""

_REQUIRED = "an API key is required: Authorization: Bearer <key>, or x-api-key: <key> (APIKEY in the configuration)"


def admit(headers: Mapping[str, str], key: str | None) -> None:
    """Raises `FailureError` (AUTHENTICATION, not to be retried) unless `headers` carry `key`.

    Every header is compared, and in full, so that the time taken tells nothing. When `key` is None everybody is
    admitted but pages of other hosts in a browser on this machine, which could spend its owner's money: those are
    refused (PERMISSION).
    """
    if key is None:
        _refuse_foreign_page(headers.get("origin"))
        return
    shown = (without_bearer(headers.get("authorization", "")), *(headers.get(name, "").strip() for name in KEY_HEADERS))
    if any([compare_digest(value.encode(), key.encode()) for value in shown]):  # noqa: C419 - no early end
        return
    message = "invalid API key" if any(shown) else _REQUIRED
    raise FailureError(Failure(Kind.AUTHENTICATION, message, should_retry=False))


def without_bearer(value: str) -> str:
    """The credential in an `authorization` header; some clients leave out the word `Bearer`."""
    scheme, _, credential = value.strip().partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else value.strip()


def _refuse_foreign_page(origin: str | None) -> None:
    """Browsers name the page's origin with every POST: https://www.rfc-editor.org/rfc/rfc6454#section-7."""
    if origin is None or _LOCAL_ORIGIN.fullmatch(origin):
        return
    message = "pages of other hosts are served only with a client key; set APIKEY in the configuration"
    raise FailureError(Failure(Kind.PERMISSION, message, should_retry=False))

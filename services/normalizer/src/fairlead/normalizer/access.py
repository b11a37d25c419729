"""Lets a request in, or not: the client key is compared, and the client's own credential is told apart from it."""

from collections.abc import Mapping
from hmac import compare_digest

from fairlead.shared import access
from fairlead.shared.config.schema import Secret

from .authorization import Credential, forwarded, presented

FROM_ROUTER = "x-fairlead-attempt"
"""A header that only our router sends."""


def admit(headers: Mapping[str, str], client_key: Secret | None) -> Credential | None:
    """The client's own credential for a provider, if it brought one; never the client key.

    Raises `FailureError`: AUTHENTICATION when a client key is set and none of the headers holds it, PERMISSION for a
    page of another host when none is set.
    """
    access.admit(headers, client_key.value if client_key is not None else None)
    own = [one for one in presented(headers) if client_key is None or not _equal(one.secret, client_key)]
    if FROM_ROUTER in headers:
        # The router's own key may be no key of ours, and still is none of its client's.
        return forwarded(headers)
    return forwarded(headers) or next(iter(own), None)


def _equal(one: Secret, other: Secret) -> bool:
    return compare_digest(one.value.encode(), other.value.encode())

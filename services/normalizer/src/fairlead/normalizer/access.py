"""Lets a request in, or not: the client key is compared, and the client's own credential is told apart from it."""

import hmac
from collections.abc import Mapping

from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind

from .authorization import Credential, forwarded, presented

FROM_ROUTER = "x-fairlead-attempt"
"""A header that only our router sends."""


def admit(headers: Mapping[str, str], client_key: Secret | None) -> Credential | None:
    """The client's own credential for a provider, if it brought one; never the client key.

    Raises `FailureError` (AUTHENTICATION) when a client key is set and none of the headers holds it.
    """
    credentials = presented(headers)
    if client_key is None:
        own = credentials
    else:
        own = tuple(one for one in credentials if not _equal(one.secret, client_key))
        if len(own) == len(credentials):
            raise FailureError(_refusal(shown=bool(credentials)))
    if FROM_ROUTER in headers:
        # The router's own key may be no key of ours, and still is none of its client's.
        return forwarded(headers)
    return forwarded(headers) or next(iter(own), None)


def _equal(one: Secret, other: Secret) -> bool:
    return hmac.compare_digest(one.value.encode(), other.value.encode())


def _refusal(*, shown: bool) -> Failure:
    what = "this is not the client key of this service" if shown else "a client key is needed"
    how = "send it as Authorization: Bearer <key> or x-api-key: <key> (APIKEY in the configuration)"
    return Failure(Kind.AUTHENTICATION, f"{what}; {how}", should_retry=False, code="invalid_api_key")

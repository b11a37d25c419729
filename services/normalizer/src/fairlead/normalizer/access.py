"""Lets a request in, or not: the client key is compared, and the client's own credential is told apart from it."""

from collections.abc import Mapping

from fairlead.shared.access import Access
from fairlead.shared.config.schema import ClientKey

from .authorization import Credential, forwarded, presented

FROM_ROUTER = "x-fairlead-attempt"
"""A header that only our router sends."""


def admit(headers: Mapping[str, str], access: Access, now: float) -> tuple[ClientKey | None, Credential | None]:
    """The client's key, where keys are set, and its own credential for a provider, if it brought one. `now` in Unix
    seconds.

    Raises `FailureError`: AUTHENTICATION when keys are set and none of the headers holds a good one, PERMISSION for a
    page of another host when none is set.
    """
    key = access.admit(headers, now)
    own = [one for one in presented(headers) if not access.is_ours(one.secret.value)]
    if FROM_ROUTER in headers:
        # The router's own key may be no key of ours, and still is none of its client's.
        return key, forwarded(headers)
    return key, forwarded(headers) or next(iter(own), None)

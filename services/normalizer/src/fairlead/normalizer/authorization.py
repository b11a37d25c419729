"""A credential as it stands in HTTP headers: who sent which, and how to send one on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from fairlead.shared.access import KEY_HEADERS, without_bearer
from fairlead.shared.config.schema import Secret

CLIENT_AUTHORIZATION = "x-fairlead-client-authorization"
"""Between the tiers: the end client's own credential, as `Bearer …` or, from an `x-api-key`, the bare key."""

SECURITY_TOKEN = "x-amz-security-token"  # noqa: S105 - the name of a header
"""Amazon's, beside a signature by keys that end."""

CREDENTIAL_HEADERS = frozenset({"authorization", "api-key", CLIENT_AUTHORIZATION, SECURITY_TOKEN, *KEY_HEADERS})


class Scheme(StrEnum):
    """The header a credential travels in."""

    BEARER = "authorization"
    KEY = "x-api-key"
    GOOGLE = "x-goog-api-key"
    AZURE = "api-key"


class Unsigned(Struct, frozen=True):
    """A request as it will go out, but for what proves whose it is. `headers` have lower-case names; `moment` is now,
    in Unix seconds."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    moment: float


class Authorization(Protocol):
    """What proves to a provider whose request one is."""

    def authorize(self, request: Unsigned) -> Mapping[str, str]:
        """The headers to add, by lower-case name."""
        ...


class Credential(Struct, frozen=True):
    """A secret and the header it came in, or is to go out in."""

    scheme: Scheme
    secret: Secret

    @property
    def header(self) -> tuple[str, str]:
        """The name and the value of its header."""
        prefix = "Bearer " if self.scheme is Scheme.BEARER else ""
        return self.scheme.value, prefix + self.secret.value

    def authorize(self, request: Unsigned) -> Mapping[str, str]:
        """The same header for every request."""
        name, value = self.header
        return {name: value}


def presented(headers: Mapping[str, str]) -> tuple[Credential, ...]:
    """The credentials of a request, by lower-case header names; some clients leave out the word `Bearer`."""
    found = []
    if bearer := without_bearer(headers.get("authorization", "")):
        found.append(Credential(Scheme.BEARER, Secret(bearer)))
    keys = [key for name in KEY_HEADERS if (key := headers.get(name, "").strip())]
    found += [Credential(Scheme.KEY, Secret(key)) for key in keys]
    return tuple(found)


def forwarded(headers: Mapping[str, str]) -> Credential | None:
    """The credential of the router's client, when the router passes it through."""
    value = headers.get(CLIENT_AUTHORIZATION, "").strip()
    if not value:
        return None
    bare = without_bearer(value)
    return Credential(Scheme.KEY if bare == value else Scheme.BEARER, Secret(bare)) if bare else None

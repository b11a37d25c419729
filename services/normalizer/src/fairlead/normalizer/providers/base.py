"""What there is to know of one kind of provider beyond its dialect: its addresses, its headers, its credential."""

from collections.abc import Mapping

from msgspec import Struct

from fairlead.normalizer.authorization import Credential, Scheme
from fairlead.shared.config.urls import endpoint_url
from fairlead.shared.profile import PLAIN, Profile


class Urls(Struct, frozen=True):
    """Where to ask for an answer, and for a token count (None: such a provider does not count)."""

    answer: str
    count_tokens: str | None


class Vendor(Struct, frozen=True):
    """One kind of provider.

    `answers`, `counts`: the operations of `config.urls.OPERATIONS` it has.
    `hosts`: its own hosts. They are recognised whatever type is configured, and demand a credential.
    `scheme`: the header its keys travel in.
    `constant`: headers that every request has, unless the client's own of that name is sent on.
    `forwarded`: how the names of client headers begin that belong to its API; they are sent on in the native lane.
    """

    name: str
    dialect: str
    answers: str
    counts: str | None = None
    profile: Profile = PLAIN
    hosts: frozenset[str] = frozenset()
    scheme: Scheme = Scheme.BEARER
    constant: Mapping[str, str] = {}
    forwarded: tuple[str, ...] = ()

    def urls(self, base: str) -> Urls:
        """The URLs below any form of a configured `api_base_url`."""
        return Urls(endpoint_url(base, self.answers), endpoint_url(base, self.counts) if self.counts else None)

    def headers(
        self, credential: Credential | None, client_headers: Mapping[str, str], *, native: bool
    ) -> dict[str, str]:
        """The headers of this API, by lower-case name; of the client's only those that may be sent on."""
        headers = dict(self.constant)
        if native and self.forwarded:
            headers.update((name, value) for name, value in client_headers.items() if name.startswith(self.forwarded))
        if credential is not None:
            name, value = credential.header
            headers[name] = value
        return headers

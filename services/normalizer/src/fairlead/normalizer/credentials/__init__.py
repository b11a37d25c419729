"""Picks where each provider's credential comes from. Adding a way is a file here and a row in `SOURCES`."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from fairlead.normalizer.authorization import CREDENTIAL_HEADERS, Scheme
from fairlead.normalizer.providers import Vendor
from fairlead.shared.config.aws import AwsLogin
from fairlead.shared.config.factory import FactoryLogin
from fairlead.shared.config.google import GoogleLogin
from fairlead.shared.config.kiro import KiroAuth
from fairlead.shared.config.schema import Provider
from fairlead.shared.config.urls import is_ones_own
from fairlead.shared.config.vertex import in_project, lacks_project

from .api_keys import ApiKeys
from .aws import Found, aws_of
from .base import WELL, Ask, CredentialSource, Lease, Report, Surroundings, UnavailableError
from .configured import InHeaders
from .factory import Factory
from .google import Fetched, Send, google_of, project_of
from .kiro import Kiro
from .missing import missing_credential
from .nothing import Nothing
from .oauth import OAuthTokens
from .on_demand import OnDemand
from .passthrough import Passthrough
from .vault import Vaults

__all__ = [
    "SOURCES",
    "WELL",
    "Ask",
    "CredentialSource",
    "Lease",
    "OnDemand",
    "Report",
    "Surroundings",
    "UnavailableError",
    "Vaults",
    "address_of",
    "missing_credential",
    "source_of",
]


def _own_key(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    """The way of a provider without an `auth`.

    Without a key, the client's credential goes to a server of the user's own alone: others may not be whom it is for.
    The vendor's own hosts want a key.
    """
    configured = _configured(provider, vendor, world)
    if configured is not None:
        return configured
    if is_ones_own(provider.api_base_url):
        return Passthrough(provider.name, _scheme(provider, vendor), demanded=False)
    return Nothing(provider.name, demanded=urlsplit(provider.api_base_url).hostname in vendor.hosts)


def _factory(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    """A header that is configured wins over everything that is found. Where Factory's credentials must not go, the
    client's own does."""
    login: FactoryLogin | None = _option(provider, "factory")
    return (
        _configured(provider, vendor, world)
        or (Factory(provider.name, login, world) if login else None)
        or _passthrough(provider, vendor, world)
    )


def _oauth(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    return OAuthTokens(_type_of(provider), provider.name, _option(provider, "oauth"), world)


def _option(provider: Provider, name: str) -> Any:
    return provider.auth.options.get(name) if provider.auth else None


def _aws(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    login: AwsLogin | None = _option(provider, "aws")
    return aws_of(provider.name, provider.api_base_url, login or AwsLogin(), _at_amazon, world.clock)


def _at_amazon(login: AwsLogin) -> Found:
    # A third of a second, which only those wait for who need it.
    from .amazon import look_up

    return look_up(login)


def _kiro(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    return Kiro(provider.name, _option(provider, "kiro") or KiroAuth(), world)


def _google(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    login: GoogleLogin | None = _option(provider, "google")
    return google_of(provider.name, login or GoogleLogin(), world, _from_google)


def _from_google(login: GoogleLogin, send: Send) -> Fetched:
    # A third of a second, which only those wait for who need it.
    from .google_auth import fetch

    return fetch(login, send)


def _configured(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource | None:
    if any(name.lower() in CREDENTIAL_HEADERS for name in provider.headers or ()):
        return InHeaders()
    keys = provider.api_keys or ()
    if not keys and not provider.api_key_files:
        return None
    return ApiKeys(provider.name, keys, provider.api_key_files, _scheme(provider, vendor), world)


def _passthrough(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    return Passthrough(provider.name, _scheme(provider, vendor), demanded=True)


def _scheme(provider: Provider, vendor: Vendor) -> Scheme:
    """claude-code-router's option `UseBearer` moves a key that would go into `x-api-key`."""
    bearer = any(use.options.get("UseBearer") for use in provider.transformer.use)
    return Scheme.BEARER if bearer else vendor.scheme


SOURCES: Mapping[str, Callable[[Provider, Vendor, Surroundings], CredentialSource]] = {
    "api_key": _own_key,
    "passthrough": _passthrough,
    "factory": _factory,
    "oauth": _oauth,
    "client_credentials": _oauth,
    "aws": _aws,
    "kiro": _kiro,
    "google": _google,
}


def source_of(provider: Provider, vendor: Vendor, world: Surroundings) -> CredentialSource:
    """Raises `UnavailableError`."""
    return SOURCES[_type_of(provider)](provider, vendor, world)


def address_of(provider: Provider) -> str:
    """Where a provider stands, when its credentials say what its URL leaves open. Raises `UnavailableError`."""
    url = provider.api_base_url
    if not lacks_project(url):
        return url
    project = project_of(_option(provider, "google") or GoogleLogin())
    if project is None:
        raise UnavailableError(
            "its Google Cloud project is not known: set project in its auth, or GOOGLE_CLOUD_PROJECT, or write it into "
            "api_base_url (…/projects/NAME/locations/PLACE)"
        )
    return in_project(url, project)


def _type_of(provider: Provider) -> str:
    return provider.auth.type if provider.auth else "api_key"

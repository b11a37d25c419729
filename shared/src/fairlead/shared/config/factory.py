"""Factory's credentials as droid2api knows them: where they may stand, and the defaults of everything about them.

All of it has changed before, so all of it can be configured: by the options of `auth: {type: "factory"}`, else by
variables of the environment.
"""

from urllib.parse import urlsplit, urlunsplit

import msgspec

from . import urls
from .oauth import OAuth, SecretSource, fault_of_token_url
from .schema import Secret
from .sections import Entries, Entry, Reader, Section

FACTORY = Section(
    "Providers[].auth",
    ("type", "api_key", "refresh_token", "auth_file", "token_url", "client_id", "organization_id"),
)
TOKEN_URL = "https://api.workos.com/user_management/authenticate"  # noqa: S105 - no secret
CLIENT_ID = "client_01HNM792M5G5G1A2THWPXKFMXB"
"""Public: every installation of Factory's own client has it."""
AUTH_FILE = "~/.factory/auth.json"
LIFETIME_S = 6 * 3600.0
"""How long a token counts as good that does not say when it ends; they live for eight hours."""
_HOSTS = ("factory.ai",)

_VARIABLES = {
    "api_key": ("FACTORY_API_KEY",),
    "refresh_token": ("DROID_REFRESH_KEY", "FACTORY_REFRESH_TOKEN"),
    "auth_file": ("FACTORY_AUTH_FILE",),
    "token_url": ("FACTORY_TOKEN_URL",),
    "client_id": ("FACTORY_CLIENT_ID",),
    "organization_id": ("FACTORY_ORG_ID",),
}
_BASE_URL = "FACTORY_API_BASE_URL"


class FactoryLogin(msgspec.Struct, frozen=True):
    """Every place of a credential, the first that has one being used: a key, a refresh token, and the file of Factory's
    own client. `tokens` is how the latter two are renewed."""

    tokens: OAuth
    api_key: SecretSource | None = None
    auth_file: str = AUTH_FILE
    organization_id: str | None = None


def read_factory(reader: Reader, entry: Entry) -> FactoryLogin:
    """What `auth: {type: "factory", …}` says, and for the rest the environment."""
    return _login(reader, reader.members(FACTORY, entry))


def login_of_endpoint(reader: Reader, url: str) -> FactoryLogin | None:
    """For an endpoint of a droid2api file, from the environment. None where the endpoint is neither Factory's nor one's
    own: its writer may have meant to send his client's credential there, and Factory's stay at home."""
    at_home = urls.is_ones_own(url) or is_factorys(url) or _host(url) == _host(_base_url(reader))
    return _login(reader, {}) if at_home else None


def is_factorys(url: str) -> bool:
    """Whether a URL leads to Factory itself."""
    host = _host(url)
    return any(host == one or host.endswith(f".{one}") for one in _HOSTS)


def moved(reader: Reader, url: str) -> str:
    """A URL of Factory's at the host that `FACTORY_API_BASE_URL` names, such as that of another region."""
    base = _base_url(reader)
    if not base or not is_factorys(url):
        return url
    parts, target = urlsplit(url), urlsplit(base)
    return urlunsplit(parts._replace(scheme=target.scheme, netloc=target.netloc, path=target.path + parts.path))


def _base_url(reader: Reader) -> str:
    base = reader.env.get(_BASE_URL, "").strip().rstrip("/")
    fault = urls.fault_of(base) if base else None
    if fault:
        reader.problem((_BASE_URL,), fault)
    return "" if fault else base


def _login(reader: Reader, entries: Entries) -> FactoryLogin:
    token_url = _named(reader, entries, "token_url")
    if token_url is not None and (fault := fault_of_token_url(token_url.value)):
        reader.problem(token_url.path, fault)
    client_id, organization = _named(reader, entries, "client_id"), _named(reader, entries, "organization_id")
    auth_file = _named(reader, entries, "auth_file")
    tokens = OAuth(
        token_url=token_url.value if token_url else TOKEN_URL,
        client_id=client_id.value if client_id else CLIENT_ID,
        refresh_token=_secret(reader, entries, "refresh_token"),
        params={"organization_id": Secret(organization.value)} if organization else {},
        lifetime_s=LIFETIME_S,
    )
    return FactoryLogin(
        tokens=tokens,
        api_key=_secret(reader, entries, "api_key"),
        auth_file=reader.in_home(auth_file.value if auth_file else AUTH_FILE),
        organization_id=organization.value if organization else None,
    )


class _Named(msgspec.Struct, frozen=True):
    """A value, and what people call the place it stands in."""

    name: str
    value: str
    path: tuple[str | int, ...]


def _named(reader: Reader, entries: Entries, key: str) -> _Named | None:
    """The option, else the first of its variables that holds something; blanks around it are nobody's intention."""
    value = (reader.text(entries, key) or "").strip()
    if value:
        return _Named(f"auth.{key}", value, entries[key].path)
    given = ((name, reader.env.get(name, "").strip()) for name in _VARIABLES[key])
    return next((_Named(name, value, (name,)) for name, value in given if value), None)


def _secret(reader: Reader, entries: Entries, key: str) -> SecretSource | None:
    named = _named(reader, entries, key)
    if named is None:
        return None
    if not named.value.isascii() or not named.value.isprintable():
        reader.problem(named.path, "must be one line that can go into a header")
    return SecretSource(named.name, Secret(named.value))


def _host(url: str) -> str:
    """Of a URL without fault, or of none."""
    return (urlsplit(url).hostname or "").lower()

"""Access tokens from a token endpoint: with a refresh token, or as the client itself."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from fairlead.shared.config.oauth import OAuth, SecretSource
from fairlead.shared.config.schema import Secret

from .base import Surroundings
from .endpoint import Endpoint
from .files import SecretFile
from .keeper import Keeper, Kept, Login, bearer
from .tokens import digest
from .vault import Vault


class OAuthTokens(Kept):
    """The tokens of one provider's login; `kind` is "oauth" or "client_credentials"."""

    def __init__(self, kind: str, provider: str, oauth: OAuth, world: Surroundings) -> None:
        super().__init__(Keeper(_login(kind, provider, oauth, world), _vault(oauth, world), world), bearer)


def looked_up(source: SecretSource | None) -> Callable[[], Secret | None]:
    """What gives a configured secret as it stands now."""
    if source is not None and source.file is not None:
        return SecretFile(Path(source.file).expanduser()).look
    value = source.value if source else None
    return lambda: value


def _login(kind: str, provider: str, oauth: OAuth, world: Surroundings) -> Login:
    secret = oauth.refresh_token or oauth.client_secret
    source = secret.name if secret else oauth.client_id
    what = "a new refresh token" if oauth.refresh_token else "a client secret that is accepted"
    return Login(
        type=kind,
        name=provider,
        source=source,
        how=f"Put {what} into {source}",
        ask=Endpoint(oauth, looked_up(oauth.client_secret), world.transport, world.user_agent).ask,
        lifetime_s=oauth.lifetime_s,
        seed=looked_up(oauth.refresh_token),
        renews=oauth.refresh_token is not None,
        file=Path(secret.file).expanduser() if secret is not None and secret.file is not None else None,
    )


def _vault(oauth: OAuth, world: Surroundings) -> Vault:
    """Providers with the same login share one: a refresh token is often good for one use only."""
    seed = oauth.refresh_token
    params = sorted((name, value.value) for name, value in oauth.params.items())
    login = seed.file or digest(seed.value) if seed else ""
    told = (oauth.token_url, oauth.client_id, oauth.scope, params, login)
    host = urlsplit(oauth.token_url).hostname
    name = f"{host}-{sha256(repr(told).encode()).hexdigest()[:12]}"
    # What takes no refresh token can be had anew at any time.
    return world.vaults.of(name) if seed else world.vaults.in_memory(name)

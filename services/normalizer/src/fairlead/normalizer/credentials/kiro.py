"""The login of Kiro's own client: its file, and its token endpoints, which speak JSON in names of their own.

Not a published API. Social logins are renewed at Kiro's own service, those of a Builder ID or an organisation as IAM
Identity Center does: https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
"""

import re
from pathlib import Path

import msgspec

from fairlead.shared.codec import encode
from fairlead.shared.config.kiro import KiroAuth
from fairlead.shared.config.oauth import OAuth
from fairlead.shared.config.schema import Secret

from .base import Surroundings
from .endpoint import Endpoint
from .grants import Grant, TokenRequest, understood
from .keeper import Keeper, Kept, Login, bearer
from .records import KiroLogin, kiro_login
from .tokens import Denied, Granted

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")
_SOCIAL = "https://prod.{region}.auth.desktop.kiro.dev/refreshToken"
_CENTER = "https://oidc.{region}.amazonaws.com/token"
_HEADERS = {"content-type": "application/json", "accept": "application/json"}


class Kiro(Kept):
    """One provider's way to Kiro: the login in its file, renewed before it ends, and written back there."""

    def __init__(self, provider: str, auth: KiroAuth, world: Surroundings) -> None:
        path = Path(auth.auth_file).expanduser()
        # Which address it is, the file says; this one is for messages.
        oauth = OAuth(auth.token_url or _SOCIAL.format(region="us-east-1"), client_id="kiro")
        grant = Grant(lambda _oauth, _secret, refresh: _request(path, auth.token_url, refresh), _understood)
        login = Login(
            type="kiro",
            name=provider,
            source=str(path),
            how=f"Log in anew with Kiro, which writes {path}",
            ask=Endpoint(oauth, lambda: None, world.transport, world.user_agent, grant).ask,
            lifetime_s=oauth.lifetime_s,
            seed=lambda: None,
            file=path,
        )
        super().__init__(Keeper(login, world.vaults.of_kiro_file(path), world), bearer)


def _request(path: Path, token_url: str | None, refresh: Secret | None) -> TokenRequest:
    """Asked in the way of whoever is logged in now."""
    try:
        login = kiro_login(path.read_bytes())
    except OSError:
        login = KiroLogin()
    region = login.region if _REGION.fullmatch(login.region) else "us-east-1"
    body = {"refreshToken": refresh.value if refresh else ""}
    if login.auth_method.lower() == "social":
        return TokenRequest(token_url or _SOCIAL.format(region=region), _HEADERS, encode(body))
    client = {"clientId": login.client_id, "clientSecret": login.client_secret, "grantType": "refresh_token"}
    return TokenRequest(token_url or _CENTER.format(region=region), _HEADERS, encode({**client, **body}))


class _Answer(msgspec.Struct, rename="camel"):
    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: float | None = None
    error: str | None = None


def _understood(oauth: OAuth, status: int, body: bytes, retry_after: float | None) -> Granted | Denied:
    """The answer in the names of RFC 6749. One without a refresh token means that the old one stays."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return understood(oauth, status, body, retry_after)
    return understood(oauth, status, encode(msgspec.structs.asdict(answer)), retry_after)

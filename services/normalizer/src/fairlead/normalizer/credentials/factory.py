"""Factory's credentials, in droid2api's order, decided for each request: a key, a refresh token, the file of Factory's
own client, and what the client brings."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, structs

from fairlead.normalizer.authorization import Unsigned
from fairlead.shared.config.factory import FactoryLogin
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind

from .base import Ask, Lease, Report, Surroundings, masked
from .endpoint import Endpoint
from .keeper import Keeper, Login
from .tokens import digest

_KIND = "factory"


class FactoryCredential(Struct, frozen=True):
    """Factory takes every credential as a bearer's, beside the organisation that it is used for, if one is named."""

    secret: Secret
    organization: str | None

    def authorize(self, request: Unsigned) -> Mapping[str, str]:
        """The same headers for every request."""
        organization = {"x-factory-org-id": self.organization} if self.organization else {}
        return {"authorization": f"Bearer {self.secret.value}", **organization}


class Factory:
    """One provider's way to Factory. No two logins are mixed: the first that there is must do."""

    def __init__(self, provider: str, login: FactoryLogin, world: Surroundings) -> None:
        self._provider = provider
        self._login = login
        self._path = Path(login.auth_file).expanduser()
        self._keepers = tuple(_keepers(provider, login, self._path, world))

    async def obtain(self, ask: Ask) -> Lease:
        login = self._login
        if login.api_key and login.api_key.value:
            return _KeyLease(self._provider, login.api_key.name, self._credential(login.api_key.value))
        if keeper := self._keeper():
            keeper.open()
            return await keeper.lease(lambda token: self._credential(token.access))
        if ask.presented is None:
            raise FailureError(self._nothing())
        return Lease(self._credential(ask.presented.secret))

    def reports(self) -> tuple[Report, ...]:
        key = self._login.api_key
        if key and key.value:
            return (Report(_KIND, "ok", key.name, masked(key.value.value)),)
        if keeper := self._keeper():
            return (keeper.report(),)
        return (Report(_KIND, "ok", "the client", problem=self._unread()),)

    def unread(self) -> tuple[Report, ...]:
        key, seed = self._login.api_key, self._login.tokens.refresh_token
        if key and key.value:
            return self.reports()
        if seed is not None:
            return (Report(_KIND, "unused", seed.name),)
        if self._path.exists():
            return (Report(_KIND, "unused", str(self._path)),)
        return (Report(_KIND, "ok", "the client"),)

    async def open(self) -> None:
        """Only the login that is used is renewed."""
        keeper = None if self._login.api_key else self._keeper()
        if keeper:
            keeper.open()

    async def aclose(self) -> None:
        for keeper in self._keepers:
            await keeper.aclose()

    def _keeper(self) -> Keeper | None:
        """The first login that there is now: people log in and out while we run."""
        return next((keeper for keeper in self._keepers if keeper.has_login), None)

    def _unread(self) -> str | None:
        if not self._path.exists():
            return None
        return f"{self._path} holds no login that can be read; log in anew with droid, or set FACTORY_API_KEY"

    def _credential(self, secret: Secret) -> FactoryCredential:
        return FactoryCredential(secret, self._login.organization_id)

    def _nothing(self) -> Failure:
        return _refused(
            f"{self._provider}: no credential for Factory: set FACTORY_API_KEY or DROID_REFRESH_KEY, or log in with "
            f"droid so that {self._login.auth_file} is there, or send your own as Authorization: Bearer <token>"
        )


def _refused(message: str) -> Failure:
    return Failure(Kind.AUTHENTICATION, message, should_retry=False, code="invalid_api_key")


class _KeyLease(Lease):
    """A key cannot be renewed, but there is more to say than that it was refused."""

    def __init__(self, provider: str, source: str, credential: FactoryCredential) -> None:
        super().__init__(credential)
        self._provider = provider
        self._source = source

    async def renew(self, failure: Failure) -> bool:
        message = (
            f"{self._provider}: Factory refuses the key of {self._source} (401): it has been revoked, or the plan does "
            "not open the models to keys; make a new one, or unset it and log in with DROID_REFRESH_KEY or droid"
        )
        raise FailureError(_refused(message))


def _keepers(provider: str, login: FactoryLogin, path: Path, world: Surroundings) -> Iterator[Keeper]:
    """For the refresh token that is configured, then for the file."""
    tokens, seed = login.tokens, login.tokens.refresh_token
    made = Login(
        type=_KIND,
        name=provider,
        source=seed.name if seed else "",
        how=f"Log in to Factory anew, and put the new refresh token into {seed.name if seed else ''}",
        ask=Endpoint(tokens, lambda: None, world.transport, world.user_agent).ask,
        lifetime_s=tokens.lifetime_s,
        seed=lambda: seed.value if seed else None,
        purpose=login.organization_id or "no organisation",
    )
    if seed is not None:
        yield Keeper(made, world.vaults.of(f"factory-{digest(seed.value)[:12]}"), world)
    vault = world.vaults.of_factory_file(path, tokens.lifetime_s)
    how = f"Log in anew with droid, which writes {path}, or set FACTORY_API_KEY or DROID_REFRESH_KEY"
    yield Keeper(structs.replace(made, source=str(path), how=how, seed=lambda: None), vault, world)

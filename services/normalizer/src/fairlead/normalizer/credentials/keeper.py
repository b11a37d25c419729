"""Keeps the tokens of one login fresh: in the background before they run out, and once for all who wait at the same
time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct, structs

from fairlead.normalizer.authorization import Authorization, Credential, Scheme
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.logging import get_logger

from .base import Ask, Lease, Report, Surroundings, masked
from .endpoint import CALL_WITHIN_S
from .tokens import (
    FORCED_EVERY_S,
    Begun,
    Denied,
    Granted,
    Record,
    Refused,
    Spend,
    Token,
    Trouble,
    Use,
    denied,
    digest,
    granted,
    live,
    look_again,
    step,
)
from .vault import Vault

AskForToken: TypeAlias = Callable[[Secret | None], Awaitable[Granted | Denied]]
"""Gets a token for this refresh token; None: without one. Never raises."""


class Login(Struct, frozen=True):
    """One login. `name` is for logs, `source` where its secret stands, `how`: a sentence on how to log in anew.

    `ask` gets tokens; `lifetime_s`: how long one lives that does not say. `seed` gives the refresh token that is
    configured, as it stands now. `renews`: there has to be a refresh token. `purpose` names what tokens are for, where
    one login may have them for several things; kept tokens that name another are not used. `file`: where its secret
    stands, if that is a file.
    """

    type: str
    name: str
    source: str
    how: str
    ask: AskForToken
    lifetime_s: float
    seed: Callable[[], Secret | None]
    renews: bool = True
    purpose: str = ""
    file: Path | None = None


class TokenLease(Lease):
    """A call with a token that can be exchanged for another when it is refused; `sign` makes the credential of it."""

    def __init__(self, keeper: "Keeper", token: Token, sign: Callable[[Token], Authorization]) -> None:
        super().__init__(sign(token))
        self._keeper = keeper
        self._token = token
        self._sign = sign

    async def renew(self, failure: Failure) -> bool:
        token = await self._keeper.instead_of(self._token)
        if token is None:
            return False
        self._token, self.credential = token, self._sign(token)
        return True


class Keeper:
    """One login's tokens, for one provider; those that share the login share its vault, and take turns."""

    def __init__(self, login: Login, vault: Vault, world: Surroundings) -> None:
        self._login = login
        self._vault = vault
        self._world = world
        self._log = get_logger("normalizer").bind(login=login.name)
        self._flight: asyncio.Task[Token | None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._open = False

    @property
    def has_login(self) -> bool:
        """Whether there is anything to call with, or to get a token with."""
        record = self._known()
        return record.refresh is not None or record.token is not None

    async def token(self) -> Token:
        """One that counts. Raises `FailureError`."""
        record, now = self._known(), self._world.now()
        token = live(record, None, now)
        if token is None:
            token = await self._renewed(None)
            if token is None:
                raise self._refusal(self._missing())
        elif self._is_time(record, token, now):
            self._begun(None)
        return token

    async def lease(self, sign: Callable[[Token], Authorization]) -> Lease:
        """Raises `FailureError`."""
        return TokenLease(self, await self.token(), sign)

    async def instead_of(self, refused: Token) -> Token | None:
        """Another one, after a provider has refused it; None where there is none to be had. Raises `FailureError`."""
        return await self._renewed(Refused(refused.access, self._vault.forced_at + FORCED_EVERY_S))

    def report(self) -> Report:
        """How the login stands."""
        record, trouble, now = self._known(), self._vault.trouble, self._world.now()
        if trouble and trouble.digest != digest(record.refresh):
            trouble = None
        token = record.token
        state = _state(record, trouble, now, renews=self._login.renews)
        problem = trouble.failure.message if trouble else self._vault.unsaved if self._login.renews else None
        if state == "missing":
            problem = self._missing().message
        return Report(
            type=self._login.type,
            state=state,
            source=self._login.source,
            masked=masked(token.access.value) if token else None,
            expires_at=token.expires_at if token else None,
            renewed_at=token.renewed_at if token else None,
            problem=problem,
        )

    def unread(self) -> Report:
        """The same before anybody has needed it: whether there is something to begin with."""
        login = self._login
        if login.file is not None and not login.file.exists():
            return Report(login.type, "missing", login.source, problem=self._missing().message)
        return Report(login.type, "unused", login.source)

    def open(self) -> None:
        """From now on tokens are renewed in the background; the first look is at once."""
        if not self._open:
            self._open = True
            self._timer = asyncio.get_running_loop().call_later(0, self._look)

    async def aclose(self) -> None:
        """A renewal that runs is finished: what it has spent would be lost."""
        self._open = False
        self._disarm()
        if self._flight is not None:
            await asyncio.wait({self._flight}, timeout=CALL_WITHIN_S)
            self._flight.cancel()

    def _known(self) -> Record:
        """What this machine knows of the login, without waiting."""
        return self._ours(self._vault.look())

    def _ours(self, record: Record | None) -> Record:
        """The record, unless it began with another refresh token than is configured now."""
        configured = self._login.seed()
        seed = digest(configured)
        purpose = self._login.purpose
        if record is None or (seed and record.seed != seed):
            return Record(refresh=configured, seed=seed, purpose=purpose)
        if record.purpose in (purpose, ""):  # what others have written names none
            return record
        return structs.replace(record, token=None, purpose=purpose)

    def _is_time(self, record: Record, token: Token, now: float) -> bool:
        """Timers do not count the hours that a machine sleeps."""
        trouble = self._vault.trouble
        waiting = trouble is not None and trouble.digest == digest(record.refresh) and now < trouble.until
        return token.due_at <= now and not waiting and (record.refresh is not None or not self._login.renews)

    async def _renewed(self, refused: Refused | None) -> Token | None:
        """Joins the renewal that runs, or begins one. The client that waits may leave; the renewal goes on."""
        token = await asyncio.shield(self._begun(refused))
        if token is None or refused is None or token.access != refused.access:
            return token
        # The one that ran began before the token was refused.
        return await asyncio.shield(self._begun(refused))

    def _begun(self, refused: Refused | None) -> asyncio.Task[Token | None]:
        if self._flight is None or self._flight.done():
            self._disarm()
            self._flight = asyncio.create_task(self._renew(refused))
            self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, flight: asyncio.Task[Token | None]) -> None:
        if not flight.cancelled():
            # Looked at, so that nobody is told of an error without a reader: the trouble is kept, and logged.
            flight.exception()
        self._arm(self._known())

    def _look(self) -> None:
        self._timer = None
        self._begun(None)

    def _arm(self, record: Record) -> None:
        self._disarm()
        if self._open:
            now, chance, renews = self._world.now(), self._world.chance(), self._login.renews
            pause = look_again(record, self._vault.trouble, now, chance, needs_refresh=renews)
            self._timer = asyncio.get_running_loop().call_later(pause, self._look)

    def _disarm(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    async def _renew(self, refused: Refused | None) -> Token | None:
        seed = digest(self._login.seed())
        async with self._vault.locked(seed):
            # Others may have been quicker.
            record = self._ours(await self._vault.read(seed))
            todo = step(record, self._vault.trouble, refused, self._world.now(), needs_refresh=self._login.renews)
            if isinstance(todo, Use):
                return todo.token
            if isinstance(todo, Spend):
                if refused is not None:
                    self._vault.forced_at = self._world.now()
                return await self._spend(record, todo.refresh, refused)
            if todo.failure is not None:
                raise self._refusal(todo.failure)
            return None

    async def _spend(self, record: Record, refresh: Secret | None, refused: Refused | None) -> Token | None:
        interrupted = record.begun if record.begun and record.begun.digest == digest(refresh) else None
        answer = await self._asked(record, refresh)
        if isinstance(answer, Denied) and answer.refused and refresh is not None:
            # Perhaps somebody else has spent it, and has written down what came of it.
            newest = self._ours(await self._vault.read(record.seed))
            token = live(newest, refused, self._world.now())
            if newest.refresh != refresh:
                if token is not None:
                    return token
                record, refresh, interrupted = newest, newest.refresh, None
                answer = await self._asked(record, refresh)
        if isinstance(answer, Granted):
            return await self._take(record, answer)
        if refresh is not None and not answer.perhaps_spent:
            await self._vault.save(structs.replace(record, begun=interrupted))
        return self._without(record, refresh, self._explained(answer, interrupted), refused)

    async def _asked(self, record: Record, refresh: Secret | None) -> Granted | Denied:
        if refresh is not None:
            await self._vault.save(structs.replace(record, begun=Begun(digest(refresh), self._world.now())))
        return await self._login.ask(refresh)

    async def _take(self, record: Record, answer: Granted) -> Token | None:
        if not self._login.renews:
            answer = Granted(answer.access, None, answer.expires_in)
        renewed = granted(record, answer, self._world.now(), self._login.lifetime_s)
        await self._vault.save(renewed)
        self._vault.trouble = None
        self._world.renewed(self._login.name, "renewed")
        self._log.info("token renewed", expires_at=renewed.token and _moment(renewed.token.expires_at))
        if self._vault.unsaved and self._login.renews:
            self._log.error("token not saved", because=self._vault.unsaved, then="it is lost when this process ends")
        return renewed.token

    def _without(self, record: Record, spent: Secret | None, answer: Denied, refused: Refused | None) -> Token | None:
        """The old token serves as long as it counts."""
        now = self._world.now()
        trouble = self._vault.trouble = denied(self._vault.trouble, spent, answer, now, self._world.chance())
        self._world.renewed(self._login.name, "failed")
        self._log.warning("token not renewed", because=answer.failure.message, again_in_s=round(trouble.until - now))
        token = live(record, refused, now)
        if token is None:
            raise self._refusal(answer.failure)
        return token

    def _explained(self, answer: Denied, interrupted: Begun | None) -> Denied:
        """For people: what probably happened, and what to do."""
        failure = answer.failure
        message = failure.message
        if answer.refused and interrupted is not None:
            message += (
                f"; a renewal begun at {_moment(interrupted.at)} was cut off before its token could be saved, so the "
                "refresh token has probably been used up"
            )
        if answer.refused:
            message += f". {self._login.how}"
        return structs.replace(answer, failure=structs.replace(failure, message=message))

    def _missing(self) -> Failure:
        message = f"there is no login in {self._login.source}. {self._login.how}"
        return Failure(Kind.AUTHENTICATION, message, should_retry=False, code="invalid_api_key")

    def _refusal(self, failure: Failure) -> FailureError:
        """What keeps a call from being made, and whose: others may share the login, and what happened to it."""
        return FailureError(structs.replace(failure, message=f"{self._login.name}: {failure.message}"))


def _state(record: Record, trouble: Trouble | None, now: float, *, renews: bool) -> str:
    if live(record, None, now) is not None:
        return "expiring" if trouble else "ok"
    if trouble and trouble.refused:
        return "refused"
    if trouble or record.token:
        return "expired"
    # Nobody has asked for a token yet.
    return "missing" if renews and record.refresh is None else "ok"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


class Kept:
    """A source whose credential is the token of one login; `sign` makes the one of the other."""

    def __init__(self, keeper: Keeper, sign: Callable[[Token], Authorization]) -> None:
        self._keeper = keeper
        self._sign = sign

    async def obtain(self, ask: Ask) -> Lease:
        return await self._keeper.lease(self._sign)

    def reports(self) -> tuple[Report, ...]:
        return (self._keeper.report(),)

    def unread(self) -> tuple[Report, ...]:
        return (self._keeper.unread(),)

    async def open(self) -> None:
        self._keeper.open()

    async def aclose(self) -> None:
        await self._keeper.aclose()


def bearer(token: Token) -> Credential:
    """RFC 6750: https://www.rfc-editor.org/rfc/rfc6750#section-2.1"""
    return Credential(Scheme.BEARER, token.access)

"""Amazon's credentials, turned into a signature over each request."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from fairlead.normalizer.authorization import Unsigned
from fairlead.shared.config.aws import AwsLogin
from fairlead.shared.failure import Failure, FailureError, Kind

from .base import Ask, Lease, Report, masked
from .extras import LostError, demand, is_installed

AGAIN_EVERY_S = 60.0
"""Keys that are refused over and over are not looked for with every request: it may take a call."""
_HOST = re.compile(
    r"(?:.*\.)?(?P<service>[a-z0-9-]+)\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)\."
    r"(?:(?:vpce\.)?amazonaws\.com(?:\.cn)?|api\.aws)"
)
_SIGNED_AS = {"bedrock-runtime": "bedrock", "bedrock-runtime-fips": "bedrock"}
"""By the first part of a host, where a service signs by another name."""


class Keys(Struct, frozen=True):
    """One pair of keys as it stands now; `token` goes with keys that end."""

    access_key: str
    secret_key: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"Keys({masked(self.access_key)})"


Sign: TypeAlias = Callable[[Keys, str, str, Unsigned], Mapping[str, str]]
"""Keys, region, service and a request: the headers that sign it."""


class Found(Struct, frozen=True):
    """What was found: `method` is botocore's name for where. `keys()` waits for an answer of others when `stale()`, and
    raises `LostError`."""

    method: str
    region: str | None
    keys: Callable[[], Keys]
    stale: Callable[[], bool]
    sign: Sign


LookUp: TypeAlias = Callable[[AwsLogin], Found]
"""Takes its time, and raises `LostError`."""


class Signature(Struct, frozen=True):
    """Signature Version 4."""

    keys: Keys
    region: str
    service: str
    sign: Sign

    def authorize(self, request: Unsigned) -> Mapping[str, str]:
        """Another one for every request and moment."""
        return self.sign(self.keys, self.region, self.service, request)


class AwsLease(Lease):
    """A call signed by keys that are looked for again when they are refused."""

    def __init__(self, source: "Aws", signature: Signature) -> None:
        super().__init__(signature)
        self._source = source
        self._signature = signature

    async def renew(self, failure: Failure) -> bool:
        before, self._signature = self._signature, await self._source.instead_of(self._signature)
        self.credential = self._signature
        return self._signature != before


class Aws:
    """One provider's keys. They are looked for once, in a thread, and again after they could not be had or were
    refused."""

    def __init__(self, provider: str, url: str, login: AwsLogin, look_up: LookUp, clock: Callable[[], float]) -> None:
        host = _HOST.fullmatch(urlsplit(url).hostname or "")
        named = host["service"] if host else "bedrock"
        self._provider = provider
        self._login = login
        self._look_up = look_up
        self._clock = clock
        self._again_at = float("-inf")
        self._region = login.region or (host["region"] if host else None)
        self._service = login.service or _SIGNED_AS.get(named, named)
        self._search: asyncio.Task[Found] | None = None
        self._found: Found | None = None
        self._problem: str | None = None

    async def obtain(self, ask: Ask) -> Lease:
        return AwsLease(self, await self._signature())

    async def instead_of(self, refused: Signature) -> Signature:
        """What signs after keys were refused, the same if there are no others. Raises `FailureError`."""
        signature, now = await self._signature(), self._clock()
        if signature != refused or self._login.access_key_id is not None or now < self._again_at:
            return signature
        self._again_at = now + AGAIN_EVERY_S
        self._found = None
        return await self._signature()

    def reports(self) -> tuple[Report, ...]:
        if self._problem is not None:
            return (Report("aws", "missing", problem=self._problem),)
        return (Report("aws", "ok", self._found.method if self._found else None),)

    def unread(self) -> tuple[Report, ...]:
        return (Report("aws", "unused"),)

    async def open(self) -> None:
        self._searching()

    async def aclose(self) -> None:
        if self._search is not None:
            self._search.cancel()

    async def _signature(self) -> Signature:
        try:
            found = await asyncio.shield(self._searching()) if self._found is None else self._found
            keys = await asyncio.to_thread(found.keys) if found.stale() else found.keys()
        except LostError as error:
            raise self._refused(f"no AWS credentials for the provider {self._provider}: {error}; {_TO_DO}") from error
        region = self._region or found.region
        if region is None:
            raise self._refused(f"the AWS region of the provider {self._provider} is not known: set region in its auth")
        self._problem = None
        return Signature(keys, region, self._service, found.sign)

    def _searching(self) -> "asyncio.Task[Found]":
        """The search that is on, or a new one."""
        if self._search is None:
            self._search = asyncio.create_task(asyncio.to_thread(self._look_up, self._login))
            self._search.add_done_callback(self._searched)
        return self._search

    def _searched(self, search: "asyncio.Task[Found]") -> None:
        """Who waits is told the outcome; nobody has to."""
        self._search = None
        if not search.cancelled() and search.exception() is None:
            self._found = search.result()

    def _refused(self, problem: str) -> FailureError:
        self._problem = problem
        return FailureError(Failure(Kind.AUTHENTICATION, problem, should_retry=False))


_TO_DO = (
    "set access_key_id and secret_access_key, or profile, in its auth; or run `aws configure` or `aws sso login` where "
    "fairlead runs"
)


def aws_of(
    provider: str,
    url: str,
    login: AwsLogin,
    look_up: LookUp,
    clock: Callable[[], float],
    installed: Callable[[str], bool] = is_installed,
) -> Aws:
    """The keys of one provider. Raises `UnavailableError` where botocore is not installed."""
    demand("botocore", "aws", installed)
    return Aws(provider, url, login, look_up, clock)

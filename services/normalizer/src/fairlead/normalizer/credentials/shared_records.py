"""Records in Redis, for replicas that share a login: one at a time may renew it, and one that was too slow may not
overwrite what came after it.

The library is imported when there is something to ask: it has 6 MB.
"""

import asyncio
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fairlead.shared.config.schema import Secret

from .records import read, write
from .tokens import Record

if TYPE_CHECKING:
    from redis.asyncio import Redis

LOCK_MS = 25_000
"""Longer than a call to a token endpoint may take. A replica that is killed meanwhile keeps the others waiting so long,
and itself when it is back."""
WITHIN_S = 1.0
_AWAY_S = 5.0
"""After a failure nobody asks for so long: one renewal asks several times, and clients wait for it."""
_POLL_S = 0.05

# KEYS: record, lock. ARGV: owner, milliseconds. The number that the owner's writes carry, 0 for not locked.
_TAKE = """if redis.call('set', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
return redis.call('hincrby', KEYS[1], 'fence', 1) end
return 0"""
# KEYS: record, lock. ARGV: owner.
_LEAVE = "if redis.call('get', KEYS[2]) == ARGV[1] then redis.call('del', KEYS[2]) end return 1"
# KEYS: record. ARGV: fence, record. Whether it was written: nobody with a later number has been there.
_SAVE = """if tonumber(redis.call('hget', KEYS[1], 'written') or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('hset', KEYS[1], 'written', ARGV[1], 'record', ARGV[2]) return 1"""


class SharedUnavailableError(Exception):
    """Redis cannot be asked, in words for people."""


class SharedRecords:
    """The records of all logins in one Redis. `owner` is this process's own name. `away`: it did not answer when
    it was asked last."""

    def __init__(self, url: Secret, owner: str) -> None:
        self._url = url
        self._owner = owner
        self._redis: Redis | None = None
        self._away_until = -math.inf
        self.away = False

    async def read(self, name: str) -> Record | None:
        """Raises `SharedUnavailableError`."""
        text = await self._ask(lambda redis: redis.hget(_record(name), "record"))
        return read(text) if text else None

    async def save(self, name: str, record: Record, fence: int) -> bool:
        """Whether it was written: not where a later owner has been. Raises `SharedUnavailableError`."""
        return bool(await self._ask(lambda redis: redis.eval(_SAVE, 1, _record(name), str(fence), write(record))))

    async def take(self, name: str) -> int:
        """Waits for the lock; the number that `save` wants. Raises `SharedUnavailableError`."""
        record, lock = _record(name), _lock(name)
        while True:
            number = await self._ask(lambda redis: redis.eval(_TAKE, 2, record, lock, self._owner, LOCK_MS))
            if number:
                return int(number)
            await asyncio.sleep(_POLL_S)

    async def leave(self, name: str) -> None:
        """Raises `SharedUnavailableError`; the lock ends by itself then."""
        await self._ask(lambda redis: redis.eval(_LEAVE, 2, _record(name), _lock(name), self._owner))

    async def aclose(self) -> None:
        """May be opened again."""
        redis, self._redis = self._redis, None
        if redis is not None:
            await redis.aclose()

    async def _ask(self, ask: Callable[["Redis"], Any]) -> Any:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError

        clock = asyncio.get_running_loop().time
        if clock() < self._away_until:
            raise SharedUnavailableError("Redis did not answer a moment ago")
        try:
            if self._redis is None:
                self._redis = Redis.from_url(
                    self._url.value,
                    socket_timeout=WITHIN_S,
                    socket_connect_timeout=WITHIN_S,
                    # Once more, for a connection that was closed while nobody used it.
                    retry=Retry(NoBackoff(), 1),
                )
            answer = await ask(self._redis)
        except (RedisError, OSError, ValueError) as error:
            self.away = True
            self._away_until = clock() + _AWAY_S
            # From None: the library's own words may hold the URL, password and all.
            raise SharedUnavailableError(f"Redis cannot be asked: {type(error).__name__}") from None
        self.away = False
        return answer


def _record(name: str) -> str:
    """The key. What stands in braces keeps the keys of one login together in a cluster."""
    return f"fairlead:token:{{{name}}}"


def _lock(name: str) -> str:
    return f"{_record(name)}:lock"

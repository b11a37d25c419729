"""The way to Redis: one script a request that says what is new here, and brings what is new elsewhere."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    pass

EVENTS = "fairlead:{router}:events"
SESSION = "fairlead:{router}:session:"
PROBE = "fairlead:{router}:probe:"

KEPT = 20_000
"""Batches that are kept for routers that come later; about ten minutes of a busy day."""
AT_ONCE = 1_000
"""Batches read at once."""
SESSION_LIFE = 7_200
"""Seconds a session is remembered after its last request."""

_EXCHANGE = """
local cursor, kept, at_once, life, batch, wanted = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
for place = 7 + wanted, #ARGV, 2 do
  redis.call('SET', KEYS[2] .. ARGV[place], ARGV[place + 1], 'EX', life)
end
if batch ~= '' then redis.call('XADD', KEYS[1], 'MAXLEN', '~', kept, '*', 'b', batch) end
local pasts = {}
for place = 7, 6 + wanted do pasts[place - 6] = redis.call('GET', KEYS[2] .. ARGV[place]) end
return {pasts, redis.call('XRANGE', KEYS[1], '(' .. cursor, '+', 'COUNT', at_once)}
"""


_CLAIM = """
local ours = {}
for place, key in ipairs(KEYS) do
  local owner = redis.call('GET', key)
  ours[place] = (not owner or owner == ARGV[1]) and 1 or 0
  if ours[place] == 1 then redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
end
return ours
"""


class AwayError(Exception):
    """Redis did not answer as it should, or not in time."""


class News(Struct, frozen=True):
    """What an exchange brought: the sessions that were asked for, in their order; batches of everybody (our own too);
    and from where to read on."""

    pasts: tuple[bytes | None, ...]
    batches: tuple[bytes, ...]
    cursor: str


class Link(Protocol):
    """Raises `AwayError` from every method but `aclose`."""

    async def exchange(
        self, cursor: str, batch: bytes, sessions: Sequence[tuple[str, bytes]], wanted: Sequence[str]
    ) -> News:
        """Tells a batch (b"" for none) and what became of sessions, and reads on from `cursor`."""
        ...

    async def claim(self, names: Sequence[str], sender: str, seconds: float) -> Sequence[bool]:
        """Which of the names nobody else has claimed; these are the sender's for so long."""
        ...

    async def aclose(self) -> None:
        """Closes all connections."""
        ...


class RedisLink:
    """`patience`: seconds one exchange may take, the connection included."""

    def __init__(self, url: str, patience: float) -> None:
        # Imported here: without a Redis, nobody pays for its client.
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError

        self._errors: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
        self._script = self._redis.register_script(_EXCHANGE)
        self._claim = self._redis.register_script(_CLAIM)

    def __repr__(self) -> str:
        return "<RedisLink>"

    async def exchange(
        self, cursor: str, batch: bytes, sessions: Sequence[tuple[str, bytes]], wanted: Sequence[str]
    ) -> News:
        told = [part for session in sessions for part in session]
        arguments = [cursor, KEPT, AT_ONCE, SESSION_LIFE, batch, len(wanted), *wanted, *told]
        try:
            pasts, found = await self._script(keys=[EVENTS, SESSION], args=arguments)
        except self._errors as error:
            raise AwayError(type(error).__name__) from error
        batches = tuple([fields[1] for _, fields in found])
        return News(tuple(pasts), batches, found[-1][0].decode() if found else cursor)

    async def claim(self, names: Sequence[str], sender: str, seconds: float) -> Sequence[bool]:
        try:
            ours = await self._claim(keys=[PROBE + name for name in names], args=[sender, round(seconds * 1_000)])
        except self._errors as error:
            raise AwayError(type(error).__name__) from error
        return [bool(one) for one in ours]

    async def aclose(self) -> None:
        await self._redis.aclose()

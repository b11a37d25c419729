"""A Redis that is a list, a dictionary and a set; it can be away, and it can lose its answers."""

from collections.abc import Sequence

from fairlead.router.sharing.link import AwayError, News


class FakeRedis:
    """What all links to it share."""

    def __init__(self) -> None:
        self.batches: list[bytes] = []
        self.sessions: dict[str, bytes] = {}
        self.claims: dict[str, str] = {}
        self.exchanges = 0
        self.away = False
        self.loses_answers = False


class FakeLink:
    """One router's way to it."""

    def __init__(self, redis: FakeRedis) -> None:
        self._redis = redis
        self.closed = False

    async def exchange(
        self, cursor: str, batch: bytes, sessions: Sequence[tuple[str, bytes]], wanted: Sequence[str]
    ) -> News:
        redis = self._redis
        if redis.away:
            raise AwayError("away")
        redis.exchanges += 1
        redis.sessions.update(sessions)
        if batch:
            redis.batches.append(batch)
        if redis.loses_answers:
            raise AwayError("the answer was lost")
        start = int(cursor.partition("-")[2])
        news = tuple(redis.batches[start:])
        return News(tuple([redis.sessions.get(name) for name in wanted]), news, f"0-{len(redis.batches)}")

    async def claim(self, names: Sequence[str], sender: str, seconds: float) -> Sequence[bool]:
        if self._redis.away:
            raise AwayError("away")
        return [self._redis.claims.setdefault(name, sender) == sender for name in names]

    async def aclose(self) -> None:
        self.closed = True

"""What the simulated provider was really sent, asked from the simulator itself."""

import json
from collections.abc import Mapping

from msgspec import Struct

from .http1 import Connection, written

_PASSED = ("content-type", "anthropic-version", "anthropic-beta", "accept")


class Arrival(Struct, frozen=True):
    """A request as the provider got it."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def replayed(self) -> bytes:
        """The same request once more, straight to the simulator. Credentials it shows as hashes; it asks for none."""
        return written("POST", self.path, self.headers, self.body)


async def last_arrival(simulator: int) -> Arrival:
    """The newest request the simulator has answered; it forgets it then, and all before it."""
    async with await Connection.to(simulator) as connection:
        reply = await connection.exchange(written("GET", "/__simulator__/requests", {}))
        await connection.exchange(written("DELETE", "/__simulator__/requests", {}))
    record = json.loads(reply.body)["requests"][-1]
    headers = {name.lower(): value for name, value in record["headers"] if name.lower() in _PASSED}
    return Arrival(record["target"], headers, record["body"].encode())


async def forget(simulator: int) -> None:
    """Empties the simulator's memory of requests."""
    async with await Connection.to(simulator) as connection:
        await connection.exchange(written("DELETE", "/__simulator__/requests", {}))

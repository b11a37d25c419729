"""HTTP by hand: requests written byte by byte, and streams read as they arrive."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

from .stack import CLIENT_KEY
from .surfaces import Surface


class Answer(msgspec.Struct):
    """A response's status, its headers by lower-case name, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One connection that says what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_head(self) -> Answer:
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").splitlines()
        pairs = (line.partition(":") for line in lines if line)
        return Answer(int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, b"")

    async def read_answer(self) -> Answer:
        """One whole response."""
        answer = await self.read_head()
        if answer.headers.get("transfer-encoding") == "chunked":
            answer.body = b"".join([piece async for piece in self.read_chunks()])
        else:
            answer.body = await self.reader.readexactly(int(answer.headers["content-length"]))
        return answer

    async def read_chunks(self) -> AsyncIterator[bytes]:
        """The chunks of a chunked body as they arrive."""
        while size := int(await self.reader.readline(), 16):
            yield await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)

    def reset(self) -> None:
        """Leaves at once, as a client that is killed does."""
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    address = urlsplit(url)
    connection = Connection(*await asyncio.open_connection(address.hostname, address.port))
    try:
        yield connection
    finally:
        await connection.close()


def request(surface: Surface, body: dict[str, Any], *, method: str = "POST", key: str = CLIENT_KEY) -> bytes:
    """The bytes of a request."""
    content = json.dumps(body).encode()
    lines = (
        f"{method} {surface.path} HTTP/1.1",
        "host: test",
        f"x-api-key: {key}",
        "content-type: application/json",
        f"content-length: {len(content)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Event(msgspec.Struct, frozen=True):
    """One server-sent event, when it came, in seconds of a monotonic clock; `name` is None where none was given, and
    for a comment both are."""

    name: str | None
    data: str | None
    at: float

    @property
    def json(self) -> Any:
        assert self.data is not None, self
        return json.loads(self.data)


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """A stream's events, comments included; what is left without its end is an error."""
    rest = b""
    async for chunk in chunks:
        rest += chunk
        *whole, rest = rest.split(b"\n\n")
        for text in whole:
            yield _event(text.decode())
    assert rest == b"", f"an event without its end: {rest!r}"


def _event(text: str) -> Event:
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        fields[name] = value.removeprefix(" ")
    return Event(fields.get("event"), fields.get("data"), time.monotonic())

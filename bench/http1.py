"""A minimal HTTP/1.1 client: one request at a time on a kept connection, read exactly and timed at the socket."""

import asyncio
import re
import time
from collections.abc import Mapping
from enum import Enum
from typing import Self

from msgspec import Struct

PATIENCE = 60.0
"""Seconds for one exchange; a benchmark that hangs has found a fault."""
_HEAD_LIMIT = 64 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([0-9]{3}) [^\r\n]*")


class BrokenAnswerError(Exception):
    """What came is no HTTP/1.1 answer, or it ended too early."""


class Reply(Struct, frozen=True):
    """One answer. Header names in lower case. `first_byte` (of the body) and `end` are seconds since the request was
    written; `reads` counts the socket reads that brought body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first_byte: float
    end: float
    reads: int


class _State(Enum):
    HEAD = "head"
    SIZED = "sized"
    CHUNK_HEAD = "chunk head"
    CHUNK = "chunk"
    TRAILER = "trailer"
    DONE = "done"


class Reader:
    """Feed bytes until `done`; `body` holds what of the body has come."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self._buffer = bytearray()
        self._state = _State.HEAD
        self._left = 0
        self._steps = {
            _State.HEAD: self._head,
            _State.SIZED: self._sized,
            _State.CHUNK_HEAD: self._chunk_head,
            _State.CHUNK: self._chunk,
            _State.TRAILER: self._trailer,
        }

    @property
    def done(self) -> bool:
        return self._state is _State.DONE

    def feed(self, data: bytes) -> None:
        """Raises BrokenAnswerError for what is no answer, and for bytes behind its end."""
        self._buffer += data
        while not self.done and self._steps[self._state]():
            pass
        if self.done and self._buffer:
            raise BrokenAnswerError(f"{len(self._buffer)} bytes behind the end of the answer")

    def _until(self, mark: bytes) -> bytes | None:
        """What stands before `mark`, both taken off the buffer (which costs nothing at the front of a bytearray)."""
        at = self._buffer.find(mark)
        if at < 0:
            return None
        found = bytes(self._buffer[:at])
        del self._buffer[: at + len(mark)]
        return found

    def _head(self) -> bool:
        head = self._until(b"\r\n\r\n")
        if head is None:
            if len(self._buffer) > _HEAD_LIMIT:
                raise BrokenAnswerError("a head without an end")
            return False
        first, *lines = head.split(b"\r\n")
        found = _STATUS_LINE.fullmatch(first)
        if not found:
            raise BrokenAnswerError(f"status line {first!r}")
        self.status = int(found[1])
        for line in lines:
            name, _, value = line.decode("latin-1").partition(":")
            self.headers[name.lower()] = value.strip()
        self._begin_body()
        return True

    def _begin_body(self) -> None:
        if self.headers.get("transfer-encoding") == "chunked":
            self._state = _State.CHUNK_HEAD
        elif "content-length" in self.headers:
            self._left = int(self.headers["content-length"])
            self._state = _State.SIZED if self._left else _State.DONE
        else:
            raise BrokenAnswerError("a body without a length")

    def _take(self) -> bool:
        """Moves what belongs to the body; says whether all of it has come."""
        part = self._buffer[: self._left]
        del self._buffer[: self._left]
        self.body += part
        self._left -= len(part)
        return not self._left

    def _sized(self) -> bool:
        if self._take():
            self._state = _State.DONE
        return False

    def _chunk_head(self) -> bool:
        line = self._until(b"\r\n")
        if line is None:
            return False
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", line):
            raise BrokenAnswerError(f"chunk size {line!r}")
        self._left = int(line, 16)
        self._state = _State.CHUNK if self._left else _State.TRAILER
        return True

    def _chunk(self) -> bool:
        if self._left and not self._take():
            return False
        if len(self._buffer) < 2:
            return False
        if self._buffer[:2] != b"\r\n":
            raise BrokenAnswerError("a chunk longer than it said")
        del self._buffer[:2]
        self._state = _State.CHUNK_HEAD
        return True

    def _trailer(self) -> bool:
        line = self._until(b"\r\n")
        if line is None:
            return False
        if line:
            raise BrokenAnswerError(f"trailer {line!r}")
        self._state = _State.DONE
        return False


class Connection(asyncio.Protocol):
    """One connection; `async with Connection.to(port) as connection` closes it."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._answered: asyncio.Future[None] | None = None
        self._first: float | None = None
        self._end = 0.0
        self._reads = 0

    @classmethod
    async def to(cls, port: int) -> Self:
        """A new connection to a port of this machine. Raises OSError."""
        _, protocol = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return protocol

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        reader, answered = self._reader, self._answered
        if reader is None or answered is None or answered.done():
            self._transport.abort()
            return
        try:
            reader.feed(data)
        except BrokenAnswerError as error:
            answered.set_exception(error)
            return
        if reader.body:
            self._reads += 1
            self._first = self._first or now
        if reader.done:
            self._end = now
            answered.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(BrokenAnswerError(f"the connection ended within an answer ({exc})"))

    @property
    def hears(self) -> bool:
        """Whether an answer is under way: some of its body has come, and not yet the end."""
        return self._first is not None and self._answered is not None and not self._answered.done()

    async def exchange(self, request: bytes) -> Reply:
        """The answer to a written-out request.

        Raises BrokenAnswerError, and TimeoutError after `PATIENCE`; the connection is of no use then.
        """
        if self._transport.is_closing():
            raise BrokenAnswerError("the server closed the kept connection")
        self._reader = reader = Reader()
        self._answered = asyncio.get_running_loop().create_future()
        self._first, self._reads = None, 0
        began = time.perf_counter()
        self._transport.write(request)
        async with asyncio.timeout(PATIENCE):
            await self._answered
        first = self._end if self._first is None else self._first
        return Reply(reader.status, reader.headers, bytes(reader.body), first - began, self._end - began, self._reads)


def written(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as the bytes of it; `host` and `content-length` are supplied."""
    fields = {"host": "127.0.0.1", **headers, "content-length": str(len(body))}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

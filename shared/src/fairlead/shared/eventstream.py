"""Amazon's event stream: bytes in, messages out, each proved by its checksums.

`MessageParser.feed` has two outcomes: a list of complete messages (often empty), or `EventStreamError`, after which the
parser must not be used: there is no finding the next message behind a broken one. `close` returns when the bytes ended
between two messages, and raises `TruncatedError` otherwise.

Source: https://smithy.io/2.0/aws/amazon-eventstream.html, whose limits are the defaults here.
"""

import struct
from collections.abc import Callable, Mapping
from typing import TypeAlias
from zlib import crc32

from msgspec import Struct

CONTENT_TYPE = "application/vnd.amazon.eventstream"

DEFAULT_LIMIT = 24 * 1024 * 1024
"""Bytes a payload may have."""
HEADERS_LIMIT = 128 * 1024
"""Bytes all headers of one message may have."""

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_AROUND = _PRELUDE.size + _CRC.size


class Timestamp(Struct, frozen=True):
    """Milliseconds since 1970."""

    milliseconds: int


class Uuid(Struct, frozen=True):
    """Sixteen bytes."""

    octets: bytes


Value: TypeAlias = bool | int | bytes | str | Timestamp | Uuid


class EventMessage(Struct, frozen=True):
    """One message; `headers` are in the order they came."""

    headers: Mapping[str, Value]
    payload: bytes

    def text(self, name: str) -> str:
        """A header that is text; "" where there is none."""
        value = self.headers.get(name)
        return value if isinstance(value, str) else ""


class EventStreamError(ValueError):
    """What came is no message. `before` are those that the same bytes completed before it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.before: list[EventMessage] = []


class TruncatedError(EventStreamError):
    """The bytes ended in the middle of a message."""


class MessageParser:
    """Incremental and linear. A length is believed only when its own checksum is right, and `limit` bounds it."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._pending = bytearray()
        self._size = 0

    def __repr__(self) -> str:
        return f"<MessageParser pending={len(self._pending)}>"

    def feed(self, chunk: bytes) -> list[EventMessage]:
        """Takes bytes as they arrive and returns the messages they complete."""
        pending, messages, start = self._pending, [], 0
        pending += chunk
        try:
            while len(pending) - start >= (self._size or _PRELUDE.size):
                if not self._size:
                    self._size = _size(bytes(pending[start : start + _PRELUDE.size]), self._limit)
                else:
                    messages.append(_message(bytes(pending[start : start + self._size])))
                    start, self._size = start + self._size, 0
        except EventStreamError as error:
            error.before = messages
            raise
        del pending[:start]
        return messages

    def close(self) -> None:
        """The stream has ended. Raises `TruncatedError`."""
        if self._pending:
            raise TruncatedError(f"the event stream ended {len(self._pending)} bytes into a message")


def _size(prelude: bytes, limit: int) -> int:
    """How many bytes the message has that begins with these."""
    total, headers, crc = _PRELUDE.unpack(prelude)
    if crc32(prelude[: -_CRC.size]) != crc:
        raise EventStreamError("the checksum of an event stream message's lengths is wrong")
    if headers > HEADERS_LIMIT:
        raise EventStreamError(f"the headers of an event stream message are larger than {HEADERS_LIMIT} bytes")
    payload = total - headers - _AROUND
    if payload < 0:
        raise EventStreamError("an event stream message is shorter than what is in it")
    if payload > limit:
        raise EventStreamError(f"an event stream message is larger than {limit} bytes")
    size: int = total
    return size


def _message(frame: bytes) -> EventMessage:
    """One whole message."""
    end = len(frame) - _CRC.size
    if crc32(memoryview(frame)[:end]) != _CRC.unpack_from(frame, end)[0]:
        raise EventStreamError("the checksum of an event stream message is wrong")
    payload = _PRELUDE.size + _PRELUDE.unpack_from(frame)[1]
    return EventMessage(_headers(frame[_PRELUDE.size : payload]), frame[payload:end])


def _headers(block: bytes) -> dict[str, Value]:
    headers: dict[str, Value] = {}
    at = 0
    try:
        while at < len(block):
            name, at = _sized(block, at, _BYTE)
            value, at = _READERS[block[at]](block, at + 1)
            headers[_new(name.decode(), headers)] = value
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise EventStreamError("the headers of an event stream message cannot be read") from error
    return headers


def _new(name: str, headers: Mapping[str, Value]) -> str:
    if not name or name in headers:
        raise EventStreamError("a header of an event stream message has no name, or another's")
    return name


_BYTE, _SHORT = struct.Struct(">B"), struct.Struct(">H")
_Read: TypeAlias = Callable[[bytes, int], tuple[Value, int]]


def _sized(block: bytes, at: int, length: struct.Struct) -> tuple[bytes, int]:
    """Bytes that say before them how many they are, and where they end."""
    start = at + length.size
    end = start + length.unpack_from(block, at)[0]
    if end > len(block):
        raise IndexError
    return block[start:end], end


def _integer(form: str) -> _Read:
    integer = struct.Struct(form)
    return lambda block, at: (integer.unpack_from(block, at)[0], at + integer.size)


def _text(block: bytes, at: int) -> tuple[str, int]:
    octets, end = _sized(block, at, _SHORT)
    return octets.decode(), end


def _timestamp(block: bytes, at: int) -> tuple[Timestamp, int]:
    return Timestamp(struct.unpack_from(">q", block, at)[0]), at + 8


def _uuid(block: bytes, at: int) -> tuple[Uuid, int]:
    return Uuid(struct.unpack_from("16s", block, at)[0]), at + 16


_READERS: Mapping[int, _Read] = {
    0: lambda _block, at: (True, at),
    1: lambda _block, at: (False, at),
    2: _integer(">b"),
    3: _integer(">h"),
    4: _integer(">i"),
    5: _integer(">q"),
    6: lambda block, at: _sized(block, at, _SHORT),
    7: _text,
    8: _timestamp,
    9: _uuid,
}
"""By the byte that tells a header's type: reads its value and where that ends."""

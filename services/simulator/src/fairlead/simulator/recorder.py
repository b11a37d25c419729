"""Keeps the last requests, bounded in number and bytes, and what became of each."""

import hashlib
import re
from collections import deque
from collections.abc import Iterator

import msgspec

from .http1 import Headers, Request

MAX_RECORDS = 1000
MAX_BYTES = 64 * 1024 * 1024
"""Of request bodies; older records go first."""
CREDENTIAL_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"}
    | {"x-fairlead-client-authorization", "x-amz-security-token"}
)


_KEY_IN_QUERY = re.compile(r"([?&]key=)([^&]*)")


class Record(msgspec.Struct):
    """One request and its fate; times in seconds.

    `received_at` counts from the start of the simulator. `finished` says that the whole answer, or the fault it ends
    with, was handed to the network; `disconnected_after` when, after the request, the client left before that.
    `connection` numbers the connections, so that reuse shows.
    """

    number: int
    connection: int
    received_at: float
    method: str
    target: str
    headers: Headers
    body: bytes
    status: int | None = None
    finished: bool = False
    disconnected_after: float | None = None

    def header(self, name: str) -> str | None:
        """The first value of this header; `name` in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Recorder:
    """The records, oldest first."""

    def __init__(self, *, max_records: int = MAX_RECORDS, max_bytes: int = MAX_BYTES) -> None:
        self._records: deque[Record] = deque()
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._bytes = 0
        self._number = 0

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def opened(self, request: Request, *, connection: int, at: float) -> Record:
        """A new record of a request."""
        self._number += 1
        record = Record(self._number, connection, at, request.method, request.target, request.headers, request.body)
        self._records.append(record)
        self._bytes += len(record.body)
        while len(self._records) > self._max_records or (self._bytes > self._max_bytes and len(self._records) > 1):
            self._bytes -= len(self._records.popleft().body)
        return record

    def clear(self) -> None:
        """Forget all records; the numbers go on."""
        self._records.clear()
        self._bytes = 0


def fingerprint(credential: str) -> str:
    """What stands for a credential where records are shown: `Bearer sha256:<16 hex>` for `Bearer <secret>`."""
    scheme, space, secret = credential.partition(" ")
    if not space:
        scheme, secret = "", credential
    return f"{scheme}{space}sha256:{hashlib.sha256(secret.encode()).hexdigest()[:16]}"


def shown_target(record: Record) -> str:
    """The record's target with a credential in its query replaced by its fingerprint."""
    return _KEY_IN_QUERY.sub(lambda found: found[1] + fingerprint(found[2]), record.target)


def shown_headers(record: Record) -> Headers:
    """The record's headers with each credential replaced by its fingerprint."""
    return tuple(
        (name, fingerprint(value) if name.lower() in CREDENTIAL_HEADERS else value) for name, value in record.headers
    )

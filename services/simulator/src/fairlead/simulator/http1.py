"""HTTP/1.1 on the server's side without a socket: bytes in, requests out, and the head of an answer as bytes.

Outcomes of `RequestParser.feed`, in the order they occur on the wire: `Request` (whole, body included), `Continue` (the
client waits for `100 Continue` before it sends the body), `Malformed` (answer it and close; nothing follows).
Framing as in https://www.rfc-editor.org/rfc/rfc9112.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Literal

import msgspec

Headers = tuple[tuple[str, str], ...]

MAX_HEAD = 64 * 1024
"""Bytes of request line and headers; nginx takes 32 KiB, h11 16 KiB, gateways pass long beta lists."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of a request body; twice the 32 MB of the real providers, so that a gateway's own limit shows first."""
_MAX_CHUNK_LINE = 4096

_REQUEST_LINE = re.compile(rb"([!-~]+) ([!-~\x80-\xff]+) HTTP/1\.([01])")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_REASONS = {**{known.value: known.phrase for known in HTTPStatus}, 529: "Overloaded"}


class Request(msgspec.Struct, frozen=True):
    """One request as it was sent; header names keep their case and order."""

    method: str
    target: str
    headers: Headers
    body: bytes
    keep_alive: bool = True
    chunked_answers: bool = True

    @property
    def path(self) -> str:
        """Without the query; an absolute-form target (RFC 9112 §3.2.2) loses its scheme and authority."""
        path = self.target.partition("?")[0]
        if "://" in path and not path.startswith("/"):
            path = "/" + path.partition("://")[2].partition("/")[2]
        return path

    def header(self, name: str) -> str | None:
        """The first value of this header; `name` in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Continue(msgspec.Struct, frozen=True):
    """The client asked `Expect: 100-continue`."""


class Malformed(msgspec.Struct, frozen=True):
    """Not a request this server can take; `status` says why."""

    status: int
    message: str


Outcome = Request | Continue | Malformed
State = Literal["head", "sized", "chunk_line", "chunk_data", "trailers", "dead"]


class _Stop(Exception):  # noqa: N818  it is an outcome on its way out, not an error
    def __init__(self, malformed: Malformed) -> None:
        self.malformed = malformed


class RequestParser:
    """Feed it what the socket gave; linear in the bytes fed, bounded by `MAX_HEAD` and `MAX_BODY`."""

    def __init__(self, *, max_head: int = MAX_HEAD, max_body: int = MAX_BODY) -> None:
        self._max_head = max_head
        self._max_body = max_body
        self._buffer = bytearray()
        self._scanned = 0
        self._state: State = "head"
        self._head: Request | None = None
        self._need = 0
        self._body = bytearray()
        self._steps = {
            "head": self._read_head,
            "sized": self._read_sized,
            "chunk_line": self._read_chunk_line,
            "chunk_data": self._read_chunk_data,
            "trailers": self._read_trailers,
        }

    def feed(self, data: bytes) -> list[Outcome]:
        """The outcomes that `data` completes."""
        outcomes: list[Outcome] = []
        if self._state == "dead":
            return outcomes
        self._buffer += data
        try:
            while self._steps[self._state](outcomes):
                pass
        except _Stop as stop:
            self._state = "dead"
            outcomes.append(stop.malformed)
        return outcomes

    def _line(self, limit: int, end: bytes) -> bytes | None:
        found = self._buffer.find(end, max(0, self._scanned - len(end)))
        if found > limit or (found < 0 and len(self._buffer) > limit):
            raise _Stop(Malformed(431, "The header block is too large."))
        if found < 0:
            self._scanned = len(self._buffer)
            return None
        line = bytes(self._buffer[:found])
        del self._buffer[: found + len(end)]
        self._scanned = 0
        return line

    def _read_head(self, outcomes: list[Outcome]) -> bool:
        while self._buffer.startswith(b"\r\n"):  # RFC 9112 §2.2: empty lines before a request are ignored
            del self._buffer[:2]
        block = self._line(self._max_head, b"\r\n\r\n")
        if block is None:
            return False
        self._head = head = _parse_head(block)
        self._body.clear()
        coding = head.header("transfer-encoding")
        self._need = _length(head)
        if coding is not None and (coding.strip().lower() != "chunked" or head.header("content-length") is not None):
            raise _Stop(Malformed(400, "Transfer-Encoding must be chunked and stand alone."))
        if self._need > self._max_body:
            raise _Stop(Malformed(413, "The request body is too large."))
        if (head.header("expect") or "").lower() == "100-continue" and (coding or self._need > len(self._buffer)):
            outcomes.append(Continue())
        self._state = "chunk_line" if coding else "sized"
        return True

    def _read_sized(self, outcomes: list[Outcome]) -> bool:
        if len(self._buffer) < self._need:
            return False
        body = bytes(self._buffer[: self._need])
        del self._buffer[: self._need]
        return self._complete(body, outcomes)

    def _read_chunk_line(self, _: list[Outcome]) -> bool:
        line = self._line(_MAX_CHUNK_LINE, b"\r\n")
        if line is None:
            return False
        digits = line.split(b";", 1)[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,12}", digits):
            raise _Stop(Malformed(400, "A chunk size is not a hexadecimal number."))
        self._need = int(digits, 16)
        if len(self._body) + self._need > self._max_body:
            raise _Stop(Malformed(413, "The request body is too large."))
        self._state = "chunk_data" if self._need else "trailers"
        return True

    def _read_chunk_data(self, _: list[Outcome]) -> bool:
        if len(self._buffer) < self._need + 2:
            return False
        if self._buffer[self._need : self._need + 2] != b"\r\n":
            raise _Stop(Malformed(400, "A chunk is longer than its size says."))
        self._body += self._buffer[: self._need]
        del self._buffer[: self._need + 2]
        self._state = "chunk_line"
        return True

    def _read_trailers(self, outcomes: list[Outcome]) -> bool:
        line = self._line(self._max_head, b"\r\n")
        if line is None:
            return False
        return self._complete(bytes(self._body), outcomes) if not line else True

    def _complete(self, body: bytes, outcomes: list[Outcome]) -> bool:
        assert self._head is not None
        outcomes.append(msgspec.structs.replace(self._head, body=body))
        self._head, self._state = None, "head"
        self._body = bytearray()
        return True


def _parse_head(block: bytes) -> Request:
    first, *lines = block.split(b"\r\n")
    request_line = _REQUEST_LINE.fullmatch(first)
    if request_line is None:
        raise _Stop(Malformed(400, "The request line is not HTTP/1.1."))
    headers: list[tuple[str, str]] = []
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise _Stop(Malformed(400, "A header line is malformed."))
        headers.append((header[1].decode("latin-1"), header[2].decode("latin-1")))
    modern = request_line[3] == b"1"
    wish = {
        value.strip().lower() for key, values in headers if key.lower() == "connection" for value in values.split(",")
    }
    return Request(
        method=request_line[1].decode(),
        target=request_line[2].decode("latin-1"),
        headers=tuple(headers),
        body=b"",
        keep_alive="close" not in wish if modern else "keep-alive" in wish,
        chunked_answers=modern,
    )


def _length(head: Request) -> int:
    values = {value for key, value in head.headers if key.lower() == "content-length"}
    if not values:
        return 0
    value = values.pop()
    if values or not re.fullmatch(r"[0-9]{1,15}", value):
        raise _Stop(Malformed(400, "Content-Length is not one number."))
    return int(value)


def response_head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """Status line, headers and the empty line."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

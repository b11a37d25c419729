"""Amazon's event stream as a service writes it: https://smithy.io/2.0/aws/amazon-eventstream.html."""

import base64
import json
import struct
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_TEXT = 7


def message(headers: dict[str, str], payload: bytes) -> bytes:
    """One message with its two checksums; all headers are text."""
    block = b"".join(_header(name, value) for name, value in headers.items())
    lengths = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    body = lengths + struct.pack(">I", crc32(lengths)) + block + payload
    return body + struct.pack(">I", crc32(body))


def event(name: str, payload: bytes) -> bytes:
    """A message that is an event."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return message(headers, payload)


def framed(data: bytes, *, payload: bytes | None = None) -> bytes:
    """One event of a model, as Bedrock packs it; `payload` stands for the packed whole."""
    return event("chunk", packed(data) if payload is None else payload)


def packed(data: bytes) -> bytes:
    """Base64, and letters to hide how long it is."""
    return json.dumps({"bytes": base64.b64encode(data).decode(), "p": "abcdefghijk"}, separators=(",", ":")).encode()


def exception(name: str, text: str) -> bytes:
    """A message that ends a stream with an error."""
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, json.dumps({"message": text}).encode())


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return bytes([len(key)]) + key + bytes([_TEXT]) + struct.pack(">H", len(text)) + text

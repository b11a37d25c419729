"""Streams of Gemini's as their clients ask for them: as events, or as one list of JSON that grows.

Source: https://cloud.google.com/apis/docs/system-parameters (`alt`, which is `json` where it is not said).
"""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs

from fairlead.shared.dialects.gemini.array import JsonArray
from fairlead.shared.runtime.asgi import Scope, Send

_EVENTS = b"text/event-stream"
_EVENTS_WANTED = ["sse"]


def as_asked(scope: Scope, send: Send) -> Send:
    """What to send an answer with, which is written as events."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    wanted = query.get("alt") or query.get("$alt")
    return send if wanted == _EVENTS_WANTED else _Listing(send).send


class _Listing:
    """One answer. Anything but a stream of events goes out as it is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._array: JsonArray | None = None

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            await self._send({**message, "headers": self._headed(message["headers"])})
        elif self._array is None:
            await self._send(message)
        else:
            await self._listed(self._array, message)

    def _headed(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        if not any(name == b"content-type" and value.startswith(_EVENTS) for name, value in headers):
            return headers
        self._array = JsonArray()
        return [(name, b"application/json" if name == b"content-type" else value) for name, value in headers]

    async def _listed(self, array: JsonArray, message: MutableMapping[str, Any]) -> None:
        body, more = array.feed(message["body"]), message["more_body"]
        if not more:
            body += array.close()
        if body or not more:
            await self._send({**message, "body": body})

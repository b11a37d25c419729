"""A stream is told as its client asks for it."""

import json
from typing import Any

import pytest

from fairlead.shared.runtime.listed import as_asked

EVENTS = [b'data: {"a":1}\n\n', b": still here\n\n", b'data: {"a":2}\r\n\r\ndata:{"a"', b":3}\n\n"]


async def told(query: bytes, kind: bytes, *bodies: bytes) -> tuple[dict[bytes, bytes], list[bytes]]:
    """The headers, and the bodies as they went out."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    tell = as_asked({"query_string": query}, send)
    await tell({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), (b"x", b"1")]})
    for at, body in enumerate(bodies, 1):
        await tell({"type": "http.response.body", "body": body, "more_body": at < len(bodies)})
    assert [message.get("more_body") for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    return dict(sent[0]["headers"]), [message["body"] for message in sent[1:]]


@pytest.mark.parametrize("query", [b"", b"key=k", b"alt=json", b"%24alt=json"])
async def test_without_a_word_it_is_a_list(query: bytes) -> None:
    headers, bodies = await told(query, b"text/event-stream; charset=utf-8", *EVENTS, b"")
    assert headers == {b"content-type": b"application/json", b"x": b"1"}
    assert json.loads(b"".join(bodies)) == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert b"" not in bodies


@pytest.mark.parametrize("query", [b"alt=sse", b"key=k&alt=sse", b"$alt=sse"])
async def test_events_are_events_where_they_are_asked_for(query: bytes) -> None:
    headers, bodies = await told(query, b"text/event-stream", *EVENTS)
    assert (headers[b"content-type"], bodies) == (b"text/event-stream", EVENTS)


async def test_what_is_no_stream_goes_out_as_it_is() -> None:
    headers, bodies = await told(b"", b"application/json", b'{"error":', b"{}}")
    assert (headers[b"content-type"], bodies) == (b"application/json", [b'{"error":', b"{}}"])


async def test_a_stream_of_nothing_is_an_empty_list() -> None:
    assert (await told(b"", b"text/event-stream", b""))[1] == [b"[]"]

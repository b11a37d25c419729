"""Bodies, answers and disconnects on bare ASGI, the server's side of which is a list of messages."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.asgi import (
    ClientGoneError,
    StoppedError,
    header,
    header_fields,
    no_such_method,
    no_such_path,
    read_body,
    respond_failure,
    watched,
    whole_number,
)


class Messages:
    """An ASGI `receive` that plays these messages, then waits until the client is said to have gone."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.left = list(messages)
        self.gone = asyncio.Event()

    async def __call__(self) -> dict[str, Any]:
        if self.left:
            return self.left.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "headers": list(headers)}


def test_header_lines_of_one_name_are_one_list_and_names_lose_their_case():
    raw = [(b"anthropic-beta", b"a"), (b"Anthropic-Beta", b"b,c"), (b"X-App", b"cli")]
    assert header_fields(raw) == {"anthropic-beta": "a, b,c", "x-app": "cli"}


def test_a_header_is_found_by_its_lower_case_name():
    given = scope((b"x-a", b"1"), (b"x-b", b"2"), (b"x-b", b"3"))
    assert header(given, b"x-b") == "2"
    assert header(given, b"x-c") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("1500", 1500), ("", None), ("-1", None), ("1.5", None), ("x", None), ("9" * 5000, None)],
)
def test_a_number_is_read_where_it_is_one_and_not_beyond_counting(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "messages",
    [
        [part(b"abc", more=False)],
        [part(b"a"), part(b"bc", more=False)],
        [part(b"abc"), part(b"", more=False)],
        [{"type": "http.request", "body": b"abc"}],
    ],
)
async def test_a_body_is_read_whole_however_it_comes(messages):
    assert await read_body(scope(), Messages(*messages), 3) == b"abc"


@pytest.mark.parametrize("messages", [[part(b"abcd", more=False)], [part(b"ab"), part(b"cd")]])
async def test_a_body_over_the_limit_is_refused_at_the_byte_too_much(messages):
    with pytest.raises(FailureError) as error:
        await read_body(scope(), Messages(*messages), 3)
    assert error.value.failure == Failure(Kind.TOO_LARGE, "the request body is larger than 3 bytes")


async def test_a_body_announced_too_large_is_refused_unread():
    messages = Messages(part(b"abcd", more=False))
    with pytest.raises(FailureError):
        await read_body(scope((b"content-length", b"4")), messages, 3)
    assert len(messages.left) == 1


async def test_a_compressed_body_is_refused_unread_in_words_that_name_the_reason():
    messages = Messages(part(b"\x1f\x8b", more=False))
    with pytest.raises(FailureError, match=r"is compressed \(gzip\).*without content-encoding") as error:
        await read_body(scope((b"content-encoding", b"gzip")), messages)
    assert error.value.failure.http_status == 415
    assert len(messages.left) == 1


async def test_a_body_that_says_it_is_as_it_is_is_read():
    assert await read_body(scope((b"content-encoding", b"Identity")), Messages(part(b"ab", more=False))) == b"ab"


async def test_a_client_that_leaves_within_its_body_is_gone():
    with pytest.raises(ClientGoneError):
        await read_body(scope(), Messages(part(b"a"), {"type": "http.disconnect"}))


async def answered(answering: Callable[[Callable[[Any], Awaitable[None]]], Awaitable[None]]) -> tuple[int, dict, Any]:
    """Status, headers and JSON body of what is sent."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await answering(send)
    start, body = sent
    assert (b"content-length", b"%d" % len(body["body"])) in start["headers"]
    return start["status"], dict(start["headers"]), msgspec.json.decode(body["body"])


async def test_a_failure_is_told_in_the_clients_dialect(dialect):
    failure = Failure(Kind.RATE_LIMIT, "slow down", retry_after=1.2, should_retry=True)
    status, headers, body = await answered(lambda send: respond_failure(send, failure, dialect, "req_1"))
    assert (status, body) == (429, {"error": "slow down", "request_id": "req_1"})
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"retry-after"] == b"2"
    assert headers[b"x-should-retry"] == b"true"
    assert headers[b"x-toy-id"] == b"req_1"
    assert headers[b"x-fairlead-failure"] == b"rate_limit"


async def test_the_providers_own_advice_is_left_as_it_is(dialect):
    failure = Failure(Kind.RATE_LIMIT, "slow down", retry_after=1.2)
    given = [(b"retry-after", b"Fri, 31 Dec 2027 23:59:59 GMT")]
    _, headers, _ = await answered(lambda send: respond_failure(send, failure, dialect, "req_1", given))
    assert headers[b"retry-after"] == given[0][1]


def test_unknown_paths_and_methods_are_failures_like_any_other():
    assert no_such_path("GET", "/x") == Failure(Kind.NOT_FOUND, "there is nothing at GET /x")
    assert no_such_method("GET", "/x", ["POST"]) == Failure(Kind.METHOD, "/x does not take GET, only POST")


async def test_work_that_ends_gives_its_result():
    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    assert await watched(Messages(), work()) == "done"
    assert asyncio.current_task().cancelling() == 0
    assert len(asyncio.all_tasks()) == 1 or await _settled()


async def _settled() -> bool:
    """The cancelled watcher needs one turn of the loop to be gone."""
    await asyncio.sleep(0)
    return len(asyncio.all_tasks()) == 1


async def test_work_is_cancelled_when_the_client_goes():
    messages = Messages(part(b"", more=False))
    cleaned = asyncio.Event()

    async def work() -> None:
        try:
            messages.gone.set()
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    with pytest.raises(ClientGoneError):
        await watched(messages, work())
    assert cleaned.is_set()
    assert asyncio.current_task().cancelling() == 0


async def test_a_failure_of_the_work_comes_through():
    async def work() -> None:
        raise FailureError(Failure(Kind.CUT, "cut"))

    with pytest.raises(FailureError):
        await watched(Messages(), work())


async def test_a_cancellation_from_elsewhere_is_the_servers():
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(watched(Messages(), work()))
    await begun.wait()
    task.cancel()
    with pytest.raises(StoppedError):
        await task

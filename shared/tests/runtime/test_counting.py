"""Tokens are counted as the shared counter does, away from the event loop."""

import threading

import pytest

from fairlead.shared.conversation import Request, Text, Turn
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.runtime.counting import Counting
from fairlead.shared.tokens import TokenCounter

REQUEST = Request("m", (Turn("user", (Text("some words " * 100),)),))


async def test_a_request_is_counted_in_another_thread() -> None:
    threads: list[int] = []

    def decoded() -> Request:
        threads.append(threading.get_ident())
        return REQUEST

    assert await Counting().tokens(decoded) == TokenCounter().count_request(REQUEST)
    assert threads != [threading.get_ident()]


async def test_a_body_that_cannot_be_read_is_told() -> None:
    def decoded() -> Request:
        raise refuse(Kind.BAD_REQUEST, "tools: no")

    with pytest.raises(FailureError):
        await Counting().tokens(decoded)

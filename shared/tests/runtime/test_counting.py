"""Counts are made away from the event loop, and of what was counted before not at all."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import Raw, structs

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Request
from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError
from fairlead.shared.measures import CL100K
from fairlead.shared.pieces import pieces_of
from fairlead.shared.runtime.counting import Counting, Known
from fairlead.shared.tokens import TokenCounter

ANTHROPIC = DIALECTS["anthropic"]


def body(*texts: str, **more: Any) -> dict[str, Raw]:
    messages = [{"role": "user", "content": text} for text in texts]
    return peek(json.dumps({"model": "m", "messages": messages, **more}).encode())


class Watched:
    """A dialect whose decoding is seen."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.read = 0
        self.dialect: Dialect = structs.replace(ANTHROPIC, decode_request=self._decode)

    def _decode(self, fields: Mapping[str, Raw]) -> Request:
        self.threads.add(threading.get_ident())
        self.read += 1
        return ANTHROPIC.decode_request(fields)


async def test_a_request_is_counted_in_another_thread() -> None:
    watched = Watched()
    fields = body("some words " * 100, system="be brief")
    assert await Counting().tokens(watched.dialect, fields) == TokenCounter().count(ANTHROPIC.decode_request(fields))
    assert threading.get_ident() not in watched.threads


async def test_what_was_counted_before_is_not_read_again() -> None:
    counting, watched = Counting(), Watched()
    first = await counting.tokens(watched.dialect, body("one", "two"))
    assert watched.read == 3
    longer = body("one", "two", "three words more")
    assert await counting.tokens(watched.dialect, longer) == first + 3 + 3
    assert watched.read == 4
    assert await counting.tokens(watched.dialect, longer, pieces=pieces_of("anthropic", longer)) == first + 3 + 3
    assert watched.read == 4


async def test_what_is_known_is_told_with_its_size() -> None:
    counting, fields = Counting(), body("one", "two")
    pieces = pieces_of("anthropic", fields)
    assert counting.known(pieces) == Known(0, 0, whole=False)
    counted = await counting.tokens(ANTHROPIC, fields, pieces=pieces)
    assert counting.known(pieces) == Known(counted, sum(piece.size for piece in pieces), whole=True)
    more = pieces_of("anthropic", body("one", "two", "three"))
    assert counting.known(more) == Known(counted, sum(piece.size for piece in pieces), whole=False)
    assert counting.known(pieces, CL100K) == Known(0, 0, whole=False)


async def test_only_so_many_are_remembered() -> None:
    counting = Counting(remembered=2)
    await counting.tokens(ANTHROPIC, body("one", "two", "three"))
    assert repr(counting) == "<Counting remembered=2>"


async def test_a_body_that_cannot_be_read_is_told_with_the_path_it_has_in_the_whole() -> None:
    fields = peek(b'{"model":"m","messages":[{"role":"user","content":"x"},{"role":"user","content":7}]}')
    with pytest.raises(FailureError) as refused:
        await Counting().tokens(ANTHROPIC, fields)
    assert "messages[1]" in refused.value.failure.message

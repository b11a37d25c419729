"""What is said of one request between us and a transformer's process, seen from our end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest
from msgspec import Raw

from fairlead.normalizer.custom.talk import AHEAD, LONGEST, Head, Talk, Told, Written
from fairlead.shared.failure import FailureError


class Scripted:
    """A process that does what the test says: `said` is what it was told."""

    name = "t (/t.js)"

    def __init__(self) -> None:
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.talk = Talk(self, 1, patience=0.02)
        self.ended: list[str] = []
        self.left = False

    async def tell(self, line: bytes) -> None:
        self.said.put_nowait(msgspec.json.decode(line))

    def end(self, why: str) -> None:
        self.ended.append(why)
        self.talk.break_off(why)

    def leave(self, talk: Talk) -> None:
        self.left = True


async def endless(size: int, taken: list[int]) -> AsyncIterator[bytes]:
    while True:
        taken.append(size)
        yield b"x" * size


async def broken() -> AsyncIterator[bytes]:
    yield b"half"
    raise httpx2.ReadError("reset")


async def test_a_request_is_told_on_one_line_and_comes_back_written() -> None:
    process = Scripted()
    asking = asyncio.create_task(process.talk.request(b'{\n"a": 1}', {"name": "p"}, {}, "req_1"))
    said = await process.said.get()
    assert (said["do"], said["body"], said["request_id"]) == ("request", {"a": 1}, "req_1")
    process.talk.hear(Told(1, request=Written(Raw(b"{}"), url="u")))
    assert (await asking).url == "u"


@pytest.mark.parametrize("answers", [True, False])
async def test_a_response_that_will_not_come_is_not_waited_for(answers: bool) -> None:
    process = Scripted()
    asking = asyncio.create_task(process.talk.request(b"{}", {}, {}, ""))
    await process.said.get()
    process.talk.hear(Told(1, request=Written(Raw(b"{}"), answers=answers)))
    await asking
    await process.talk.aclose()
    assert [process.said.get_nowait()["do"] for _ in range(process.said.qsize())] == ["drop"] * answers


async def test_who_is_asked_and_no_longer_waited_for_is_told() -> None:
    process = Scripted()
    asking = asyncio.create_task(process.talk.request(b"{}", {}, {}, ""))
    await process.said.get()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await process.talk.aclose()
    assert process.said.get_nowait()["do"] == "drop"


async def test_who_reads_nothing_is_ended() -> None:
    class Deaf(Scripted):
        async def tell(self, line: bytes) -> None:
            await asyncio.Event().wait()

    with pytest.raises(FailureError, match="read nothing for"):
        await Deaf().talk.request(b"{}", {}, {}, "")


async def test_who_says_nothing_is_ended() -> None:
    process = Scripted()
    with pytest.raises(FailureError, match=r"the transformer t \(/t.js\) said nothing for 0.02 s"):
        await process.talk.request(b"{}", {}, {}, "")
    assert process.ended == ["said nothing for 0.02 s"]


async def test_who_says_more_than_anybody_reads_is_ended() -> None:
    process, much = Scripted(), bytes(LONGEST // 2)
    for _ in range(3):
        process.talk.hear(Told(1, data=much))
    assert process.ended == ["says more than 128 MB that nobody has read"]


async def test_who_wants_no_more_of_a_response_and_says_nothing_is_ended() -> None:
    process = Scripted()
    with pytest.raises(FailureError, match="said nothing"):
        await process.talk.response(Head(200, {}), endless(1, []))
    await process.talk.aclose()


async def test_no_more_is_handed_over_than_somebody_reads() -> None:
    process, taken, size = Scripted(), list[int](), AHEAD // 4
    talk = process.talk
    reading = asyncio.create_task(talk.response(Head(200, {}), endless(size, taken)))
    assert (await process.said.get())["do"] == "response"
    talk.hear(Told(1, head=Head(200, {})))
    await reading
    body = talk.body()
    for _ in range(5):
        talk.hear(Told(1, pull=True))
        assert (await process.said.get())["do"] == "data"
        talk.hear(Told(1, data=b"y" * size))
    talk.hear(Told(1, pull=True))
    for _ in range(20):
        await asyncio.sleep(0)
    assert process.said.empty()
    assert len(taken) == 6
    assert len(await anext(body)) == size
    assert (await process.said.get())["do"] == "data"
    await talk.aclose()
    assert process.left
    assert (await process.said.get())["do"] == "drop"


async def test_a_response_that_breaks_off_is_the_providers_failure() -> None:
    process = Scripted()
    talk = process.talk
    reading = asyncio.create_task(talk.response(Head(200, {}), broken()))
    await process.said.get()
    talk.hear(Told(1, head=Head(200, {})))
    await reading
    talk.hear(Told(1, pull=True))
    assert (await process.said.get())["do"] == "data"
    with pytest.raises(httpx2.ReadError):
        await anext(talk.body())
    assert (await process.said.get())["do"] == "fail"
    await talk.aclose()


async def test_a_transformer_that_ends_early_is_fed_no_more() -> None:
    process = Scripted()
    talk = process.talk
    reading = asyncio.create_task(talk.response(Head(200, {}), endless(1, [])))
    await process.said.get()
    talk.hear(Told(1, head=Head(200, {})))
    await reading
    talk.hear(Told(1, data=b"all"))
    talk.hear(Told(1, end=True))
    assert [data async for data in talk.body()] == [b"all"]
    await talk.aclose()
    assert process.said.empty()
    assert process.ended == []


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"text"])
def test_a_line_holds_bytes_of_any_kind(data: bytes) -> None:
    line = msgspec.json.encode({"id": 1, "data": data})
    assert msgspec.json.decode(line, type=Told).data == data

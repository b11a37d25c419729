"""A provider's stream goes wrong at every byte: before its first content another target answers and nobody notices,
after it the client is told, and nobody is asked again."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx2
import pytest

from fairlead.shared.assembly import disassemble
from fairlead.shared.conversation import Finish, FinishReason, Message, Text, Usage
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.translation import answer_from_stream

from .fake_normalizer import FakeNormalizer, Step, stream
from .running import RunningRouter

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "k", models: ["first", "second"]}],
  Router: {default: ["p,first", "p,second"], policy: {health: false, first_content_s: FIRST_CONTENT}},
}"""
SAID, INSTEAD = "Half of this may be said", "All of it is said by another"
BROKEN = Failure(Kind.OVERLOADED, "broken on purpose")


class Lane(NamedTuple):
    """A client and two targets, by what they speak."""

    client: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.client} to {self.first}, then {self.second}"


LANES = [
    *[Lane(name, name, name) for name in DIALECTS],
    *[Lane(name, "openai", "openai") for name in DIALECTS if name != "openai"],
    Lane("anthropic", "anthropic", "openai"),
    Lane("anthropic", "openai", "anthropic"),
]
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "anthropic": (
        "/v1/messages",
        {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], "stream": True},
    ),
    "openai": ("/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}),
    "openai-responses": ("/v1/responses", {"model": "m", "input": "hi", "stream": True}),
    "gemini": (
        "/v1beta/models/m:streamGenerateContent?alt=sse",
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
    ),
}


def written(dialect: str, text: str) -> bytes:
    """A stream as a provider of that dialect writes it."""
    message = Message("id_1", "m", (Text(text),), Finish(FinishReason.STOP), Usage(input=10, output=5))
    encoder = DIALECTS[dialect].stream_encoder(ReplyContext("id_1", 1, "m"))
    # One event after the other, as they come while a model speaks.
    return b"".join([encoder.feed([event]) for event in disassemble(message)])


def begun(dialect: str) -> int:
    """Bytes up to the end of the event with the first content."""
    whole = written(dialect, SAID)
    return whole.index(b"\n\n", whole.index(SAID.encode())) + 2


def timeless(answer: bytes) -> bytes:
    """Without the moment it was made at."""
    return re.sub(rb'"created(_at)?":\d+', b"", answer)


def last(dialect: str) -> int:
    """The last place at which that event is not all there: a provider may end with its stream what it ends an event
    with."""
    return begun(dialect) - len(b"}\n\n")


def boundaries(dialect: str) -> list[int]:
    """The places between events before the first content."""
    whole = written(dialect, SAID)[: begun(dialect)]
    return [place for place in range(len(whole)) if not place or whole[:place].endswith(b"\n\n")]


FAULTS: dict[str, tuple[int, Callable[[bytes, str], list[Step]]]] = {
    "cut": (1, lambda before, _: [before]),
    "reset": (7, lambda before, _: [before, ConnectionResetError]),
    "followed by garbage": (5, lambda before, _: [before, b'\x00\xff{"]\r\n\r\ndata: {"type":\n\n']),
    "followed by a page": (11, lambda before, _: [before, b"\n\n<html>Bad gateway</html>\n\n"]),
}
"""Each with how many bytes lie between the places it is tried at."""


def streamed(*steps: Step) -> list[Step]:
    """Nothing to write is not written: the head alone would be another fault."""
    return stream(*[step for step in steps if step != b""])


class Conversation:
    """One client that asks the same again and again, whatever becomes of the first target."""

    def __init__(self, lane: Lane, normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
        self._lane = lane
        self._normalizer = normalizer
        self._client = client
        self.path, self.body = QUESTIONS[lane.client]
        normalizer.answers["p,second"] = stream(written(lane.second, INSTEAD))

    async def asked(self, *steps: Step) -> tuple[httpx2.Response, int]:
        """The answer, and how many targets were asked, when the first answers so."""
        self._normalizer.answers["p,first"] = streamed(*steps)
        self._normalizer.asked.clear()
        response = await self._client.post(self.path, json=self.body)
        return response, len(self._normalizer.messages)

    def text(self, response: httpx2.Response) -> str:
        """What a complete answer says. Raises `FailureError` for one that is not complete."""
        message = answer_from_stream(DIALECTS[self._lane.client], response.content)
        return "".join(block.text for block in message.content if isinstance(block, Text))

    async def sees_another_answer(self, *steps: Step) -> None:
        response, asked = await self.asked(*steps)
        assert (response.status_code, asked) == (200, 2), steps
        assert response.headers["x-fairlead-route"] == "p,second", steps
        assert self.text(response) == INSTEAD, steps
        assert timeless(response.content) == timeless(self._untroubled), steps

    async def is_told(self, *steps: Step) -> None:
        response, asked = await self.asked(*steps)
        assert (response.status_code, asked) == (200, 1), steps
        assert response.headers["x-fairlead-route"] == "p,first", steps
        with pytest.raises(FailureError):
            self.text(response)
        assert b"said by another" not in response.content

    async def learns(self) -> None:
        """What it sees when the second target answers at once."""
        self._normalizer.answers["p,first"] = [ConnectionResetError]
        self._untroubled = (await self._client.post(self.path, json=self.body)).content


@pytest.fixture(params=LANES, ids=str)
def lane(request: pytest.FixtureRequest) -> Lane:
    found: Lane = request.param
    return found


class Running:
    def __init__(self, lane: Lane, first_content: str) -> None:
        self._lane = lane
        self._config = CONFIG.replace("FIRST_CONTENT", first_content)

    async def __aenter__(self) -> Conversation:
        self._normalizer = await FakeNormalizer().__aenter__()
        self._normalizer.lists_models(first=self._lane.first, second=self._lane.second)
        self._router = await RunningRouter(
            self._config, self._normalizer.url, random_bytes=lambda count: bytes(count)
        ).__aenter__()
        self._client = httpx2.AsyncClient(base_url=self._router.url, timeout=10)
        conversation = Conversation(self._lane, self._normalizer, self._client)
        await conversation.learns()
        return conversation

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        await self._router.__aexit__(None, None, None)
        await self._normalizer.__aexit__(None, None, None)


@pytest.mark.parametrize("fault", FAULTS)
async def test_before_the_first_content_nobody_sees_it(lane: Lane, fault: str) -> None:
    every, steps = FAULTS[fault]
    whole, end = written(lane.first, SAID), last(lane.first)
    async with Running(lane, "60") as conversation:
        for place in (*range(0, end, every), end):
            await conversation.sees_another_answer(*steps(whole[:place], lane.first))


async def test_an_error_between_events_is_not_seen_either(lane: Lane) -> None:
    whole, error = written(lane.first, SAID), DIALECTS[lane.first].failure_event(BROKEN, "req_1")
    async with Running(lane, "60") as conversation:
        for place in boundaries(lane.first):
            await conversation.sees_another_answer(whole[:place], error)


async def test_who_falls_silent_before_the_first_content_is_not_waited_for(lane: Lane) -> None:
    whole = written(lane.first, SAID)
    async with Running(lane, "0.2") as conversation:
        for place in sorted({*boundaries(lane.first), last(lane.first) // 2, last(lane.first)}):
            await conversation.sees_another_answer(whole[:place], asyncio.Event())


@pytest.mark.parametrize("fault", ["cut", "reset"])
async def test_after_the_first_content_it_is_told_and_nobody_else_asked(lane: Lane, fault: str) -> None:
    _, steps = FAULTS[fault]
    whole, end = written(lane.first, SAID), begun(lane.first)
    async with Running(lane, "60") as conversation:
        await conversation.is_told(*steps(whole[:end], lane.first))

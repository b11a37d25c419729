"""The catalog is kept as the normalizer has it, without asking too often."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from fairlead.router.discovery import EVERY, Discovery

from .fake_normalizer import FakeNormalizer, whole
from .running import Lines


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log() -> Lines:
    return Lines()


@pytest.fixture
async def made(normalizer: FakeNormalizer, clock: Clock, log: Lines) -> AsyncIterator[Discovery]:
    async with httpx2.AsyncClient() as client:
        yield Discovery(client, f"{normalizer.url}/v1/models", {"authorization": "Bearer k"}, clock, log)


async def test_the_list_is_read_with_our_key(normalizer: FakeNormalizer, made: Discovery, log: Lines) -> None:
    assert await made.refresh()
    assert made.current
    assert made.catalog.dialect("p,native") == "anthropic"
    assert normalizer.asked[0].headers["authorization"] == "Bearer k"
    assert [line["event"] for line in log.written] == ["catalog read"]


async def test_every_page_is_read(normalizer: FakeNormalizer, made: Discovery) -> None:
    normalizer.lists = whole(200, {"data": [{"id": "a", "dialect": "openai"}], "has_more": True, "last_id": "a"})
    await made.refresh()
    assert len(normalizer.asked) == 20
    assert [asked.target for asked in normalizer.asked[:2]] == [
        "/v1/models?limit=1000",
        "/v1/models?limit=1000&after_id=a",
    ]


async def test_an_unknown_model_is_asked_for_once_in_a_while(
    normalizer: FakeNormalizer, made: Discovery, clock: Clock
) -> None:
    await made.refresh()
    assert await made.dialect("q,new") is None
    assert await made.dialect("q,new") is None
    assert len(normalizer.asked) == 2
    normalizer.models.append({"id": "q,new", "provider": "q", "dialect": "openai"})
    clock.now += EVERY
    assert await made.dialect("q,new") == "openai"
    assert await made.dialect("p,native") == "anthropic"
    assert len(normalizer.asked) == 3


async def test_a_normalizer_that_comes_late_is_asked_at_the_first_request(
    normalizer: FakeNormalizer, made: Discovery
) -> None:
    normalizer.lists = whole(503, {"error": {}})
    assert await made.dialect("p,native") is None
    normalizer.lists = None
    assert await made.dialect("p,native") == "anthropic"


async def test_what_was_known_stays_when_the_normalizer_goes(
    normalizer: FakeNormalizer, made: Discovery, log: Lines
) -> None:
    await made.refresh()
    await normalizer.stop()
    assert not await made.refresh()
    assert made.current is False
    assert made.catalog.dialect("p,native") == "anthropic"
    assert [line["event"] for line in log.written] == ["catalog read", "catalog not read"]


async def test_an_answer_that_is_no_list_changes_nothing(normalizer: FakeNormalizer, made: Discovery) -> None:
    await made.refresh()
    for answer in (whole(500, {"error": {}}), whole(200, b"<html>"), whole(200, {"data": 7})):
        normalizer.lists = answer
        assert not await made.refresh()
    assert made.catalog.find("p,native") is not None


async def test_readings_of_our_own_make_nobody_ask_providers(normalizer: FakeNormalizer, made: Discovery) -> None:
    normalizer.lists = whole(200, {"data": [], "providers": {"Known": "anthropic"}})
    await made.refresh()
    await made.refresh(look=True)
    assert [asked.headers.get("x-fairlead-lists") for asked in normalizer.asked] == ["known", None]


async def test_a_provider_none_of_whose_models_is_known_is_spoken_to_in_its_dialect_unlooked(
    normalizer: FakeNormalizer, made: Discovery
) -> None:
    normalizer.lists = whole(200, {"data": [], "providers": {"Known": "anthropic"}})
    await made.refresh()
    assert await made.dialect("known,whatever") == "anthropic"
    assert made.catalog.knows("KNOWN")
    assert await made.dialect("bare-name") is None
    assert [asked.headers.get("x-fairlead-lists") for asked in normalizer.asked] == ["known", "known", None]

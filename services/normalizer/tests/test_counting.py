"""Counts made here get nearer to what providers say."""

import asyncio
from typing import Any

import pytest

from fairlead.normalizer.counting import SAMPLED, LocalCount
from fairlead.normalizer.lane import Wanted
from fairlead.normalizer.upstreams import Place
from fairlead.shared.calibration import Calibration
from fairlead.shared.codec import encode, peek
from fairlead.shared.conversation import Usage
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError
from fairlead.shared.measures import CL100K, Measure, measure_of
from fairlead.shared.runtime.counting import Counting
from fairlead.shared.surfaces import SURFACES

SURFACE = next(one for one in SURFACES if one.dialect == "openai")
M, N, CLAUDE = (Place("p", name, measure_of(name)) for name in ("m", "n", "claude-opus"))
TEXT = "some words to count " * 100


def wanted(**fields: Any) -> Wanted:
    body = encode({"model": "alias", "messages": [{"role": "user", "content": TEXT}], **fields})
    return Wanted(DIALECTS["openai"], SURFACE, peek(body), body, own_words=True)


@pytest.fixture(scope="module")
def counting() -> Counting:
    return Counting()


async def settled(local: LocalCount, usage: Usage | None) -> bool:
    """Whether the request was counted to learn from it; returns when it has been."""
    sample = local.sample(wanted(), M)
    if sample is None:
        return False
    sample.settle(usage)
    assert local._sampling is not None
    await asyncio.wait([local._sampling])
    await asyncio.sleep(0)
    return True


async def test_answers_correct_the_counts_of_their_model_alone(counting: Counting) -> None:
    local = LocalCount(counting, Calibration())
    first = await local.tokens(wanted(), M)
    other = await local.tokens(wanted(), N)
    read = Usage(input=first // 2, cache_read=first // 2, cache_write=first)
    for _ in range(6):
        assert await settled(local, read)
    assert await local.tokens(wanted(), M) > 1.5 * first
    assert await local.tokens(wanted(), N) == other


async def test_a_model_that_was_never_counted_here_costs_nothing(counting: Counting) -> None:
    assert not await settled(LocalCount(counting, Calibration()), Usage(input=9_000))


async def test_nothing_is_learned_where_nobody_says_what_was_read(counting: Counting) -> None:
    local = LocalCount(counting, Calibration())
    first = await local.tokens(wanted(), M)
    assert await settled(local, None)
    assert await local.tokens(wanted(), M) == first


async def test_only_one_request_is_sampled_at_a_time_and_no_large_one(counting: Counting) -> None:
    local = LocalCount(counting, Calibration())
    await local.tokens(wanted(), M)
    assert local.sample(wanted(user="x" * SAMPLED), M) is None
    assert local.sample(wanted(), M) is not None
    assert local.sample(wanted(), M) is None
    assert local._sampling is not None
    await local._sampling


async def test_what_only_the_provider_understands_is_not_learned_from(counting: Counting) -> None:
    local = LocalCount(counting, Calibration())
    first = await local.tokens(wanted(), M)
    sample = local.sample(wanted(messages=[{"role": 7}]), M)
    assert sample is not None
    sample.settle(Usage(input=3 * first))
    assert local._sampling is not None
    assert await local._sampling == 0
    assert await local.tokens(wanted(), M) == first


async def test_a_request_that_cannot_be_read_is_not_counted(counting: Counting) -> None:
    with pytest.raises(FailureError):
        await LocalCount(counting, Calibration()).tokens(wanted(messages=7), M)


async def test_the_models_own_name_tells_the_vocabulary(counting: Counting) -> None:
    local = LocalCount(counting, Calibration())
    plain, claude = await local.tokens(wanted(), M), await local.tokens(wanted(), CLAUDE)
    assert claude == round(plain * 1.15)


async def test_a_configured_vocabulary_is_counted_in(counting: Counting) -> None:
    local = LocalCount(counting, Calibration())
    text = wanted(messages=[{"role": "user", "content": "naïve façade 你好世界 " * 50}])
    usual = await local.tokens(text, M)
    assert await local.tokens(text, Place("p", "m", Measure(CL100K))) > 1.2 * usual

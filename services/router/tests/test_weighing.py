"""What was counted before narrows what a request can come to, and never below what it comes to."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.router import facts as reading
from fairlead.router.policy import Policy
from fairlead.router.question import Question
from fairlead.router.reception import Caller, Received
from fairlead.router.weighing import Weighing
from fairlead.shared.codec import peek
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.runtime.counting import Counting
from fairlead.shared.surfaces import SURFACES

from .bodies import assistant, claude_code, picture, text, user

POLICY = Policy({}, {}, 60_000, {})
SURFACE = next(one for one in SURFACES if one.dialect == "anthropic")


def weighed(counting: Counting, *messages: dict[str, Any], model: str = "claude-opus-4-7") -> tuple[Weighing, Question]:
    body = json.dumps(claude_code(model=model, messages=list(messages)), separators=(",", ":")).encode()
    fields = peek(body)
    taken = Received(Caller({}, "", "", "req"), DIALECTS["anthropic"], SURFACE, fields, body, 0.0)
    question = Question(reading.read({}, fields, len(body)), POLICY)
    return Weighing(taken, model, counting), question


SAID = [user(text("please " * 2_000)), assistant(text("yes " * 1_000))]


async def test_nothing_is_known_at_first() -> None:
    weighing, question = weighed(Counting(), *SAID)
    assert weighing.narrowed(question).facts.token_bound == question.facts.token_bound


async def test_what_was_counted_needs_no_byte_a_token_any_more() -> None:
    counting = Counting()
    await weighed(counting, *SAID)[0].count()
    weighing, question = weighed(counting, *SAID, user(text("and now?")))
    narrowed = weighing.narrowed(question)
    assert narrowed.tokens is None
    assert await weighing.count() <= narrowed.facts.token_bound < question.facts.token_bound / 4


async def test_what_is_known_whole_is_counted() -> None:
    counting = Counting()
    exact = await weighed(counting, *SAID)[0].count()
    weighing, question = weighed(counting, *SAID)
    assert weighing.narrowed(question).tokens == exact
    assert (await weighing.counted(question)).tokens == exact


async def test_the_count_is_that_of_the_model() -> None:
    plain, new = [await weighed(Counting(), *SAID, model=model)[0].count() for model in ("gpt-5", "claude-opus-4-7")]
    assert new == pytest.approx(plain * 1.45, abs=20)


COUNTING = Counting()
said = st.builds(user, st.text(max_size=200).map(text)) | st.builds(lambda: user(text("look"), picture()))


@settings(max_examples=60, deadline=None)
@given(st.lists(said, min_size=1, max_size=6), st.integers(0, 6))
async def test_no_request_comes_to_more_than_its_bound(messages: list[dict[str, Any]], before: int) -> None:
    if messages[:before]:
        await weighed(COUNTING, *messages[:before])[0].count()
    weighing, question = weighed(COUNTING, *messages)
    narrowed = weighing.narrowed(question)
    count = await weighing.count()
    assert count <= question.facts.token_bound
    assert count <= narrowed.facts.token_bound
    assert narrowed.tokens in (None, count)

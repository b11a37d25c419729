"""What each answer of a provider is taken for."""

import json
from typing import Any

import pytest

from fairlead.cli.examination import FIRST, OTHERS, Answer, State, judge

STREAM, TOOLS, THINKING, COUNT = OTHERS


def told(*blocks: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps({"content": blocks, "stop_reason": "end_turn"}).encode())


def call(name: str, given: Any) -> Answer:
    return told({"type": "tool_use", "name": name, "input": given})


TEXT = {"type": "text", "text": "Hello!\nmore"}


def test_words_are_an_answer() -> None:
    assert judge(FIRST, told(TEXT)) == (State.GOOD, "says 'Hello!'")
    assert judge(FIRST, told()).state is State.ODD


def test_a_tool_is_to_be_called_with_what_fits() -> None:
    assert judge(TOOLS, call("get_weather", {"city": "Paris"})).state is State.GOOD
    assert judge(TOOLS, told(TEXT)).state is State.ODD
    for wrong in (call("weather", {"city": "Paris"}), call("get_weather", {}), call("get_weather", "Paris")):
        assert judge(TOOLS, wrong).state is State.BROKEN


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        (({"type": "thinking"}, TEXT), "thinks and shows it"),
        (({"type": "redacted_thinking"},), "thinks and shows it"),
        ((TEXT,), "takes the wish, and shows no thoughts"),
    ],
)
def test_thinking_need_not_be_shown(blocks: tuple[dict[str, Any], ...], words: str) -> None:
    assert judge(THINKING, told(*blocks)) == (State.GOOD, words)


def test_a_count_counts_something() -> None:
    assert judge(COUNT, Answer(200, b'{"input_tokens": 12}')) == (State.GOOD, "12 tokens")
    assert judge(COUNT, Answer(200, b'{"input_tokens": 0}')).state is State.BROKEN


@pytest.mark.parametrize("question", [FIRST, TOOLS, THINKING, COUNT], ids=lambda one: one.name)
def test_a_page_is_no_answer(question: Any) -> None:
    assert judge(question, Answer(200, b"<html>")).words.startswith("its answer cannot be read")
    assert judge(question, Answer(200, b"{}")).state is State.BROKEN


def test_a_broken_stream_is_told() -> None:
    assert judge(STREAM, Answer(200, b"")) == (State.BROKEN, "it breaks off before its end")


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "check its key"), (404, "check the model's name"), (429, "its limit is reached"), (503, "try again later")],
)
def test_a_refusal_is_told_with_what_to_do(status: int, hint: str) -> None:
    verdict = judge(FIRST, Answer(status, b'{"error": {"message": "no"}}'))
    assert verdict.state is State.BROKEN
    assert verdict.words.startswith(f"HTTP {status}: no - ")
    assert hint in verdict.words


def test_who_cannot_be_reached_has_no_trouble_that_goes_by_itself() -> None:
    body = b'{"error": {"message": "could not connect to local: connection refused"}}'
    assert judge(FIRST, Answer(502, body)).words == (
        "HTTP 502: could not connect to local: connection refused "
        "- check that it runs, its api_base_url, and its proxy if it has one"
    )


def test_a_refusal_that_is_a_page_is_shown_in_short() -> None:
    assert judge(FIRST, Answer(400, b"x" * 9_999)).words == f"HTTP 400: {'x' * 200}"

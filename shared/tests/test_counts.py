"""What a provider says it counted is told only where it can have been counted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fairlead.shared.conversation import Usage
from fairlead.shared.counts import MOST, count
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS

CONTEXT = ReplyContext("r1", 5, "m")
FIGURES: list[tuple[Any, int]] = [
    (7, 7),
    (7.0, 7),
    (7.9, 7),
    ("7", 7),
    (" 7.0 ", 7),
    (-5, 0),
    (-0.5, 0),
    ("-5", 0),
    ("many", 0),
    ("", 0),
    ("nan", 0),
    ("inf", 0),
    ("9" * 5_000, 0),
    (MOST, MOST),
    (MOST + 1, 0),
    (1e300, 0),
    (True, 0),
    (None, 0),
    ([7], 0),
    ({"tokens": 7}, 0),
]


@pytest.mark.parametrize(("told", "read"), FIGURES)
def test_a_figure_is_a_whole_number_or_none(told: Any, read: int) -> None:
    assert (count(told), type(count(told))) == (read, int)


ANSWERS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "anthropic": (
        {"content": [], "stop_reason": "end_turn"},
        "usage",
        {
            "input_tokens": 0,
            "output_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
            "output_tokens_details": {"thinking_tokens": 0},
        },
    ),
    "openai": (
        {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]},
        "usage",
        {
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "total_tokens": 0,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    ),
    "openai-responses": (
        {"output": [], "status": "completed"},
        "usage",
        {
            "input_tokens": 0,
            "output_tokens": 0,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    ),
    "gemini": (
        {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]},
        "usageMetadata",
        {
            "promptTokenCount": 0,
            "cachedContentTokenCount": 0,
            "candidatesTokenCount": 0,
            "toolUsePromptTokenCount": 0,
            "thoughtsTokenCount": 0,
            "totalTokenCount": 0,
        },
    ),
}


def with_figure(counted: dict[str, Any], figure: Any) -> Iterator[dict[str, Any]]:
    """The counts, each in turn replaced."""
    for name, value in counted.items():
        for one in with_figure(value, figure) if isinstance(value, dict) else [figure]:
            yield {**counted, name: one}


@pytest.mark.parametrize("target", DIALECTS)
@pytest.mark.parametrize("source", ANSWERS)
def test_no_client_is_told_a_count_that_is_none(source: str, target: str) -> None:
    body, name, counted = ANSWERS[source]
    for figure in [figure for figure, read in FIGURES if not read]:
        for usage in with_figure(counted, figure):
            message = DIALECTS[source].decode_response(json.dumps({**body, name: usage}).encode())
            assert message.usage in (Usage(), Usage(extras=message.usage.extras))
            told = json.loads(DIALECTS[target].encode_response(message, CONTEXT).body)
            assert set(figures(told["usageMetadata" if target == "gemini" else "usage"])) == {0}


def figures(counted: dict[str, Any]) -> Iterator[Any]:
    for value in counted.values():
        yield from figures(value) if isinstance(value, dict) else [value]

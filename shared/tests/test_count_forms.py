"""Questions for a count, and their answers."""

import json
from typing import Any

import pytest

from fairlead.shared.count_forms import COUNT_FORMS
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.surfaces import SURFACES, Operation


@pytest.mark.parametrize(
    ("dialect", "body", "question"),
    [
        (
            "anthropic",
            {"model": "m", "max_tokens": 5, "messages": [1], "system": "s", "stream": True, "temperature": 1},
            {"model": "m", "messages": [1], "system": "s"},
        ),
        (
            "openai-responses",
            {"model": "m", "input": [1], "max_output_tokens": 5, "store": False, "tools": [2], "include": []},
            {"model": "m", "input": [1], "tools": [2]},
        ),
        (
            "gemini",
            {"contents": [1], "generationConfig": {"a": 1}},
            {"generateContentRequest": {"model": "models/m", "contents": [1], "generationConfig": {"a": 1}}},
        ),
    ],
)
def test_only_what_may_be_counted_is_asked(dialect: str, body: dict[str, Any], question: dict[str, Any]) -> None:
    assert json.loads(COUNT_FORMS[dialect].question(json.dumps(body).encode(), "m")) == question


@pytest.mark.parametrize(
    "surface", [one for one in SURFACES if one.operation is Operation.COUNT], ids=lambda s: s.dialect
)
def test_an_answer_we_write_is_one_we_can_read(surface: Any) -> None:
    assert COUNT_FORMS[surface.dialect].tokens(surface.count(17)) == 17


def test_every_dialect_that_counts_has_a_form() -> None:
    counting = {one.dialect for one in SURFACES if one.operation is Operation.COUNT}
    assert counting == set(COUNT_FORMS) <= set(DIALECTS)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b'{"input_tokens": null}',
        b'{"input_tokens": "5"}',
        b'{"input_tokens": -1}',
        b"\xff",
        b'{"input_tokens":1.5}',
    ],
)
def test_an_answer_without_a_number_tells_nothing(answer: bytes) -> None:
    assert COUNT_FORMS["anthropic"].tokens(answer) is None

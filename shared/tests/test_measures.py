"""A model's name tells how its tokens are counted."""

import pytest

from fairlead.shared.measures import CL100K, O200K, Measure, measure_of


@pytest.mark.parametrize(
    ("model", "measure"),
    [
        ("claude-opus-4-6", Measure(O200K, 1.15)),
        ("anthropic/claude-haiku-4.5", Measure(O200K, 1.15)),
        ("claude-3-5-sonnet-20241022", Measure(O200K, 1.15)),
        ("claude-sonnet-4-20250514", Measure(O200K, 1.15)),
        ("claude-opus-4-7", Measure(O200K, 1.45)),
        ("us.anthropic.claude-opus-4-8-20260401-v1:0", Measure(O200K, 1.45)),
        ("anthropic/claude-4.7-opus", Measure(O200K, 1.45)),
        ("claude-fable-5", Measure(O200K, 1.45)),
        ("gpt-4o-mini", Measure(O200K)),
        ("gpt-4.1", Measure(O200K)),
        ("gpt-4-turbo", Measure(CL100K)),
        ("gpt-3.5-turbo", Measure(CL100K)),
        ("gpt-5.1", Measure(O200K)),
        ("glm-5", Measure(O200K)),
        ("gemini-3-pro", Measure(O200K, 1.08)),
        ("deepseek/deepseek-v4", Measure(O200K, 1.03)),
    ],
)
def test_a_models_name_tells_its_measure(model: str, measure: Measure) -> None:
    assert measure_of(model) == measure

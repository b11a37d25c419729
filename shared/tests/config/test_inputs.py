"""What a preset asks for: conditions, defaults, and the order in which it is asked."""

from typing import Any

import pytest

from fairlead.shared.config.inputs import Condition, Dynamic, Input, holds, in_order, values_of


@pytest.mark.parametrize(
    ("operator", "wanted", "holding", "failing"),
    [
        ("eq", "a", ["a"], ["b", None]),
        ("eq", 1, [1], [True, "1"]),
        ("ne", "a", ["b", None], ["a"]),
        ("in", ["a", 1], ["a", 1], ["b", True, None]),
        ("nin", ["a"], ["b", None], ["a"]),
        ("gt", 3, [4, "4"], [3, "x", None, []]),
        ("lt", 3, [2, 2.5], [3, None]),
        ("gte", 3, [3, 4], [2]),
        ("lte", 3, [3, 2], [4]),
        ("exists", None, ["", 0, False], [None]),
    ],
)
def test_each_operator_compares_an_answer(operator: Any, wanted: Any, holding: list[Any], failing: list[Any]) -> None:
    condition = Condition("f", operator, wanted)
    assert [holds(condition, {"f": actual}) for actual in holding] == [True] * len(holding)
    assert [holds(condition, {"f": actual}) for actual in failing] == [False] * len(failing)


def test_a_list_that_is_none_holds_nothing() -> None:
    assert not holds(Condition("f", "in", "abc"), {"f": "a"})
    assert not holds(Condition("f", "nin", "abc"), {"f": "z"})


def test_conditions_in_a_list_hold_together() -> None:
    both = (Condition("a", value=1), Condition("b", value=2))
    assert holds(both, {"a": 1, "b": 2})
    assert not holds(both, {"a": 1, "b": 3})
    assert holds(None, {})


def test_defaults_stand_for_what_was_not_answered_and_applies() -> None:
    inputs = [
        Input("region", default_value="eu", when=Condition("hosted", value=True)),
        Input("hosted", "confirm"),
        Input("models", "multiselect"),
        Input("key"),
    ]
    assert values_of(inputs, {}) == {"hosted": False, "models": []}
    assert values_of(inputs, {"hosted": True}) == {"hosted": True, "region": "eu", "models": []}


def test_inputs_come_after_those_they_depend_on_and_circles_end() -> None:
    inputs = [
        Input("model", "select", options=Dynamic("models", provider_field="#{provider}")),
        Input("provider", when=Condition("on", "exists")),
        Input("on", depends_on=("model",)),
    ]
    assert [one.id for one in in_order(inputs)] == ["on", "provider", "model"]

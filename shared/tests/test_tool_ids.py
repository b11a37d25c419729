"""Facts about tool call ids."""

import re

from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.tool_ids import ToolIds

LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def test_a_legal_id_stays_as_it_is() -> None:
    ids = ToolIds()
    assert ids.call("toolu_01-A") == "toolu_01-A"
    assert ids.result("toolu_01-A") == "toolu_01-A"


def test_an_illegal_id_becomes_the_same_legal_one_every_time() -> None:
    first, again = ToolIds(), ToolIds()
    made = first.call("functions.Bash:0")
    assert LEGAL.fullmatch(made)
    assert made == first.result("functions.Bash:0") == again.call("functions.Bash:0")


def test_a_repeated_id_becomes_unique_and_its_results_follow_in_order() -> None:
    ids = ToolIds()
    calls = [ids.call("x"), ids.call("x"), ids.call("x")]
    assert len(set(calls)) == 3
    assert [ids.result("x") for _ in range(3)] == calls


def test_a_result_that_comes_twice_keeps_the_id_of_its_call() -> None:
    ids = ToolIds()
    ids.call("x")
    assert [ids.result("x"), ids.result("x")] == ["x", "x"]


@given(st.lists(st.text(max_size=80), max_size=20))
def test_all_ids_are_legal_and_unique_whatever_comes(names: list[str]) -> None:
    ids = ToolIds()
    made = [ids.call(name) for name in names]
    assert all(LEGAL.fullmatch(one) for one in made)
    assert len(set(made)) == len(made)

"""Sums over the last while."""

from hypothesis import given
from hypothesis import strategies as st

from fairlead.router.health.windows import BUCKETS, Window


def test_what_was_added_counts_until_the_window_has_passed() -> None:
    window = Window(60.0)
    window.add(100.0, 3)
    window.add(130.0, 4)
    assert window.total(130.0) == 7
    assert window.total(161.0) == 4
    assert window.total(1_000.0) == 0


def test_an_empty_window_is_nothing() -> None:
    assert Window(60.0).total(5.0) == 0


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 9)), max_size=60))
def test_the_sum_is_that_of_the_last_steps(steps: list[tuple[float, int]]) -> None:
    window, now, width = Window(60.0), 0.0, 60.0 / BUCKETS
    added: list[tuple[int, int]] = []
    for passed, amount in steps:
        now += passed
        window.add(now, amount)
        added.append((int(now / width), amount))
        assert window.total(now) == sum(what for step, what in added if step > int(now / width) - BUCKETS)

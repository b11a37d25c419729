"""What may be used in a minute."""

from fairlead.shared.allowance import Allowance


def test_what_was_not_used_is_saved_up_to_one_minutes_worth() -> None:
    left = Allowance(60)
    left.take(60, 0.0)
    assert left.wait(0.0) == 1.0
    assert left.wait(1.0) == 0.0
    assert left.wait(10_000.0) == 0.0
    left.take(60, 10_000.0)
    assert left.wait(10_000.0) == 1.0


def test_a_debt_is_waited_for() -> None:
    left = Allowance(60)
    left.take(179, 0.0)
    assert left.wait(0.0) == 120.0


def test_a_clock_that_is_set_back_gives_nothing_away() -> None:
    left = Allowance(60)
    left.take(60, 100.0)
    assert left.wait(50.0) == 1.0
    assert left.wait(50.5) == 0.5

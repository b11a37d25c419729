"""Counts are corrected by what providers say."""

import pytest

from fairlead.shared.calibration import EAGER, EVERY, Calibration


def calibrated(*answers: tuple[int, int]) -> float:
    made = Calibration()
    made.factor("m")
    for counted, read in answers:
        made.learn("m", counted, read)
    return made.factor("m")


def test_nothing_is_corrected_before_anything_is_known() -> None:
    assert calibrated() == 1.0


def test_answers_that_agree_are_believed_soon() -> None:
    assert calibrated((1_000, 1_300)) == pytest.approx(1.15)
    assert calibrated(*[(1_000, 1_300)] * 10) == pytest.approx(1.3, abs=0.04)
    assert calibrated(*[(1_000, 1_300)] * 50) == pytest.approx(1.3, abs=0.001)
    assert calibrated(*[(1_000, 700)] * 50) == pytest.approx(0.7, abs=0.001)


def test_one_odd_answer_does_little_harm() -> None:
    settled = [(1_000, 1_300)] * 50
    assert calibrated(*settled, (1_000, 3_900)) == pytest.approx(1.365, abs=0.001)
    assert calibrated(*settled, (1_000, 300)) == pytest.approx(1.257, abs=0.001)


@pytest.mark.parametrize("answer", [(99, 200), (0, 5), (1_000, 0), (1_000, -1), (1_000, 249), (1_000, 4_001)])
def test_what_tells_nothing_is_not_learned_from(answer: tuple[int, int]) -> None:
    assert calibrated(answer) == 1.0


def test_the_same_answers_in_the_same_order_give_the_same_factor() -> None:
    answers = [(1_000 + 7 * n, 1_200 + 11 * n) for n in range(40)]
    assert calibrated(*answers) == calibrated(*answers)


def test_only_models_that_were_counted_here_are_worth_learning_from() -> None:
    made = Calibration()
    assert not made.wants("m")
    made.learn("m", 1_000, 2_000)
    assert made.factor("m") == 1.0
    wanted = [made.wants("m") for _ in range(EAGER + 2 * EVERY)]
    assert wanted[:EAGER] == [True] * EAGER
    assert sum(wanted[EAGER:]) == 2


def test_models_that_have_not_been_counted_for_long_are_forgotten() -> None:
    made = Calibration(remembered=2)
    for model in ("a", "b", "a", "c"):
        made.factor(model)
    assert [made.wants(model) for model in ("a", "b", "c")] == [True, False, True]
    assert repr(made) == "<Calibration models=2>"

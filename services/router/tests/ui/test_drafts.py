"""What is typed into the form of a row, and what it comes to."""

import pytest

from fairlead.router.ui.drafts import Draft, Drafted, draft_from, draft_of, line_from, moved, whole_from
from fairlead.router.ui.matrix import Aim, Ladder, Line, Matrix, Whole

LINE = Line("think", (Aim("a,m", 0.7), Aim("b,m")), ("c,m", "d,m"), "cost", 200, {"hours": "22-06"})
FORM = {
    "scenario": "think",
    "target-0": "a,m",
    "weight-0": "0.7",
    "target-1": " b , m ",
    "weight-1": "",
    "target-2": "",
    "weight-2": "5",
    "fallback-0": "c,m",
    "fallback-7": "d,m",
    "strategy": "cost",
    "delay_ms": "200",
    "when": "{hours: '22-06'}",
}


def test_a_form_comes_to_a_row() -> None:
    assert line_from(draft_from(FORM)) == LINE


def test_a_row_comes_to_a_form_and_back() -> None:
    assert line_from(draft_of(LINE)) == LINE
    assert draft_of(Line("image", (Aim("a,m"),))) == Draft("image", (Drafted("a,m"),))


@pytest.mark.parametrize(
    ("deed", "targets", "fallback"),
    [
        ("up target 1", "ba", "cd"),
        ("down target 0", "ba", "cd"),
        ("up target 0", "ab", "cd"),
        ("down fallback 1", "ab", "cd"),
        ("up fallback 1", "ab", "dc"),
        ("remove target 0", "b", "cd"),
        ("remove fallback 1", "ab", "c"),
        ("remove fallback 2", "ab", "cd"),
        ("more", "ab", "cd"),
        ("up nobody 1", "ab", "cd"),
        ("up target x", "ab", "cd"),
    ],
)
def test_entries_change_places_or_go(deed: str, targets: str, fallback: str) -> None:
    draft = moved(draft_of(LINE), deed)
    assert "".join(one.route[0] for one in draft.targets) == targets
    assert "".join(route[0] for route in draft.fallback) == fallback


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("target-0", "a"),
        ("target-0", ",m"),
        ("weight-0", "much"),
        ("weight-0", "-1"),
        ("weight-0", "nan"),
        ("weight-0", "inf"),
        ("fallback-0", "c,"),
        ("strategy", "luck"),
        ("delay_ms", "-5"),
        ("delay_ms", "1" * 10),
        ("when", "["),
        ("when", "[1]"),
        ("scenario", ""),
    ],
)
def test_a_slip_is_told_by_its_field(field: str, typed: str) -> None:
    slips = line_from(draft_from({**FORM, field: typed}))
    assert not isinstance(slips, Line)
    assert list(slips) == [field]


def test_what_is_not_of_one_scenario_is_read_too() -> None:
    matrix = Matrix((), Whole("a,m", 60_000), (Ladder(0, "team", ("b,m",)), Ladder(1, "me", ("c,m",))))
    form = {"emergency": "", "long_context_threshold": "70000", "fast_threshold": "", "ladder-0": "x,m\r\n\r\ny,m"}
    assert whole_from(form, matrix) == (
        Whole("", 70_000, None),
        (Ladder(0, "team", ("x,m", "y,m")), Ladder(1, "me", ("c,m",))),
    )
    slips = whole_from({"emergency": "x", "fast_threshold": "few", "ladder-1": "z"}, matrix)
    assert set(slips) == {"emergency", "fast_threshold", "ladder-1"}


@pytest.mark.parametrize("deed", ["up target " + "9" * 5_000, "up target ٣", "up nobody 1", "fly", "down target 70"])
def test_a_move_that_makes_no_sense_changes_nothing(deed: str) -> None:
    assert moved(draft_of(LINE), deed) == draft_of(LINE)

"""Figures as people read them."""

import pytest

from fairlead.router.ui import wording
from fairlead.router.ui.wording import UNKNOWN

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0"), (7, "7"), (999, "999"), (9_876, "9,876"), (9_999.6, "10k"), (12_345, "12.3k"), (999_700, "1M"),
     (2_710_000_000, "2.71B"), (None, UNKNOWN)],
)  # fmt: skip
def test_large_numbers_are_told_in_three_digits(number: float | None, told: str) -> None:
    assert wording.short(number) == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [(0, "$0.00"), (1234.5, "$1,234"), (12.345, "$12.35"), (0.0016, "$0.0016"), (0.00001, "<$0.0001"), (-3, f"{MINUS}$3.00"),
     (None, UNKNOWN)],
)  # fmt: skip
def test_dollars_keep_what_tells_something(amount: float | None, told: str) -> None:
    assert wording.dollars(amount) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.042, "42 ms"), (0.9999, "1 s"), (2.345, "2.35 s"), (12.34, "12 s"), (300, "5 min"), (7_200, "2 h"), (400_000, "5 days"), (None, UNKNOWN)],
)  # fmt: skip
def test_times_are_told_in_the_unit_that_fits(seconds: float | None, told: str) -> None:
    assert wording.duration(seconds) == told


def test_shares_and_counts_and_moments() -> None:
    assert [wording.share(one) for one in (0.0, 0.012, 0.4, None)] == ["0%", "1.2%", "40%", UNKNOWN]
    assert wording.count(100_006) == "100,006"
    assert wording.moment(1_767_571_200) == "2026-01-05T00:00:00Z"
    assert wording.clock(1_767_571_261) == "00:01:01"


@pytest.mark.parametrize(("text", "told"), [("so it is", "So it is."), ("Is it?", "Is it?"), ("", "")])
def test_a_reason_is_told_as_a_sentence(text: str, told: str) -> None:
    assert wording.sentence(text) == told

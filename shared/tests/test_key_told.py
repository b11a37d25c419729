"""What is told of keys comes back as it was, and nonsense is nothing."""

import pytest

from fairlead.shared.failure import Kind
from fairlead.shared.key_told import Failed, KeyTold, read, told

STATES = [
    (KeyTold("1", 1, 1), b"1;n=1;r=1"),
    (KeyTold("2", 3, 2, 40.0), b"2;n=3;r=2;t=40"),
    (KeyTold("12", 20, 0, 0.125), b"12;n=20;r=0;t=0.125"),
    (KeyTold("2", 3, 1, 9.5, (Failed("1", Kind.RATE_LIMIT),)), b"2;n=3;r=1;t=9.5, 1;f=rate_limit"),
]


@pytest.mark.parametrize(("state", "written"), STATES)
def test_a_state_comes_back_as_it_was(state: KeyTold, written: bytes) -> None:
    assert told(state) == written
    assert read(written) == state


@pytest.mark.parametrize(
    "value",
    [b"", b",", b"1", b"1;n=2", b"1;r=2", b"a;n=1;r=1", b"1;n=x;r=1", b"1;n=1;r=1;t=-5", b"1;n=1e9;r=1", b"\xff"],
)
def test_what_is_no_state_tells_nothing(value: bytes) -> None:
    assert read(value) is None


def test_what_is_no_label_is_passed_over() -> None:
    assert read(b"1;n=2;r=1, sk-secret;f=rate_limit") == KeyTold("1", 2, 1)


def test_failures_nobody_knows_are_passed_over() -> None:
    assert read(b"1;n=2;r=1, 2;f=something_new, 3, 4;f=billing") == KeyTold(
        "1", 2, 1, None, (Failed("4", Kind.BILLING),)
    )

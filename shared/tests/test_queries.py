"""Queries of our own URLs: nothing in them is ignored."""

import pytest

from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.queries import number, parameters


def refused(query: str, *known: str) -> str:
    with pytest.raises(FailureError) as error:
        parameters(query, known)
    assert error.value.failure.kind is Kind.BAD_REQUEST
    return error.value.failure.message


def test_values_are_unquoted_and_may_be_empty() -> None:
    assert parameters("key=a%20b&model=", ("key", "model")) == {"key": "a b", "model": ""}
    assert parameters("") == {}


def test_a_parameter_that_does_not_exist_is_named_with_what_was_meant() -> None:
    assert refused("limt=1", "limit", "before") == "limt: there is no such parameter here; did you mean limit?"
    assert refused("days=7", "limit", "before") == "days: there is no such parameter here, only limit, before"
    assert refused("days=7") == "days: there is no such parameter here, and no other"
    assert len(refused(f"{'x' * 5_000}=1")) < 100


def test_a_parameter_is_given_once() -> None:
    assert refused("limit=1&limit=2", "limit") == "limit: may be given once only"


@pytest.mark.parametrize("value", ["%00", "a%0Ab", "%7F", "a%1Fb"])
def test_control_characters_are_refused(value: str) -> None:
    assert refused(f"key={value}", "key") == "key: must not hold control characters"


@pytest.mark.parametrize("text", ["0", "11", "-1", "1e1", "1.0", " 1", "", "٣", "9" * 5_000, "1e309", "0x1"])
def test_a_number_is_whole_and_within_bounds(text: str) -> None:
    with pytest.raises(FailureError) as error:
        number({"limit": text}, "limit", 5, most=10)
    assert error.value.failure.message.startswith("limit: must be a whole number from 1 to 10, not ")
    assert len(error.value.failure.message) < 100


def test_a_number_may_be_left_out() -> None:
    assert (number({"limit": "10"}, "limit", 5, most=10), number({}, "limit", 5, most=10)) == (10, 5)

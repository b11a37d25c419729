"""Variables inside configured text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.config.environment import Missing, interpolate, interpolate_all

ENV = {"KEY": "k", "lower": "l", "EMPTY": "", "DOLLAR": "a$KEY"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$KEY", "k"),
        ("${KEY}", "k"),
        ("${KEY:-other}", "k"),
        ("${NONE:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${NONE:-}", ""),
        ("${NONE:-a:-b $KEY}", "a:-b $KEY"),
        ("${lower}", "l"),
        ("Bearer $KEY-${KEY}", "Bearer k-k"),
        ("$KEY/v1", "k/v1"),
        ("$DOLLAR", "a$KEY"),
    ],
)
def test_a_variable_is_filled_in(text: str, filled: str) -> None:
    assert interpolate(text, ENV) == (filled, ())


@pytest.mark.parametrize("text", ["$", "$$", "$5", "$lower", "a$ b", "${}", "${a b}", "${KEY", "${1X}", "${KEY-x}"])
def test_a_dollar_that_starts_no_reference_stays(text: str) -> None:
    assert interpolate(text, ENV) == (text, ())


@pytest.mark.parametrize("text", ["$NONE", "${NONE}", "$EMPTY", "${EMPTY}"])
def test_unset_and_empty_are_both_missing_and_stay_as_written(text: str) -> None:
    assert interpolate(text, ENV) == (text, (text.strip("${}"),))


def test_a_name_ends_where_upper_case_ends() -> None:
    assert interpolate("$KEYring $KEY_X", ENV) == ("kring $KEY_X", ("KEY_X",))


def test_texts_at_any_depth_are_filled_and_keys_are_not() -> None:
    value = {"$KEY": ["$KEY", {"a": "${NONE}"}, 1, None, True]}
    filled, missing = interpolate_all(value, ENV, ("top",))
    assert filled == {"$KEY": ["k", {"a": "${NONE}"}, 1, None, True]}
    assert missing == (Missing(("top", "$KEY", 1, "a"), "NONE"),)


names = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_characters="$"), max_size=20)


@given(texts)
def test_text_without_a_dollar_is_left_alone(text: str) -> None:
    assert interpolate(text, ENV) == (text, ())


@given(before=texts, name=names, value=st.text(min_size=1), after=texts)
def test_a_braced_variable_becomes_its_value_whatever_that_is(before: str, name: str, value: str, after: str) -> None:
    assert interpolate(f"{before}${{{name}}}{after}", {name: value}) == (f"{before}{value}{after}", ())


@given(name=names, default=st.text(st.characters(exclude_characters="}")))
def test_a_default_stands_in_for_a_variable_that_is_not_set(name: str, default: str) -> None:
    assert interpolate(f"${{{name}:-{default}}}", {}) == (default, ())


@given(st.text(alphabet="${}:-AB_ab1 ", max_size=30))
def test_with_no_variable_set_what_has_no_default_is_named_and_kept(text: str) -> None:
    filled, missing = interpolate(text, {})
    assert all(f"${name}" in filled or f"${{{name}}}" in filled for name in missing)
    assert filled == text or ":-" in text

"""Every key of a JSON5 text has a place, and the places agree with the values."""

import json
from typing import Any

import pyjson5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.shared.config import positions
from fairlead.shared.config.findings import KeyPath


def place(text: str, *path: str | int) -> positions.Position:
    return positions.Lines(text).position(positions.index(text).offsets[path])


def fault(text: str) -> tuple[int, int, str]:
    with pytest.raises(positions.Json5SyntaxError) as caught:
        positions.index(text)
    return (*positions.Lines(text).position(caught.value.offset), caught.value.message)


def paths_of(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(paths_of(item, (*path, key)) for key, item in pairs))


def test_a_member_stands_where_its_key_stands() -> None:
    assert place('{\n  "a": 1,\n  b:\n    2}', "b") == (3, 3)


def test_a_list_item_stands_where_its_value_stands() -> None:
    assert place("{a: [\n  1,\n    {b: 2}]}", "a", 1) == (3, 5)
    assert place("{a: [\n  1,\n    {b: 2}]}", "a", 1, "b") == (3, 6)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_counts_once(end: str) -> None:
    assert place(f"{{{end}{end}a: 1}}", "a") == (3, 1)


def test_comments_and_quoted_text_hide_nothing_and_are_not_searched() -> None:
    text = "// {x: 1\n{ /* y:\n */ 'a}': \"b: // {\", // z\n  c: 1, }"
    assert set(positions.index(text).offsets) == {(), ("a}",), ("c",)}
    assert place(text, "c") == (4, 3)


@pytest.mark.parametrize("spelled", ["'a b'", '"a b"', '"a\\u0020b"', "'a\\x20b'", "'a\\\n b'"])
def test_a_key_is_known_by_what_it_says_not_by_how_it_is_spelled(spelled: str) -> None:
    assert ("a b",) in positions.index(f"{{{spelled}: 1}}").offsets


def test_an_identifier_may_hold_escapes() -> None:
    assert ("abc",) in positions.index("{\\u0061bc: 1}").offsets


def test_keys_given_twice_are_reported_once_each() -> None:
    assert positions.index("{a: {b: 1}, a: {b: 2}, c: {d: 1, d: 2}}").repeated == (("a",), ("c", "d"))


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "the text ends where a value should stand"),
        ("{\n  a: 1\n  b: 2\n}", 3, 3, "a comma or } should stand here"),
        ("[1\n 2]", 2, 2, "a comma or ] should stand here"),
        ("{\n  a: [1, 2\n", 2, 6, "this [ is never closed"),
        ("\n{a: 1,", 2, 1, "this { is never closed"),
        ("{a: 'x\n'}", 1, 5, "this text is never closed; end it with the quote it began with, on the same line"),
        ("{a: 1} /* x", 1, 8, "this comment is never closed; end it with */"),
        ("{a 1}", 1, 4, "a colon should follow this key"),
        ("{1: 2}", 1, 2, "a key should stand here: a name, or text in quotes"),
        ("{a: 1,, b: 2}", 1, 7, "a key should stand here: a name, or text in quotes"),
        (
            "{a: tru}",
            1,
            5,
            "a value should stand here: text in quotes, a number, true, false, null, [ or {",
        ),
        (
            "{a: 1}\n}",
            2,
            1,
            "text after the end of the configuration; remove it, or put everything inside one { }",
        ),
        ("{'\\u12': 1}", 1, 2, "this key has an escape that is not JSON5"),
        ("[" * 200, 1, 129, "nested more than 128 deep"),
    ],
)
def test_what_is_not_json5_is_told_at_its_first_character(text: str, line: int, column: int, message: str) -> None:
    assert fault(text) == (line, column, message)


NUMBERS = ["0", "-1", "+1", "1.", ".5", "1.5e3", "1E-2", "0x1F", "-0XaB", "Infinity", "-Infinity", "NaN"]
SPACES = ["", " ", "\t", "\v", "\f", "\u00a0", "\ufeff", "\u2028", "\u3000", "\n", "\r\n", "/**/", "/***/", "// x\n"]
space = st.lists(st.sampled_from(SPACES), max_size=2).map("".join)
name = st.from_regex(r"[A-Za-z_$é][A-Za-z0-9_$]{0,5}", fullmatch=True)
quoted = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(json.dumps)
scalar = st.one_of(st.sampled_from([*NUMBERS, "true", "false", "null", "'a\\'b'"]), quoted)


@st.composite
def array(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    spaced = [draw(space) + item + draw(space) for item in draw(st.lists(items, max_size=3))]
    return "[" + ",".join(spaced) + ("," if spaced and draw(st.booleans()) else "") + draw(space) + "]"


@st.composite
def record(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    members = draw(st.lists(st.tuples(name | quoted, items), max_size=3))
    spaced = [f"{draw(space)}{key}{draw(space)}:{draw(space)}{item}{draw(space)}" for key, item in members]
    return "{" + ",".join(spaced) + ("," if spaced and draw(st.booleans()) else "") + draw(space) + "}"


documents = st.recursive(scalar, lambda items: array(items) | record(items), max_leaves=12)


@given(documents)
def test_every_value_the_library_reads_has_a_place(text: str) -> None:
    assert paths_of(pyjson5.decode(text)) <= set(positions.index(text).offsets)


@given(documents)
def test_there_is_no_place_without_a_value_unless_a_key_is_repeated(text: str) -> None:
    index = positions.index(text)
    if not index.repeated:
        assert paths_of(pyjson5.decode(text)) == set(index.offsets)


@given(documents.flatmap(lambda text: st.tuples(st.just(text), st.integers(0, len(text)))))
def test_a_text_cut_short_is_a_fault_for_both_or_for_neither(cut: tuple[str, int]) -> None:
    text = cut[0][: cut[1]]
    try:
        paths = paths_of(pyjson5.decode(text, maxdepth=positions.MAX_DEPTH))
    except pyjson5.Json5DecoderException:
        with pytest.raises(positions.Json5SyntaxError):
            positions.index(text)
    else:
        assert paths <= set(positions.index(text).offsets)

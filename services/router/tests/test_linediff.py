"""Two texts, line by line."""

from hypothesis import given
from hypothesis import strategies as st

from fairlead.router.linediff import MOST, Difference, Kind, Row, Text, difference


def compared(before: str, after: str, around: int = 1) -> Difference:
    return difference(Text(before, before), Text(after, after), around)


def signs(found: Difference) -> list[str]:
    return [{"same": " ", "added": "+", "removed": "-", "left out": "~"}[row.kind] + row.text for row in found.rows]


def test_of_texts_that_are_the_same_there_is_nothing_to_show() -> None:
    assert compared("a\nb", "a\nb\n") == Difference(())


def test_a_change_is_shown_with_what_stands_around_it() -> None:
    found = compared("a\nb\nc\nd\ne\nf", "a\nb\nc\nD\ne\nf\ng")
    assert signs(found) == ["~2 lines", " c", "-d", "+D", " e", " f", "+g"]
    assert (found.added, found.removed) == (2, 1)
    assert found.rows[2:5] == (
        Row(Kind.REMOVED, "d", before=4),
        Row(Kind.ADDED, "D", after=4),
        Row(Kind.SAME, "e", 5, 5),
    )


def test_a_single_line_is_not_left_out() -> None:
    assert signs(compared("a\nb\nc", "a\nb\nC")) == [" a", " b", "-c", "+C"]


def test_a_change_of_what_is_not_shown_is_shown_as_one() -> None:
    found = difference(Text("key: 1", "key: ***"), Text("key: 2", "key: ***"))
    assert signs(found) == ["-key: ***", "+key: ***"]


def test_whole_texts_come_and_go() -> None:
    assert signs(compared("", "a")) == ["+a"]
    assert signs(compared("a", "")) == ["-a"]


def test_very_long_changes_are_not_compared_line_by_line() -> None:
    before, after = [f"{number}" for number in range(MOST + 10)], [f"{-number}" for number in range(MOST + 10)]
    found = compared("\n".join(before), "\n".join(after))
    assert (found.added, found.removed) == (MOST + 9, MOST + 9)


def test_what_was_written_is_not_in_its_repr() -> None:
    assert "secret" not in repr(Text("secret", "***"))


_LINES = st.lists(st.sampled_from("abc"), max_size=8).map("\n".join)


@given(_LINES, _LINES)
def test_each_text_can_be_read_off(before: str, after: str) -> None:
    rows = compared(before, after, around=99).rows
    if rows:
        assert [row.text for row in rows if row.kind is not Kind.ADDED] == before.splitlines()
        assert [row.text for row in rows if row.kind is not Kind.REMOVED] == after.splitlines()

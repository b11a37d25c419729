"""Two texts line by line: what one has and the other has not, for people to look at before it counts."""

import difflib
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

AROUND = 3
"""Lines that are shown before and after each change."""
MOST = 4_000
"""Lines of a change that are compared one by one; longer ones are shown as all of one text and all of the other."""


_LINE_END = re.compile(r"\r\n|\n|\r")


class Kind(StrEnum):
    """What a line is."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    LEFT_OUT = "left out"


class Row(Struct, frozen=True):
    """One line, with its numbers in both texts, from 1; of those left out between changes one row tells how many."""

    kind: Kind
    text: str
    before: int | None = None
    after: int | None = None


class Difference(Struct, frozen=True):
    """No rows for texts that are the same."""

    rows: tuple[Row, ...]
    added: int = 0
    removed: int = 0


class Text(Struct, frozen=True):
    """A text as it is compared, and as it may be shown, with as many lines."""

    written: str
    shown: str

    def __repr__(self) -> str:
        return "Text(***)"


def difference(before: Text, after: Text, around: int = AROUND) -> Difference:
    """What became of `before`. Lines that are shown alike may differ in what is not shown."""
    old, new = _lines(before.written), _lines(after.written)
    if old == new:
        return Difference(())
    old_shown, new_shown = _lines(before.shown), _lines(after.shown)
    blocks = list(_blocks(old, new))
    rows: list[Row] = []
    for number, (tag, first, last, start, end) in enumerate(blocks):
        if tag == "equal":
            same = [Row(Kind.SAME, old_shown[one], one + 1, one + 1 + start - first) for one in range(first, last)]
            rows += _shortened(same, around if number else 0, around if number < len(blocks) - 1 else 0)
        else:
            rows += [Row(Kind.REMOVED, old_shown[one], before=one + 1) for one in range(first, last)]
            rows += [Row(Kind.ADDED, new_shown[one], after=one + 1) for one in range(start, end)]
    kinds = [row.kind for row in rows]
    return Difference(tuple(rows), kinds.count(Kind.ADDED), kinds.count(Kind.REMOVED))


def _lines(text: str) -> list[str]:
    lines = _LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As of `SequenceMatcher.get_opcodes`, whose work grows with the square of what is not the same at both ends."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    first, last, end = head, len(old) - tail, len(new) - tail
    if head:
        yield "equal", 0, head, 0, head
    if max(last, end) - head > MOST:
        yield "replace", first, last, first, end
    else:
        matcher = difflib.SequenceMatcher(None, old[first:last], new[first:end], autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            yield tag, a + head, b + head, c + head, d + head
    if tail:
        yield "equal", last, len(old), end, len(new)


def _shortened(same: list[Row], head: int, tail: int) -> list[Row]:
    """With as many lines as are to be seen beside a change, and a row for the rest."""
    hidden = len(same) - head - tail
    if hidden < 2:
        return same
    return [*same[:head], Row(Kind.LEFT_OUT, f"{hidden} lines"), *same[len(same) - tail :]]

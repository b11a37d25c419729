"""Words in columns, and what of them may be shown in a terminal."""

from collections.abc import Iterable, Iterator, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines in columns as wide as they need to be; columns that have nothing to say are left out."""
    filled = list(rows)
    columns = [place for place in range(len(head)) if any(row[place] for row in filled)]
    widths = [max(len(row[place]) for row in (head, *filled)) for place in columns]
    for row in (head, *filled):
        cells = [row[place].ljust(width) for place, width in zip(columns, widths, strict=True)]
        yield f"  {'  '.join(cells)}".rstrip()


def shown(words: str) -> str:
    """Names come from clients and providers; what could move a terminal's cursor is shown as a question mark."""
    return "".join([sign if sign.isprintable() else "?" for sign in words])

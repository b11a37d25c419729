"""Changes single values of a configuration's text and leaves every other character as it is, comments above all."""

import re
from typing import Any

import msgspec

from . import positions
from .findings import KeyPath, show_path
from .positions import Index

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_GAP = re.compile(r"(?:\s|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_REST_OF_LINE = re.compile(r"[ \t]*(?://[^\n\r]*|/\*(?:[^*\n\r]|\*(?!/))*\*/[ \t]*)?(?=[\n\r])")
_INDENT = "  "


class EditError(ValueError):
    """The text cannot be changed so; the message says why."""


def with_value(text: str, path: KeyPath, value: Any) -> str:
    """`text` with `value` at `path`, whose objects are made where they are missing; list items must be there.

    Raises `EditError` where something on the way is no object, and `Json5SyntaxError` for a text that is none.
    """
    index = positions.index(text)
    span = index.values.get(path)
    if span is not None:
        return text[: span.start] + _rendered(value) + text[span.end :]
    if not path or not isinstance(path[-1], str):
        raise EditError(f"there is nothing at {show_path(path)}")
    parent = path[:-1]
    holder = index.values.get(parent)
    if holder is None:
        return with_value(text, parent, {path[-1]: value})
    if text[holder.start] != "{":
        raise EditError(f"{show_path(parent)} is no object, so it cannot have {path[-1]}")
    return _with_member(text, index, parent, path[-1], _rendered(value))


def _with_member(text: str, index: Index, parent: KeyPath, key: str, value: str) -> str:
    """The new member comes last, on a line of its own where the others have theirs."""
    member = f"{_key(text, index, key)}: {value}"
    children = [path for path in index.offsets if path[:-1] == parent and path != ()]
    if not children:
        opening = index.values[parent].start + 1
        space = "" if _GAP.match(text, opening).end() > opening else " "  # type: ignore[union-attr]
        return f"{text[:opening]} {member}{space}{text[opening:]}"
    last = max(children, key=lambda path: index.values[path].end)
    end = index.values[last].end
    before = text[: index.offsets[last]]
    indent = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    comma = _comma_behind(text, end)
    if indent.strip() or not re.search(r"[\n\r]", before):
        # Everything in one line.
        at = end if comma is None else comma
        return f"{text[:at]}{'' if comma else ','} {member}{',' if comma else ''}{text[at:]}"
    at = end if comma is None else comma
    rest = _REST_OF_LINE.match(text, at)
    line_end = rest.end() if rest else at
    ended = "," if comma else ""
    return f"{text[:end]}{text[end:at] if comma else ','}{text[at:line_end]}\n{indent}{member}{ended}{text[line_end:]}"


def _comma_behind(text: str, end: int) -> int | None:
    """The offset behind the comma that follows a value, or None where none does."""
    gap = _GAP.match(text, end)
    at = gap.end() if gap else end
    return at + 1 if text[at : at + 1] == "," else None


def _key(text: str, index: Index, key: str) -> str:
    """As the file's own keys are: in quotes if the first one is."""
    first = next((offset for path, offset in index.offsets.items() if path and isinstance(path[-1], str)), None)
    quoted = first is not None and text[first] in "\"'"
    return key if _PLAIN.match(key) and not quoted else _rendered(key)


def _rendered(value: Any) -> str:
    rendered = msgspec.json.encode(value)
    return rendered.decode() if len(rendered) < 100 else msgspec.json.format(rendered, indent=len(_INDENT)).decode()

"""Changes, adds and takes away single entries of a configuration's text; every other character stays, comments above
all."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from . import positions
from .findings import KeyPath, show_path
from .positions import Index

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_GAP = re.compile(r"(?:\s|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_REST_OF_LINE = re.compile(r"[ \t]*(?://[^\n\r]*|/\*(?:[^*\n\r]|\*(?!/))*\*/[ \t]*)?(?=[\n\r])")
_SPACES = re.compile(r"[ \t]*")
_SPACES_AT_END = re.compile(r"[ \t]*\Z")
_INDENT = "  "
_NEWLINE = "\n"
_LONG = 100


class EditError(ValueError):
    """The text cannot be changed so; the message says why."""


class _Style(Struct, frozen=True):
    """How a file is written: whether its keys are in quotes, and what a line begins with."""

    quoted: bool
    margin: str

    @classmethod
    def of(cls, text: str, index: Index, at: int) -> "_Style":
        """That of the line at an offset; keys are as the first one is."""
        first = next((offset for path, offset in index.offsets.items() if path and isinstance(path[-1], str)), None)
        margin = _SPACES.match(_line_before(text, at))
        return cls(first is not None and text[first] in "\"'", margin.group() if margin else "")

    def key(self, key: str) -> str:
        return key if _PLAIN.match(key) and not self.quoted else msgspec.json.encode(key).decode()

    def value(self, value: Any) -> str:
        """In one line where it is short."""
        if isinstance(value, dict):
            return self._of(
                value, "{ ", " }", lambda style: [f"{self.key(k)}: {style.value(v)}" for k, v in value.items()]
            )
        if isinstance(value, list | tuple):
            return self._of(value, "[", "]", lambda style: [style.value(item) for item in value])
        return msgspec.json.encode(value).decode()

    def _of(self, held: Any, opening: str, closing: str, parts: Callable[["_Style"], list[str]]) -> str:
        if not held:
            return opening.strip() + closing.strip()
        line = f"{opening}{', '.join(parts(self))}{closing}"
        if len(line) < _LONG and "\n" not in line:
            return line
        deeper = _Style(self.quoted, self.margin + _INDENT)
        inner = f",\n{deeper.margin}".join(parts(deeper))
        return f"{opening.strip()}\n{deeper.margin}{inner}\n{self.margin}{closing.strip()}"


def with_value(text: str, path: KeyPath, value: Any) -> str:
    """`text` with `value` at `path`, whose objects are made where they are missing; list items must be there.

    Raises `EditError` where something on the way is no object, and `Json5SyntaxError` for a text that is none.
    """
    index = positions.index(text)
    span = index.values.get(path)
    if span is not None:
        return text[: span.start] + _Style.of(text, index, span.start).value(value) + text[span.end :]
    if not path or not isinstance(path[-1], str):
        raise EditError(f"there is nothing at {show_path(path)}")
    parent = path[:-1]
    holder = index.values.get(parent)
    if holder is None:
        return with_value(text, parent, {path[-1]: value})
    if text[holder.start] != "{":
        raise EditError(f"{show_path(parent)} is no object, so it cannot have {path[-1]}")
    style = _style_within(text, index, parent)
    return _appended(text, index, parent, f"{style.key(path[-1])}: {style.value(value)}")


def with_item(text: str, path: KeyPath, number: int, value: Any) -> str:
    """`text` with `value` before item `number` of the list at `path`, or as its last. Raises as `with_value` does."""
    index = positions.index(text)
    holder = index.values.get(path)
    if holder is None or text[holder.start] != "[":
        raise EditError(f"{show_path(path)} is no list, so it cannot have items")
    rendered = _style_within(text, index, path).value(value)
    following = index.offsets.get((*path, number))
    if following is None:
        return _appended(text, index, path, rendered)
    line = _line_before(text, following)
    return f"{text[:following]}{rendered},{' ' if line.strip() else _NEWLINE + line}{text[following:]}"


def without(text: str, path: KeyPath) -> str:
    """`text` without the member or item at `path`, and without the comment that follows it in its last line.

    Raises `EditError` where there is none, and `Json5SyntaxError` for a text that is none.
    """
    index = positions.index(text)
    if not path or path not in index.values:
        raise EditError(f"there is nothing at {show_path(path)}")
    start, end = index.offsets[path], index.values[path].end
    comma = _comma_behind(text, end)
    rest = _REST_OF_LINE.match(text, comma or end)
    before = _line_before(text, start)
    if rest and not before.strip():
        first, last = start - len(before), _behind_line_end(text, rest.end())
    elif comma:
        first, last = start, _SPACES.match(text, comma).end()  # type: ignore[union-attr]
    else:
        first, last = start - len(_SPACES_AT_END.search(text[:start]).group()), end  # type: ignore[union-attr]
    if comma is None:
        # Plain JSON allows no comma behind the last one.
        earlier = [one for one in _children(index, path[:-1]) if index.offsets[one] < start]
        if earlier and (behind := _comma_behind(text, index.values[earlier[-1]].end)):
            return text[: behind - 1] + text[behind:first] + text[last:]
    return text[:first] + text[last:]


def _style_within(text: str, index: Index, parent: KeyPath) -> _Style:
    """Of an entry that is to stand beside the others."""
    children = _children(index, parent)
    return _Style.of(text, index, index.offsets[children[-1]] if children else index.values[parent].start)


def _children(index: Index, parent: KeyPath) -> list[KeyPath]:
    """In the order in which they stand."""
    children = [path for path in index.values if path[:-1] == parent and path != ()]
    return sorted(children, key=lambda path: index.values[path].start)


def _appended(text: str, index: Index, parent: KeyPath, entry: str) -> str:
    """The new entry comes last, on a line of its own where the others have theirs."""
    children = _children(index, parent)
    if not children:
        opening = index.values[parent].start + 1
        space = "" if text[opening - 1] == "[" or _GAP.match(text, opening).end() > opening else " "  # type: ignore[union-attr]
        return f"{text[:opening]}{'' if text[opening - 1] == '[' else ' '}{entry}{space}{text[opening:]}"
    last = children[-1]
    end = index.values[last].end
    before = text[: index.offsets[last]]
    indent = _line_before(text, index.offsets[last])
    comma = _comma_behind(text, end)
    at = end if comma is None else comma
    if indent.strip() or not re.search(r"[\n\r]", before):
        # Everything in one line.
        return f"{text[:at]}{'' if comma else ','} {entry}{',' if comma else ''}{text[at:]}"
    rest = _REST_OF_LINE.match(text, at)
    line_end = rest.end() if rest else at
    ended = "," if comma else ""
    return f"{text[:end]}{text[end:at] if comma else ','}{text[at:line_end]}\n{indent}{entry}{ended}{text[line_end:]}"


def _line_before(text: str, at: int) -> str:
    """What stands before an offset in its line."""
    return text[max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1 : at]


def _behind_line_end(text: str, at: int) -> int:
    return at + 2 if text.startswith("\r\n", at) else min(at + 1, len(text))


def _comma_behind(text: str, end: int) -> int | None:
    """The offset behind the comma that follows a value, or None where none does."""
    gap = _GAP.match(text, end)
    at = gap.end() if gap else end
    return at + 1 if text[at : at + 1] == "," else None

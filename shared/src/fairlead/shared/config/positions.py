"""Where each key of a JSON5 text stands, so that a complaint about a value can name its line.

Outcomes of `index`: the position of every key path, or `Json5SyntaxError` at the first character that cannot be JSON5.
Values are not built here, only walked over: https://spec.json5.org/
"""

import bisect
import re
from typing import NamedTuple

import pyjson5

from .findings import KeyPath

MAX_DEPTH = 128  # as for request bodies; people nest a configuration five deep

_WHITE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACE = re.compile(rf"(?:[{_WHITE}]++|//[^\n\r\u2028\u2029]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_STRING = re.compile(r""""(?:[^"\\\n\r]|\\(?:\r\n|[\s\S]))*+"|'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*+'""")
_COMMENT = re.compile(rf"{_STRING.pattern}|(?P<comment>//[^\n\r\u2028\u2029]*+|/\*(?:[^*]|\*(?!/))*+\*/)")
_NAME = re.compile(r"(?:[^\W\d]|[$_]|\\u[0-9a-fA-F]{4})(?:[\w$\u200c\u200d]|\\u[0-9a-fA-F]{4})*+")
_NUMBER = r"[+-]?(?:Infinity|NaN|0[xX][0-9a-fA-F]+|(?:(?:0|[1-9][0-9]*+)(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)"
_SCALAR = re.compile(rf"(?:true|false|null|{_NUMBER})(?![\w$.])")
LINE_END = re.compile(r"\r\n|\n|\r")


class Position(NamedTuple):
    """A place in a text; both count from 1."""

    line: int
    column: int


class Json5SyntaxError(Exception):
    """The text is not JSON5; `offset` counts characters from 0."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Lines:
    """Turns character offsets of one text into lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in LINE_END.finditer(text))]

    def position(self, offset: int) -> Position:
        line = bisect.bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)


class Span(NamedTuple):
    """From the first character of a value to behind its last."""

    start: int
    end: int


class Index(NamedTuple):
    """Every key path of a text with its offset, the paths that are given more than once, and where each value stands
    (the last one of those that are repeated, which counts)."""

    offsets: dict[KeyPath, int]
    repeated: tuple[KeyPath, ...]
    values: dict[KeyPath, Span]


def index(text: str) -> Index:
    """The offset of every key (of its value, for list items); raises `Json5SyntaxError`."""
    walk = _Walk(text)
    start = walk.after_space(0)
    walk.offsets[()] = start
    end = walk.after_space(walk.value(start, ()))
    if end < len(text):
        raise Json5SyntaxError(
            end, "text after the end of the configuration; remove it, or put everything inside one { }"
        )
    return Index(walk.offsets, tuple(walk.repeated), walk.values)


def comments(text: str) -> int:
    """How many there are, texts in quotes aside."""
    return sum(match.lastgroup == "comment" for match in _COMMENT.finditer(text))


class _Walk:
    """One pass over a text; each method takes the offset to read at and returns the one after what it read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offsets: dict[KeyPath, int] = {}
        self.repeated: list[KeyPath] = []
        self.values: dict[KeyPath, Span] = {}

    def after_space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        end = match.end() if match else at
        if self.text.startswith("/*", end):
            raise Json5SyntaxError(end, "this comment is never closed; end it with */")
        return end

    def value(self, at: int, path: KeyPath) -> int:
        end = self._value(at, path)
        self.values[path] = Span(at, end)
        return end

    def _value(self, at: int, path: KeyPath) -> int:
        opening = self.text[at : at + 1]
        if opening in ("{", "["):
            if len(path) >= MAX_DEPTH:
                raise Json5SyntaxError(at, f"nested more than {MAX_DEPTH} deep")
            return self.members(at, path) if opening == "{" else self.items(at, path)
        return self.scalar(at)

    def scalar(self, at: int) -> int:
        if match := _STRING.match(self.text, at) or _SCALAR.match(self.text, at):
            return match.end()
        if at >= len(self.text):
            raise Json5SyntaxError(at, "the text ends where a value should stand")
        if self.text[at] in "\"'":
            raise Json5SyntaxError(
                at, "this text is never closed; end it with the quote it began with, on the same line"
            )
        raise Json5SyntaxError(at, "a value should stand here: text in quotes, a number, true, false, null, [ or {")

    def members(self, opening: int, path: KeyPath) -> int:
        at = self.after_space(opening + 1)
        seen: set[str] = set()
        while self.text[at : at + 1] != "}":
            key, end = self.key(at, opening)
            member = (*path, key)
            if key in seen:
                self.repeated.append(member)
            seen.add(key)
            self.offsets[member] = at
            at = self.after_space(end)
            if self.text[at : at + 1] != ":":
                raise Json5SyntaxError(at, "a colon should follow this key")
            at = self.after_space(self.value(self.after_space(at + 1), member))
            at = self.separator(at, opening, "}")
        return at + 1

    def items(self, opening: int, path: KeyPath) -> int:
        at = self.after_space(opening + 1)
        count = 0
        while self.text[at : at + 1] != "]":
            if at >= len(self.text):
                raise Json5SyntaxError(opening, "this [ is never closed")
            item = (*path, count)
            self.offsets[item] = at
            at = self.after_space(self.value(at, item))
            at = self.separator(at, opening, "]")
            count += 1
        return at + 1

    def separator(self, at: int, opening: int, closing: str) -> int:
        """Over the comma between two entries; stays where the list or object closes."""
        following = self.text[at : at + 1]
        if following == ",":
            return self.after_space(at + 1)
        if not following:
            raise Json5SyntaxError(opening, f"this {self.text[opening]} is never closed")
        if following != closing:
            raise Json5SyntaxError(at, f"a comma or {closing} should stand here")
        return at

    def key(self, at: int, opening: int) -> tuple[str, int]:
        if at >= len(self.text):
            raise Json5SyntaxError(opening, "this { is never closed")
        match = _STRING.match(self.text, at) or _NAME.match(self.text, at)
        if match is None:
            raise Json5SyntaxError(at, "a key should stand here: a name, or text in quotes")
        spelled = match.group()
        if "\\" not in spelled:
            return spelled[1:-1] if spelled[0] in "\"'" else spelled, match.end()
        quoted = spelled if spelled[0] in "\"'" else f'"{spelled}"'
        try:
            return str(pyjson5.decode(quoted)), match.end()
        except pyjson5.Json5DecoderException as error:
            raise Json5SyntaxError(at, "this key has an escape that is not JSON5") from error

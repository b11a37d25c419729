"""Shows a configuration's very text, comments and all, without its secrets, and puts them back where they were.

A text that is broken is shown too, for whoever is to mend it: keys and values are found by their marks alone.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec
import pyjson5
from msgspec import Struct

from .findings import KeyPath
from .masking import MASK, masked

_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n\r\u2028\u2029]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)
    | (?P<string>"(?:[^"\\\n\r]|\\(?:\r\n|[\s\S]))*+"?|'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*+'?)
    | (?P<mark>[{}\[\]:,])
    | (?P<word>[^\s{}\[\]:,"'/]++)
    """,
    re.VERBOSE,
)
_IN_COMMENT = re.compile(
    r"""(?<![\w-])(?P<key>[\w-]++)(?P<between>["']?\s*+[:=]\s*+)(?P<value>"[^"\n]*+"|'[^'\n]*+'|[^\s,"'{}\[\]]++)"""
)
_LITERAL = re.compile(r"true|false|null|[+-]?(?:Infinity|NaN|0[xX][0-9a-fA-F]+|[0-9.]+(?:[eE][+-]?[0-9]+)?)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_QUOTES = "\"'"


Hide: TypeAlias = Callable[[str], str]


class _Piece(Struct, frozen=True):
    """A text that stands at `path`, in quotes unless somebody forgot them, or a comment, which stands nowhere."""

    start: int
    end: int
    path: KeyPath | None


class _Place:
    """An object or list that is open, and where in it we are."""

    __slots__ = ("at", "is_list")

    def __init__(self, *, is_list: bool) -> None:
        self.is_list = is_list
        self.at: str | int | None = 0 if is_list else None

    def step(self, mark: str, before: str | None) -> None:
        """Over a colon or comma; `before`: the text or word that stands before it."""
        if isinstance(self.at, int) and self.is_list:
            self.at += mark == ","
        elif not self.is_list:
            self.at = _decoded(before) if mark == ":" and before is not None else None

    def miss(self, before: str) -> None:
        """A mark is missing after `before`: where only a key may stand, it is one whose colon was forgotten."""
        if self.at is None:
            self.at = _decoded(before)


def masked_text(text: str, hide: Hide) -> str:
    """`text` with its secrets masked, on as many lines: of one that can be read, the values are those of `masked`.
    `hide` masks what looks like a credential, wherever a comment has it."""
    return _replaced(text, lambda piece, written: _shown(piece, written, hide))


def with_secrets(text: str, value: Any, before: str, hide: Hide) -> str:
    """`text`, which was shown masked, with the texts of `value` (what it says, unmasked) where a mask stands; spelled
    as in `before`, and so are comments that were shown with a mask."""
    spelled: dict[Any, str] = {}
    comments: dict[str, list[str]] = {}
    for piece in _pieces(before):
        written = before[piece.start : piece.end]
        if piece.path is not None:
            if written[0] in _QUOTES:
                spelled.setdefault(_decoded(written), written)
        elif (shown := _shown(piece, written, hide)) != written:
            comments.setdefault(shown, []).append(written)

    def back(piece: _Piece, written: str) -> str:
        if MASK not in written:
            return written
        if piece.path is None:
            originals = comments.get(written)
            return originals.pop(0) if originals else written
        meant = _at(value, piece.path)
        if not isinstance(meant, str) or meant == _decoded(written):
            return written
        return spelled.get(meant) or msgspec.json.encode(meant).decode()

    return _replaced(text, back)


def texts_of(text: str) -> dict[str, Any]:
    """The texts of a configuration that cannot be read, as far as its marks tell where they stand."""
    root: dict[str, Any] = {}
    for piece in _pieces(text):
        if piece.path and isinstance(piece.path[0], str):
            _put(root, piece.path, _decoded(text[piece.start : piece.end]))
    return root


def _put(holder: Any, path: KeyPath, value: str) -> None:
    for part, following in zip(path, (*path[1:], None), strict=True):
        inner: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(part, int) != isinstance(holder, list):
            return
        if isinstance(holder, list):
            assert isinstance(part, int), "it is a list's"
            holder.extend([None] * (part + 1 - len(holder)))
            known = holder[part]
        else:
            known = holder.get(part)
        if following is None or not isinstance(known, type(inner)):
            holder[part] = known = inner
        holder = known


def _replaced(text: str, change: Callable[[_Piece, str], str], within: _Place | None = None) -> str:
    out: list[str] = []
    done = 0
    for piece in _pieces(text, within):
        written = text[piece.start : piece.end]
        changed = change(piece, written)
        if changed != written:
            out += [text[done : piece.start], changed]
            done = piece.end
    return "".join([*out, text[done:]])


def _shown(piece: _Piece, written: str, hide: Hide) -> str:
    if piece.path is None:
        return written[:2] + _shown_in_comment(written[2:], hide)
    value = _decoded(written)
    shown = masked(value, piece.path)
    if shown == value:
        return written
    # A text may go on in the next line, and lines keep their numbers.
    more = "\\\n" * len(_LINE_END.findall(written))
    return msgspec.json.encode(shown).decode()[:-1] + more + '"'


def _shown_in_comment(text: str, hide: Hide) -> str:
    """A provider that is commented out has its keys there, among whatever else people write."""

    def shown(piece: _Piece, written: str) -> str:
        return written if piece.path is None else _shown(piece, written, hide)

    return hide(_IN_COMMENT.sub(_shown_value, _replaced(text, shown, _Place(is_list=False))))


def _shown_value(match: re.Match[str]) -> str:
    value = match["value"]
    quote = value[0] if value[0] in "\"'" else ""
    inner = value[1:-1] if quote else value
    return f"{match['key']}{match['between']}{quote}{masked(inner, (match['key'],))}{quote}"


def _pieces(text: str, within: _Place | None = None) -> Iterator[_Piece]:
    """`within`: what the text is a part of, if that is a comment, where words without quotes are no values."""
    places = [within or _Place(is_list=False)]  # the outermost braces may be missing
    held: re.Match[str] | None = None  # a text or word: the next mark tells whether it is a key
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "comment":
            yield _Piece(token.start(), token.end(), None)
            continue
        if held is not None and token.group() != ":":
            if _is_text(held, in_comment=within is not None):
                yield _Piece(held.start(), held.end(), _path(places))
            if kind != "mark" and within is None:
                places[-1].miss(held.group())
        if kind == "mark":
            _step(places, token.group(), held)
            held = None
        else:
            held = token
    if held is not None and _is_text(held, in_comment=within is not None):
        yield _Piece(held.start(), held.end(), _path(places))


def _step(places: list[_Place], mark: str, held: re.Match[str] | None) -> None:
    if mark in "{[":
        places.append(_Place(is_list=mark == "["))
    elif mark in "}]":
        if len(places) > 1:
            places.pop()
    else:
        places[-1].step(mark, held.group() if held is not None else None)


def _is_text(token: re.Match[str], *, in_comment: bool) -> bool:
    """Whether it is one in quotes, or would be with them: no number, and nothing else that JSON5 knows."""
    return token.lastgroup == "string" or (not in_comment and _LITERAL.fullmatch(token.group()) is None)


def _path(places: list[_Place]) -> KeyPath:
    return tuple([place.at for place in places if place.at is not None])


def _decoded(written: str) -> str:
    """What a text in quotes says, or a key; of one that is broken, as it is written."""
    try:
        decoded = pyjson5.decode(written) if written[0] in _QUOTES else pyjson5.decode(f'"{written}"')
    except pyjson5.Json5DecoderException:
        return written.strip(_QUOTES)
    return str(decoded)


def _at(value: Any, path: KeyPath) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value

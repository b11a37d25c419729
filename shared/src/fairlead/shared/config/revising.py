"""Writes a whole new configuration into the text of the old one: what is equal keeps its characters and comments."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pyjson5

from . import positions
from .editing import with_value
from .findings import KeyPath, show_path

MOST = 200
"""Changes that are made one by one; beyond, the text is written anew."""

_COMMENTS = ("//", "/*")


class Revised(msgspec.Struct, frozen=True):
    """`lost`: the keys below which comments were, and are no more."""

    text: str
    lost: tuple[str, ...] = ()


def revised(text: str, new: dict[str, Any]) -> Revised:
    """`text` with the values of `new`. Raises what reading `text` raises, where that is not JSON5."""
    old = pyjson5.decode(text, maxdepth=positions.MAX_DEPTH)
    changes = list(_changes(old, new, ()))
    if len(changes) > MOST or any(not path for path, _ in changes):
        return _plainly(text, new)
    lost: list[str] = []
    out = text
    for path, value in changes:
        span = positions.index(out).values.get(path)
        if span is not None and _has_comment(out[span.start : span.end]):
            lost.append(show_path(path))
        out = with_value(out, path, value)
    if pyjson5.decode(out, maxdepth=positions.MAX_DEPTH) != new:
        return _plainly(text, new)
    return Revised(out, tuple(lost))


def _plainly(text: str, new: dict[str, Any]) -> Revised:
    plain = msgspec.json.format(msgspec.json.encode(new), indent=2).decode() + "\n"
    return Revised(plain, ("the whole file",) if _has_comment(text) else ())


def _changes(old: Any, new: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """The values to be put, the outermost that must be; what an object has more comes after what it has."""
    if type(old) is type(new) and old == new and _order(old) == _order(new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old and list(new)[: len(old)] == list(old):
        for key, value in new.items():
            if key in old:
                yield from _changes(old[key], value, (*path, key))
            else:
                yield (*path, key), value
        return
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _changes(before, after, (*path, number))
        return
    yield path, new


def _order(value: Any) -> Any:
    """The keys of everything within: their order means something, as in `Router`."""
    if isinstance(value, dict):
        return [(key, _order(item)) for key, item in value.items()]
    return [_order(item) for item in value] if isinstance(value, list) else type(value)


def _has_comment(text: str) -> bool:
    """Whether there is one, strings aside."""
    at = 0
    while at < len(text):
        if text.startswith(_COMMENTS, at):
            return True
        at = positions.after_string(text, at) if text[at] in "\"'" else at + 1
    return False

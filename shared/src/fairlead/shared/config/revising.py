"""Writes a whole new configuration into the text of the old one: what is equal keeps its characters and comments."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pyjson5

from . import positions
from .editing import with_item, with_value, without
from .findings import KeyPath, show_path

MOST = 200
"""Changes that are made one by one; beyond, the text is written anew."""


class Revised(msgspec.Struct, frozen=True):
    """`lost`: the keys below which comments were, and are no more."""

    text: str
    lost: tuple[str, ...] = ()


class _Change(msgspec.Struct, frozen=True):
    """What is to be done at a path, and what `lost` calls that."""

    path: KeyPath
    do: Callable[[str], str]


def revised(text: str, new: dict[str, Any]) -> Revised:
    """`text` with the values of `new`. Raises what reading `text` raises, where that is not JSON5."""
    old = pyjson5.decode(text, maxdepth=positions.MAX_DEPTH)
    changes = list(_changes(old, new, ()))
    if len(changes) > MOST or any(not change.path for change in changes):
        return _plainly(text, new)
    lost: list[str] = []
    out, comments = text, positions.comments(text)
    for change in changes:
        out = change.do(out)
        before, comments = comments, positions.comments(out)
        if comments < before:
            lost.append(show_path(change.path))
    if pyjson5.decode(out, maxdepth=positions.MAX_DEPTH) != new:
        return _plainly(text, new)
    return Revised(out, tuple(dict.fromkeys(lost)))


def _plainly(text: str, new: dict[str, Any]) -> Revised:
    plain = msgspec.json.format(msgspec.json.encode(new), indent=2).decode() + "\n"
    return Revised(plain, ("the whole file",) if positions.comments(text) else ())


def _changes(old: Any, new: Any, path: KeyPath) -> Iterator[_Change]:
    """Entries to be put and taken away, the outermost that must be; each leaves the paths of those after it as they
    are."""
    if type(old) is type(new) and old == new and _order(old) == _order(new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and _in_order(old, new):
        yield from _changes_of_members(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _changes_of_items(old, new, path)
    else:
        yield _put(path, new)


def _in_order(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether keys can stay where they are: what is new comes last."""
    kept = [key for key in old if key in new]
    return bool(old) and list(new)[: len(kept)] == kept


def _changes_of_members(old: dict[str, Any], new: dict[str, Any], path: KeyPath) -> Iterator[_Change]:
    for key, value in new.items():
        if key in old:
            yield from _changes(old[key], value, (*path, key))
        else:
            yield _put((*path, key), value)
    for key in old:
        if key not in new:
            yield _gone((*path, key))


def _changes_of_items(old: list[Any], new: list[Any], path: KeyPath) -> Iterator[_Change]:
    """The last first. In a list as long as it was each item is at its place; otherwise those that are alike are kept,
    and of things with names those of one name."""
    alike: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(old), 0, len(new))]
    if len(old) != len(new):
        alike = difflib.SequenceMatcher(None, [*map(_kin, old)], [*map(_kin, new)], autojunk=False).get_opcodes()
    for _, first, last, start, end in reversed(alike):
        common = min(last - first, end - start)
        for number in reversed(range(first + common, last)):
            yield _gone((*path, number))
        for value in reversed(new[start + common : end]):
            yield _inserted(path, first + common, value)
        for number in reversed(range(common)):
            yield from _changes(old[first + number], new[start + number], (*path, first + number))


def _kin(item: Any) -> str:
    named = item.get("name") if isinstance(item, dict) else None
    return named if isinstance(named, str) else msgspec.json.encode(item).decode()


def _put(path: KeyPath, value: Any) -> _Change:
    return _Change(path, lambda text: with_value(text, path, value))


def _gone(path: KeyPath) -> _Change:
    return _Change(path, lambda text: without(text, path))


def _inserted(path: KeyPath, number: int, value: Any) -> _Change:
    return _Change(path, lambda text: with_item(text, path, number, value))


def _order(value: Any) -> Any:
    """The keys of everything within: their order means something, as in `Router`."""
    if isinstance(value, dict):
        return [(key, _order(item)) for key, item in value.items()]
    return [_order(item) for item in value] if isinstance(value, list) else type(value)

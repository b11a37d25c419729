"""Takes single things out of the inside of a JSON value; every byte that is not theirs stays as it was written.

A path names the fields that lead to a thing, and `"*"` for every item of a list. Where a value has another shape than
the path says, nothing is there to be taken.
"""

from collections.abc import Callable, Collection
from typing import TypeAlias

import msgspec
from msgspec import Raw

from fairlead.shared.splicing import splice

EACH = "*"
Path: TypeAlias = tuple[str, ...]

_fields = msgspec.json.Decoder(dict[str, Raw])
_items = msgspec.json.Decoder(list[Raw])


class _Typed(msgspec.Struct):
    type: str = ""


_typed = msgspec.json.Decoder(_Typed)


def without(value: bytes, path: Path) -> bytes:
    """`value` without the field that `path` ends in. Work is linear, and next to none where the field's name does not
    occur."""
    return _at(value, path[:-1], lambda parent: _without_field(parent, path[-1])) if _occurs(value, path) else value


def only(value: bytes, path: Path, types: Collection[str]) -> bytes:
    """`value` whose list at `path` has kept none but items of these types; a list left empty goes, and what then is
    left an empty object is `{}`."""
    if not _occurs(value, path):
        return value
    return _at(value, path[:-1], lambda parent: _only_types(parent, path[-1], types))


def _occurs(value: bytes, path: Path) -> bool:
    """Whether the last name may be in there; one written with escapes is nobody's honest one."""
    return b'"%s"' % path[-1].encode() in value


def _at(value: bytes, path: Path, change: Callable[[bytes], bytes]) -> bytes:
    if not path:
        return change(value)
    name, rest = path[0], path[1:]
    try:
        if name == EACH:
            return _listed(value, [_at(bytes(item), rest, change) for item in _items.decode(value)])
        fields = _fields.decode(value)
    except msgspec.MsgspecError:
        return value
    if name not in fields:
        return value
    changed = _at(bytes(fields[name]), rest, change)
    return value if changed == bytes(fields[name]) else splice(value, fields, {name: Raw(changed)})


def _without_field(value: bytes, name: str) -> bytes:
    try:
        fields = _fields.decode(value)
    except msgspec.MsgspecError:
        return value
    return splice(value, fields, {name: None}) if name in fields else value


def _only_types(value: bytes, name: str, types: Collection[str]) -> bytes:
    try:
        fields = _fields.decode(value)
        items = _items.decode(fields.get(name, Raw(b"[]")))
        kept = [bytes(item) for item in items if _typed.decode(item).type in types]
    except msgspec.MsgspecError:
        return value
    if len(kept) == len(items):
        return value
    return splice(value, fields, {name: Raw(b"[" + b",".join(kept) + b"]") if kept else None})


def _listed(value: bytes, items: list[bytes]) -> bytes:
    """The list with its items changed, written anew only if one was."""
    before = [bytes(item) for item in _items.decode(value)]
    return value if items == before else b"[" + b",".join(items) + b"]"

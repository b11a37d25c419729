"""Exchanges single fields of a JSON object within its own bytes: every byte that is not theirs stays as it was written.

A parser has found what the fields hold; here is found where they stand. A name that stands there twice counts by its
last value, as for every parser, and whatever changes it changes all of them.
"""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import encode

_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_NAME = re.compile(rb"[ \t\n\r]*[{,][ \t\n\r]*(" + _STRING + rb")[ \t\n\r]*:[ \t\n\r]*", re.DOTALL)
_SCALAR = re.compile(_STRING + rb"|[^][{},\" \t\n\r]+", re.DOTALL)
_NESTING = re.compile(_STRING + rb"|[][{}]", re.DOTALL)
_AFTER = frozenset(b",} \t\n\r")
"""What may follow a value."""


class _Member(Struct, frozen=True, gc=False):
    """A name and its value, by where they are: the name begins at `name_at`, the value at `at` and ends at `end`."""

    name: str
    name_at: int
    at: int
    end: int


def splice(body: bytes, fields: Mapping[str, Raw], changed: Mapping[str, Raw | None]) -> bytes:
    """`body`, whose `peek` gave `fields`, with some of them changed: exchanged where they stand, added at the end, or
    gone where None. Work is linear in `body`; where no whitespace stands between fields it is no more than a copy."""
    members = _arithmetic(body, fields) or _walk(body, fields)
    kept = [one for one in members if one.name not in changed or changed[one.name] is not None]
    added = encode({name: raw for name, raw in changed.items() if raw is not None and name not in fields})[1:-1]
    tail = kept[-1].end if kept else members[0].name_at if members else body.index(b"{") + 1
    view = memoryview(body)
    pieces: list[bytes | memoryview] = []
    done = 0
    for index, one in enumerate(members):
        raw = changed.get(one.name)
        if raw is not None:
            pieces += [view[done : one.at], bytes(raw)]
            done = one.end
        elif one.name in changed and one.at < tail:
            pieces.append(view[done : one.name_at])
            done = members[index + 1].name_at
    rest = members[-1].end if members else tail
    return b"".join([*pieces, view[done:tail], b"," if kept and added else b"", added, view[rest:]])


def _arithmetic(body: bytes, fields: Mapping[str, Raw]) -> list[_Member]:
    """Where everything stands if nothing stands between, or nothing: a name written with an escape, a name written
    twice and any whitespace make a body longer than the sum of its fields, and nothing makes it shorter."""
    members: list[_Member] = []
    at = 1
    for name, raw in fields.items():
        value = at + len(name.encode()) + 3
        members.append(_Member(name, at, value, value + len(raw)))
        at = members[-1].end + 1
    return members if at == len(body) else []


def _walk(body: bytes, fields: Mapping[str, Raw]) -> list[_Member]:
    """Where everything stands, found from one field to the next."""
    values = {name: bytes(raw) for name, raw in fields.items()}
    members: list[_Member] = []
    found = _NAME.match(body)
    while found is not None:
        written = found[1]
        name = msgspec.json.decode(written, type=str) if b"\\" in written else written[1:-1].decode()
        end = _end(body, found.end(), values[name])
        members.append(_Member(name, found.start(1), found.end(), end))
        found = _NAME.match(body, end)
    return members


def _end(body: bytes, at: int, value: bytes) -> int:
    """Where the value at `at` ends. It is `value` unless it is overruled by a later one of its name; no JSON value
    begins another, but for a number, and that is told by what follows."""
    end = at + len(value)
    if body.startswith(value, at) and body[end] in _AFTER:
        return end
    if scalar := _SCALAR.match(body, at):
        return scalar.end()
    depth = 0
    for token in _NESTING.finditer(body, at):
        depth += _STEPS.get(token[0], 0)
        if depth == 0:
            return token.end()
    raise ValueError("these are not the bytes that the fields came from")


_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}

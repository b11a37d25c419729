"""Reads the queries of URLs that are ours alone, in which nothing is ignored."""

import re
from collections.abc import Collection
from difflib import get_close_matches
from urllib.parse import parse_qsl

from fairlead.shared.failure import FailureError, Kind, refuse

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_DIGITS = 15
_SHOWN = 40


def parameters(query: str, known: Collection[str] = ()) -> dict[str, str]:
    """The values of a query by name; none is there twice. Raises `FailureError` (BAD_REQUEST) for a name that is none
    of `known`, and for values that nobody can have meant."""
    given: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise bad(name[:_SHOWN], _unknown(name, known))
        if name in given:
            raise bad(name, "may be given once only")
        if _CONTROLS.search(value):
            raise bad(name, "must not hold control characters")
        given[name] = value
    return given


def number(given: dict[str, str], name: str, otherwise: int, *, most: int, least: int = 1) -> int:
    """A whole number from `least` to `most`. Raises `FailureError` (BAD_REQUEST)."""
    text = given.get(name, str(otherwise))
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and least <= int(text) <= most):
        raise bad(name, f"must be a whole number from {least} to {most}", text)
    return int(text)


def bad(name: str, what: str, given: str | None = None) -> FailureError:
    """The refusal of a parameter's value."""
    shown = "" if given is None else f", not {given[:_SHOWN]}"
    return refuse(Kind.BAD_REQUEST, f"{name}: {what}{shown}", param=name)


def _unknown(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    if near:
        return f"there is no such parameter here; did you mean {near[0]}?"
    return f"there is no such parameter here{', only ' + ', '.join(known) if known else ', and no other'}"

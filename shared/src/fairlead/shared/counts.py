"""Token counts as providers tell them, read as what can be added up: whole, not negative, not absurd.

A provider that counts wrong has answered all the same: its answer is told, and its figure is not.
"""

from typing import Annotated, Any, TypeAlias

from msgspec import Meta

Count: TypeAlias = Annotated[Any, Meta(extra_json_schema={"type": ["integer", "null"]})]
"""A figure on the wire. It ought to be a whole number; `count` reads whatever it is."""

MOST = 2**53 - 1
"""The largest whole number every JSON reader keeps: https://www.rfc-editor.org/rfc/rfc8259#section-6."""


def count(told: Count) -> int:
    """The figure: a number, also one written as a string, without its fraction; 0 for anything that is no count."""
    if type(told) is str and len(told) <= _LONGEST:
        told = _number(told)
    if type(told) not in (int, float) or not 0 <= told <= MOST:
        return 0
    return int(told)


_LONGEST = 32


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0

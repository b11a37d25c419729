"""Decides a stored case once more, and compares what is written of both: every byte, from the scenario on."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from msgspec import Struct, to_builtins

from fairlead.router.decide import Case, Decision, decide
from fairlead.router.scenario import choose
from fairlead.shared.codec import encode

_NOTHING = object()


class Difference(Struct, frozen=True):
    """A value that is not the same twice: `path` as in `decision.targets[0].model`; None where there is none."""

    path: str
    decided: Any
    again: Any


class Replay(Struct, frozen=True):
    """`size` in bytes and `sha256` are those of the choice and the decision as they were written down first."""

    same: bool
    size: int
    sha256: str
    differences: tuple[Difference, ...] = ()


def replay(case: Case, decision: Decision) -> Replay:
    """The case decided again, beside what it was decided."""
    first = {"choice": case.choice, "decision": decision}
    again = {"choice": choose(case.question), "decision": decide(case)}
    written = encode(first)
    return Replay(
        same=written == encode(again),
        size=len(written),
        sha256=sha256(written).hexdigest(),
        differences=tuple(_differences("", to_builtins(first), to_builtins(again))),
    )


def _differences(path: str, one: Any, other: Any) -> Iterator[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys((*one, *other)):
            deeper = f"{path}.{name}" if path else name
            yield from _differences(deeper, one.get(name, _NOTHING), other.get(name, _NOTHING))
    elif isinstance(one, tuple) and isinstance(other, tuple):
        for place in range(max(len(one), len(other))):
            yield from _differences(f"{path}[{place}]", _at(one, place), _at(other, place))
    elif one != other:
        yield Difference(path, None if one is _NOTHING else one, None if other is _NOTHING else other)


def _at(values: tuple[Any, ...], place: int) -> Any:
    return values[place] if place < len(values) else _NOTHING

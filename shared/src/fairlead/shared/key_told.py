"""What the normalizer tells the router of a provider's keys, of which there may be several: never a key, or what could
be one, but which of them it was by a label, and how many others are ready.

It travels as `x-fairlead-key`, written like the lists of https://www.rfc-editor.org/rfc/rfc9651: first the key that was
used, then those that failed before it in the same call: `2;n=3;r=2;t=40, 1;f=rate_limit`.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from fairlead.shared.failure import Kind

HEADER = b"x-fairlead-key"

OF_A_KEY = frozenset({Kind.AUTHENTICATION, Kind.BILLING, Kind.RATE_LIMIT})
"""Failures that are the key's: another one may do better."""

MOST = 4
"""Keys told of in one answer; the normalizer tries two in a call."""


class Failed(Struct, frozen=True, array_like=True, gc=False):
    """A key that was tried before, and the kind of its failure."""

    label: str
    kind: Kind


class KeyTold(Struct, frozen=True, array_like=True, gc=False):
    """The key of a call, by its label, out of `keys`, of which `ready` do not rest now. `back`: seconds until the first
    of those that rest is ready again, None where none does. `failed`: those that were tried before it."""

    label: str
    keys: int
    ready: int
    back: float | None = None
    failed: tuple[Failed, ...] = ()


def told(state: KeyTold) -> bytes:
    """The value of `HEADER`."""
    back = "" if state.back is None else f";t={state.back:.3f}".rstrip("0").rstrip(".")
    first = f"{state.label};n={state.keys};r={state.ready}{back}"
    return ", ".join([first, *(f"{one.label};f={one.kind}" for one in state.failed)]).encode()


_LABEL = re.compile(r"[0-9]{1,6}")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?")
_COUNT = re.compile(r"[0-9]{1,6}")
_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}


def read(value: bytes) -> KeyTold | None:
    """What `told` told; None for anything else."""
    members = [member.strip().split(";") for member in value.decode("latin-1").split(",")[:MOST]]
    (label, *first), *others = members
    given = _parameters(first)
    keys, ready, back = given.get("n", ""), given.get("r", ""), given.get("t")
    counts = _LABEL.fullmatch(label) and _COUNT.fullmatch(keys) and _COUNT.fullmatch(ready)
    if not counts or (back is not None and not _NUMBER.fullmatch(back)):
        return None
    failed = tuple(
        [
            Failed(other, _KINDS[kind])
            for other, *rest in others
            if _LABEL.fullmatch(other) and (kind := _parameters(rest).get("f", "")) in _KINDS
        ]
    )
    return KeyTold(label, int(keys), int(ready), None if back is None else float(back), failed)


def _parameters(parts: list[str]) -> dict[str, str]:
    return dict(part.strip().partition("=")[::2] for part in parts)

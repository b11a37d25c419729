"""Names the beginnings of a conversation, so that a request can be seen to continue an earlier one.

A chain of hashes over what stands first for every model (tools, instructions) and over each message: two requests have
a mark in common exactly when they begin alike up to there. Cache marks do not count, since clients move them along.
"""

from collections.abc import Sequence
from hashlib import sha256

from fairlead.shared.pieces import Piece

BYTES = 12
"""Of each mark: enough that no two of a million conversations share one by accident."""


def marks_of(pieces: Sequence[Piece], tenant: str = "") -> tuple[str, ...]:
    """One mark for each piece, which names all up to there; requests of different tenants have none in common. Empty
    where there is no conversation."""
    if len(pieces) == 1:
        return ()
    mark = tenant.encode("utf-8", "surrogatepass")
    marks = []
    for piece in pieces:
        mark = sha256(mark + b"\0" + piece.key).digest()[:BYTES]
        marks.append(mark.hex())
    return tuple(marks)

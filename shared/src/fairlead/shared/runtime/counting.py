"""Counts a request's tokens away from the event loop, and what was counted before not at all."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Raw, Struct

from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError
from fairlead.shared.measures import O200K
from fairlead.shared.pieces import Piece, pieces_of

if TYPE_CHECKING:
    from fairlead.shared.tokens import TokenCounter

REMEMBERED = 32_768
"""Pieces whose counts are kept, some 200 bytes each: a long session of a coding agent has about a thousand."""


class Known(Struct, frozen=True, gc=False):
    """What was counted before of a request: `tokens`, in `size` bytes of it; `whole`: nothing is left to count."""

    tokens: int
    size: int
    whole: bool


class Counting:
    """One counter for all requests; the vocabulary is loaded when it is first needed. Tokens are those of a vocabulary,
    not multiplied by anything."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._counts: OrderedDict[tuple[bytes, str], int] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def __repr__(self) -> str:
        return f"<Counting remembered={len(self._counts)}>"

    def known(self, pieces: Sequence[Piece], vocabulary: str = O200K) -> Known:
        """What is known without counting; some microseconds for a hundred pieces."""
        tokens = size = found = 0
        with self._lock:
            for piece in pieces:
                count = self._counts.get((piece.key, vocabulary))
                if count is not None:
                    tokens, size, found = tokens + count, size + piece.size, found + 1
        return Known(tokens, size, found == len(pieces))

    async def tokens(
        self,
        dialect: Dialect,
        fields: Mapping[str, Raw],
        vocabulary: str = O200K,
        pieces: Sequence[Piece] | None = None,
    ) -> int:
        """Tokens of a peeked body; its pieces are made in the thread too where they are not given.

        Raises `FailureError` (BAD_REQUEST) for what cannot be read.
        """
        if pieces is not None and (known := self.known(pieces, vocabulary)).whole:
            return known.tokens
        return await asyncio.to_thread(self._count, dialect, fields, vocabulary, pieces)

    def _count(
        self, dialect: Dialect, fields: Mapping[str, Raw], vocabulary: str, pieces: Sequence[Piece] | None
    ) -> int:
        try:
            return sum(
                self._of(piece, dialect, vocabulary)
                for piece in (pieces_of(dialect.name, fields) if pieces is None else pieces)
            )
        except FailureError:
            # Read as a whole it is refused with the path of what is wrong.
            return self._ready.count(dialect.decode_request(fields), vocabulary)

    def _of(self, piece: Piece, dialect: Dialect, vocabulary: str) -> int:
        key = (piece.key, vocabulary)
        with self._lock:
            known = self._counts.get(key)
            if known is not None:
                self._counts.move_to_end(key)
                return known
        count = self._ready.count(dialect.decode_request(piece.fields), vocabulary)
        with self._lock:
            self._counts[key] = count
            while len(self._counts) > self._remembered:
                self._counts.popitem(last=False)
        return count

    @property
    def _ready(self) -> "TokenCounter":
        with self._loading:
            return self._counter

    @cached_property
    def _counter(self) -> "TokenCounter":
        # Its import and its vocabulary are a third of the memory of an idle service that never counts.
        from fairlead.shared.tokens import TokenCounter

        return TokenCounter()

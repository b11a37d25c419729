"""Counts a request's tokens away from the event loop; the vocabulary is loaded when it is first needed."""

import asyncio
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from fairlead.shared.conversation import Request

if TYPE_CHECKING:
    from fairlead.shared.tokens import TokenCounter


class Counting:
    """One counter for all requests."""

    def __init__(self) -> None:
        self._loading = threading.Lock()

    async def tokens(self, decoded: Callable[[], Request]) -> int:
        """Tokens of the request `decoded` gives; it is called in the thread too. Raises what that raises."""
        return await asyncio.to_thread(self._count, decoded)

    def _count(self, decoded: Callable[[], Request]) -> int:
        with self._loading:
            counter = self._counter
        return counter.count_request(decoded())

    @cached_property
    def _counter(self) -> "TokenCounter":
        # Its import and its vocabulary are a third of the memory of an idle service that never counts.
        from fairlead.shared.tokens import TokenCounter

        return TokenCounter()

"""Numbers for blocks where a filter adds or removes some."""

from typing import Any

from msgspec.structs import replace

from fairlead.shared.events import Event, Opened


class Places:
    """Gives each block that is opened the next number, and knows which number a block had before."""

    def __init__(self) -> None:
        self._next = 0
        self._moved: dict[int, int] = {}

    def new(self) -> int:
        """The number of a block that was not there before."""
        place, self._next = self._next, self._next + 1
        return place

    def move(self, event: Event) -> list[Event]:
        """An event of an untouched block, at the block's place; events without a block stay as they are."""
        index: Any = getattr(event, "index", None)
        if index is None:
            return [event]
        if isinstance(event, Opened):
            self._moved[index] = self.new()
        place = self._moved.get(index)
        return [] if place is None else [replace(event, index=place)]

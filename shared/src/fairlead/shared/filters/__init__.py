"""Repairs of what some models say, between a provider's decoder and the client's encoder: neutral events in and out.

A filter is made anew for each answer. `feed` takes one event and gives those that stand in its place; nothing is held
back longer than it takes to know what it is, and `Failed` is never held back at all.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from fairlead.shared.assembly import assemble, disassemble
from fairlead.shared.conversation import Message
from fairlead.shared.events import Event


class Filter(Protocol):
    """Stands between decoder and encoder of one answer."""

    def feed(self, event: Event) -> list[Event]:
        """What is told in place of `event`."""
        ...


def through(filters: Sequence[Filter], events: Iterable[Event]) -> list[Event]:
    """The events after all filters, in their order."""
    told = list(events)
    for one in filters:
        told = [event for before in told for event in one.feed(before)]
    return told


def message_through(filters: Sequence[Filter], message: Message) -> Message:
    """A whole answer after all filters."""
    return assemble(through(filters, disassemble(message))) if filters else message

"""The order in which the events of a Responses stream may come, as a table for `shared.grammar`.

We tell items one after the other, which every client follows, though the dialect lets them interleave.

Source: https://platform.openai.com/docs/api-reference/responses-streaming.
"""

from collections.abc import Mapping
from enum import Enum, auto


class State(Enum):
    """States of a Responses stream."""

    INIT = auto()
    BEGUN = auto()
    OPEN = auto()
    ITEM = auto()
    PART = auto()
    PART_SAID = auto()
    ITEM_SAID = auto()
    END = auto()


class Step(Enum):
    """Kinds of events."""

    CREATED = auto()
    IN_PROGRESS = auto()
    ITEM_ADDED = auto()
    PART_ADDED = auto()
    DELTA = auto()
    SAID = auto()
    PART_DONE = auto()
    ITEM_DONE = auto()
    TERMINAL = auto()


RESPONSES: Mapping[tuple[State, Step], State] = {
    (State.INIT, Step.CREATED): State.BEGUN,
    (State.BEGUN, Step.IN_PROGRESS): State.OPEN,
    (State.BEGUN, Step.TERMINAL): State.END,
    (State.OPEN, Step.ITEM_ADDED): State.ITEM,
    (State.OPEN, Step.TERMINAL): State.END,
    (State.ITEM, Step.PART_ADDED): State.PART,
    (State.ITEM, Step.DELTA): State.ITEM,
    (State.ITEM, Step.SAID): State.ITEM_SAID,
    (State.ITEM, Step.ITEM_DONE): State.OPEN,
    (State.ITEM_SAID, Step.ITEM_DONE): State.OPEN,
    (State.PART, Step.DELTA): State.PART,
    (State.PART, Step.SAID): State.PART_SAID,
    (State.PART_SAID, Step.PART_DONE): State.ITEM,
}
"""DELTA and SAID are a part's text and its whole, or a call's arguments and their whole."""

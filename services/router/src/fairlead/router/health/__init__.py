"""How each target does: whether it answers, how fast, how much of its limits is used; learned from every attempt."""

from .board import Board, Checking, Known, Tickets, Tuning
from .circuit import State
from .keys import KeyKnown, is_of_the_key
from .latency import Speed
from .rates import Filled, Load
from .target import BLAME, UNKNOWN, Blame, Checked, Lesson, Standing, Throttling

__all__ = [
    "BLAME",
    "UNKNOWN",
    "Blame",
    "Board",
    "Checked",
    "Checking",
    "Filled",
    "KeyKnown",
    "Known",
    "Lesson",
    "Load",
    "Speed",
    "Standing",
    "State",
    "Throttling",
    "Tickets",
    "Tuning",
    "is_of_the_key",
]

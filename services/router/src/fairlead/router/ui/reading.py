"""Asks the usage database for a page, off the event loop; a page says what it cannot be told."""

from collections.abc import Callable
from typing import TypeVar

from fairlead.router.usage.database import Cursor, UsageError

from .house import House
from .unread import Unread

T = TypeVar("T")


async def ask(house: House, question: Callable[[Cursor], T]) -> T | Unread:
    """The answer, unless it cannot be had."""
    if house.keeper is None:
        return Unread("No usage is kept: usage.enabled is false in the configuration.")
    try:
        return await house.aside.run(house.keeper.ask, question)
    except UsageError as error:
        return Unread(f"The usage cannot be read now: {error}")

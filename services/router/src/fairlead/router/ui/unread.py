"""What a page is told instead of values that cannot be had."""

from msgspec import Struct


class Unread(Struct, frozen=True):
    """Why there are none; for people."""

    why: str

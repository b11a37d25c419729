"""What a vendor puts around its dialect's words, as a value: how to recognise it and how to take it off."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from msgspec import Struct

from fairlead.shared.failure import Failure

Refusal: TypeAlias = Callable[[int, Mapping[str, str], bytes], Failure]
"""Reads an error answer: its status, its headers by lower-case name, its body."""


class Unwrapper(Protocol):
    """The bytes of one response in, server-sent events of the dialect out. One object per stream."""

    @property
    def failure(self) -> Failure | None:
        """Why nothing further can be read, once that is so. What `feed` has returned until then still counts."""
        ...

    def feed(self, chunk: bytes) -> bytes:
        """The events these bytes complete, possibly none. Never raises."""
        ...

    def close(self) -> bytes:
        """The response has ended."""
        ...


class Framing(Struct, frozen=True):
    """One way of wrapping a stream. `content_type` is what responses of it say, and what is asked for; `unwrapper` is
    given the bytes that one event may have."""

    content_type: str
    unwrapper: Callable[[int], Unwrapper]

"""What routers tell each other: that a request was sent, that it is answered, that it is over; and nothing of its text.

Moments are Unix seconds. A request is known by its number among its sender's.
"""

from typing import TypeAlias

import msgspec
from msgspec import Struct

from fairlead.router.health import Checking, Lesson, Load
from fairlead.shared.config.schema import Target
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import KeyTold
from fairlead.shared.rates import Window


class Began(Struct, frozen=True, tag="b", array_like=True):
    """A request was sent."""

    number: int
    at: float
    provider: str
    model: str
    load: Load

    @property
    def target(self) -> Target:
        """Whom it was sent to."""
        return Target(self.provider, self.model)


class Answered(Struct, frozen=True, tag="a", array_like=True):
    """Its answer begins."""

    number: int
    at: float
    told: tuple[Window, ...] = ()
    key: KeyTold | None = None


class Ended(Struct, frozen=True, tag="e", array_like=True):
    """It is over: the fields of a `Lesson`, and of its failure the kind and the time to wait; `label` is its key's."""

    number: int
    at: float
    kind: Kind | None = None
    retry_after: float | None = None
    used: Load | None = None
    first_byte: float | None = None
    rate: float | None = None
    gone: bool = False
    told: tuple[Window, ...] = ()
    label: str | None = None
    key: KeyTold | None = None

    @property
    def lesson(self) -> Lesson:
        """What it taught."""
        failure = Failure(self.kind, "", retry_after=self.retry_after) if self.kind is not None else None
        return Lesson(failure, self.used, self.first_byte, self.rate, self.gone, self.label)


class Checked(Struct, frozen=True, tag="c", array_like=True):
    """A provider (`model` None) or one of its models was asked whether it is well."""

    number: int
    at: float
    provider: str
    model: str | None
    kind: Kind | None = None
    retry_after: float | None = None
    gone: bool = False
    key: KeyTold | None = None

    @property
    def lesson(self) -> Lesson:
        """What it taught."""
        failure = Failure(self.kind, "", retry_after=self.retry_after) if self.kind is not None else None
        return Lesson(failure, gone=self.gone)


Event: TypeAlias = Began | Answered | Ended | Checked


def checked(checking: Checking, at: float, lesson: Lesson, key: KeyTold | None) -> Checked:
    """The event of a check."""
    failure = lesson.failure
    kind, wait = (failure.kind, failure.retry_after) if failure is not None else (None, None)
    return Checked(0, at, checking.provider, checking.model, kind, wait, lesson.gone, key)


def ended(number: int, at: float, lesson: Lesson, told: tuple[Window, ...], key: KeyTold | None = None) -> Ended:
    """The event of a lesson."""
    failure = lesson.failure
    kind, wait = (failure.kind, failure.retry_after) if failure is not None else (None, None)
    return Ended(
        number, at, kind, wait, lesson.used, lesson.first_byte, lesson.rate, lesson.gone, told, lesson.key, key
    )


class Batch(Struct, frozen=True, array_like=True):
    """Events of one sender, in their order. `first`: the number of the first event among all it ever sent, by which
    one that arrives twice is known."""

    sender: str
    first: int
    events: tuple[Event, ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Batch)


def packed(batch: Batch) -> bytes:
    """As it travels."""
    return _encoder.encode(batch)


def unpacked(data: bytes) -> Batch | None:
    """None for what cannot be read: another version of us may have written it."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError:
        return None

"""What an attempt teaches: how fast its target answered, what the request came to, and what it said of its limits."""

from collections.abc import Iterable

from fairlead.router.health import Lesson, Load
from fairlead.shared.conversation import Usage
from fairlead.shared.failure import Failure
from fairlead.shared.key_told import HEADER as KEY_HEADER
from fairlead.shared.key_told import KeyTold
from fairlead.shared.key_told import read as read_key
from fairlead.shared.rates import HEADER as RATE_HEADER
from fairlead.shared.rates import Window, read
from fairlead.shared.runtime.attempt import Flowing, Whole
from fairlead.shared.runtime.upstream_headers import first

_LEAST = 0.05
"""Seconds an answer must take to say something of how fast it is written."""


def lesson_of(answer: Whole | Flowing, estimated: Load, key: str | None = None) -> Lesson:
    """Of an answer that is over; `key` is the label of the one it came by."""
    timing, usage, failure = answer.timing, _usage(answer), _failure(answer)
    began = timing.content or timing.first_byte
    gone = isinstance(answer, Flowing) and failure is None and not answer.pipe.progress.ended
    return Lesson(
        failure=failure,
        used=Load(usage.prompt, usage.output) if usage is not None else estimated,
        first_byte=began - timing.sent if began is not None else None,
        rate=_rate(usage, began, timing.ended),
        gone=gone,
        key=key,
    )


def _usage(answer: Whole | Flowing) -> Usage | None:
    if isinstance(answer, Flowing):
        return answer.pipe.progress.usage
    return answer.message.usage if answer.message is not None else None


def _failure(answer: Whole | Flowing) -> Failure | None:
    return answer.pipe.progress.failure if isinstance(answer, Flowing) else None


def _rate(usage: Usage | None, began: float | None, ended: float | None) -> float | None:
    if usage is None or began is None or ended is None or ended - began < _LEAST:
        return None
    return usage.output / (ended - began)


def reported(headers: Iterable[tuple[bytes, bytes]]) -> tuple[Window, ...]:
    """The limits a provider tells of, from the headers the normalizer passed on."""
    value = first(headers, RATE_HEADER)
    return read(value) if value else ()


def key_told(headers: Iterable[tuple[bytes, bytes]]) -> KeyTold | None:
    """What the normalizer tells of the provider's keys."""
    value = first(headers, KEY_HEADER)
    return read_key(value) if value else None


def unlabelled(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without that, which is nothing to clients."""
    return [one for one in headers if one[0] != KEY_HEADER]

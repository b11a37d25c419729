"""How fast a target answers of late: percentiles of the time to the first byte, and tokens a second."""

from collections import deque

from msgspec import Struct

SAMPLES = 64
FRESH = 600.0
"""Seconds after which a sample says nothing about now."""

EVERY = 1.0
"""Seconds for which percentiles are good enough."""


class Speed(Struct, frozen=True, gc=False):
    """Seconds to the first byte of content, half of the answers and all but a twentieth; tokens a second."""

    p50: float
    p95: float
    rate: float | None


class Latency:
    """The newest samples of one target."""

    __slots__ = ("_measured", "_rates", "_samples", "_speed")

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        self._rates: deque[float] = deque(maxlen=SAMPLES)
        self._speed: Speed | None = None
        self._measured = float("-inf")

    def __repr__(self) -> str:
        return f"<Latency {self._speed}>"

    def note(self, now: float, first_byte: float, rate: float | None = None) -> None:
        """One answer: seconds to its first content, and how many tokens a second came then (None: not known)."""
        self._samples.append((now, first_byte))
        if rate is not None:
            self._rates.append(rate)

    def speed(self, now: float) -> Speed | None:
        """None where nothing is known, or nothing new; measured anew no more than once a second."""
        if now - self._measured >= EVERY:
            self._measured = now
            self._speed = self._measure(now)
        return self._speed

    def _measure(self, now: float) -> Speed | None:
        waits = sorted([wait for moment, wait in self._samples if moment > now - FRESH])
        if not waits:
            return None
        return Speed(_percentile(waits, 0.5), _percentile(waits, 0.95), _median(self._rates))


def _percentile(ascending: list[float], share: float) -> float:
    """The nearest rank: https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method"""
    return ascending[min(len(ascending) - 1, max(0, -int(-share * len(ascending) // 1) - 1))]


def _median(values: deque[float]) -> float | None:
    return _percentile(sorted(values), 0.5) if values else None

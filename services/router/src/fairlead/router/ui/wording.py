"""How figures are told to people: short, and never a zero for what is not known."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from fairlead.shared.codec import encode

UNKNOWN = "\N{EN DASH}"
SMALL = 9_999.5
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def count(number: float | None) -> str:
    """A number with its thousands apart: 12,345."""
    return UNKNOWN if number is None else f"{number:,.0f}"


def short(number: float | None) -> str:
    """A number in three digits, 12.3k or 4.56M, unless it is small: 9,876."""
    if number is None or abs(number) < SMALL:
        return count(number)
    rounded = float(f"{number:.3g}")
    scale, sign = next((one for one in _SCALES if abs(rounded) >= one[0]), (1, ""))
    return f"{rounded / scale:g}{sign}"


def dollars(amount: float | None) -> str:
    """US dollars; what is less than a cent keeps two digits that tell something."""
    if amount is None:
        return UNKNOWN
    size = abs(amount)
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    if size >= 1_000:
        return f"{sign}${size:,.0f}"
    if size >= 0.01 or size == 0:
        return f"{sign}${size:.2f}"
    return f"{sign}${size:.2g}" if size >= 0.0001 else f"{sign}<$0.0001"


def share(part: float | None) -> str:
    """A part of 1 in percent."""
    if part is None:
        return UNKNOWN
    percent = part * 100
    return f"{percent:.0f}%" if percent >= 10 or percent == 0 else f"{percent:.1f}%"


def duration(seconds: float | None) -> str:
    """A time that passed: 340 ms, 2.5 s, 12 s, 3 min, 5 h."""
    if seconds is None:
        return UNKNOWN
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.3g} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 6_000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def moment(seconds: float) -> str:
    """Unix seconds for a `time` element: ISO 8601 of UTC, which the page's script turns into the reader's own time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def clock(seconds: float) -> str:
    """The time of day of Unix seconds, of UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")


def sentence(text: str) -> str:
    """With a capital letter, and a full stop unless it has one."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


def pretty(value: Any) -> str:
    """JSON over several lines."""
    return msgspec.json.format(encode(value), indent=2).decode()


FILTERS: Mapping[str, Callable[[Any], str]] = {
    one.__name__: one for one in (count, short, dollars, share, duration, moment, clock, sentence, pretty)
}
"""By the names that templates know them by."""

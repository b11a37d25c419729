"""What providers say about how much may still be asked of them, in one form for all of them.

Every vendor has headers of its own for this. Between our services they travel as one, `x-fairlead-rate`, written like
the lists of https://www.rfc-editor.org/rfc/rfc9651: `requests;q=60;r=59;t=1.2;w=60, tokens;q=100000;r=99000;t=30;w=60`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

HEADER = b"x-fairlead-rate"

MOST = 16
"""Windows kept of one answer: Cerebras, with six, has the most in the wild."""

_DAY = 86_400.0


class What(StrEnum):
    """What is limited. SHARE is that of a subscription's allowance: the limit is 1."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    INPUT = "input-tokens"
    OUTPUT = "output-tokens"
    SHARE = "share"


class Window(Struct, frozen=True):
    """One limit and what is left of it; None is what the provider does not say.

    `reset`: seconds from the answer until more is left (with most, until all is). `span`: seconds it is for; windows of
    the same `what` are told apart by it.
    """

    what: What
    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None
    span: float | None = None


def windows_of(headers: Iterable[tuple[bytes, bytes]], now: float) -> tuple[Window, ...]:
    """The windows told by an answer's headers, which may be in any case. `now`: Unix seconds, when it was written.

    Anthropic (API and subscriptions), OpenAI, Azure, Groq, Cerebras, GitHub, GitHub Models, Mistral, OpenRouter, xAI,
    Factory, and LiteLLM for whatever stands behind it. What cannot be read is unknown, never an error.
    """
    given: dict[tuple[str, str], dict[str, str]] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        own = name.removeprefix(_BEHIND_LITELLM)
        found = next((match for form in _FORMS if (match := form.fullmatch(own))), None)
        if found is not None:
            fields = given.setdefault((found["family"], found["scope"] or ""), {})
            if own == name or found["field"] not in fields:
                fields[found["field"]] = raw_value.decode("latin-1").strip()
    windows = (_window(family, scope, fields, now) for (family, scope), fields in given.items())
    return tuple([window for window in windows if window is not None][:MOST])


_BEHIND_LITELLM = "llm_provider-"
_UNIFIED = "anthropic-ratelimit-unified"
_FORMS = (
    re.compile(r"(?P<family>anthropic-ratelimit-unified)-(?P<scope>\w+)-(?P<field>utilization|status|reset)"),
    re.compile(r"(?P<family>anthropic-ratelimit)-(?P<scope>[\w-]+)-(?P<field>limit|remaining|reset)"),
    re.compile(
        r"(?P<family>x-ratelimit(?:bysize)?)-(?P<field>limit|remaining|reset|renewalperiod|timeremaining)"
        r"(?:-(?P<scope>[\w-]+))?"
    ),
)
_WHAT: Mapping[str, What] = {
    "": What.REQUESTS,  # OpenRouter, GitHub
    "req": What.REQUESTS,
    "requests": What.REQUESTS,
    "tokens": What.TOKENS,
    "project-tokens": What.TOKENS,
    "input-tokens": What.INPUT,
    "output-tokens": What.OUTPUT,
}
_SPANS: Mapping[str, float] = {"minute": 60.0, "hour": 3_600.0, "day": _DAY, "month": 30 * _DAY}
_SUBSCRIPTION_SPAN = re.compile(r"(\d{1,3})([hd])(?:_\w+)?")


def _window(family: str, scope: str, fields: Mapping[str, str], now: float) -> Window | None:
    if family == _UNIFIED:
        return _share(scope, fields, now)
    period = scope.rpartition("-")[2]
    words = scope.removesuffix(period).removesuffix("-") if period in _SPANS else scope
    what = What.TOKENS if family.endswith("bysize") else _WHAT.get(words)
    if what is None:
        return None
    span = _SPANS.get(period) or number_of(fields.get("renewalperiod"))
    reset = _reset(fields.get("timeremaining") or fields.get("reset"), now, span)
    remaining = number_of(fields.get("remaining"))
    if remaining is None and "timeremaining" in fields:
        remaining = 0.0  # GitHub Models says how long only when nothing is left
    window = Window(what, number_of(fields.get("limit")), remaining, reset, span)
    return window if (window.limit, window.remaining, window.reset) != (None, None, None) else None


def _share(scope: str, fields: Mapping[str, str], now: float) -> Window | None:
    """A subscription's: of five hours, of seven days (`7d_sonnet`: of one model alone), and beyond them (`overage`)."""
    parts = _SUBSCRIPTION_SPAN.fullmatch(scope)
    span = float(parts[1]) * _SPANS["hour" if parts[2] == "h" else "day"] if parts else None
    used = number_of(fields.get("utilization"))
    if used is None and fields.get("status") == "rejected":
        used = 1.0
    reset = _reset(fields.get("reset"), now, span or _DAY)
    if used is None and reset is None:
        return None
    return Window(What.SHARE, 1.0, None if used is None else max(0.0, 1.0 - used), reset, span)


def number_of(text: str | None) -> float | None:
    """A finite number that is not negative; some send "None", "" or -1 for what they do not know."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None


_GO_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns))+")
_GO_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_GO_UNITS = {"h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_MILLISECONDS, _SECONDS = 1e12, 1e9
"""From here on a number is a moment (since 1970, in milliseconds or seconds), not a span: vendors say neither."""


def _reset(text: str | None, now: float, span: float | None) -> float | None:
    """Seconds from `now`. What is past is unknown; so is what is more than a day away, but for a window that long."""
    if text is None:
        return None
    seconds = _seconds(text, now)
    longest = max(_DAY, span or 0.0)
    return seconds if seconds is not None and 0 <= seconds <= longest else None


def _seconds(text: str, now: float) -> float | None:
    number = number_of(text)
    if number is not None:
        if number >= _MILLISECONDS:
            return number / 1_000 - now
        return number - now if number >= _SECONDS else number
    if len(text) <= 64 and _GO_DURATION.fullmatch(text):
        return sum(float(amount) * _GO_UNITS[unit] for amount, unit in _GO_PART.findall(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() - now if moment.tzinfo is not None else None


def told(windows: Iterable[Window]) -> bytes:
    """The value of `HEADER`."""
    return ", ".join(map(_told, windows)).encode()


def _told(window: Window) -> str:
    letters = {"q": window.limit, "r": window.remaining, "t": window.reset, "w": window.span}
    return ";".join([window.what, *(f"{key}={_plain(value)}" for key, value in letters.items() if value is not None)])


def _plain(value: float) -> str:
    """As a decimal with at most three digits behind the point: https://www.rfc-editor.org/rfc/rfc9651#section-3.3.2."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def read(value: bytes) -> tuple[Window, ...]:
    """What `told` told. Members and parameters that are unknown are passed over."""
    members = (member.strip().split(";") for member in value.decode("latin-1").split(",")[:MOST])
    return tuple(_read(What(what), parameters) for what, *parameters in members if what in _ALL)


_ALL = frozenset(What)


def _read(what: What, parameters: Iterable[str]) -> Window:
    given = dict(parameter.strip().partition("=")[::2] for parameter in parameters)
    limit, remaining, reset, span = (number_of(given.get(letter)) for letter in "qrtw")
    return Window(what, limit, remaining, reset, span)

"""What an upstream's response headers say to us, and which of them the client may see."""

import re
from collections.abc import Iterable, Sequence
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from msgspec import structs

from fairlead.shared import key_told, rates
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.asgi import FAILURE_HEADER

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]

UPSTREAM_ID = b"x-fairlead-upstream-id"
"""The provider's own request id, under a name of ours: the client's `request-id` is the one we gave."""

_PASSED = frozenset({b"retry-after", b"retry-after-ms", b"x-should-retry", rates.HEADER, key_told.HEADER, UPSTREAM_ID})
_PASSED_PREFIXES = (b"anthropic-ratelimit-", b"x-ratelimit-")
_RATES = (*_PASSED_PREFIXES, b"x-ratelimitbysize-", b"llm_provider-")
_NEVER = 1e12
_SENDABLE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
"""What a header may hold: https://www.rfc-editor.org/rfc/rfc9110#section-5.5. Parsers of answers are not as strict as
servers."""
_IDS = (b"request-id", b"x-request-id")


def first(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The first header called `name` (lower case), b"" when there is none."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return b""


def passed_on(headers: RawHeaders, now: float) -> list[tuple[bytes, bytes]]:
    """The allow-list: advice on retrying, rate limits (as they are, and in the one form of `rates`), the request id.
    Names in lower case; what no header may hold is left out. `now`, in Unix seconds, is for answers without a date."""
    passed = []
    identity = None
    limited = False
    for name, value in headers:
        key = name.lower()
        if not _SENDABLE.fullmatch(value):
            continue
        limited = limited or key.startswith(_RATES)
        if key in _PASSED or key.startswith(_PASSED_PREFIXES):
            passed.append((key, value))
        elif key in _IDS:
            identity = value
    if identity is not None and all(name != UPSTREAM_ID for name, _ in passed):
        passed.append((UPSTREAM_ID, identity))
    if limited and all(name != rates.HEADER for name, _ in passed):
        windows = rates.windows_of(headers, _written(headers, now))
        passed += [(rates.HEADER, rates.told(windows))] if windows else []
    return passed


def _written(headers: RawHeaders, now: float) -> float:
    """When an answer was written, by the clock that wrote it."""
    try:
        return parsedate_to_datetime(first(headers, b"date").decode("latin-1")).timestamp()
    except (ValueError, TypeError):
        return now


def advised(failure: Failure, headers: Iterable[tuple[bytes, bytes]]) -> Failure:
    """`failure` with what the headers add: when and whether to retry, and its exact kind if one of us has told it."""
    given = {name.lower(): value.decode("latin-1") for name, value in headers}
    wait = _wait(given)
    should = {"true": True, "false": False}.get(given.get(b"x-should-retry", "").lower())
    kind = _kind(given.get(FAILURE_HEADER))
    return structs.replace(
        failure,
        kind=failure.kind if kind is None else kind,
        retry_after=failure.retry_after if wait is None else wait,
        should_retry=failure.should_retry if should is None else should,
    )


def _kind(name: str | None) -> Kind | None:
    return next((kind for kind in Kind if kind == name), None)


def _wait(given: dict[bytes, str]) -> float | None:
    """Seconds; a date counts from the response's own `date`, so that no clock but the provider's matters."""
    milliseconds = _number(given.get(b"retry-after-ms") or given.get(b"x-ms-retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    after = given.get(b"retry-after")
    seconds = _number(after)
    if seconds is not None or after is None:
        return seconds
    try:
        span = parsedate_to_datetime(after) - parsedate_to_datetime(given.get(b"date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, span.total_seconds())


def _number(text: str | None) -> float | None:
    """A non-negative decimal number, else None; so are waits that end after everybody has left."""
    if text is None or not text.strip().replace(".", "", 1).isdecimal():
        return None
    number = float(text)
    return number if number < _NEVER else None

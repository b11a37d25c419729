"""Reads `Router.*.when`: on what condition a scenario is the one."""

import re
from collections.abc import Mapping
from typing import Any

from .sections import Entries, Entry, Reader, Section, did_you_mean, fold
from .when import MINUTES_A_DAY, Hours, Patterns, Tokens, When

_PATTERNS = ("model", "tool", "session", "key", "agent", "auxiliary")
_KEYS = (*_PATTERNS, "class", "project", "header", "tokens", "hours", "days")
WHEN = Section(
    "Router.*.when",
    _KEYS,
    {**{f"{key}s": key for key in (*_PATTERNS, "project", "header")}, "hour": "hours", "day": "days"},
)

CLASSES = ("main", "subagent", "workflow", "compaction", "auxiliary", "side_reply")
"""What Claude Code calls its kinds of request."""

_WHOLE_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = tuple([day[:3] for day in _WHOLE_DAYS])

_SECRET = frozenset({"authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "cookie"})
_SPAN = re.compile(r"(?P<first>[^-]*)-(?P<last>[^-]*)\Z")
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d))?\Z")
_NO_NAME = re.compile(r"[^A-Za-z0-9*?\[\]!-]")


def read_when(reader: Reader, entry: Entry) -> When:
    """The conditions; one that is not known is an error, for without it the scenario would take more than was meant."""
    if not isinstance(entry.value, dict):
        reader.problem(entry.path, 'must be an object of conditions, as in {model: "claude-*", hours: "22-06"}')
        return When()
    entries = reader.entries(WHEN, _known(reader, entry), entry.path)
    given = {key: _patterns(reader, entries, key) for key in _PATTERNS}
    when = When(
        **given,
        project=tuple([folder_of(reader.in_home(text)) for text in _patterns(reader, entries, "project")]),
        request_class=_classes(reader, entries),
        header=_headers(reader, entries),
        tokens=_tokens(reader, entries.get("tokens")),
        hours=tuple(span for item in _listed(reader, entries, "hours") if (span := _hours(reader, *item))),
        days=frozenset(day for item in _listed(reader, entries, "days") for day in _days(reader, *item)),
    )
    if when == When():
        reader.warn(entry.path, "holds no condition, so every request meets it")
    return when


def _known(reader: Reader, entry: Entry) -> Mapping[str, Any]:
    known: dict[str, Any] = {}
    for key, value in entry.value.items():
        if fold(key) in WHEN.canonical:
            known[key] = value
        else:
            suggestion = did_you_mean(key, _KEYS) or f"; must be one of {', '.join(_KEYS)}"
            reader.problem((*entry.path, key), f"unknown condition{suggestion}")
    return known


def _listed(reader: Reader, entries: Entries, key: str) -> list[tuple[Entry, str]]:
    """One text or a list of them, each with its place."""
    entry = entries.get(key)
    if entry is None:
        return []
    items = reader.items(entry) if isinstance(entry.value, list) else [entry]
    return [(item, text) for item in items if (text := reader.convert(item, str, "").strip())]


def _patterns(reader: Reader, entries: Entries, key: str) -> Patterns:
    return tuple(text for _, text in _listed(reader, entries, key))


def folder_of(pattern: str) -> str:
    """A path is meant as the folder Claude Code keeps its sessions in, where every other sign is a dash."""
    if "/" not in pattern and "\\" not in pattern:
        return pattern
    return _NO_NAME.sub("-", pattern.rstrip("/\\") or pattern)


def _classes(reader: Reader, entries: Entries) -> Patterns:
    for item, text in _listed(reader, entries, "class"):
        if text.lower() not in CLASSES and not set("*?[") & set(text):
            suggestion = did_you_mean(text, CLASSES) or f"; must be one of {', '.join(CLASSES)}"
            reader.problem(item.path, f"there is no class {text}{suggestion}")
    return _patterns(reader, entries, "class")


def _headers(reader: Reader, entries: Entries) -> dict[str, Patterns]:
    entry = entries.get("header")
    if entry is None:
        return {}
    if not isinstance(entry.value, dict):
        reader.problem(entry.path, 'must be an object, as in {"x-team": "core*"}')
        return {}
    headers = {name: Entry(value, (*entry.path, name), entry.qualified) for name, value in entry.value.items()}
    for name, at in headers.items():
        if name.lower() in _SECRET:
            reader.problem(at.path, "is a credential, and not looked at here; use key, the name of a client key")
    return {name.lower(): _patterns(reader, headers, name) or ("*",) for name in headers}


def _tokens(reader: Reader, entry: Entry | None) -> Tokens | None:
    """`"10000-60000"`, or with one end open: `"60000-"`, `"-10000"`."""
    if entry is None:
        return None
    text: str | None = reader.convert(entry, str, None)
    if text is None:
        return None
    span = _SPAN.match(text.replace("_", "").replace(" ", ""))
    ends = (span["first"], span["last"]) if span else ("", "")
    if not any(ends) or not all(end.isdecimal() or not end for end in ends):
        reader.problem(entry.path, f'"{text}" is no range of tokens; write "10000-60000", "60000-" or "-10000"')
        return None
    tokens = Tokens(int(ends[0] or 0), int(ends[1]) if ends[1] else None)
    if tokens.most is not None and tokens.most < tokens.least:
        reader.problem(entry.path, f"no number of tokens is in {text}")
    return tokens


def _hours(reader: Reader, entry: Entry, text: str) -> Hours | None:
    """`"22-06"` or `"22:30-06:15"`."""
    span = _SPAN.match(text.replace(" ", ""))
    start, end = (_minute(span["first"]), _minute(span["last"])) if span else (None, None)
    if start is None or end is None or start == end:
        reader.problem(entry.path, f'"{text}" is no part of a day; write "22-06" or "22:30-06:15"')
        return None
    return Hours(start % MINUTES_A_DAY, end)


def _minute(text: str) -> int | None:
    clock = _CLOCK.match(text)
    minutes = int(clock["hour"]) * 60 + int(clock["minute"] or 0) if clock else MINUTES_A_DAY + 1
    return minutes if minutes <= MINUTES_A_DAY else None


def _days(reader: Reader, entry: Entry, text: str) -> list[int]:
    """`"sat"` or `"mon-fri"`; any longer spelling of a day too."""
    days = [_day(name.strip().lower()) for name in text.split("-")]
    first, last = days[0], days[-1]
    if len(days) > 2 or first is None or last is None:
        message = f'"{text}" is no day; write "sat", "mon-fri" or a list of those, with {", ".join(DAYS)}'
        reader.problem(entry.path, message)
        return []
    return [day % 7 for day in range(first, (last if last >= first else last + 7) + 1)]


def _day(name: str) -> int | None:
    begins = (number for number, day in enumerate(_WHOLE_DAYS) if len(name) >= 3 and day.startswith(name))
    return next(begins, None)

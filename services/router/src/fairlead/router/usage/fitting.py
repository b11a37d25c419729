"""Makes records fit for any database: clients and providers may say anything, at any length."""

from msgspec import structs

from fairlead.router.records import Record

LONGEST = 256
"""Characters of one text."""

MOST = 2**53
"""Larger numbers are lies, and no sum of them can be told in JSON."""

_TEXTS = ("request_id", "client", "session", "agent", "project", "key", "asked", "scenario", "provider", "model")
_TOKENS = ("input", "cache_read", "cache_write", "output", "reasoning")


def fitted(record: Record) -> Record:
    """The record itself wherever it fits."""
    changed: dict[str, str | int] = {}
    for name in _TEXTS:
        text = getattr(record, name)
        if text is not None and not (len(text) <= LONGEST and text.isascii() and text.isprintable()):
            changed[name] = _text(text)
    for name in _TOKENS:
        number = getattr(record, name)
        if not 0 <= number <= MOST:
            changed[name] = min(max(0, number), MOST)
    return structs.replace(record, **changed) if changed else record


def _text(text: str) -> str:
    """Half characters and NULs are in no encoding that all databases take."""
    return text[:LONGEST].replace("\0", "").encode("utf-8", "replace").decode()

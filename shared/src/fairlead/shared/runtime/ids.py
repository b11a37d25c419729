"""Identifiers of requests."""

import re
from collections.abc import Callable

_PLAIN = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def request_id(random_bytes: Callable[[int], bytes]) -> str:
    """`req_` and 24 hex digits from 12 random bytes; pass `os.urandom`, or a script in tests."""
    return "req_" + random_bytes(12).hex()


def is_plain_id(given: str) -> bool:
    """Whether an id that a client brings may stand in headers and logs as it is."""
    return _PLAIN.fullmatch(given) is not None

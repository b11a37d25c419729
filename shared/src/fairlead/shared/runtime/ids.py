"""Identifiers of requests."""

from collections.abc import Callable


def request_id(random_bytes: Callable[[int], bytes]) -> str:
    """`req_` and 24 hex digits from 12 random bytes; pass `os.urandom`, or a script in tests."""
    return "req_" + random_bytes(12).hex()

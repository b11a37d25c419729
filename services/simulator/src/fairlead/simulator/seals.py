"""Opaque values that this simulator makes, such as encrypted reasoning, and how it knows its own again.

A seal is the payload and a checksum over it and its purpose, so that it is recognised without any memory. It keeps out
values of other makers, values made for another purpose and damaged ones; against forgery it need not stand.
"""

import hashlib

TAG_SIZE = 16
"""Bytes of the checksum at the end of a seal."""


def sealed(purpose: str, payload: bytes) -> bytes:
    """`payload` as a seal for this purpose."""
    return payload + _tag(purpose, payload)


def opened(purpose: str, seal: bytes) -> bytes | None:
    """The payload, or None when no simulator sealed this for this purpose."""
    payload, tag = seal[:-TAG_SIZE], seal[-TAG_SIZE:]
    return payload if tag == _tag(purpose, payload) else None


def _tag(purpose: str, payload: bytes) -> bytes:
    return hashlib.sha256(f"fairlead simulator {purpose}\0".encode() + payload).digest()[:TAG_SIZE]

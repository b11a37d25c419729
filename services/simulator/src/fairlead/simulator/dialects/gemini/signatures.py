"""Thought signatures: made for the call of one function or for text, and recognised again."""

import base64
import hashlib

from ...seals import TAG_SIZE, opened, sealed

_PURPOSE = "thought signature"
_NOISE_SIZE = 128
_STAND_INS = ("skip_thought_signature_validator", "context_engineering_is_the_way_to_go")
"""What the service takes for a call that no model of it made; https://ai.google.dev/gemini-api/docs/thought-signatures."""


def signature(function: str, seed: str) -> str:
    """A signature for the call of a function, or for text where `function` is empty."""
    noise = b"".join(hashlib.sha512(f"{part}:{seed}".encode()).digest() for part in range(2))
    return base64.b64encode(sealed(_PURPOSE, noise + function.encode())).decode()


def decoded(text: str) -> bytes | None:
    """The bytes, in either alphabet, with or without padding; None when it is not base64."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare.translate(_TO_STANDARD) + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        return None


def is_known(data: bytes) -> bool:
    """Whether it was made here, for whatever part, or is a stand-in."""
    return data in _STAND_IN_BYTES or opened(_PURPOSE, data) is not None


def is_for(data: bytes, function: str) -> bool:
    """Whether it may stand on the call of this function."""
    return data in _STAND_IN_BYTES or (is_known(data) and data[_NOISE_SIZE:-TAG_SIZE] == function.encode())


_TO_STANDARD = str.maketrans("-_", "+/")
_STAND_IN_BYTES = frozenset({*(decoded(text) for text in _STAND_INS), *(text.encode() for text in _STAND_INS)})
"""As they stand, and as they are when somebody encodes them first."""

"""Thought signatures: what one on a part means, and how reasoning of other makers travels where only they have room.

A Gemini client keeps `thoughtSignature` on its part and sends it back; thoughts themselves it may well drop. So
reasoning of another maker is sealed whole (text, signature, everything) and put on the part after it. The seal is
base64 of letters that look the same in both base64 alphabets, because clients decode and encode it anew.

Source: https://ai.google.dev/gemini-api/docs/thought-signatures.
"""

from base64 import b64encode, urlsafe_b64decode
from collections.abc import Sequence

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Extras, RedactedThinking, Thinking
from fairlead.shared.provenance import seal, unseal

NAME = "gemini"

STAND_IN = "skip_thought_signature_validator"
"""What the service accepts for a call that no Gemini model made."""

THOUGHT = Extras(NAME, {"thought": Raw(b"true")})
"""On a thought that is nothing but its signature: it does not belong to the block after it."""

EMPTY = Extras(NAME, {"text": Raw(b'""')})
"""The same of a signature on a text without text, as streams end with."""

_STAND_INS = frozenset(
    {
        STAND_IN,
        b64encode(STAND_IN.encode()).decode(),
        "context_engineering_is_the_way_to_go",
        b64encode(b"context_engineering_is_the_way_to_go").decode(),
    }
)

_sealed = msgspec.json.Decoder(tuple[Thinking | RedactedThinking, ...])


def read_signature(signature: str | None) -> tuple[Thinking | RedactedThinking, ...]:
    """The reasoning a part's signature stands for: Gemini's own, another maker's, or none for a stand-in."""
    if not signature or signature in _STAND_INS:
        return ()
    return _opened(signature) or (Thinking("", signature, NAME),)


def bare_signature(signature: str | None) -> tuple[Thinking | RedactedThinking, ...]:
    """The same of a part that the provider sent: whatever it signs is its own, and goes back to it as it is."""
    return (Thinking("", signature, NAME),) if signature else ()


def _opened(signature: str) -> tuple[Thinking | RedactedThinking, ...]:
    """What was sealed; nothing for a signature that is bare, or of a seal that was damaged."""
    bare = signature.rstrip("=")
    try:
        opened = unseal(urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode("ascii"))
        return () if opened is None else _sealed.decode(opened[1])
    except (ValueError, msgspec.DecodeError, RecursionError):
        return ()


def sealed_signature(blocks: Sequence[Thinking | RedactedThinking]) -> str:
    """Reasoning of other makers as one signature."""
    return b64encode(seal(blocks[0].maker, encode(blocks).decode()).encode()).decode()

"""Names the beginnings of a conversation, so that a request can be seen to continue an earlier one.

A chain of hashes over what stands first for every model (tools, instructions) and over each message: two requests have
a mark in common exactly when they begin alike up to there. Cache marks do not count, since clients move them along.
"""

import re
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec import Raw, Struct

BYTES = 12
"""Of each mark: enough that no two of a million conversations share one by accident."""


class Parts(Struct, frozen=True):
    """The fields of a dialect's request that make its prompt: those before the conversation, and the conversation."""

    head: tuple[str, ...]
    conversation: str


PARTS: Mapping[str, Parts] = {
    "anthropic": Parts(("tools", "system"), "messages"),
    "openai": Parts(("tools",), "messages"),
    "openai-responses": Parts(("tools", "instructions"), "input"),
    "gemini": Parts(("tools", "systemInstruction"), "contents"),
}

_messages = msgspec.json.Decoder(list[Raw])
_CACHE_MARK = b'"cache_control"'
_USUAL = b',"cache_control":{"type":"ephemeral"}'
_CACHE_MARKS = re.compile(rb',\s*"cache_control"\s*:\s*\{[^{}]*\}|"cache_control"\s*:\s*\{[^{}]*\}\s*,?')


def marks_of(dialect: str, fields: Mapping[str, Raw], tenant: str = "") -> tuple[str, ...]:
    """One mark for what comes before the conversation, and one for each message; requests of different tenants have
    none in common. Empty for a dialect that is not known, and for a conversation that is no list."""
    parts = PARTS.get(dialect)
    conversation = None if parts is None else fields.get(parts.conversation)
    if parts is None or conversation is None or bytes(memoryview(conversation)[:1]) != b"[":
        return ()
    mark = tenant.encode("utf-8", "surrogatepass")
    for name in parts.head:
        mark = _next(mark, fields.get(name, b""))
    marks = [mark]
    for message in _messages.decode(conversation):
        mark = _next(mark, message)
        marks.append(mark)
    return tuple([one.hex() for one in marks])


def _next(mark: bytes, raw: bytes | Raw) -> bytes:
    digest = sha256(mark + b"\0")
    text = bytes(raw)
    digest.update(_unmarked(text) if _CACHE_MARK in text else text)
    return digest.digest()[:BYTES]


def _unmarked(text: bytes) -> bytes:
    # What Claude Code writes needs no search for a pattern, which is ten times as slow.
    text = text.replace(_USUAL, b"")
    return _CACHE_MARKS.sub(b"", text) if _CACHE_MARK in text else text

"""A request in pieces that are read alone as they are read together: what does not change is counted and hashed once.

What stands before the conversation is a piece, and so is each message of it, without its cache marks: clients move them
along. A request has as many tokens as its pieces have together.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Raw, Struct

if TYPE_CHECKING:
    from hashlib import _Hash

KEY_BYTES = 16
"""Of each key: enough that no two of a million pieces share one by accident."""


class Piece(Struct, frozen=True, gc=False):
    """`key` is the same for the same content alone; `size` in bytes, as they were sent. `head` are fields from before
    the conversation; `said` are messages of it, whose field is `name`, or all of it where that is no list, or None
    where there is no such field."""

    key: bytes
    size: int
    head: Mapping[str, Raw]
    name: str
    said: tuple[Raw, ...] | Raw | None

    @property
    def fields(self) -> dict[str, Raw]:
        """A body of the dialect with nothing but this in it, and a model."""
        if self.said is None:
            return {"model": _MODEL, **self.head}
        said = self.said if isinstance(self.said, Raw) else Raw(b"[%b]" % b",".join(map(bytes, self.said)))
        return {"model": _MODEL, **self.head, self.name: said}


Gathered: TypeAlias = Iterable[Sequence[Raw]]


def _each(messages: Sequence[Raw]) -> Gathered:
    return ((message,) for message in messages)


class _Spoken(Struct):
    role: str = ""


_spoken = msgspec.json.Decoder(_Spoken)


def _models_in_a_row(contents: Sequence[Raw]) -> Gathered:
    """What a model said in a row is one turn: clients record a stream piece by piece."""
    for by_model, group in groupby(contents, _is_of_model):
        together = tuple(group)
        yield from (together,) if by_model else _each(together)


def _is_of_model(content: Raw) -> bool:
    try:
        return _spoken.decode(content).role == "model"
    except msgspec.ValidationError:
        return False


class Parts(Struct, frozen=True):
    """The fields of a dialect's request that make its prompt: those before the conversation, and the conversation.
    `gathered`: which of its messages must be read together."""

    head: tuple[str, ...]
    conversation: str
    gathered: Callable[[Sequence[Raw]], Gathered] = _each


PARTS: Mapping[str, Parts] = {
    "anthropic": Parts(("tools", "system"), "messages"),
    "openai": Parts(("tools",), "messages"),
    "openai-responses": Parts(("tools", "instructions"), "input"),
    "gemini": Parts(
        # Which of the tools may be called decides which are told. Either way of writing names is read.
        ("tools", "systemInstruction", "system_instruction", "toolConfig", "tool_config"),
        "contents",
        _models_in_a_row,
    ),
}

_MODEL = Raw(b'"m"')
_NO_HEAD: Mapping[str, Raw] = {}

_messages = msgspec.json.Decoder(list[Raw])
_CACHE_MARK = b'"cache_control"'
_USUAL = b',"cache_control":{"type":"ephemeral"}'
_CACHE_MARKS = re.compile(rb',\s*"cache_control"\s*:\s*\{[^{}]*\}|"cache_control"\s*:\s*\{[^{}]*\}\s*,?')


def pieces_of(dialect: str, fields: Mapping[str, Raw]) -> tuple[Piece, ...]:
    """The pieces of a peeked body, what stands before the conversation first. KeyError: no dialect that clients speak.

    A conversation in a shape that is no list is one piece; nothing is refused here.
    """
    return tuple(_pieces(dialect, PARTS[dialect], fields))


def _pieces(dialect: str, parts: Parts, fields: Mapping[str, Raw]) -> Iterator[Piece]:
    salted = sha256(dialect.encode() + b"\0")
    yield _head(salted.copy(), parts, fields)
    name, conversation = parts.conversation, fields.get(parts.conversation)
    if conversation is None:
        return
    if bytes(memoryview(conversation)[:1]) != b"[":
        yield Piece(_key(salted.copy(), (conversation,)), _size(conversation), _NO_HEAD, name, conversation)
        return
    messages = _messages.decode(conversation)
    bare = _before_marks(conversation, messages)
    for group in parts.gathered(messages):
        said = tuple(group if bare >= len(group) else [_unmarked(one) for one in group])
        bare -= len(group)
        yield Piece(_key(salted.copy(), said), sum(map(_size, group)), _NO_HEAD, name, said)


def _before_marks(conversation: Raw, messages: Sequence[Raw]) -> int:
    """How many of the messages are sure to stand before the first cache mark: all but a few, for clients mark the
    newest. Told from the end, whatever white space there is between them."""
    text = bytes(conversation)
    first = text.find(_CACHE_MARK)
    if first < 0:
        return len(messages)
    left, behind = len(messages), len(text) - first
    while left and behind > 0:
        left -= 1
        behind -= _size(messages[left]) + 1
    return left


def _head(digest: "_Hash", parts: Parts, fields: Mapping[str, Raw]) -> Piece:
    head = {name: _unmarked(fields[name]) for name in parts.head if name in fields}
    for name in head:
        digest.update(name.encode() + b"\0")
    said: tuple[Raw, ...] | None = ()
    if parts.conversation not in fields:
        said = None
        digest.update(b"\0")
    size = sum(_size(fields[name]) for name in head)
    return Piece(_key(digest, head.values()), size, head, parts.conversation, said)


def _key(digest: "_Hash", raws: Iterable[Raw]) -> bytes:
    # No JSON has a NUL in it, so that one text cannot be mistaken for two.
    for raw in raws:
        digest.update(raw)
        digest.update(b"\0")
    return digest.digest()[:KEY_BYTES]


def _size(raw: Raw) -> int:
    return len(memoryview(raw))


def _unmarked(raw: Raw) -> Raw:
    text = bytes(raw)
    if _CACHE_MARK not in text:
        return raw
    # What Claude Code writes needs no search for a pattern, which is ten times as slow.
    text = text.replace(_USUAL, b"")
    return Raw(_CACHE_MARKS.sub(b"", text) if _CACHE_MARK in text else text)

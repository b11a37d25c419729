"""Reasoning that passes through: what clients keep says who signed it, and nobody is sent what another has signed.

Anthropic refuses a whole request for one block that it has not signed itself. Its own signatures travel bare; those of
whoever offers other models under the same API are sealed in its answers, and opened for itself alone.

Source: https://docs.claude.com/en/docs/build-with-claude/extended-thinking#preserving-thinking-blocks
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Raw, Struct, structs

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Block, RedactedThinking, Request, Thinking
from fairlead.shared.dialects.anthropic.blocks_in import NAME, read_signature
from fairlead.shared.failure import Failure
from fairlead.shared.provenance import MARK, seal
from fairlead.shared.splicing import splice

_SIGNED_FIELDS: Mapping[str, str] = {
    "thinking": "signature",
    "signature_delta": "signature",
    "redacted_thinking": "data",
}
"""Where in a block, or in a piece of one, stands what its maker wants back unchanged."""
_BLOCKS = frozenset({"thinking", "redacted_thinking"})
_SIGNED = (b'"signature"', b'"redacted_thinking"')
"""One of these is in every JSON in which reasoning is signed; inside a string the quotes would be escaped."""
_FOREIGN = (b'"%s' % MARK.encode(), b'"signature":""', b'"signature": ""')
"""One of these, where Anthropic has not signed it."""
_CLEARS_THINKING = "clear_thinking"

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What JSON that a provider wrote may come to; whoever reads the answer tells of it."""

_fields = msgspec.json.Decoder(dict[str, Raw])
_items = msgspec.json.Decoder(list[Raw])


class _Typed(Struct):
    type: str = ""
    role: str = ""


_typed = msgspec.json.Decoder(_Typed)


def _has(text: bytes, tokens: tuple[bytes, ...]) -> bool:
    return any(token in text for token in tokens)


# Answers -----------------------------------------------------------------------------------------------------------


def sealed_answer(body: bytes, maker: str) -> bytes:
    """A whole answer of `maker`'s model, whose signatures name it; every other byte stays."""
    if not _has(body, _SIGNED):
        return body
    try:
        fields = _fields.decode(body)
        blocks = [_sealed(bytes(block), maker) for block in _items.decode(fields["content"])]
    except (*_UNREADABLE, KeyError):
        return body
    return splice(body, fields, {"content": Raw(b"[" + b",".join(blocks) + b"]")})


class SealedStream:
    """The same for a stream: lines in, lines out. A line longer than `limit` passes as it is."""

    def __init__(self, maker: str, limit: int) -> None:
        self._maker = maker
        self._limit = limit
        self._held = b""
        self.failure: Failure | None = None

    def feed(self, chunk: bytes) -> bytes:
        held = self._held + chunk
        end = len(held) if len(held) > self._limit else held.rfind(b"\n") + 1
        self._held = held[end:]
        return self._told(held[:end])

    def close(self) -> bytes:
        held, self._held = self._held, b""
        return self._told(held)

    def _told(self, lines: bytes) -> bytes:
        if not _has(lines, _SIGNED):
            return lines
        return b"".join([self._line(line) for line in lines.splitlines(keepends=True)])

    def _line(self, line: bytes) -> bytes:
        if not line.startswith(b"data:") or not _has(line, _SIGNED):
            return line
        said = line[len(b"data:") :].strip()
        try:
            event = _fields.decode(said)
        except _UNREADABLE:
            return line
        changed: dict[str, Raw | None] = {
            name: Raw(_sealed(bytes(event[name]), self._maker)) for name in ("delta", "content_block") if name in event
        }
        return line.replace(said, splice(said, event, changed))


def _sealed(block: bytes, maker: str) -> bytes:
    try:
        fields = _fields.decode(block)
        name = _SIGNED_FIELDS.get(_typed.decode(block).type, "")
        payload = msgspec.json.decode(fields[name], type=str)
    except (*_UNREADABLE, KeyError):
        return block
    return splice(block, fields, {name: Raw(encode(seal(maker, payload)))}) if payload else block


# Requests ----------------------------------------------------------------------------------------------------------


class Legible(Struct, frozen=True):
    """What of a request's fields must change so that all reasoning in it can be read, and how many blocks that leaves
    out."""

    changes: Mapping[str, Raw | None] = {}
    lost: int = 0


_AS_IT_IS = Legible()


def legible(fields: Mapping[str, Raw], maker: str) -> Legible:
    """A request as `maker` ("anthropic", or whose answers are sealed with that name) can read it: reasoning of others
    goes, and its own is opened. Mostly nothing changes, which one search tells.

    Where the turn that called the tools would no longer begin with reasoning, Claude does not go on reasoning with a
    budget, and refuses to be told so.
    """
    messages = fields.get("messages")
    tokens = _FOREIGN if maker == NAME else _SIGNED
    if messages is None or not _has(bytes(messages), tokens):
        return _AS_IT_IS
    try:
        before = [bytes(one) for one in _items.decode(messages)]
        read = [_read(one, maker) if _has(one, tokens) else (one, 0) for one in before]
    except msgspec.MsgspecError:
        return _AS_IT_IS
    after = [message for message, _ in read]
    if after == before:
        return _AS_IT_IS
    changes: dict[str, Raw | None] = {"messages": Raw(b"[" + b",".join(one for one in after if one) + b"]")}
    if maker == NAME and _budgeted(fields) and _beheaded(before, after):
        changes |= _without_thinking(fields)
    return Legible(changes, sum(lost for _, lost in read))


def _read(message: bytes, maker: str) -> tuple[bytes, int]:
    """The message as `maker` reads it, empty where nothing is left of it, and how many blocks are not."""
    fields = _fields.decode(message)
    if _typed.decode(message).role != "assistant" or bytes(fields.get("content", b""))[:1] != b"[":
        return message, 0
    before = [bytes(block) for block in _items.decode(fields["content"])]
    after = [_opened(block, maker) for block in before]
    if after == before:
        return message, 0
    left = [block for block in after if block]
    told = splice(message, fields, {"content": Raw(b"[" + b",".join(left) + b"]")}) if left else b""
    return told, len(before) - len(left)


def _opened(block: bytes, maker: str) -> bytes:
    """A block as `maker` has written it; nothing where it has not."""
    kind = _typed.decode(block).type
    if kind not in _BLOCKS:
        return block
    fields, name = _fields.decode(block), _SIGNED_FIELDS[kind]
    said = msgspec.json.decode(fields.get(name, b'""'), type=str)
    payload, signer = read_signature(said)
    if not payload:
        return b"" if maker == NAME else block
    if signer != maker or (maker == NAME and payload.startswith(MARK)):
        return b""
    return block if payload == said else splice(block, fields, {name: Raw(encode(payload))})


def _budgeted(fields: Mapping[str, Raw]) -> bool:
    thinking = fields.get("thinking")
    return thinking is not None and _typed.decode(thinking).type == "enabled"


def _beheaded(before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Whether the last answer has tools called, and is no longer begun with reasoning."""
    for was, one in zip(reversed(before), reversed(after), strict=True):
        if _typed.decode(was).role == "assistant":
            kinds = _kinds(one)
            return "tool_use" in kinds and kinds[0] not in _BLOCKS and _kinds(was)[0] in _BLOCKS
    return False


def _kinds(message: bytes) -> list[str]:
    content = _fields.decode(message)["content"] if message else Raw(b"[]")
    return [_typed.decode(block).type for block in _items.decode(content)] if bytes(content)[:1] == b"[" else []


def _without_thinking(fields: Mapping[str, Raw]) -> dict[str, Raw | None]:
    """Reasoning goes, with the editing of it that must not be asked for without."""
    changes: dict[str, Raw | None] = {"thinking": None}
    managed = fields.get("context_management")
    if managed is not None and _CLEARS_THINKING.encode() in bytes(managed):
        inner = _fields.decode(managed)
        edits = [edit for edit in _items.decode(inner.get("edits", Raw(b"[]"))) if not _clears(edit)]
        kept = Raw(splice(bytes(managed), inner, {"edits": Raw(b"[" + b",".join(map(bytes, edits)) + b"]")}))
        changes["context_management"] = kept if edits else None
    return changes


def _clears(edit: Raw) -> bool:
    return _typed.decode(edit).type.startswith(_CLEARS_THINKING)


def signed_for(request: Request, maker: str) -> Request:
    """A request that will be written in Anthropic's dialect for `maker`, whose own reasoning alone goes there."""
    turns = [structs.replace(turn, content=tuple(_for(turn.content, maker))) for turn in request.turns]
    return structs.replace(request, turns=tuple(turns))


def _for(blocks: Sequence[Block], maker: str) -> Iterator[Block]:
    for block in blocks:
        if not isinstance(block, Thinking | RedactedThinking):
            yield block
        elif block.maker == maker:
            yield structs.replace(block, maker=NAME)
        elif not block.maker:
            yield block

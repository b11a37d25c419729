"""Parts as blocks: https://ai.google.dev/api/caching#Part.

A signature belongs to its part, so it becomes a thinking block without text right before the part's own block. Text
that a client recorded piece by piece is one block again; a piece with a signature of Gemini's own stays by itself.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import groupby
from typing import TypeAlias

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import encode, text_of
from fairlead.shared.conversation import (
    Block,
    Extras,
    Part,
    RedactedThinking,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from fairlead.shared.dialects.gemini.loose import LoosePart
from fairlead.shared.dialects.gemini.media import read_blob, read_file
from fairlead.shared.dialects.gemini.names import original_name
from fairlead.shared.dialects.gemini.signatures import EMPTY, NAME, THOUGHT, read_signature
from fairlead.shared.wire import gemini as wire


def made_id(*parts: object) -> str:
    """An id for a call that came without one; the same for the same call."""
    return "call_" + sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:24]


def read_arguments(call: wire.AnsweredCall) -> str:
    """A call's arguments, as they were written."""
    return text_of(call.args) if isinstance(call.args, Raw) and bytes(call.args) != b"null" else "{}"


SignatureReader: TypeAlias = Callable[[str | None], tuple[Thinking | RedactedThinking, ...]]


class BlockReader:
    """Blocks of one message after another; knows the calls that results without an id may belong to.

    `salt` goes into the ids of calls that came without one.
    """

    def __init__(self, read_signature: SignatureReader = read_signature, salt: str = "") -> None:
        self._read_signature = read_signature
        self._salt = salt
        self._unanswered: dict[str, None] = {}
        self._called: defaultdict[str, deque[str]] = defaultdict(deque)
        self._made: set[str] = set()
        self._calls = 0

    def answer(self, parts: Sequence[LoosePart], blocks: list[Block]) -> None:
        """Parts of a model's message, added to its blocks."""
        for one in _joined(parts):
            part = one.part
            signed = self._read_signature(part.thought_signature)
            if part.function_call is not None and not isinstance(part.function_call.partial_args, Raw):
                _sign(blocks, signed)
                blocks.append(self._call(part.function_call, one))
            elif part.thought and (signed or part.text is not None or not _has_data(one)):
                _think(blocks, part.text or "", signed)
            elif part.text is not None and one.more:
                _sign(blocks, signed)
                blocks.append(Text(part.text, extras=Extras(NAME, one.more)))
            elif part.text is not None or not _has_data(one):
                _say(blocks, part.text or "", signed)
            else:
                blocks.append(Unknown(NAME, _raw(one)))

    def question(self, parts: Sequence[LoosePart]) -> tuple[Block, ...]:
        """Parts of a user's message."""
        blocks: list[Block] = []
        for one in parts:
            part = one.part
            if part.function_response is not None:
                blocks.append(self._result(part.function_response, one))
            elif part.inline_data is not None:
                blocks.append(read_blob(part.inline_data, one.more) or Unknown(NAME, _raw(one)))
            elif part.file_data is not None:
                blocks.append(_file(part.file_data, one) or Unknown(NAME, _raw(one)))
            elif part.text is not None and not part.thought:
                blocks.append(Text(part.text, extras=Extras(NAME, one.more) if one.more else None))
            elif _has_data(one):
                blocks.append(Unknown(NAME, _raw(one)))
        return tuple(block for block in blocks if block != Text(""))

    def _call(self, call: wire.FunctionCall, one: LoosePart) -> ToolCall:
        arguments, name = read_arguments(call), original_name(call.name)
        id = call.id or made_id(self._salt, self._calls, name, arguments)
        if not call.id:
            self._made.add(id)
        self._calls += 1
        self._unanswered[id] = None
        self._called[name].append(id)
        return ToolCall(id, name, arguments, extras=Extras(NAME, one.more) if one.more else None)

    def _result(self, response: wire.FunctionResponse, one: LoosePart) -> ToolResult:
        content, is_error, kept = _answer(response)
        files = [_result_file(file) for file in response.parts or ()]
        fields = {**kept, **one.more}
        for name, value in (("willContinue", response.will_continue), ("scheduling", response.scheduling)):
            if isinstance(value, Raw):
                fields[name] = value
        extras = Extras(NAME, fields) if fields else None
        return ToolResult(self._id_of(response), (*content, *files), is_error, extras=extras)

    def _id_of(self, response: wire.FunctionResponse) -> str:
        """The call this answers: by its id, else the first of its name that has no answer yet. A client may have given
        an id of its own to a call that came without one."""
        if response.id and response.id in self._unanswered:
            del self._unanswered[response.id]
            return response.id
        name = original_name(response.name)
        called = self._called[name]
        while called and called[0] not in self._unanswered:
            called.popleft()
        if called and (not response.id or called[0] in self._made):
            id = called.popleft()
            del self._unanswered[id]
            return id
        return response.id or made_id("unasked", name)


def _joined(parts: Iterable[LoosePart]) -> Iterable[LoosePart]:
    """Pieces of one text or thought as one part, in one pass however many they are."""
    for kind, run in groupby(parts, _kind_of_piece):
        if kind is None:
            yield from run
        else:
            yield LoosePart(wire.Part("".join([one.part.text or "" for one in run]), kind), {}, Raw())


def _kind_of_piece(one: LoosePart) -> bool | None:
    """Whether a piece of text is thought; None for what is no mere text."""
    part = one.part
    return part.thought if not one.more and part == wire.Part(part.text or "", part.thought) else None


def _foreign(signed: Sequence[Thinking | RedactedThinking]) -> bool:
    return signed[0].maker != NAME


def _sign(blocks: list[Block], signed: Sequence[Thinking | RedactedThinking]) -> None:
    """Reasoning that came on a part. What another maker thought replaces what was only shown of it."""
    if signed and _foreign(signed):
        while blocks and isinstance(blocks[-1], Thinking) and blocks[-1].maker == NAME and not blocks[-1].signature:
            blocks.pop()
    blocks.extend(signed)


def _think(blocks: list[Block], text: str, signed: Sequence[Thinking | RedactedThinking]) -> None:
    """A thought; pieces of one are one, and the signature at its end is its own."""
    if signed and _foreign(signed):
        _sign(blocks, signed)
        return
    signature = signed[0].signature if signed and isinstance(signed[0], Thinking) else ""
    before = blocks[-1] if blocks else None
    if isinstance(before, Thinking) and before.text and before.maker == NAME and not before.signature:
        blocks[-1] = Thinking(before.text + text, signature, NAME)
    elif text or signature:
        blocks.append(Thinking(text, signature, NAME, None if text else THOUGHT))


def _say(blocks: list[Block], text: str, signed: Sequence[Thinking | RedactedThinking]) -> None:
    """Text; one that is empty matters only for its signature, which is kept from the next part."""
    own = bool(signed) and not _foreign(signed)
    if not text:
        _sign(blocks, [replace(one, extras=EMPTY) for one in signed if isinstance(one, Thinking)] if own else signed)
        return
    _sign(blocks, signed)
    before = blocks[-1] if blocks else None
    if not own and isinstance(before, Text) and before.extras is None and not _signed(blocks):
        blocks[-1] = Text(before.text + text)
    else:
        blocks.append(Text(text))


def _signed(blocks: Sequence[Block]) -> bool:
    """Whether the last block has a signature of Gemini's own before it."""
    before = blocks[-2] if len(blocks) > 1 else None
    return isinstance(before, Thinking) and not before.text and before.maker == NAME and before.extras is None


def _has_data(one: LoosePart) -> bool:
    part = one.part
    return bool(one.more) or part != wire.Part(None, part.thought, part.thought_signature)


def _raw(one: LoosePart) -> Raw:
    """The part as it was written where something in it is unknown; else in the same words whatever stands around it."""
    return one.raw if one.more else Raw(encode(one.part))


def _file(file: wire.FileData, one: LoosePart) -> Block | None:
    return read_file(file, Raw(encode(file)), one.more)


def _result_file(file: wire.ResponsePart) -> Part:
    read: Block | None = None
    if file.inline_data is not None:
        read = read_blob(file.inline_data, {})
    elif file.file_data is not None:
        read = read_file(file.file_data, Raw(encode(file.file_data)), {})
    return Unknown(NAME, Raw(encode(file))) if read is None else read  # type: ignore[return-value]


def _answer(response: wire.FunctionResponse) -> tuple[tuple[Part, ...], bool | None, dict[str, Raw]]:
    """What a function answered as text, whether it failed, and the object itself where the text does not say it all."""
    raw = response.response if isinstance(response.response, Raw) else Raw(b"{}")
    try:
        fields = msgspec.json.decode(raw, type=dict[str, Raw])
    except msgspec.ValidationError:
        fields = {}
    key = next(iter(fields)) if len(fields) == 1 else ""
    if key not in _PLAIN:
        return (Text(text_of(raw)),), None, {"response": raw}
    value = fields[key]
    told = msgspec.json.decode(value, type=str) if bytes(value).startswith(b'"') else text_of(value)
    kept = {} if bytes(value).startswith(b'"') and key != "result" else {"response": raw}
    return (Text(told),) if told else (), True if key == "error" else None, kept


_PLAIN = ("output", "result", "error")
"""What a function's answer is called where it has only one; the service suggests the first and the last."""

"""Whole answers between Gemini's shape and the neutral form: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode, require_utf8
from fairlead.shared.conversation import (
    Audio,
    Block,
    Extras,
    FileSource,
    Finish,
    FinishReason,
    Image,
    Logprob,
    Message,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialect import Encoded, ReplyContext
from fairlead.shared.dialects.gemini.ends import (
    FINISHES,
    fields_of,
    is_blocked,
    note_usage,
    read_finish,
    read_usage,
    write_finish,
    write_usage,
)
from fairlead.shared.dialects.gemini.errors import decode_failure
from fairlead.shared.dialects.gemini.grounding import SEARCH, Grounding, Search, read_grounding, within
from fairlead.shared.dialects.gemini.logprobs import read_logprobs, spread, write_average, write_logprobs
from fairlead.shared.dialects.gemini.loose import LoosePart, read_content
from fairlead.shared.dialects.gemini.offsets import Offsets
from fairlead.shared.dialects.gemini.parts_in import BlockReader
from fairlead.shared.dialects.gemini.parts_out import Signing, own_part, write_arguments
from fairlead.shared.dialects.gemini.shown import read_shown, write_image, write_sound
from fairlead.shared.dialects.gemini.signatures import NAME, bare_signature
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.loss import Loss, Losses
from fairlead.shared.tool_forms import call_as_function
from fairlead.shared.tool_ids import ToolIds

# From the wire ----------------------------------------------------------------------------------

_KNOWN = frozenset({"candidates", "usageMetadata", "modelVersion", "responseId"})
_PLACED = frozenset({"content", "index", "finishReason", "finishMessage"})


def decode_response(body: bytes) -> Message:
    """A whole answer, or the list of pieces that a stream without `alt=sse` is.

    Raises FailureError: MALFORMED, or what an error body says that came with a 2xx.
    """
    require_utf8(body)
    answer = _whole(body)
    try:
        candidates = msgspec.json.decode(answer.get("candidates", b"[]"), type=list[Raw])
        usage = read_usage(answer["usageMetadata"]) if "usageMetadata" in answer else Usage()
        id, model = _text(answer.get("responseId")), _text(answer.get("modelVersion"))
        content, finish = _read_candidate(fields_of(candidates[0]), id) if candidates else ((), None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(error) from error
    if finish is None:
        if "promptFeedback" not in answer or not is_blocked(answer["promptFeedback"]):
            raise FailureError(Failure(Kind.MALFORMED, "the provider's answer holds no candidate"))
        finish = Finish(FinishReason.REFUSAL)
    extras = {key: value for key, value in answer.items() if key not in _KNOWN}
    return Message(id, model, content, finish, usage, Extras(NAME, extras) if extras else None)


def _unreadable(error: Exception) -> FailureError:
    return FailureError(Failure(Kind.MALFORMED, f"the provider's answer cannot be read: {error}"))


def _whole(body: bytes) -> dict[str, Raw]:
    """The fields of the answer, or of all its pieces together."""
    try:
        answer = _merged(body) if body.lstrip().startswith(b"[") else fields_of(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(error) from error
    if "error" in answer and "candidates" not in answer:
        raise FailureError(decode_failure(200, body))
    return answer


def _merged(body: bytes) -> dict[str, Raw]:
    pieces = [fields_of(one) for one in msgspec.json.decode(body, type=list[Raw])]
    merged: dict[str, Raw] = {}
    candidate: dict[str, Raw] = {}
    parts: list[Raw] = []
    for piece in pieces:
        for one in msgspec.json.decode(piece.pop("candidates", b"[]"), type=list[Raw])[:1]:
            fields = fields_of(one)
            content = fields_of(fields.pop("content", b"{}"))
            parts += msgspec.json.decode(content.get("parts", b"[]"), type=list[Raw])
            candidate.update(fields)
        merged.update(piece)
    if parts or candidate:
        merged["candidates"] = Raw(encode([{"content": {"role": "model", "parts": parts}, **candidate}]))
    return merged


def _text(raw: Raw | None) -> str:
    return "" if raw is None else msgspec.json.decode(raw, type=str)


def _read_candidate(fields: dict[str, Raw], id: str) -> tuple[tuple[Block, ...], Finish]:
    blocks: list[Block] = []
    if "content" in fields:
        BlockReader(bare_signature, id).answer(_read_parts(fields["content"]), blocks)
        blocks = [told for block in blocks for told in (read_shown(block.raw) if type(block) is Unknown else [block])]
    tokens = read_logprobs(fields["logprobsResult"]) if "logprobsResult" in fields else ()
    if tokens and any(isinstance(block, Text) for block in blocks):
        blocks = spread(blocks, tokens)
        del fields["logprobsResult"]
        fields.pop("avgLogprobs", None)
    if "groundingMetadata" in fields:
        search = read_grounding(fields["groundingMetadata"], id)
        if search is not None:
            blocks = _cited(blocks, search)
            del fields["groundingMetadata"]
    called = any(isinstance(block, ToolCall) for block in blocks)
    more = {name: raw for name, raw in fields.items() if name not in _PLACED}
    word = _text(fields.get("finishReason")) or ("STOP" if blocks else "FINISH_REASON_UNSPECIFIED")
    message = _text(fields.get("finishMessage"))
    return tuple(blocks), read_finish(word, message, called=called, told=bool(blocks), more=more)


def _read_parts(raw: Raw) -> list[LoosePart]:
    try:
        return read_content(raw, "candidates[0].content").parts
    except FailureError as error:
        raise _unreadable(error) from error


def _cited(blocks: Sequence[Block], search: Search) -> list[Block]:
    """The blocks with their citations, and before the first text the search they come from."""
    offsets, starts, cited = Offsets(), [], []
    for block in blocks:
        starts.append(offsets.chars)
        if isinstance(block, Text):
            offsets.grow(block.text)
    for block, start in zip(blocks, starts, strict=True):
        if isinstance(block, Text):
            end = start + len(block.text)
            found = [within(span, offsets, start, end) for span in search.spans]
            block = msgspec.structs.replace(block, citations=tuple([one for one in found if one is not None]))
        cited.append(block)
    first = next((place for place, block in enumerate(cited) if isinstance(block, Text)), len(cited))
    before = cited[first - 1] if first else None
    if isinstance(before, Thinking) and own_part(before) is None:
        first -= 1
    return [*cited[:first], search.call, search.result, *cited[first:]]


# To the wire ------------------------------------------------------------------------------------


def encode_response(message: Message, context: ReplyContext) -> Encoded:
    """A whole answer. Blocks Gemini has no words for are left out."""
    writer = _Writer()
    for block in message.content:
        writer.add(block)
    extras = message.extras.fields if message.extras is not None and message.extras.dialect == NAME else {}
    body: dict[str, Any] = {}
    if message.content or "promptFeedback" not in extras:
        body["candidates"] = [writer.candidate(message.finish)]
    written = encode(
        {
            **body,
            "usageMetadata": write_usage(message.usage),
            "modelVersion": message.model or context.model,
            "responseId": message.id or context.id,
            **extras,
        }
    )
    return Encoded(written, _losses(message))


def _losses(message: Message) -> tuple[Loss, ...]:
    losses = Losses(NAME, FINISHES)
    losses.extras(message.extras, "answer")
    losses.finish(message.finish)
    note_usage(message.usage, losses)
    for block in message.content:
        note_block(block, losses)
    return losses.told


def note_block(block: Block, losses: Losses) -> None:
    """What of a block is not written."""
    match block:
        case Text(extras=extras, citations=citations):
            losses.extras(extras, "content.parts[].text")
            for citation in citations:
                losses.citation(citation)
        case ToolCall(extras=extras):
            losses.extras(extras, "content.parts[].functionCall")
        case Image(FileSource()):
            losses.add("image", "content.parts")
        case ServerCall(name=name) if name != SEARCH:
            losses.add("server tool call", "content.parts")
        case ServerResult(name=name) if name != SEARCH:
            losses.add("server tool result", "content.parts")
        case Unknown(dialect) if dialect != NAME:
            losses.block(block)


class _Writer:
    def __init__(self) -> None:
        self._parts: list[Any] = []
        self._signing = Signing()
        self._grounding = Grounding()
        self._text = Offsets()
        self._ids = ToolIds()
        self._broken: str | None = None
        self._tokens: list[Logprob] = []

    def add(self, block: Block) -> None:
        match block:
            case Text(text):
                self._say(block, text)
            case Thinking() if (alone := own_part(block)) is not None:
                self._parts.append(alone)
            case Thinking(text):
                self._parts += [{"text": text, "thought": True}] if text else []
                self._signing.hold(block)
            case RedactedThinking():
                self._signing.hold(block)
            case ToolCall():
                self._call(block)
            case Image() if (picture := write_image(block)) is not None:
                self._parts.append({**picture, **self._signing.take()})
            case Audio(source=source, transcript=transcript):
                self._parts += write_sound(block, source.data, transcript)
            case ServerCall():
                self._grounding.called(block)
            case ServerResult():
                self._grounding.found(block)
            case Unknown(dialect, raw) if dialect == NAME:
                self._parts.append(raw)

    def _say(self, block: Text, text: str) -> None:
        signature = self._signing.take()
        if text or signature:
            own = block.extras.fields if block.extras is not None and block.extras.dialect == NAME else {}
            self._parts.append({"text": text, **signature, **own})
        start = self._text.chars
        self._text.grow(text)
        self._tokens += block.logprobs
        for citation in block.citations:
            self._grounding.cited(citation, self._text, start, self._text.chars)

    def _call(self, call: ToolCall) -> None:
        plain = call_as_function(call)
        args, form = write_arguments(plain.arguments)
        if form == "text":
            self._broken = f"The arguments of {plain.name} are no JSON."
            return
        written = {"functionCall": {"id": self._ids.call(call.id), "name": plain.name, "args": args}}
        self._parts.append({**written, **self._signing.take()})

    def candidate(self, finish: Finish) -> dict[str, Any]:
        signature = self._signing.take()
        parts = [*self._parts, {"text": "", **signature}] if signature else self._parts
        ended = write_finish(finish, self._broken)
        beside = {**self._grounding.written(), **write_average(self._tokens), **write_logprobs(self._tokens)}
        return {"content": {"parts": parts, "role": "model"}, **ended, "index": 0, **beside}

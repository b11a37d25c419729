"""Blocks of an answer as output items, for Responses clients."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import is_typed
from fairlead.shared.conversation import (
    Audio,
    Block,
    Image,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
)
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects.openai_responses.parts import write_extras, write_output_text
from fairlead.shared.dialects.openai_responses.pictures import is_shown, write_image
from fairlead.shared.dialects.openai_responses.pictures import own_id as own_image_id
from fairlead.shared.dialects.openai_responses.reasoning import NAME, own_id, write_encrypted, write_summary
from fairlead.shared.dialects.openai_responses.web_search import has_words, own_item, write_web_search
from fairlead.shared.loss import Losses
from fairlead.shared.tool_forms import Originals
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.unshown import in_words

# Items --------------------------------------------------------------------------------------------


def item_id(prefix: str, response: str, key: object) -> str:
    """An item's id: the same wherever the same item of the same answer is told."""
    return f"{prefix}_{sha256(f'{response}:{key}'.encode()).hexdigest()[:32]}"


def search_id(response: str, call: str) -> str:
    """The id of a web search; one that has the right shape is kept."""
    return call if call.startswith("ws_") else item_id("ws", response, call)


def message_item(id: str, own: Mapping[str, Raw], content: Sequence[Any], status: str) -> dict[str, Any]:
    """A message. `own`: fields only this dialect knows, like its phase."""
    fields = {"id": id, "type": "message", "role": "assistant", "status": status, "content": content}
    return {**fields, **own, **fields}


def reasoning_item(id: str, summary: Sequence[str], encrypted: str | None) -> dict[str, Any]:
    """Reasoning. It has no status: some clients send back all they get, and no server wants that one."""
    parts = [{"type": "summary_text", "text": text} for text in summary]
    item: dict[str, Any] = {"id": id, "type": "reasoning", "summary": parts}
    return item if encrypted is None else {**item, "encrypted_content": encrypted}


def call_item(id: str, call: ToolCall, arguments: str, status: str) -> dict[str, Any]:
    """A call of a function or of a free-text tool."""
    item: dict[str, Any] = {"id": id, "type": "custom_tool_call" if call.custom else "function_call", "status": status}
    item |= {"call_id": call.id, "name": call.name, "input" if call.custom else "arguments": arguments}
    if call.namespace is not None:
        item["namespace"] = call.namespace
    return {**item, **write_extras(call.extras)}


def call_id_prefix(call: ToolCall) -> str:
    """What the id of a call's item begins with."""
    return "ctc" if call.custom else "fc"


def phase_of(text: Text) -> dict[str, Raw]:
    """The fields of the message a text belongs to. Texts whose messages differ in them are not one message."""
    return dict(write_extras(text.extras))


def note_block(block: Block, losses: Losses) -> None:
    """What of a block is not written."""
    match block:
        case Text(extras=extras, citations=citations):
            losses.extras(extras, "output[].content")
            for citation in citations:
                losses.citation(citation)
            if block.refusal and block.logprobs:
                losses.add("logprobs", "output[].content")
        case ToolCall(extras=extras):
            losses.extras(extras, "output")
        case Image() if not is_shown(block):
            losses.add("image", "output")
        case Audio():
            losses.add("audio", "output")
        case ServerCall(name=name) if own_item(block) is None and not has_words(name):
            losses.add("server tool call", "output")
        case ServerResult(name=name) if not has_words(name):
            losses.add("server tool result", "output")
        case Unknown(dialect) if dialect != NAME:
            losses.block(block, "output")


# Whole answers ------------------------------------------------------------------------------------


class AnswerWriter:
    """Builds `output`; what it cannot say is in `losses`."""

    def __init__(self, response: str, context: ReplyContext, losses: Losses) -> None:
        self.items: list[Any] = []
        self._losses = losses
        self._response = response
        self._originals = Originals(context.tools)
        self._ids = ToolIds()
        self._content: list[Any] | None = None
        self._own: Mapping[str, Raw] = {}
        self._searches: dict[str, tuple[int, ServerCall]] = {}

    def add(self, block: Block) -> None:
        """One more block; one Responses has no words for is left out, or told in others."""
        note_block(block, self._losses)
        if isinstance(block, Audio) or (isinstance(block, Image) and not is_shown(block)):
            block = in_words(block)
        if not isinstance(block, Text):
            self._content = None
        writer = _WRITERS.get(type(block))
        if writer is not None:
            writer(self, block)

    def _text(self, text: Text) -> None:
        own = phase_of(text)
        if self._content is None or own != self._own:
            self._content, self._own = [], own
            id = item_id("msg", self._response, len(self.items))
            self.items.append(message_item(id, own, self._content, "completed"))
        self._content.append(write_output_text(text))

    def _thinking(self, block: Thinking | RedactedThinking) -> None:
        id = own_id(block) or item_id("rs", self._response, len(self.items))
        self.items.append(reasoning_item(id, write_summary(block), write_encrypted(block, id)))

    def _image(self, image: Image) -> None:
        id = own_image_id(image) or item_id("ig", self._response, len(self.items))
        self.items.append(write_image(image, id))

    def _call(self, call: ToolCall) -> None:
        call = client_call(self._originals.call(call), self._ids)
        arguments = call.arguments if call.custom else call.arguments or "{}"
        id = item_id(call_id_prefix(call), self._response, call.id)
        self.items.append(call_item(id, call, arguments, "completed"))

    def _server_call(self, call: ServerCall) -> None:
        own = own_item(call)
        if own is not None:
            self.items.append(own)
        elif has_words(call.name):
            self._searches[call.id] = len(self.items), call
            self.items.append(self._search(call, None))

    def _server_result(self, result: ServerResult) -> None:
        """What was found belongs to the item that tells of the call."""
        found = self._searches.pop(result.call_id, None)
        if found is not None:
            at, call = found
            self.items[at] = self._search(call, result)

    def _search(self, call: ServerCall, result: ServerResult | None) -> dict[str, Any]:
        return write_web_search(search_id(self._response, call.id), call.name, call.arguments, result)

    def _unknown(self, block: Unknown) -> None:
        if block.dialect == NAME and is_typed(block.raw):
            self.items.append(block.raw)


def client_call(call: ToolCall, ids: ToolIds) -> ToolCall:
    """A call under an id the dialect allows."""
    id = ids.call(call.id)
    if id == call.id:
        return call
    return ToolCall(id, call.name, call.arguments, call.cache, call.extras, call.custom, call.namespace)


_WRITERS: Mapping[type, Callable[[AnswerWriter, Any], None]] = {
    Text: AnswerWriter._text,
    Thinking: AnswerWriter._thinking,
    RedactedThinking: AnswerWriter._thinking,
    Image: AnswerWriter._image,
    ToolCall: AnswerWriter._call,
    ServerCall: AnswerWriter._server_call,
    ServerResult: AnswerWriter._server_result,
    Unknown: AnswerWriter._unknown,
}

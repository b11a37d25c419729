"""Neutral events as a Responses stream.

Items are told one after the other. A text that follows a text goes on in the same message. An item is ended when the
next begins or the answer is over, because only then it is known whether it is whole. The last event holds the whole
answer again; all that is remembered on the way is what it needs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import encode, is_typed
from fairlead.shared.conversation import (
    PARAGRAPH,
    Audio,
    Finish,
    FinishReason,
    Image,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.dialect import NOTHING_PASSED, Passed, ReplyContext
from fairlead.shared.dialects.openai_responses.answers import (
    call_id_prefix,
    client_call,
    item_id,
    note_block,
    search_id,
)
from fairlead.shared.dialects.openai_responses.errors import error_of
from fairlead.shared.dialects.openai_responses.grammar import State, Step
from fairlead.shared.dialects.openai_responses.outgoing import (
    Narration,
    Outgoing,
    OutgoingCall,
    OutgoingImage,
    OutgoingMessage,
    OutgoingReasoning,
    OutgoingSearch,
    OutgoingWhole,
)
from fairlead.shared.dialects.openai_responses.parts import write_extras
from fairlead.shared.dialects.openai_responses.pictures import is_shown
from fairlead.shared.dialects.openai_responses.pictures import own_id as own_image_id
from fairlead.shared.dialects.openai_responses.reasoning import NAME, own_id
from fairlead.shared.dialects.openai_responses.response import FINISHES, Snapshot, cut_short, note_ends, response_id
from fairlead.shared.dialects.openai_responses.web_search import has_words, own_item
from fairlead.shared.events import (
    ArgumentsDelta,
    AudioDelta,
    CitationDelta,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Finished,
    Opened,
    OpenedBlock,
    Pinged,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
)
from fairlead.shared.failure import Failure
from fairlead.shared.loss import Loss, Losses
from fairlead.shared.serial import Serial
from fairlead.shared.sse import encode_comment, encode_event
from fairlead.shared.tool_forms import Originals
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.unshown import in_words

PING = encode_comment("ping")


class Encoder:
    """One Responses stream. What does not fit is left out or supplied, and counted in `violations`."""

    def __init__(self, context: ReplyContext) -> None:
        self.violations: Counter[str] = Counter()
        self._context = context
        self._losses = Losses(NAME, FINISHES)
        self._serial = Serial(self.violations)
        self._narration = Narration(self.violations)
        self._snapshot = Snapshot("", "", context)
        self._originals = Originals(context.tools)
        self._ids = ToolIds()
        self._item: Outgoing | None = None
        self._unheard: Audio | None = None
        self._closed = True
        self._output: list[Raw] = []
        self._usage: Usage | None = None
        self._finish: Finish | None = None
        self._called = False
        self._refused = False

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self._losses.told

    def feed(self, events: Iterable[Event]) -> bytes:
        for event in self._serial.feed(events):
            _HANDLERS[type(event)](self, event)
        return self._narration.take()

    def keepalive(self) -> bytes:
        """A sign of life even for clients that ignore comments: an empty delta, where one may come."""
        if self._item is not None and self._item.head:
            self._narration.tell_delta(self._item.head, "")
            return self._narration.take()
        return PING

    # Beginning -----------------------------------------------------------------------------------

    def _started(self, event: Started) -> None:
        if self._narration.grammar.state is not State.INIT:
            self.violations["second start"] += 1
            return
        self._losses.extras(event.extras, "answer")
        id, model = response_id(event.id, self._context), event.model or self._context.model
        self._snapshot = Snapshot(id, model, self._context)
        response = self._snapshot.at("in_progress", ())
        self._narration.tell(Step.CREATED, "created", response=response)
        self._narration.tell(Step.IN_PROGRESS, "in_progress", response=response)

    def _opened(self, event: Opened) -> None:
        if self._narration.grammar.state is State.INIT:
            self._started(Started("", ""))
        block, item = event.block, self._item
        note_block(block, self._losses)
        block = self._sayable(block)
        self._closed = False
        if isinstance(block, Text):
            self._refused = self._refused or block.refusal
            if isinstance(item, OutgoingMessage) and item.takes(block):
                item.open(block)
                return
        elif isinstance(block, ServerResult):
            self._found(block)
            return
        self._end_item(whole=True)
        self._item = self._begin(block)

    def _sayable(self, block: OpenedBlock) -> OpenedBlock:
        """The block, or the text that is told in its place; of sound it comes, or is made up for, later."""
        match block:
            case Audio(transcript=transcript):
                self._unheard = None if transcript else block
                return Text(transcript)
            case Image() if not is_shown(block):
                return in_words(block)
            case _:
                return block

    def _begin(self, block: Any) -> Outgoing:
        begin = _BEGIN.get(type(block))
        item = begin(self, block) if begin is not None else None
        if item is None:
            self.violations["block without words"] += 1
            return Outgoing(self._narration, 0, "")
        return item

    def _made_id(self, prefix: str, key: object) -> str:
        return item_id(prefix, self._snapshot.id, key)

    def _message(self, text: Text) -> Outgoing:
        at = len(self._output)
        return OutgoingMessage(self._narration, at, self._made_id("msg", at), text)

    def _reasoning(self, block: Thinking | RedactedThinking) -> Outgoing:
        at = len(self._output)
        return OutgoingReasoning(self._narration, at, own_id(block) or self._made_id("rs", at), block)

    def _image(self, image: Image) -> Outgoing:
        at = len(self._output)
        return OutgoingImage(self._narration, at, own_image_id(image) or self._made_id("ig", at), image)

    def _call(self, call: ToolCall) -> Outgoing:
        self._called = True
        original = self._originals.call(call)
        known = client_call(original, self._ids)
        id = self._made_id(call_id_prefix(known), known.id)
        wrapped = original.custom and not call.custom
        return OutgoingCall(self._narration, len(self._output), id, known, wrapped=wrapped)

    def _search(self, call: ServerCall) -> Outgoing | None:
        own = own_item(call)
        if own is not None:
            return OutgoingWhole(self._narration, len(self._output), own)
        if not has_words(call.name):
            return None
        return OutgoingSearch(self._narration, len(self._output), search_id(self._snapshot.id, call.id), call)

    def _unknown(self, block: Unknown) -> Outgoing | None:
        if block.dialect != NAME or not is_typed(block.raw):
            return None
        return OutgoingWhole(self._narration, len(self._output), block.raw)

    def _found(self, result: ServerResult) -> None:
        """What was found belongs to the item that tells of the call."""
        item = self._item
        if isinstance(item, OutgoingSearch) and item.call.id == result.call_id:
            item.found(result)

    # Going on ------------------------------------------------------------------------------------

    def _text(self, event: TextDelta) -> None:
        if self._item is None:
            return
        if not event.logprobs:
            self._item.more(event.text)
        elif not self._item.weigh(event.text, event.logprobs):
            self._losses.add("logprobs", "output[].content")

    def _thinking(self, event: ThinkingDelta) -> None:
        if self._item is None:
            return
        if event.parted:
            self._item.part()
        self._item.more(event.text.removeprefix(PARAGRAPH) if event.parted else event.text)

    def _audio(self, event: AudioDelta) -> None:
        if self._item is not None and event.transcript:
            self._unheard = None
            self._item.more(event.transcript)

    def _unknown_delta(self, event: UnknownDelta) -> None:
        """Of a block Responses has no words for."""
        self._losses.block(event.delta)

    def _arguments(self, event: ArgumentsDelta) -> None:
        if self._item is not None:
            self._item.more(event.fragment)

    def _signature(self, event: SignatureDelta) -> None:
        if self._item is not None:
            self._item.sign(event.signature, event.maker)

    def _citation(self, event: CitationDelta) -> None:
        self._losses.citation(event.citation)
        if self._item is not None:
            self._item.cite(event.citation)

    def _block_closed(self, _event: Closed) -> None:
        self._closed = True
        unheard, self._unheard = self._unheard, None
        if unheard is not None and self._item is not None:
            self._item.more(in_words(unheard).text)
        if self._item is not None:
            self._item.close()

    def _end_item(self, *, whole: bool) -> None:
        if self._item is None:
            return
        item = self._item.end(whole=whole)
        self._item = None
        if item is not None:
            self._output.append(Raw(encode(item)))

    # The end -------------------------------------------------------------------------------------

    def _counted(self, event: Counted) -> None:
        self._usage = event.usage

    def _finished(self, event: Finished) -> None:
        if self._finish is not None:
            self.violations["second finish"] += 1
            return
        self._finish = event.finish
        self._end_item(whole=cut_short(event.finish, refused=self._refused) is None)

    def _ended(self, _event: Ended) -> None:
        if self._narration.grammar.state is State.INIT:
            self._started(Started("", ""))
        if self._finish is None:
            self.violations["end without finish"] += 1
            self._finished(Finished(Finish(FinishReason.TOOL_CALLS if self._called else FinishReason.STOP)))
        finish = self._finish or Finish(FinishReason.STOP)
        note_ends(self._usage or Usage(), finish, self._losses)
        cut = cut_short(finish, refused=self._refused)
        status = "completed" if cut is None else "incomplete"
        response = self._snapshot.at(status, self._output, self._usage or Usage(), cut=cut)
        self._tell_end(status, {**response, **write_extras(finish.extras)})

    def _tell_end(self, name: str, response: Mapping[str, Any]) -> None:
        if self._narration.grammar.state is not State.END:
            self._narration.tell(Step.TERMINAL, name, response=response)

    def _pinged(self, _event: Pinged) -> None:
        if self._narration.grammar.state is not State.END:
            self._narration.comment(PING)

    def _failed(self, event: Failed) -> None:
        """A failure before the beginning begins the answer first: clients look for it nowhere else."""
        if self._narration.grammar.state is State.INIT:
            self._started(Started("", ""))
        self._end_item(whole=self._closed)
        self._tell_end("failed", self._snapshot.at("failed", self._output, self._usage, error=error_of(event.failure)))


_HANDLERS: Mapping[type, Callable[[Encoder, Any], None]] = {
    Started: Encoder._started,
    Opened: Encoder._opened,
    TextDelta: Encoder._text,
    ThinkingDelta: Encoder._thinking,
    SignatureDelta: Encoder._signature,
    ArgumentsDelta: Encoder._arguments,
    AudioDelta: Encoder._audio,
    CitationDelta: Encoder._citation,
    UnknownDelta: Encoder._unknown_delta,
    Closed: Encoder._block_closed,
    Counted: Encoder._counted,
    Finished: Encoder._finished,
    Ended: Encoder._ended,
    Pinged: Encoder._pinged,
    Failed: Encoder._failed,
}
"""By event, for all streams: one table of each would take more memory than all else of it."""


_BEGIN: Mapping[type, Callable[[Encoder, Any], Outgoing | None]] = {
    Text: Encoder._message,
    Thinking: Encoder._reasoning,
    RedactedThinking: Encoder._reasoning,
    Image: Encoder._image,
    ToolCall: Encoder._call,
    ServerCall: Encoder._search,
    Unknown: Encoder._unknown,
}


class _Numbered(Struct):
    sequence_number: int = -1


def failure_event(failure: Failure, request_id: str, passed: Passed = NOTHING_PASSED) -> bytes:
    """The failure inside a stream that another has begun, numbered on from there; nothing may follow it. Where
    nothing was told yet the answer is begun first: clients look for a failure nowhere else."""
    context = ReplyContext(request_id, 0, passed.model)
    if not passed.last:
        return Encoder(context).feed([Failed(failure)])
    response = Snapshot(passed.id or response_id("", context), passed.model, context).at(
        "failed", (), error=error_of(failure)
    )
    data = {"type": "response.failed", "sequence_number": _number(passed.last) + 1, "response": response}
    return encode_event(encode(data), "response.failed")


def _number(last: bytes) -> int:
    """The number of an event; -1 from a server that does not count."""
    try:
        return msgspec.json.decode(last, type=_Numbered).sequence_number
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return -1

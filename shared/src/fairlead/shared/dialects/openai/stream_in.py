"""A chat completion stream as neutral events.

The stream has no block borders: a block ends where one of another kind begins. A tool call whose arguments are
complete JSON is closed when the next block begins; one that is not stays open, because some servers interleave calls.
A finish reason ends nothing yet: some servers go on after it, or tell one in every piece.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Citation,
    Finish,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from fairlead.shared.dialects.openai.beside import (
    STREAMED,
    details_of,
    read_annotations,
    read_audio,
    read_images,
    read_logprobs,
    read_tier,
)
from fairlead.shared.dialects.openai.calls import Call, Calls, fragment_in, name_in
from fairlead.shared.dialects.openai.chunks import (
    CUT,
    carried_events,
    error_in,
    read_chunk,
    read_event,
    unreadable,
    usage_of,
)
from fairlead.shared.dialects.openai.parts import calls_of, read_citations, read_encrypted
from fairlead.shared.dialects.openai.response import BROKEN, broken_off, read_finish, read_usage
from fairlead.shared.dialects.openai.said import read_said
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
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    UnknownDelta,
)
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.sse import ServerEvent
from fairlead.shared.wire import openai as wire


class Decoder:
    """Reads every chunk of choice 0."""

    def __init__(self) -> None:
        self._started = False
        self._reason: str | None = None
        self._over = False
        self._stream_id = ""
        self._next = 0
        self._open: int | None = None
        self._kind: type | None = None
        self._detail: int | None = None
        self._calls = Calls()
        self._called = False
        self._refusing = False
        self._refused = False
        self._chars = 0
        self._before = 0
        self._places: dict[int, int] = {}
        self._told_finish: Finish | None = None
        self._told_usage = Usage()
        self._counted = False
        self._tier: str | None = None

    def feed(self, event: ServerEvent) -> list[Event]:
        if self._over:
            return []
        if event.data.strip() == b"[DONE]":
            return self._end()
        try:
            chunk = read_chunk(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._fail(unreadable(error)) if event.data.strip() else []
        told = error_in(chunk, event)
        if told is not None:
            return self._fail(told)
        events: list[Event] = []
        try:
            if not self._started:
                events += self._start(chunk)
            for choice in chunk.choices or ():
                if not choice.index:
                    self._read(choice, event.data, events)
        except msgspec.DecodeError as error:
            return events + self._fail(unreadable(error))
        if chunk.service_tier is not None:
            self._tier = read_tier(chunk.service_tier)
        usage = usage_of(chunk)
        if usage is not None:
            self._count(read_usage(usage), events)
        return events

    def _count(self, usage: Usage, events: list[Event]) -> None:
        """Figures; none that say nothing after those that did."""
        if usage == Usage() and self._counted:
            return
        self._counted = True
        carried = self._told_usage
        events.append(Counted(replace(usage, extras=carried.extras, tier=carried.tier or self._tier)))

    def _start(self, chunk: wire.Chunk) -> list[Event]:
        """Who answers; before that, what was counted already."""
        self._started = True
        self._stream_id = chunk.id or ""
        carried = carried_events(chunk)
        counted = [event for event in carried if isinstance(event, Counted)]
        extras = next((event.extras for event in carried if isinstance(event, Started)), None)
        return [*counted, Started(self._stream_id, chunk.model or "", extras)]

    def close(self) -> list[Event]:
        if self._over:
            return []
        return self._fail(CUT) if self._reason is None else self._end()

    def _end(self) -> list[Event]:
        """`[DONE]`, or the end of the bytes after a finish reason: some servers leave either out."""
        if not self._started:
            return self._fail(Failure(Kind.MALFORMED, "the provider's stream held nothing"))
        if self._calls.nameless:
            return self._fail(Failure(Kind.MALFORMED, "the provider sent arguments of a tool call, but never its name"))
        self._over = True
        events: list[Event] = []
        self._close_finished(events)
        events += [Closed(call.index) for call in self._calls.close(at_any_rate=True)]
        finish = self._told_finish or read_finish(self._reason, self._called, self._refused)
        return [*events, Finished(finish), Ended()]

    def _fail(self, failure: Failure) -> list[Event]:
        self._over = True
        return [Failed(failure)]

    def _read(self, choice: wire.ChunkChoice, data: bytes, events: list[Event]) -> None:
        delta = choice.delta or (choice.message if self._next == 0 else None)
        if delta is not None:
            details = delta.reasoning_details or (delta.thinking_blocks and details_of(delta))
            if details:
                self._read_details(details, delta.reasoning_content or delta.reasoning, events)
            elif (
                thought := delta.reasoning_content
                or delta.reasoning
                or (delta.thinking and wire.thought_in(delta.thinking))
            ):
                self._think(thought, events)
            if delta.fairlead is not None and isinstance(delta.fairlead.events, list):
                self._read_carried(delta.fairlead.events, events)
            if delta.content:
                self._read_content(delta.content, events)
            if delta.refusal:
                self._speak(delta.refusal, True, events)
            if delta.annotations and self._kind is Text:
                cited = self._cited(read_annotations(delta.annotations))
                events += [CitationDelta(self._next - 1, one) for one in cited]
            if choice.logprobs or delta.images or delta.audio:
                self._read_beside(choice.logprobs, delta, events)
            if delta.tool_calls or delta.function_call:
                self._read_calls(calls_of(delta), events)
        reason = choice.finish_reason
        if reason is not None and reason in BROKEN:
            self._over = True
            events.append(Failed(broken_off(reason, data)))
        elif reason and self._reason in (None, "stop"):
            self._reason = reason

    # Text and reasoning --------------------------------------------------------------------------

    def _begin(self, block: OpenedBlock, events: list[Event]) -> None:
        self._close_finished(events)
        events.append(Opened(self._next, block))
        self._kind = type(block)
        self._open = self._next
        self._next += 1

    def _close_finished(self, events: list[Event]) -> None:
        """Ends the open text or reasoning, and every tool call whose arguments are complete."""
        if self._open is not None:
            events.append(Closed(self._open))
            self._open = None
        events += [Closed(call.index) for call in self._calls.close()]
        self._kind = None

    def _speak(self, text: str, refusal: bool, events: list[Event]) -> None:
        if self._kind is not Text or self._refusing is not refusal:
            self._begin(Text("", refusal=refusal), events)
            self._refusing = refusal
            self._refused = self._refused or refusal
            self._before = self._chars
        if not refusal:
            self._chars += len(text)
        events.append(TextDelta(self._next - 1, text))

    def _read_beside(self, logprobs: wire.Loose, delta: wire.Delta, events: list[Event]) -> None:
        if logprobs:
            self._weigh(logprobs, events)
        self._show(delta, events)

    def _weigh(self, told: wire.Loose, events: list[Event]) -> None:
        """How likely tokens were: of the text beside them, or of one that is still to come."""
        for refusal, logprobs in zip((False, True), read_logprobs(told), strict=True):
            if not logprobs:
                continue
            if not events or type(events[-1]) is not TextDelta or self._refusing is not refusal:
                self._speak("", refusal, events)
            events[-1] = TextDelta(self._next - 1, events[-1].text, logprobs)  # type: ignore[union-attr]

    def _show(self, delta: wire.Delta, events: list[Event]) -> None:
        """Pictures come whole, sound in pieces."""
        for image in read_images(delta.images):
            self._begin(image, events)
            self._close_finished(events)
        audio = read_audio(delta.audio, STREAMED)
        if audio is None:
            return
        if self._kind is not Audio:
            self._begin(Audio(Base64Source(audio.source.media_type, ""), audio.extras), events)
        if audio.source.data or audio.transcript:
            events.append(AudioDelta(self._next - 1, audio.source.data, audio.transcript))

    def _read_content(self, content: wire.AnswerContent, events: list[Event]) -> None:
        """Text, or parts as Mistral streams them."""
        if isinstance(content, str):
            self._speak(content, False, events)
            return
        for block in read_said(content):
            match block:
                case Text(text, refusal=refusal):
                    if text:
                        self._speak(text, refusal, events)
                case Thinking(text):
                    if text:
                        self._think(text, events)
                case _:
                    self._begin(block, events)
                    self._close_finished(events)

    def _cited(self, annotations: Sequence[wire.Annotation]) -> Sequence[Citation]:
        return read_citations(annotations, 0 if self._refusing else self._before)

    def _think(self, text: str, events: list[Event], *, parted: bool = False) -> None:
        if self._kind is not Thinking:
            self._begin(Thinking(""), events)
        events.append(ThinkingDelta(self._next - 1, text, parted))

    def _read_details(self, details: Sequence[wire.ReasoningDetail], bare: str | None, events: list[Event]) -> None:
        """Details say what bare text says and more; bare text counts only if no detail holds any."""
        if bare and not any(detail.text or detail.summary for detail in details):
            self._think(bare, events)
        for detail in details:
            self._read_detail(detail, events)

    def _read_detail(self, detail: wire.ReasoningDetail, events: list[Event]) -> None:
        text = detail.text or detail.summary
        if detail.data is not None:
            self._begin(read_encrypted(detail, detail.data), events)
            self._close_finished(events)
            return
        if text:
            if self._kind is Thinking and detail.index != self._detail:
                self._close_finished(events)
            self._think(text, events)
            self._detail = detail.index
        if detail.signature:
            if self._kind is not Thinking:
                self._begin(Thinking(""), events)
            events.append(SignatureDelta(self._next - 1, detail.signature, detail.format or ""))
            self._close_finished(events)

    # Tool calls ----------------------------------------------------------------------------------

    def _read_calls(self, pieces: Sequence[wire.SaidToolCall], events: list[Event]) -> None:
        for piece in pieces:
            name = name_in(piece)
            call = self._calls.known(piece)
            if call is None and not name:
                self._calls.hold(piece)
                continue
            if call is None:
                call = self._begin_call(piece, name or "", events)
            fragment = fragment_in(piece)
            if call.closed and fragment.strip():
                self._over = True
                events.append(Failed(Failure(Kind.MALFORMED, "the provider went on with a tool call it had ended")))
            elif not call.closed:
                self._argue(call, fragment, events)

    def _begin_call(self, piece: wire.SaidToolCall, name: str, events: list[Event]) -> Call:
        call, before = self._calls.begin(piece, name, self._next, self._stream_id)
        self._begin(ToolCall(call.id, name, "", custom=call.custom), events)
        self._open = None
        self._called = True
        self._argue(call, before, events)
        return call

    def _argue(self, call: Call, fragment: str, events: list[Event]) -> None:
        told = call.add(fragment) if fragment else ""
        if told:
            events.append(ArgumentsDelta(call.index, told))

    # What our own services carry in the neutral form ------------------------------------------------

    def _read_carried(self, carried: Sequence[Raw], events: list[Event]) -> None:
        for raw in carried:
            event = read_event(raw)
            match event:
                case Opened(index, block):
                    self._called = self._called or isinstance(block, ToolCall)
                    self._begin(block, events)
                    self._places[index] = self._next - 1
                    self._refusing = isinstance(block, Text) and block.refusal
                    self._refused = self._refused or self._refusing
                case Finished(finish):
                    self._told_finish = finish
                case Counted(usage):
                    self._told_usage = usage
                case ThinkingDelta(text=text, parted=parted):
                    self._think(text, events, parted=parted)
                case Closed(index) if index in self._places:
                    self._close_finished(events)
                case TextDelta() | CitationDelta() | ArgumentsDelta() | AudioDelta() | UnknownDelta():
                    events.append(replace(event, index=self._places.get(event.index, self._next - 1)))
                case _:
                    pass
